"""The three lists of a programme in one SELECT, so that its page may show all of them cheaply."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from django.db.models import (
    BooleanField,
    CharField,
    DecimalField,
    F,
    IntegerField,
    Model,
    QuerySet,
    Value,
)
from django.db.models.functions import Cast

from community.models import Material
from community.scope import Viewer
from training.models import Module, Programme, ProgrammeMaterial, Requirement

# What each column of the union is where a list does not have it. Casts: PostgreSQL types every branch.
_EMPTY: Final[dict[str, Any]] = {
    "list": Value("", output_field=CharField()),
    "id": Cast(Value(None), IntegerField()),
    "place": Cast(Value(None), IntegerField()),
    "title": Value("", output_field=CharField()),
    "kind": Value("", output_field=CharField()),
    "text": Value("", output_field=CharField()),
    "hours": Cast(Value(None), DecimalField(max_digits=6, decimal_places=1)),
    "points_to": Cast(Value(None), IntegerField()),
    "days": Cast(Value(None), IntegerField()),
    "score": Cast(Value(None), IntegerField()),
    "file": Value("", output_field=CharField()),
    "is_public": Cast(Value(None), BooleanField()),
}


def _select(rows: QuerySet[Any], name: str, **columns: str) -> QuerySet[Any, Any]:
    given = {"list": Value(name, output_field=CharField()), "id": F("pk"), "place": F("sort_order")}
    given |= {column: F(field) for column, field in columns.items()}
    annotations = {f"c_{column}": given.get(column, empty) for column, empty in _EMPTY.items()}
    return rows.order_by().annotate(**annotations).values_list(*annotations)


def load_parts(programme: Programme, *, viewer: Viewer) -> None:
    """Put the modules, requirements and hand-outs of ``programme`` into its memory; ``.all()`` then asks nothing.

    Hand-outs are those that ``viewer`` may open. One statement. Save nothing afterwards: a saved cluster
    writes what is in memory.
    """
    ours = {"programme": programme}
    rows = _select(
        Module.objects.filter(**ours),
        "modules",
        title="title",
        kind="kind",
        text="summary",
        hours="hours",
    ).union(
        _select(
            Requirement.objects.filter(**ours),
            "requirements",
            title="title",
            kind="kind",
            text="summary",
            points_to="module_id",
            days="due_days",
            score="pass_score",
        ),
        _select(
            ProgrammeMaterial.objects.filter(
                **ours, material__in=Material.objects.visible_to(viewer)
            ),
            "materials",
            title="material__title",
            text="note",
            points_to="material_id",
            file="material__file",
            is_public="material__is_public",
        ),
        all=True,
    )
    found: dict[str, list[Model]] = {"modules": [], "requirements": [], "materials": []}
    for values in rows:
        row = dict(zip(_EMPTY, values, strict=True))
        found[row["list"]].append(_MAKE[row["list"]](row))
    for name, parts in found.items():
        getattr(programme, name).set(parts)


def _module(row: dict[str, Any]) -> Module:
    return Module(
        pk=row["id"],
        sort_order=row["place"],
        title=row["title"],
        kind=row["kind"],
        summary=row["text"],
        hours=row["hours"],
    )


def _requirement(row: dict[str, Any]) -> Requirement:
    return Requirement(
        pk=row["id"],
        sort_order=row["place"],
        title=row["title"],
        kind=row["kind"],
        summary=row["text"],
        module_id=row["points_to"],
        due_days=row["days"],
        pass_score=row["score"],
    )


def _material(row: dict[str, Any]) -> ProgrammeMaterial:
    material = Material(
        pk=row["points_to"],
        title=row["title"],
        file=row["file"],
        is_public=row["is_public"],
        collection_id=None,  # its default would be looked up in the database
    )
    return ProgrammeMaterial(
        pk=row["id"], sort_order=row["place"], material=material, note=row["text"]
    )


_MAKE: Final[dict[str, Callable[[dict[str, Any]], Model]]] = {
    "modules": _module,
    "requirements": _requirement,
    "materials": _material,
}
