"""Member: one row a person, for ever. Schools change; the person and her records do not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, ClassVar, Self

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models import Q
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from community.identity import IdKind

if TYPE_CHECKING:
    from community.scope import Viewer


class MemberQuerySet(models.QuerySet["Member"]):
    def visible_to(self, viewer: Viewer) -> Self:
        """People whose present school lies in the viewer's appointments, and the viewer herself."""
        from community.scope import is_everything, region_q

        if is_everything(viewer):
            return self
        from community.models.affiliation import Affiliation

        here = Affiliation.objects.filter(
            region_q(viewer, "institution__region_id"), to_on__isnull=True
        )
        mine = Q(pk=viewer.pk) if viewer.is_authenticated else Q(pk__in=[])
        return self.filter(Q(pk__in=here.values("member")) | mine)


class MemberManager(BaseUserManager["Member"].from_queryset(MemberQuerySet)):  # type: ignore[misc]
    def create_user(self, username: str, password: str | None = None, **fields: Any) -> Member:
        member: Member = self.model(username=username, **fields)
        member.set_password(password)
        member.save(using=self._db)
        return member

    def create_superuser(self, username: str, password: str | None = None, **fields: Any) -> Member:
        return self.create_user(username, password, is_superuser=True, **fields)


class Member(AbstractBaseUser, PermissionsMixin):
    """A person. Numbers are sealed; what is looked up is a keyed blind index; what is shown is masked.

    Names follow 民委发〔2016〕33号 (domain.md §h): up to 50 characters, the separator is U+00B7.
    """

    class TraineeType(models.TextChoices):
        ADMINISTRATOR = "administrator", _("教育行政干部")
        PRINCIPAL = "principal", _("校（园）长")
        TEACHER = "teacher", _("教师")
        RESEARCHER = "researcher", _("教研与电教人员")
        OTHER = "other", _("其他")

    username = models.CharField(_("账号"), max_length=64, unique=True)
    name = models.CharField(_("姓名"), max_length=50)
    name_key = models.CharField(_("拼音排序"), max_length=200, blank=True, editable=False)
    trainee_type = models.CharField(
        _("人员类别"), max_length=20, choices=TraineeType.choices, default=TraineeType.TEACHER
    )
    id_kind = models.CharField(_("证件类型"), max_length=20, choices=IdKind.choices, blank=True)
    id_sealed = models.TextField(blank=True, editable=False)
    id_index = models.CharField(max_length=64, null=True, blank=True, editable=False)
    id_masked = models.CharField(_("证件号"), max_length=40, blank=True, editable=False)
    phone_sealed = models.TextField(blank=True, editable=False)
    phone_index = models.CharField(
        max_length=64, null=True, blank=True, editable=False, db_index=True
    )
    phone_masked = models.CharField(_("手机号"), max_length=20, blank=True, editable=False)
    phone_last4 = models.CharField(max_length=4, blank=True, editable=False, db_index=True)
    phone_proved_at = models.DateTimeField(null=True, blank=True, editable=False)
    email = models.EmailField(_("电子邮箱"), blank=True)
    is_active = models.BooleanField(_("可以登录"), default=True)
    # Changed to log her out everywhere: every session carries a digest of it (`get_session_auth_hash`).
    session_salt = models.CharField(max_length=12, blank=True, editable=False)
    activated_at = models.DateTimeField(_("第一次登录"), null=True, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    is_sample = models.BooleanField(_("示例"), default=False, editable=False)

    objects: ClassVar[MemberManager] = MemberManager()

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    class Meta:
        verbose_name = _("人员")
        verbose_name_plural = _("人员")
        constraints = [
            models.UniqueConstraint(
                fields=["id_kind", "id_index"],
                condition=Q(id_index__isnull=False),
                name="one_person_per_identity",
            ),
            # Two people may share a school's telephone on paper; only one can prove that she holds it.
            models.UniqueConstraint(
                fields=["phone_index"],
                condition=Q(phone_proved_at__isnull=False),
                name="one_person_per_proved_phone",
            ),
            models.CheckConstraint(condition=~Q(name=""), name="member_has_a_name"),
        ]
        indexes = [models.Index(fields=["name"], name="member_by_name")]

    def __str__(self) -> str:
        return self.name

    def get_session_auth_hash(self) -> str:
        """What a session must match to go on: it ends with the password, and with ``session_salt``."""
        return self._session_digest(settings.SECRET_KEY)

    def get_session_auth_fallback_hash(self) -> Iterator[str]:
        """The same under secrets that were in use before."""
        for secret in settings.SECRET_KEY_FALLBACKS:
            yield self._session_digest(secret)

    def _session_digest(self, secret: str) -> str:
        value = f"{self.password}{self.session_salt}"
        return salted_hmac(
            "tongke.member.session", value, secret=secret, algorithm="sha256"
        ).hexdigest()

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name
