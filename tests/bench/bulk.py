"""Rows by the hundred thousand: INSERT … SELECT from numbers, with indexes laid after the rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.db import connection
from django.db.models import Model


def insert_select(
    model: type[Model], columns: Mapping[str, str], source: str, params: tuple[Any, ...] = ()
) -> int:
    """Insert a row for each of ``source``; ``columns`` are expressions by field, others get defaults."""
    fields = {field.name: field for field in model._meta.concrete_fields}
    named = [fields[name] for name in columns]
    expressions = list(columns.values())
    defaults = []
    for name, field in fields.items():
        if name not in columns and not field.primary_key:
            named.append(field)
            expressions.append("%s")
            defaults.append(field.get_db_prep_save(field.get_default(), connection))
    target = ", ".join(f'"{field.column}"' for field in named)
    sql = (
        f'INSERT INTO "{model._meta.db_table}" ({target}) SELECT {", ".join(expressions)} {source}'
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [*defaults, *params])
        return int(cursor.rowcount)


def next_id(model: type[Model], count: int) -> int:
    """The first of ``count`` keys that are ours from now on."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_serial_sequence(%s, 'id')", [model._meta.db_table])
        sequence = cursor.fetchone()[0]
        cursor.execute("SELECT nextval(%s)", [sequence])
        first = int(cursor.fetchone()[0])
        cursor.execute("SELECT setval(%s, %s)", [sequence, first + count])
    return first


@contextmanager
def without_indexes(*models: type[Model]) -> Iterator[None]:
    """Load these tables bare; indexes and constraints come back, and are checked, afterwards."""
    laid: list[str] = []
    with connection.cursor() as cursor:
        for model in models:
            table = model._meta.db_table
            cursor.execute(
                "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint"
                " WHERE conrelid = %s::regclass AND contype IN ('f', 'u')",
                [table],
            )
            for name, definition in cursor.fetchall():
                laid.append(f'ALTER TABLE "{table}" ADD CONSTRAINT "{name}" {definition}')
                cursor.execute(f'ALTER TABLE "{table}" DROP CONSTRAINT "{name}" CASCADE')
            cursor.execute(
                "SELECT c.relname, pg_get_indexdef(c.oid) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid"
                " WHERE i.indrelid = %s::regclass AND NOT i.indisprimary",
                [table],
            )
            for name, definition in cursor.fetchall():
                laid.insert(0, definition)
                cursor.execute(f'DROP INDEX "{name}"')
    yield
    with connection.cursor() as cursor:
        cursor.execute("SET maintenance_work_mem = '256MB'")
        for statement in laid:
            cursor.execute(statement)
        cursor.execute("RESET maintenance_work_mem")


def settle() -> None:
    """What a running installation's autovacuum would have done by now."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
        cursor.execute("CHECKPOINT")
