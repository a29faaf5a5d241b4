"""Queries that are put into SQL once, and then only asked: Django takes several times as long to write a query as the database to answer it.

    OPEN_FLAGS = Prepared(lambda: CaseFlag.objects.filter(case=Given("case", BigAutoField()), lifted_at=None))

    flags = OPEN_FLAGS.rows(case=case.pk)

The query is an ordinary one, written with the ORM where its rule is at home; what differs from one asking to the next stands in it as `Given`,
and a list as `Among(F("number_index"), GivenList(…))`. Whatever changes the query's shape (another filter) makes another query: a function that
makes one for each shape is kept with `functools.lru_cache`. For the few that every request of the desk asks; elsewhere a plain QuerySet reads better.
"""

import json
from collections.abc import Callable, Sequence
from copy import copy
from threading import Lock
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import Expression, Field, Lookup, QuerySet


class Given(Expression):
    """A value that each asking gives, by its name; `field` says how the database stores it."""

    def __init__(self, name: str, field: Field) -> None:
        super().__init__(output_field=field)
        self.name = name

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        return "%s", [self]

    def stored(self, value: Any, connection: Any) -> Any:
        return self.output_field.get_db_prep_value(value, connection, prepared=False)


class GivenList(Given):
    """Any number of values, for `Among`."""

    def stored(self, value: Any, connection: Any) -> Any:
        values = [super(GivenList, self).stored(one, connection) for one in value]
        return json.dumps(values) if connection.vendor == "sqlite" else values


class Among(Lookup):
    """The left side is one of a `GivenList`: one statement, however many values."""

    lookup_name = "among"

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        left, left_values = self.process_lhs(compiler, connection)
        right, right_values = self.process_rhs(compiler, connection)
        among = f"IN (SELECT value FROM json_each({right}))" if connection.vendor == "sqlite" else f"= ANY({right})"  # noqa: S608 -- places, no values
        return f"{left} {among}", [*left_values, *right_values]


class Prepared:
    """A query of `Given`s. It is written by `write` when it is first asked, because models aren't there before Django is set up."""

    def __init__(self, write: Callable[[], QuerySet]) -> None:
        self._write = write
        self._writing = Lock()
        self._written: tuple[QuerySet, Any, str, tuple[Any, ...]] | None = None

    def rows(self, **given: Any) -> list[Any]:
        """What the query finds: instances, tuples or values, as it was written."""
        queryset, compiler, text, places = self._ready()
        asking = copy(compiler)
        asking.connection = connections[DEFAULT_DB_ALIAS]
        sql = text, fill(places, given)
        asking.as_sql = lambda *_args, **_kwargs: sql
        # The iterable takes rows apart as it always does; only the SQL isn't written again.
        once = queryset._chain()
        once.query.get_compiler = lambda *_args, **_kwargs: asking
        return list(once._iterable_class(once))

    def first(self, **given: Any) -> Any:
        """The first row; None when there is none."""
        return next(iter(self.rows(**given)), None)

    def sql(self, **given: Any) -> tuple[str, list[Any]]:
        """The statement and its values, to stand in a larger one."""
        _queryset, _compiler, text, places = self._ready()
        return text, fill(places, given)

    def _ready(self) -> tuple[QuerySet, Any, str, tuple[Any, ...]]:
        with self._writing:  # the first two threads of a process may ask at once
            if self._written is None:
                self._written = self._compiled()
        return self._written

    def _compiled(self) -> tuple[QuerySet, Any, str, tuple[Any, ...]]:
        queryset = self._write()
        compiler = queryset.query.get_compiler(DEFAULT_DB_ALIAS)
        text, places = compiler.as_sql()
        converters = compiler.get_converters([column[0] for column in compiler.select[: compiler.col_count]])
        compiler.get_converters = lambda _expressions: converters
        return queryset, compiler, text, tuple(places)


def fill(places: Sequence[Any], given: dict[str, Any]) -> list[Any]:
    """The values of a statement, each `Given` as the database stores what was given for it."""
    connection = connections[DEFAULT_DB_ALIAS]
    return [place.stored(given[place.name], connection) if isinstance(place, Given) else place for place in places]
