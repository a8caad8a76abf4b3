"""Many rows at once: with keys known beforehand, by COPY where the database has it.

For imports of whole provinces. What models check in Python is passed by; the database's own
constraints hold as ever. Inside a transaction of the caller.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import connection
from django.db.models import Field, Model


def allocate_ids(model: type[Model], count: int) -> list[int]:
    """``count`` primary keys of ``model`` that nobody else will use."""
    if count == 0:
        return []
    table = model._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s)",
                [table, _key(model).column, count],
            )
            return [row[0] for row in cursor.fetchall()]
        # SQLite: one writer at a time, and explicit keys move the sequence on.
        cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
        row = cursor.fetchone()
        first = (row[0] if row else 0) + 1
        return list(range(first, first + count))


def insert_rows(
    model: type[Model],
    fields: Sequence[str],
    rows: Iterable[Sequence[Any]],
    *,
    constants: Mapping[str, Any],
    ignore_conflicts: bool = False,
) -> None:
    """Insert ``rows``, each a value for every one of ``fields``; ``constants`` are the same in all.

    Values of ``rows`` are text (JSON too), whole numbers, booleans or None, as the column stores
    them; constants are Python values. Other columns get their default. ``ignore_conflicts`` leaves
    rows out that are there already.
    """
    columns = {field.name: field for field in model._meta.concrete_fields}
    others = set(columns) - set(fields) - set(constants) - {_key(model).name}
    constants = {**{name: columns[name].get_default() for name in sorted(others)}, **constants}
    named = [columns[name] for name in (*fields, *constants)]
    tail = tuple(
        columns[name].get_db_prep_save(value, connection) for name, value in constants.items()
    )
    table = connection.ops.quote_name(model._meta.db_table)
    names = ", ".join(connection.ops.quote_name(str(field.column)) for field in named)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            target = table
            if ignore_conflicts:
                target = connection.ops.quote_name(f"new_{model._meta.db_table}")
                cursor.execute(
                    f"CREATE TEMP TABLE IF NOT EXISTS {target} ON COMMIT DROP"
                    f" AS SELECT {names} FROM {table} WITH NO DATA"
                )
                cursor.execute(f"TRUNCATE {target}")
            with cursor.copy(f"COPY {target} ({names}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row((*row, *tail))
            if ignore_conflicts:
                cursor.execute(
                    f"INSERT INTO {table} ({names}) SELECT {names} FROM {target}"
                    " ON CONFLICT DO NOTHING"
                )
            return
        verb = "INSERT OR IGNORE" if ignore_conflicts else "INSERT"
        places = ", ".join(["%s"] * len(named))
        cursor.executemany(
            f"{verb} INTO {table} ({names}) VALUES ({places})",
            [(*row, *tail) for row in rows],
        )


def update_rows(model: type[Model], fields: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Set ``fields`` of many rows, each given as its key and then its values, in one statement."""
    if not rows:
        return
    table = connection.ops.quote_name(model._meta.db_table)
    named: list[Field[Any, Any]] = [model._meta.get_field(name) for name in fields]  # type: ignore[misc]
    key = _key(model)
    columns = [connection.ops.quote_name(str(field.column)) for field in named]
    quoted_key = connection.ops.quote_name(str(key.column))
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            given = [key, *named]
            arrays = ", ".join(f"%s::{field.rel_db_type(connection)}[]" for field in given)
            labels = ", ".join(f"c{at}" for at in range(len(given)))
            sets = ", ".join(f"{column} = v.c{at}" for at, column in enumerate(columns, start=1))
            cursor.execute(
                f"UPDATE {table} SET {sets} FROM unnest({arrays}) AS v({labels})"
                f" WHERE {table}.{quoted_key} = v.c0",
                [[row[at] for row in rows] for at in range(len(given))],
            )
            return
        sets = ", ".join(f"{column} = %s" for column in columns)
        cursor.executemany(
            f"UPDATE {table} SET {sets} WHERE {quoted_key} = %s",
            [
                (
                    *(
                        field.get_db_prep_save(value, connection)
                        for field, value in zip(named, row[1:], strict=True)
                    ),
                    row[0],
                )
                for row in rows
            ],
        )


def _key(model: type[Model]) -> Field[Any, Any]:
    key = model._meta.pk
    assert key is not None
    return key
