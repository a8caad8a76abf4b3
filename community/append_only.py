"""The database itself refuses UPDATE and DELETE on tables that only grow.

Triggers are laid after every ``migrate`` and not in a migration: SQLite rebuilds a table when its columns
change and forgets the triggers on it.
"""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

_FUNCTION = """
CREATE OR REPLACE FUNCTION tongke_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'rows of % are only ever added', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$
"""


def append_only_tables() -> list[str]:
    """Tables of models that say ``append_only = True``."""
    return sorted(m._meta.db_table for m in apps.get_models() if getattr(m, "append_only", False))


def lay_triggers(connection: BaseDatabaseWrapper) -> None:
    """Make the triggers that are missing. Safe to repeat."""
    present = set(connection.introspection.table_names())
    tables = [table for table in append_only_tables() if table in present]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(_FUNCTION)
        for table in tables:
            for deed in ("UPDATE", "DELETE"):
                name = f"{table}_no_{deed.lower()}"
                if connection.vendor == "postgresql":
                    cursor.execute(f'DROP TRIGGER IF EXISTS "{name}" ON "{table}"')
                    cursor.execute(
                        f'CREATE TRIGGER "{name}" BEFORE {deed} ON "{table}"'
                        " FOR EACH ROW EXECUTE FUNCTION tongke_append_only()"
                    )
                else:
                    cursor.execute(
                        f'CREATE TRIGGER IF NOT EXISTS "{name}" BEFORE {deed} ON "{table}"'
                        f" BEGIN SELECT RAISE(ABORT, 'rows of {table} are only ever added'); END"
                    )


def after_migrate(*, using: str, **_: Any) -> None:
    """Signal receiver: ``post_migrate`` of the ground."""
    if using == "default":
        lay_triggers(connections[using])
