"""Administrative divisions (GB/T 2260), their former names, and the lists that once named them."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from community.scope import Viewer


class RegionQuerySet(models.QuerySet["Region"]):
    def visible_to(self, viewer: Viewer) -> Self:
        """Codes and names of regions are public (ruling 10)."""
        return self

    def within(self, region: Region) -> Self:
        """``region`` itself and everything below it."""
        return self.filter(code__startswith=region.prefix)

    def counties(self) -> Self:
        return self.filter(level=Region.Level.COUNTY)

    def cities(self) -> Self:
        return self.filter(level=Region.Level.CITY)

    def marked(self, list_key: str, on: date | None = None) -> Self:
        """Regions that carry the designation ``list_key``, on a date if one is given."""
        marks = Designation.objects.filter(list_key=list_key)
        if on is not None:
            marks = marks.filter(starts_on__lte=on, ends_on__gte=on)
        return self.filter(pk__in=marks.values("region"))


class Region(models.Model):
    """A province, a city (市州) or a county (县、市、区). The code is the key: rows are frozen to it."""

    class Level(models.TextChoices):
        PROVINCE = "province", _("省")
        CITY = "city", _("市（州）")
        COUNTY = "county", _("县（市、区）")

    code = models.CharField(_("行政区划代码"), max_length=6, primary_key=True)
    name = models.CharField(_("名称"), max_length=50)
    level = models.CharField(_("级别"), max_length=10, choices=Level.choices)
    parent = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="children"
    )
    pinyin = models.CharField(max_length=120, blank=True)
    # Where the region stands on the tile map; only cities have a place.
    tile_row = models.PositiveSmallIntegerField(null=True, blank=True)
    tile_column = models.PositiveSmallIntegerField(null=True, blank=True)

    objects = RegionQuerySet.as_manager()

    class Meta:
        ordering = ["code"]
        verbose_name = _("行政区划")
        verbose_name_plural = _("行政区划")
        constraints = [
            models.CheckConstraint(
                condition=Q(level="province", parent__isnull=True)
                | Q(level__in=["city", "county"], parent__isnull=False),
                name="region_has_parent_below_province",
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def prefix(self) -> str:
        """The digits that every code inside this region starts with."""
        if self.level == self.Level.PROVINCE:
            return self.code[:2]
        if self.level == self.Level.CITY:
            return self.code[:4]
        return self.code

    @property
    def city_code(self) -> str:
        return self.code[:4] + "00"

    @property
    def short_name(self) -> str:
        """How people say it: 凉山 for 凉山彝族自治州, 昭觉 for 昭觉县. 东区 stays 东区."""
        return short_region_name(self.name)

    def covers(self, code: str) -> bool:
        """Whether the region with ``code`` is this one or lies inside it."""
        return code.startswith(self.prefix)


_PEOPLES = ("藏族羌族", "彝族", "藏族", "羌族", "土家族", "苗族", "回族", "蒙古族", "傈僳族")


def short_region_name(name: str) -> str:
    """A region's everyday name without its kind: 甘孜 for 甘孜藏族自治州, 青羊 for 青羊区."""
    for ending in ("自治州", "自治县"):
        if name.endswith(ending):
            stem = name[: -len(ending)]
            for people in _PEOPLES:
                if stem.endswith(people) and len(stem) - len(people) >= 2:
                    return stem[: -len(people)]
            return stem
    if len(name) > 2 and name[-1] in "省市州县区":
        return name[:-1]
    return name


class RegionAlias(models.Model):
    """A former code and name that files still carry; imports accept it, nothing prints it."""

    region = models.ForeignKey(Region, on_delete=models.CASCADE, related_name="aliases")
    code = models.CharField(max_length=6)
    name = models.CharField(max_length=50)
    parent_code = models.CharField(max_length=6)
    note = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["code", "name"], name="one_alias_per_code_and_name")
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.code}"


class Designation(models.Model):
    """A dated list that names a region, such as the 88 counties of 2016, with its area and source.

    The 88 left the national list by 2020-11-17; the mark is history, never a label of today.
    """

    region = models.ForeignKey(Region, on_delete=models.CASCADE, related_name="designations")
    list_key = models.SlugField(max_length=20)
    area = models.CharField(_("片区"), max_length=20)
    starts_on = models.DateField()
    ends_on = models.DateField()
    source = models.CharField(_("依据"), max_length=200)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["region", "list_key"], name="one_mark_per_list"),
            models.CheckConstraint(
                condition=Q(ends_on__gte=models.F("starts_on")), name="designation_ends_after_start"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.region_id} {self.list_key} {self.area}"
