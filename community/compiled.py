"""Questions that every page asks: their SQL is written once, then only the numbers in it change.

Django writes a query's SQL anew each time it is asked, which costs more than the database does for a single
row. A question kept here is an ordinary queryset with places for whole numbers in it. Measured, with the
reasons: docs/decisions/0008-hot-questions-are-compiled-once.md.
"""

from __future__ import annotations

from collections.abc import Callable, Container
from copy import copy
from typing import Any, Final, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import Model, QuerySet
from django.db.models.query import ModelIterable

M = TypeVar("M", bound=Model)
# A number that no row has and no queryset brings along; the places count down from it.
_FIRST: Final = -7_203_001
_LARGEST: Final = 2**63 - 1


class Compiled(Generic[M]):
    """``build`` is given a number for each place and returns the queryset; it is called once a process.

    Only whole numbers may change, and each must be a parameter of the statement: one that Django left out or
    wrote into the text is refused when the question is first asked.
    """

    def __init__(self, places: int, build: Callable[..., QuerySet[M]]) -> None:
        self._places: Final = tuple(_FIRST - place for place in range(places))
        self._build: Final = build
        self._written: tuple[type[M], Any, str, tuple[Any, ...]] | None = None

    def ask(self, *numbers: int) -> list[M]:
        """The rows for these numbers, one for each place. One statement."""
        if self._written is None:
            self._written = self._write()
        model, compiler, text, parameters = self._written
        if any(abs(int(number)) > _LARGEST for number in numbers):
            return []  # no column holds such a number
        at = dict(zip(self._places, map(int, numbers), strict=True))
        # psycopg's own kinds of whole numbers stay what they are.
        filled = tuple(type(p)(at[p]) if _is_place(p, at) else p for p in parameters)
        # A compiler belongs to a connection, and that to a thread.
        own = copy(compiler)
        own.connection = connection
        own.as_sql = lambda *_args, **_more: (text, filled)
        return list(ModelIterable(_Asked(model, own)))  # type: ignore[arg-type]

    def _write(self) -> tuple[type[M], Any, str, tuple[Any, ...]]:
        queryset = self._build(*self._places)
        compiler = queryset.query.get_compiler(DEFAULT_DB_ALIAS)
        text, parameters = compiler.as_sql()
        fields = [column[0] for column in compiler.select[: compiler.col_count]]
        converters = compiler.get_converters(fields)
        compiler.get_converters = lambda _fields: converters
        missing = [place for place in self._places if place not in parameters]
        if missing or any(str(place) in text for place in self._places):
            raise TypeError(f"not every place is a parameter: {text}")
        return queryset.model, compiler, text, parameters


def _is_place(parameter: Any, places: Container[int]) -> bool:
    return isinstance(parameter, int) and parameter in places


class _Asked:
    """What `ModelIterable` wants of a queryset whose statement is written already."""

    def __init__(self, model: type[Model], compiler: Any) -> None:
        self.db = DEFAULT_DB_ALIAS
        self.model = model
        self.query = self
        self.get_compiler = lambda using: compiler
        self._known_related_objects: dict[Any, Any] = {}
