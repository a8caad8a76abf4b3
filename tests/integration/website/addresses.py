"""Every address that the resolver knows, and which rows of the database a request wrote."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.apps import apps
from django.db import connection, models
from django.urls import URLPattern, URLResolver, get_resolver

# Addresses that other people's code hangs below one of ours: asked as a family.
FOREIGN = ("wagtail", "allauth")
OURS = ("website", "training", "studios", "courses", "community")


def addresses() -> set[str]:
    """The route of every pattern of ours, and ``prefix*module`` for what others hang below it."""
    return set(_walk(get_resolver().url_patterns, ""))


def _walk(patterns: list[Any], prefix: str) -> Iterator[str]:
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield route
            continue
        assert isinstance(pattern, URLResolver)
        module = getattr(pattern.urlconf_name, "__name__", "")
        if module.split(".")[0] in FOREIGN:
            yield f"{route}*{module}"
        else:
            yield from _walk(pattern.url_patterns, route)


def path_of(route: str, given: dict[str, Any]) -> str:
    """The address of ``route`` with its variables filled in; each must be given and used."""
    used: set[str] = set()

    def fill(variable: re.Match[str]) -> str:
        used.add(variable[1])
        return str(given[variable[1]])

    path = "/" + re.sub(r"<(?:\w+:)?(\w+)>", fill, route)
    assert used == set(given), f"{route} takes {sorted(used)}"
    return path


def tables() -> list[str]:
    """Everything that is kept, but for log-in sessions, which any look at a page may renew."""
    kept = [model._meta.db_table for model in apps.get_models(include_auto_created=True)]
    return sorted(table for table in kept if table != "django_session")


_WRITE = re.compile(r'\b(?:INSERT\s+(?:OR\s+\w+\s+)?INTO|UPDATE|DELETE\s+FROM)\s+"?(\w+)"?', re.I)


@contextmanager
def writes() -> Iterator[set[str]]:
    """The tables that statements inside the block write to."""
    written: set[str] = set()
    kept = set(tables())

    def watch(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        written.update(kept.intersection(_WRITE.findall(sql)))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch):
        yield written


def fingerprint() -> dict[str, Any]:
    """How many rows each table has, and of our own models all that they hold."""
    counts = ", ".join(f'(SELECT count(*) FROM "{table}")' for table in tables())
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {counts}")
        found: dict[str, Any] = dict(zip(tables(), cursor.fetchone(), strict=True))
    for model in apps.get_models():
        if model._meta.app_label in OURS:
            found[f"{model._meta.db_table} rows"] = _content(model)
    return found


def _content(model: type[models.Model]) -> int:
    return hash(tuple(sorted(map(repr, model._base_manager.values_list()))))
