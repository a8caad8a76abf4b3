"""The floors: what an import check cannot see."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from django.apps import apps

FLOORS = ["community", "courses", "studios", "training", "website"]


def height(label: str) -> int:
    return FLOORS.index(label) if label in FLOORS else -1


def relations():
    for model in apps.get_models(include_auto_created=True):
        for field in model._meta.get_fields(include_hidden=False):
            if field.is_relation and field.related_model and not field.auto_created:
                yield model, field


def test_every_relation_points_to_the_same_floor_or_lower():
    upward = [
        f"{model._meta.label}.{field.name} → {field.related_model._meta.label}"
        for model, field in relations()
        if model._meta.app_label in FLOORS
        and height(field.related_model._meta.app_label) > height(model._meta.app_label)
    ]

    assert not upward


def test_there_are_relations_to_check():
    assert sum(model._meta.app_label == "training" for model, _ in relations()) > 40


@pytest.mark.parametrize("path", sorted(Path("community").rglob("*.py")), ids=str)
def test_the_ground_names_no_floor_above(path):
    """Not in an import, a string foreign key, a content type nor a template path (ruling 2)."""
    above = ("training", "studios", "courses", "website")
    tree = ast.parse(path.read_text(encoding="utf-8"))
    named = []
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in above:
            named.append(node.module)
        elif isinstance(node, ast.Import):
            named += [alias.name for alias in node.names if alias.name.split(".")[0] in above]
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = node.value
            if text.split(".")[0] in above and text.count(".") == 1 and " " not in text:
                named.append(text)

    # The notice list's parent is the front page; Wagtail asks for its name, not for its class.
    allowed = {"website.HomePage"} if path.name == "notice.py" else set()
    assert not set(named) - allowed


def test_tables_that_only_grow_are_guarded_by_the_database(db, cast):
    from django.db import DatabaseError, transaction

    from community.models import AuditEntry

    assert cast.trainee
    entry = AuditEntry.objects.first()
    for deed in (
        lambda: AuditEntry.objects.filter(pk=entry.pk).update(action="other"),
        lambda: AuditEntry.objects.filter(pk=entry.pk).delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            deed()
    assert AuditEntry.objects.get(pk=entry.pk).action == entry.action
