"""What figures count, in a database of many cases: calls of a month, promises, payments, duties, stages. Prints what each page costs beside a bare statement.

`python -m bench.parts.figures_fill CASES`, in a process of its own, whose DATABASE_URL names the database.
"""

import json
import statistics
import sys
import time
import uuid
from collections.abc import Callable
from datetime import timedelta

import django

django.setup()

# ruff: noqa: E402 -- models exist once Django is set up
from django.contrib.auth.models import Group
from django.db import connection, transaction
from django.utils import timezone

from bench.parts.desk_fill import FIRST, PEOPLE, copy, fill
from calls.models import ContactRecord, Promise
from cases.models import Case, Payment, Phone, StageChange
from compliance.models import Verdict
from duties.models import Duty
from duties.services import open_duty
from figures.rules import months_back
from figures.selectors.question import Question
from figures.services.summary import sum_up_past_days
from figures.services.tallies import count_anew
from figures.tables.activity import activity_tables
from figures.tables.duties import duty_tables
from figures.tables.recovery import recovery_tables, stage_tables
from figures.tables.today import today_tiles
from staff.models import User

ROUNDS = 5
# The desk's fill has made some calls and promises already; these come after them.
AFTER = 10_000_000
# The one aggregate that a page can't do without, on the same rows, without names, links, rights or anything else.
FLOORS = {
    "activity": "SELECT r.collector_id, (r.started_at AT TIME ZONE 'Asia/Shanghai')::date, count(*), count(*) FILTER (WHERE o.is_contact), "
    "count(*) FILTER (WHERE o.is_right_party) FROM calls_contactrecord r JOIN calls_outcome o ON o.code = r.outcome_id "
    "WHERE r.started_at >= now() - interval '31 days' GROUP BY 1, 2",
    "recovery": "SELECT placement_id, count(*), sum(amount), sum(balance) FILTER (WHERE state NOT IN ('settled', 'returned', 'recalled')) FROM cases_case GROUP BY 1",
    "stages": "SELECT stage, count(*) FROM cases_case GROUP BY 1",
    "duties": "SELECT kind_id, count(*) FILTER (WHERE met_at IS NOT NULL), count(*) FROM duties_duty WHERE due_at >= now() - interval '31 days' GROUP BY 1",
    "home": "SELECT count(*) FILTER (WHERE due_at <= now()), count(*) FROM duties_duty WHERE met_at IS NULL AND cancelled_at IS NULL",
}


@transaction.atomic
def fill_figures(count: int) -> None:
    """About nine tenths as many calls in thirty days as there are cases, a tenth as many payments and changes of stage, a twentieth as many promises and duties."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica; SET synchronous_commit = off")
    now, person = timezone.now(), User.objects.get(username="bench0")
    phone = Phone.objects.select_related("contact__case").latest("pk")
    case = phone.contact.case
    verdict = Verdict.objects.create(case=case, contact=phone.contact, phone=phone, asked_by=person, at=now, allowed=True)
    record = ContactRecord.objects.create(
        case=case, contact=phone.contact, phone=phone, number_index="b", debtor=case.debtor, verdict=verdict, collector=person, outcome_id="NOAS",
        started_at=now, ended_at=now, request_key=uuid.uuid4(),
    )  # fmt: skip
    Promise.objects.create(case=case, record=record, amount=100, due_on=now.date(), state="kept", settled_at=now)
    Payment.objects.create(case=case, amount=100, paid_on=now.date(), credited_to=person, at=now)
    StageChange.objects.create(case=case, before="M0", after=case.stage, at=now)
    open_duty(kind="intake", subject=case, holder=person, start=now, by=None)
    one, collector, moment = (
        f"{FIRST} + g % {count}",
        f"{person.pk} + g % {PEOPLE}",
        "date_trunc('day', now()) - (1 + g % 30) * interval '1 day' + (1 + g % 9) * interval '1 hour'",
    )
    due = "now() + (g % 60 - 50) * interval '1 day'"
    copy(
        ContactRecord, count * 9 // 10, AFTER, case_id=one, debtor_id=one, verdict_id="g + 1000000000", collector_id=collector, started_at=moment, ended_at=moment,
        request_key="gen_random_uuid()", outcome_id="CASE WHEN g % 5 = 0 THEN 'WTP' WHEN g % 7 = 0 THEN 'AGTP' ELSE 'NOAS' END",
    )  # fmt: skip
    copy(Promise, count // 20, AFTER, case_id=one, record_id="g", settled_at="now() - (g % 90) * interval '1 day'")
    copy(Payment, count // 10, case_id=one, paid_on="current_date - (g % 60)::int", credited_to_id=collector)
    copy(StageChange, count // 10, case_id=one, at="now() - (g % 60) * interval '1 day'")
    copy(
        Duty, count // 20, subject_id="g", holder_id=collector, starts_at=f"{due} - interval '4 hours'", due_at=due, first_due_at=due,
        half_at=due, last_tenth_at=due, met_at=f"CASE WHEN g % 60 < 50 THEN {due} - interval '1 hour' END",
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = DEFAULT")


def measure(work: Callable[[], object]) -> float:
    """Milliseconds: the median of a few, after one that warms up."""
    times = []
    for _round in range(ROUNDS + 1):
        began = time.perf_counter()
        work()
        times.append((time.perf_counter() - began) * 1000)
    return statistics.median(times[1:])


def bare(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        cursor.fetchall()


def main(count: int) -> None:
    if not Case.objects.filter(pk=FIRST).exists():
        fill(count)
    if not StageChange.objects.exists():
        fill_figures(count)
        connection.close()
        count_anew()  # the triggers slept
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
    now = timezone.now()
    sum_up_past_days(now=now, under_way=0)  # nobody else writes here
    gm, _is_new = User.objects.get_or_create(username="benchgm", defaults={"name": "G", "staff_no": "benchgm", "password": "!"})
    gm.groups.set(Group.objects.filter(name="gm_office"))
    today = timezone.localdate(now)
    month, half_year = Question(gm, now, today - timedelta(days=30), today), Question(gm, now, months_back(today, 5), today)
    pages = {
        "activity": lambda: activity_tables(month),
        "recovery": lambda: recovery_tables(half_year),
        "stages": lambda: stage_tables(month),
        "duties": lambda: duty_tables(month),
        "home": lambda: today_tiles(gm, now=now),
    }
    found = {}
    for name, page in pages.items():
        ours, floor = measure(page), measure(lambda name=name: bare(FLOORS[name]))
        found[name] = {"ms": round(ours, 1), "floor ms": round(floor, 1), "ratio": round(ours / floor, 2)}
    sys.stdout.write(json.dumps({"cases": Case.objects.count(), "calls": ContactRecord.objects.count(), "pages": found}))


if __name__ == "__main__":
    main(int(sys.argv[1]))
