"""F05, F06: whoever works shows it, however long one thing takes; only the dead are taken over."""

import os
import signal
import sys
import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from cases.choices import ImportState
from cases.models import Debtor, ImportRun
from cases.reader import read_file
from cases.services import imports
from cases.services.imports import writing
from cases.services.imports.runs import claim
from tests.cases import files
from tests.cases.corpus import books
from tests.cases.test_reader_process import children_of
from tests.cases.test_together import arrived, at_once, committing  # noqa: F401 - fixtures
from tests.factories import MONDAY_9AM

linux = pytest.mark.skipif(sys.platform != "linux", reason="a reader is found by Linux's list of processes")
concurrent = [pytest.mark.postgres, pytest.mark.slow, pytest.mark.django_db(transaction=True, serialized_rollback=True)]


@linux
def test_whoever_waits_for_a_silent_reader_is_woken(tmp_path):
    """F05: the caller can say that it lives while the reader says nothing."""
    path = files.written(tmp_path, books.shared_book([[f"名{number}", "x" * 200] for number in range(20_000)]))
    woken = []

    def on_wait():
        woken.append(1)
        if len(woken) == 2:
            os.kill(reader, signal.SIGCONT)

    messages = read_file(path, on_wait=on_wait)
    next(messages)
    (reader,) = children_of(os.getpid())
    os.kill(reader, signal.SIGSTOP)
    rows = sum(len(message.get("rows", ())) for message in messages)

    assert rows == 20_001
    assert len(woken) >= 2


@pytest.mark.slow
@pytest.mark.django_db
def test_silent_file_is_not_taken_over_and_a_dead_ones_is(handed_over, specialist):
    """F06: a pipe that nobody writes to is as silent as a large old workbook; each look at the clock is 25 seconds later."""
    file = handed_over(files.workbook([files.row()])).files.get()
    run = imports.start_import(file=file, by=specialist, now=MONDAY_9AM)
    os.remove(file.file.path)
    os.mkfifo(file.file.path)
    looks, others = [], []

    def clock():
        looks.append(MONDAY_9AM + timedelta(seconds=25 * len(looks)))
        if len(looks) > 1:
            others.append(imports.read_import(run_id=run.pk, clock=lambda: looks[-1]))
        if len(looks) == 6:
            raise KeyboardInterrupt  # the worker dies
        return looks[-1]

    with pytest.raises(KeyboardInterrupt):
        imports.read_import(run_id=run.pk, clock=clock)
    alive = ImportRun.objects.get()
    file.file.storage.delete(file.file.name)
    imports.read_import(run_id=run.pk, clock=lambda: looks[-2] + timedelta(seconds=61))

    assert (alive.state, alive.attempts) == ("uploaded", 1)
    assert ImportRun.objects.get().failure == "file_missing"  # the next one took it up


class LongComparisons:
    """A clock by which every comparison takes 61 seconds, and by then another worker waits to take the check over."""

    def __init__(self, run: ImportRun) -> None:
        self.run, self.now, self.others, self.taken, self.is_claimed = run, timezone.now(), [], [], False

    def __call__(self):
        if self.is_claimed:
            self.now += timedelta(seconds=61)
            at = self.now
            other = threading.Thread(target=self._take_over, args=(lambda: at,))
            other.start()
            other.join(0.3)
            self.others.append(other)
        self.is_claimed = True
        return self.now

    def _take_over(self, clock) -> None:
        self.taken.append(claim(self.run.pk, ImportState.MAPPED, clock))
        connection.close()


class TestTogether:
    pytestmark = concurrent

    def test_long_comparison_is_not_taken_over(self, arrived, specialist):  # noqa: F811 - the fixture
        """F06: who has waited for the end of a long step sees that its worker lives."""
        (file,) = arrived(files.workbook([files.row() for _ in range(5)]))
        run = imports.start_import(file=file, by=specialist, now=timezone.now())
        imports.read_import(run_id=run.pk, clock=timezone.now)
        imports.confirm_mapping(run_id=run.pk, by=specialist, now=timezone.now())
        clock = LongComparisons(run)

        imports.check_import(run_id=run.pk, clock=clock)
        for other in clock.others:
            other.join()

        run.refresh_from_db()
        assert len(clock.taken) > 1
        assert set(clock.taken) == {None}
        assert run.state == "validated"

    def test_two_imports_of_the_same_people_in_another_order_do_not_lock_each_other_out(self, arrived, committing, monkeypatch):  # noqa: F811 - the fixtures
        """F06: the same people batch by batch, the other way round; both are in, each person once."""
        monkeypatch.setattr(writing, "ROWS_AT_ONCE", 50)
        people = [files.row() for _ in range(1_000)]
        there = [row | {"案件编号": f"X{number:05}"} for number, row in enumerate(people)]
        back = [row | {"案件编号": f"Y{number:05}"} for number, row in enumerate(reversed(people))]
        runs = [committing(file) for file in arrived(files.workbook(there), files.workbook(back))]

        failures = at_once(*[lambda run=run: imports.write_import(run_id=run.pk, clock=timezone.now) for run in runs])

        assert failures == [None, None]
        assert sorted(ImportRun.objects.values_list("state", flat=True)) == ["committed", "committed"]
        assert Debtor.objects.count() == 1_000
