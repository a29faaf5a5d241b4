"""Queries that are put into SQL once, and then only asked: Django takes several times as long to write a query as the database to answer it.

    OPEN_FLAGS = Prepared(lambda: CaseFlag.objects.filter(case=Given("case", BigAutoField()), lifted_at=None))

    flags = OPEN_FLAGS.rows(case=case.pk)

The query is an ordinary one, written with the ORM where its rule is at home; what differs from one asking to the next stands in it as `Given`,
and a list as `Among(F("number_index"), GivenList(…))`. Whatever changes the query's shape (another filter) makes another query: a function that
makes one for each shape is kept with `functools.lru_cache`. For the few that every request of the desk asks; elsewhere a plain QuerySet reads better.

PostgreSQL too plans such a query once for each connection (PREPARE): planning a page of the desk took it longer than finding the rows.
"""

import json
from collections.abc import Callable, Sequence
from copy import copy
from itertools import count
from threading import Lock, local
from typing import Any
from weakref import WeakKeyDictionary

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Expression, Field, Lookup, QuerySet
from psycopg2.extensions import AsIs


class Given(Expression):
    """A value that each asking gives, by its name; `field` says how the database stores it."""

    def __init__(self, name: str, field: Field) -> None:
        super().__init__(output_field=field)
        self.name = name

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        return "%s", [self]

    def stored(self, value: Any, connection: Any) -> Any:
        return self.output_field.get_db_prep_value(value, connection, prepared=False)

    def type_on_server(self, connection: Any) -> str:
        return self.output_field.db_type(connection)


class GivenList(Given):
    """Any number of values, for `Among`."""

    def stored(self, value: Any, connection: Any) -> Any:
        values = [super(GivenList, self).stored(one, connection) for one in value]
        return json.dumps(values) if connection.vendor == "sqlite" else values

    def type_on_server(self, connection: Any) -> str:
        return f"{super().type_on_server(connection)}[]"


class Among(Lookup):
    """The left side is one of a `GivenList`: one statement, however many values."""

    lookup_name = "among"

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        left, left_values = self.process_lhs(compiler, connection)
        right, right_values = self.process_rhs(compiler, connection)
        among = f"IN (SELECT value FROM json_each({right}))" if connection.vendor == "sqlite" else f"= ANY({right})"  # noqa: S608 -- places, no values
        return f"{left} {among}", [*left_values, *right_values]


class Statement:
    """An SQL text whose places hold constants and `Given`s; PostgreSQL is told it once for each connection."""

    _numbers = count(1)
    # Which statements a connection has been told. They are gone with the connection.
    _told: WeakKeyDictionary[Any, set[str]] = WeakKeyDictionary()

    def __init__(self, text: str, places: Sequence[Any]) -> None:
        self.text, self.places = text, tuple(places)
        self.name = f"prepared_{next(self._numbers)}"
        self.given = {place.name: place for place in places if isinstance(place, Given)}

    def asked(self, connection: BaseDatabaseWrapper, given: dict[str, Any]) -> tuple[str, list[Any]]:
        """What to execute on this connection: text and values, each as the database stores it."""
        if connection.vendor != "postgresql" or not settings.PREPARE_ON_SERVER:
            return self.text, [place.stored(given[place.name], connection) if isinstance(place, Given) else place for place in self.places]
        self._tell(connection)
        values = [place.stored(given[name], connection) for name, place in self.given.items()]
        return f"EXECUTE {self.name}({', '.join(['%s'] * len(values))})" if values else f"EXECUTE {self.name}", values

    def _tell(self, connection: BaseDatabaseWrapper) -> None:
        """Prepare it on the server, once. Constants stand in it as such, because a partial index is only used for what is known to match it."""
        connection.ensure_connection()
        told = self._told.setdefault(connection.connection, set())
        if self.name in told:
            return
        numbers = {name: AsIs(f"${number}") for number, name in enumerate(self.given, 1)}
        types = ", ".join(place.type_on_server(connection) for place in self.given.values())
        with connection.connection.cursor() as cursor:
            text = cursor.mogrify(self.text, [numbers[place.name] if isinstance(place, Given) else place for place in self.places]).decode()
            cursor.execute(f"PREPARE {self.name} {f'({types})' if types else ''} AS {text}")
        told.add(self.name)


class Prepared:
    """A query of `Given`s. It is written by `write` when it is first asked, because models aren't there before Django is set up."""

    def __init__(self, write: Callable[[], QuerySet]) -> None:
        self._write = write
        self._writing = Lock()
        self._written: tuple[QuerySet, Any, Statement] | None = None
        self._asking = local()

    def rows(self, **given: Any) -> list[Any]:
        """What the query finds: instances, tuples or values, as it was written."""
        queryset, compiler, statement = self._ready()
        asking = copy(compiler)
        asking.connection = connections[DEFAULT_DB_ALIAS]
        asked = statement.asked(asking.connection, given)
        asking.as_sql = lambda *_args, **_kwargs: asked
        # The iterable takes rows apart as it always does; only the SQL isn't written again.
        self._asking.compiler = asking
        return list(queryset._iterable_class(queryset))

    def first(self, **given: Any) -> Any:
        """The first row; None when there is none."""
        return next(iter(self.rows(**given)), None)

    @property
    def statement(self) -> Statement:
        """To stand in a larger one, with its text and places."""
        return self._ready()[2]

    def _ready(self) -> tuple[QuerySet, Any, Statement]:
        if self._written is None:
            with self._writing:  # the first two threads of a process may ask at once
                if self._written is None:
                    self._written = self._compiled()
        return self._written

    def _compiled(self) -> tuple[QuerySet, Any, Statement]:
        queryset = self._write()
        compiler = queryset.query.get_compiler(DEFAULT_DB_ALIAS)
        text, places = compiler.as_sql()
        converters = compiler.get_converters([column[0] for column in compiler.select[: compiler.col_count]])
        compiler.get_converters = lambda _expressions: converters
        queryset.query.get_compiler = lambda *_args, **_kwargs: self._asking.compiler
        return queryset, compiler, Statement(text, places)
