"""Many rows at once: PostgreSQL takes them by COPY, SQLite by executemany. Ids can be reserved beforehand, so that children name their parents.

Rows are plain tuples: no instances, no save(), nothing returned but a count. A row names some fields; every other field gets its default.
"""

import gc
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from itertools import islice
from typing import Any, TypeVar

from django.db import DEFAULT_DB_ALIAS, OperationalError, connection, connections, models, transaction

from collection.lib.crypto import EncryptedTextField, encrypt_all

# Rows that are turned into text together; more would only cost memory.
AT_ONCE = 300
NULL = "\\N"
# Seconds after which Python lets the other thread go on: the database shall not wait long for the next lines while we are busy preparing more.
SHORT_TURNS = 0.0005

A, B = TypeVar("A"), TypeVar("B")
Model = type[models.Model]
Rows = Iterable[Sequence[Any]]


def reserve_ids(model: Model, count: int) -> Sequence[int]:
    """So many primary keys that nobody else will get, ascending, perhaps with gaps between them."""
    if not count:
        return []
    return _advance_sequence(model, count) if _is_postgres() else _advance_autoincrement(model, count)


@transaction.atomic(savepoint=False)
def load(model: Model, fields: Sequence[str], rows: Rows) -> int:
    """Insert the rows: each has the values of `fields` ("case_id" for a foreign key) in their order, amounts and days as such or as their text.

    Returns how many.
    Raises IntegrityError and DataError as any insert does, and ValueError for a time without a zone or a text with a NUL: the caller's transaction
    is broken then. There are no savepoints here, because thousands of them in one transaction would slow down every other session.
    """
    named, unnamed = _columns(model, fields)
    if _is_postgres():
        return _copy(model._meta.db_table, [*named, *unnamed], _lines(named, unnamed, rows))
    return _execute_many("INSERT INTO", model, [*named, *unnamed], _prepared(named, unnamed, rows))


@transaction.atomic(savepoint=False)
def load_new(model: Model, fields: Sequence[str], rows: Rows) -> int:
    """The same, but a row whose unique values are there already, perhaps since a moment ago, is left out. Returns how many were put in."""
    named, unnamed = _columns(model, fields)
    if _is_postgres():
        return _copy_new(model, [*named, *unnamed], _lines(named, unnamed, rows))
    return _execute_many("INSERT OR IGNORE INTO", model, [*named, *unnamed], _prepared(named, unnamed, rows))


@transaction.atomic(savepoint=False)
def update(model: Model, fields: Sequence[str], rows: Rows) -> int:
    """Change rows that are there: the first of `fields` is the primary key, the others get the values that each row has for them. Returns how many."""
    named, _unnamed = _columns(model, fields)
    return _copy_over(model, named, rows) if _is_postgres() else _update_many(model, named, rows)


def count_anew(model: Model) -> None:
    """PostgreSQL looks at the table now: after thousands of new rows it would plan as if there were a handful, and take minutes for seconds.

    Its own look-out comes by too late for what follows a bulk load at once, and does not see an unfinished transaction.
    """
    if _is_postgres():
        with connection.cursor() as cursor:
            cursor.execute(f"ANALYZE {connection.ops.quote_name(model._meta.db_table)}")


def check_at_once(*tables: Model) -> None:
    """In this transaction the foreign keys of these tables are checked with each statement: a long commit has nothing left to check.

    Only for tables whose parents are new, too: a check locks the parent's row, and somebody may be working with an old one.
    """
    if not _is_postgres():
        return
    with connection.cursor() as cursor:
        names = [model._meta.db_table for model in tables]
        cursor.execute("SELECT conname FROM pg_constraint WHERE contype = 'f' AND condeferrable AND conrelid = ANY(%s::regclass[])", [names])
        constraints = ", ".join(connection.ops.quote_name(name) for (name,) in cursor.fetchall())
        cursor.execute(f"SET CONSTRAINTS {constraints} IMMEDIATE")


class Lane:
    """One thing at a time done in a thread with the caller's connection, while the caller prepares the next and leaves the connection alone.

    SQLite works in our own process, so there it is done at once.
    """

    def __init__(self, pool: ThreadPoolExecutor | None) -> None:
        self.pool = pool
        self.job: Future | None = None

    def start(self, put: Callable[[A], object], item: A) -> None:
        """put(item), as soon as what was started before is done. Raises what that raised."""
        self.wait()
        if self.pool:
            self.job = self.pool.submit(copy_context().run, put, item)
        else:
            put(item)

    def wait(self) -> None:
        job, self.job = self.job, None
        if job:
            job.result()


@contextmanager
def lane() -> Iterator[Lane]:
    with _undisturbed():
        if not _is_postgres():
            yield Lane(None)
            return
        own = connections[DEFAULT_DB_ALIAS]
        own.inc_thread_sharing()
        try:
            with ThreadPoolExecutor(1, initializer=connections.__setitem__, initargs=(DEFAULT_DB_ALIAS, own)) as pool:
                turn = Lane(pool)
                yield turn
                turn.wait()
        finally:
            own.dec_thread_sharing()


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Without the search for cyclic garbage, which finds none among so many plain rows and takes a third of the time, and with short turns."""
    interval, collects = sys.getswitchinterval(), gc.isenabled()
    gc.disable()
    sys.setswitchinterval(SHORT_TURNS)
    try:
        yield
    finally:
        sys.setswitchinterval(interval)
        if collects:
            gc.enable()


def overlap(fetched: Iterable[A], build: Callable[[A], B], put: Callable[[B], None]) -> None:
    """put(build(item)) for each item: while the database takes one in, the next is built. Fetching may use the connection, `build` may not."""
    ready: list[B] = []
    with lane() as turn:
        for item in fetched:
            if ready:
                turn.start(put, ready.pop())
            ready.append(build(item))
            turn.wait()
        for last in ready:
            put(last)


def _is_postgres() -> bool:
    return connection.vendor == "postgresql"


def _columns(model: Model, fields: Sequence[str]) -> tuple[list[models.Field], list[models.Field]]:
    """The named fields in their order, and those that get their default; a primary key that is not named is left to the database."""
    by_name = {field.attname: field for field in model._meta.concrete_fields}
    named = [by_name[name] for name in fields]
    return named, [field for field in by_name.values() if field not in named and not field.primary_key]


def _names(fields: Sequence[models.Field]) -> str:
    return ", ".join(connection.ops.quote_name(field.column) for field in fields)


def chunks(rows: Iterable[A], size: int) -> Iterator[list[A]]:
    rows = iter(rows)
    while chunk := list(islice(rows, size)):
        yield chunk


# --- PostgreSQL ------------------------------------------------------------------------------------------------------------------


def _advance_sequence(model: Model, count: int) -> Sequence[int]:
    table, column = connection.ops.quote_name(model._meta.db_table), model._meta.pk.column
    numbers = "SELECT nextval(pg_get_serial_sequence(%s, %s)::regclass) AS number FROM generate_series(1, %s)"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT min(number), max(number) FROM ({numbers}) AS reserved", [table, column, count])  # noqa: S608 - our own text
        first, last = cursor.fetchone()
        if last - first == count - 1:
            return range(first, last + 1)
        cursor.execute(numbers, [table, column, count])  # somebody else took some between them: a few numbers are lost
        return [number for (number,) in cursor.fetchall()]


class _Stream:
    """What COPY reads from: stretches of lines, each made while the database takes in the one before."""

    def __init__(self, stretches: Iterator[str]) -> None:
        self.stretches = stretches
        self.failure: Exception | None = None

    def read(self, _size: int) -> str:
        try:
            return next(self.stretches, "")
        except Exception as error:
            self.failure = error  # the driver would tell of it in a text of its own, values included
            raise


def _copy(table: str, fields: Sequence[models.Field], lines: Iterator[str]) -> int:
    stream = _Stream(lines)
    try:
        with connection.cursor() as cursor, connection.wrap_database_errors:
            cursor.copy_expert(f"COPY {connection.ops.quote_name(table)} ({_names(fields)}) FROM STDIN", stream)
            return cursor.rowcount
    except OperationalError:
        if stream.failure:
            raise stream.failure from None
        raise


def _copy_new(model: Model, fields: Sequence[models.Field], lines: Iterator[str]) -> int:
    """COPY knows no ON CONFLICT: the rows go to a table of this transaction first, and from there in one statement."""
    target, names = connection.ops.quote_name(model._meta.db_table), _names(fields)
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMPORARY TABLE bulk_new ON COMMIT DROP AS SELECT {names} FROM {target} WITH NO DATA")  # noqa: S608 - our own names
        _copy("bulk_new", fields, lines)
        cursor.execute(f"INSERT INTO {target} ({names}) SELECT {names} FROM bulk_new ON CONFLICT DO NOTHING")  # noqa: S608 - our own names
        count = cursor.rowcount
        cursor.execute("DROP TABLE bulk_new")
    return count


def _copy_over(model: Model, fields: Sequence[models.Field], rows: Rows) -> int:
    target, names = connection.ops.quote_name(model._meta.db_table), _names(fields)
    key, *others = [connection.ops.quote_name(field.column) for field in fields]
    changes = ", ".join(f"{name} = bulk_changed.{name}" for name in others)
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMPORARY TABLE bulk_changed ON COMMIT DROP AS SELECT {names} FROM {target} WITH NO DATA")  # noqa: S608 - our own names
        _copy("bulk_changed", fields, _lines(fields, [], rows))
        cursor.execute(f"UPDATE {target} SET {changes} FROM bulk_changed WHERE {target}.{key} = bulk_changed.{key}")  # noqa: S608 - our own names
        count = cursor.rowcount
        cursor.execute("DROP TABLE bulk_changed")
    return count


def _lines(named: Sequence[models.Field], unnamed: Sequence[models.Field], rows: Rows) -> Iterator[str]:
    tail = "".join(f"\t{_texts(field, [field.get_default()])[0]}" for field in unnamed) + "\n"
    for chunk in chunks(rows, AT_ONCE):
        columns = [_texts(field, values) for field, values in zip(named, zip(*chunk, strict=True), strict=True)]
        yield tail.join(map("\t".join, zip(*columns, strict=True))) + tail


def _texts(field: models.Field, values: Sequence[Any]) -> list[str]:
    """The values of one column as COPY wants them: by columns, because a column is all of one kind."""
    if isinstance(field, EncryptedTextField):
        sealed = encrypt_all([field.as_text(value) for value in values], place=field.place)
        return [NULL if text is None else text for text in sealed]
    if isinstance(field, models.JSONField):
        to_json = (field.encoder or json.JSONEncoder)(ensure_ascii=False).encode
        return _escaped([None if value is None else to_json(value) for value in values])
    if isinstance(field, models.CharField | models.TextField):
        return _escaped(values)
    if isinstance(field, models.DateTimeField):
        _demand_zones(field, values)
    return [NULL if value is None else str(value) for value in values]


def _escaped(texts: Sequence[str | None]) -> list[str]:
    """Joined, escaped in four passes and taken apart again, which is much quicker than one by one."""
    joined = "\0".join([text or "" for text in texts])
    if joined.count("\0") >= len(texts):
        raise ValueError("A text cannot contain NUL (0x00) characters.")
    clean = joined.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r").split("\0")
    return [NULL if text is None else escaped for text, escaped in zip(texts, clean, strict=True)] if None in texts else clean


def _demand_zones(field: models.Field, values: Sequence[Any]) -> None:
    if any(value is not None and value.tzinfo is None for value in values):
        raise ValueError(f"{field} takes times with a zone only.")


# --- SQLite ----------------------------------------------------------------------------------------------------------------------


@transaction.atomic(savepoint=False)
def _advance_autoincrement(model: Model, count: int) -> range:
    """SQLite notes a table's last id once it had a row. Whoever asks holds the write lock from then on."""
    table = model._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute("UPDATE sqlite_sequence SET seq = seq + %s WHERE name = %s", [count, table])
        if not cursor.rowcount:
            cursor.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", [table, count])
        cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
        last = cursor.fetchone()[0]
    return range(last - count + 1, last + 1)


def _execute_many(insert: str, model: Model, fields: Sequence[models.Field], chunks: Iterator[list[tuple]]) -> int:
    marks = ", ".join(["%s"] * len(fields))
    sql = f"{insert} {connection.ops.quote_name(model._meta.db_table)} ({_names(fields)}) VALUES ({marks})"
    count = 0
    with connection.cursor() as cursor:
        for chunk in chunks:
            cursor.executemany(sql, chunk)
            count += cursor.rowcount
    return count


def _update_many(model: Model, fields: Sequence[models.Field], rows: Rows) -> int:
    key, *others = [connection.ops.quote_name(field.column) for field in fields]
    sql = f"UPDATE {connection.ops.quote_name(model._meta.db_table)} SET {', '.join(f'{name} = %s' for name in others)} WHERE {key} = %s"  # noqa: S608
    count = 0
    with connection.cursor() as cursor:
        for chunk in _prepared(fields, [], rows):
            cursor.executemany(sql, [(*values, pk) for pk, *values in chunk])
            count += cursor.rowcount
    return count


def _prepared(named: Sequence[models.Field], unnamed: Sequence[models.Field], rows: Rows) -> Iterator[list[tuple]]:
    tail = [_stored(field, [field.get_default()])[0] for field in unnamed]
    for chunk in chunks(rows, AT_ONCE):
        columns = [_stored(field, values) for field, values in zip(named, zip(*chunk, strict=True), strict=True)]
        constants = [[value] * len(chunk) for value in tail]
        yield list(zip(*columns, *constants, strict=True))


def _stored(field: models.Field, values: Sequence[Any]) -> list[Any]:
    """The values of one column as SQLite keeps them."""
    if isinstance(field, models.DateTimeField):
        _demand_zones(field, values)
    return [field.get_db_prep_save(value, connection) for value in values]
