"""The few expressions that PostgreSQL and SQLite say differently."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.backends.base.base import BaseDatabaseWrapper


@dataclass(frozen=True)
class Dialect:
    """SQL fragments for one vendor. Fragments are constants of this code, never a user's text."""

    vendor: str

    def clock(self, column: str) -> str:
        """A moment as people in the province read it: 2026-11-26 08:47:12."""
        if self.vendor == "postgresql":
            return f"to_char({column} AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM-DD HH24:MI:SS')"
        return f"strftime('%%Y-%%m-%%d %%H:%%M:%%S', {column}, '+8 hours')"

    def day(self, column: str) -> str:
        if self.vendor == "postgresql":
            return f"to_char({column}, 'YYYY-MM-DD')"
        return f"strftime('%%Y-%%m-%%d', {column})"

    def whole(self, column: str) -> str:
        """Hours as the register wants them: whole, rounded down (ruling 25)."""
        if self.vendor == "postgresql":
            return f"trunc({column})::int::text"
        return f"CAST(CAST({column} AS INTEGER) AS TEXT)"

    def decimal(self, column: str) -> str:
        """学时 with one digit: 4.5."""
        if self.vendor == "postgresql":
            return f"to_char({column}, 'FM999990.0')"
        return f"printf('%%.1f', {column})"

    def text(self, column: str) -> str:
        return f"{column}::text" if self.vendor == "postgresql" else f"CAST({column} AS TEXT)"

    def share(self, part: str, whole: str) -> str:
        """A whole percentage, or nothing where there is nothing to divide by."""
        value = f"round(100.0 * {part} / {whole})"
        if self.vendor == "postgresql":
            return f"CASE WHEN {whole} > 0 THEN {value}::int::text || '%%' ELSE '' END"
        return (
            f"CASE WHEN {whole} > 0 THEN CAST(CAST({value} AS INTEGER) AS TEXT) || '%%' ELSE '' END"
        )

    def case(self, column: str, words: dict[str, str], otherwise: str = "''") -> str:
        """A stored code in words; codes and words are choices of the models."""
        parts = " ".join(f"WHEN '{code}' THEN {literal(word)}" for code, word in words.items())
        return f"CASE {column} {parts} ELSE {otherwise} END"

    @property
    def snapshot(self) -> str:
        """An expression that names the instant that this transaction reads."""
        if self.vendor == "postgresql":
            return "pg_current_snapshot()::text"
        return "(SELECT 'audit-' || coalesce(max(id), 0) FROM community_auditentry)"


def literal(word: str) -> str:
    """A translated word as an SQL literal: a translator may write an apostrophe or a per cent sign."""
    return "'" + word.replace("'", "''").replace("%", "%%") + "'"


def dialect_of(connection: BaseDatabaseWrapper) -> Dialect:
    return Dialect(connection.vendor)
