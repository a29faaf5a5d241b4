"""A database of many held cases, made by SQL from one row of each kind; run in a process of its own, whose DATABASE_URL names it.

`python -m bench.parts.desk_fill CASES` fills what is empty, and prints what the load needs: sessions, cases held, calls to record.
"""

import json
import random
import sys
from datetime import timedelta
from uuid import uuid4

import django

django.setup()

# ruff: noqa: E402 -- models exist once Django is set up
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import Group
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection, models, transaction
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from assignment.choices import Holdings, Mode, PlanState
from assignment.models import Assignment, AssignmentPlan, FilteringTask
from calls.models import ContactRecord, Dial, Promise
from cases.models import Address, Arrival, ArrivalFile, Case, CaseAccount, Client, Contact, Debtor, ImportRun, Phone, Placement
from compliance.models import EntrustmentNotice, Verdict
from staff.models import Qualification, Team, User

PEOPLE, FIRST, CALLS = 200, 1000, 6000
EVERY, DONE_TASKS, OPEN_TASKS = 25, 1000, 2000
SEED = 20261123


def copy(model: type[models.Model], count: int, first: int = FIRST, **given: str) -> None:
    """`count` rows like the model's latest one; `given` says in SQL what differs, by column, from `g` on."""
    columns = [field.column for field in model._meta.local_concrete_fields]
    wanted = {"id": "g"} | given
    values = ", ".join(wanted.get(column, f't."{column}"') for column in columns)
    names, table = ", ".join(f'"{column}"' for column in columns), model._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({names}) SELECT {values} FROM (SELECT * FROM {table} ORDER BY id DESC LIMIT 1) t, generate_series({first}::bigint, {first + count - 1}) g"  # noqa: S608
        )
        cursor.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))")  # noqa: S608


@transaction.atomic
def fill(count: int) -> None:
    with connection.cursor() as cursor:
        # Copies of rows that are sound: the references needn't be looked up a million times, and nobody mourns a lost second.
        cursor.execute("SET session_replication_role = replica; SET synchronous_commit = off; SET maintenance_work_mem = '256MB'")
    now = timezone.now()
    today = timezone.localdate(now)
    team = Team.objects.create(name="bench")
    people = [User(username=f"bench{n}", name=f"B{n}", staff_no=f"bench{n}", team=team, password="!") for n in range(PEOPLE)]
    people = User.objects.bulk_create(people)
    Group.objects.get(name="collector").user_set.set(people)
    Qualification.objects.bulk_create(Qualification(person=person, passed_on=today, valid_until=today + timedelta(days=300)) for person in people)
    client = Client.objects.create(code="bench", name="bench", short_name="bench", team=team, entrusted_from=today, entrusted_until=today + timedelta(days=900))
    arrival = Arrival.objects.create(client=client, channel="sftp", received_at=now, registered_by=people[0], registered_at=now)
    file = ArrivalFile.objects.create(
        arrival=arrival, client=client, name="b", file="b", size=1, sha256="0" * 64, uploaded_by=people[0], uploaded_at=now
    )  # fmt: skip
    about = {"client": client, "team": team, "code": "bench", "placed_on": today, "committed_at": now, "committed_by": people[0]}
    run = ImportRun.objects.create(file=file, state="committed", created_by=people[0], created_at=now, **about)
    placement = Placement.objects.create(run=run, **about)
    EntrustmentNotice.objects.create(placement=placement, notified_on=today, way="x", evidence="x", entered_by=people[0], entered_at=now)
    debtor = Debtor.objects.create(name="张三", name_pinyin="zhangsan zs", id_no="110101198506070011", id_index="b", id_last4="0011")
    case = Case.objects.create(
        placement=placement, client=client, debtor=debtor, case_no="B", state="working", placed_on=today, amount=1, balance=1, balance_on=today, created_at=now
    )  # fmt: skip
    CaseAccount.objects.create(case=case, card_no="6222021234567890", card_index="b", card_last4="7890", amount=1)
    contact = Contact.objects.create(case=case, relation="self", name="张三", legal_class="debtor", source="client_file", created_at=now)
    Phone.objects.create(contact=contact, number="13800000000", number_index="b", number_last4="0000", kind="mobile", source="client_file")
    Address.objects.create(contact=contact, text="浙江省杭州市西湖区文三路1号", kind="home", source="client_file")
    Assignment.objects.create(case=case, collector=people[0], assigned_at=now, assigned_by=people[0])
    first = people[0].pk
    copy(Debtor, count, id_index="'b' || g", name="'张' || g")
    copy(
        Case, count, debtor_id="g", case_no="'B' || g", amount="1000 + g * 7919 % 90000", balance="1000 + g * 7919 % 90000", stage="'M' || (1 + g % 6)",
        follow_up_at="CASE WHEN g % 5 = 0 THEN now() - (g % 90) * interval '1 hour' WHEN g % 5 = 1 THEN now() + (g % 90) * interval '1 hour' END",
        touched_at="CASE WHEN g % 3 > 0 THEN now() - (g % 20) * interval '1 day' END", holder_id=f"{first} + g % {PEOPLE}",
    )  # fmt: skip
    copy(CaseAccount, count, case_id="g", amount="1000 + g * 7919 % 90000")
    copy(Contact, count, case_id="g")
    copy(Phone, count, contact_id="g", number_index="'b' || g")
    copy(Address, count, contact_id="g")
    _filtering(count, placement, people[0])
    copy(
        Assignment, count, case_id="g", collector_id=f"{first} + g % {PEOPLE}",
        filtering_task_id=f"CASE WHEN g / {PEOPLE} % {EVERY} = 0 THEN {OPEN_TASKS} ELSE {DONE_TASKS} END + g % {PEOPLE}",
    )  # fmt: skip
    _promises(count // EVERY, people[0])
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = origin")


def _filtering(count: int, placement: Placement, person: User) -> None:
    """Everybody has filtered what they hold, but for one case in so many, whose task is open."""
    now = timezone.now()
    made = {"placement": placement, "team": placement.team, "mode": Mode.COUNT, "holdings": Holdings.NEW_ONLY, "created_by": person, "created_at": now}
    plans = [AssignmentPlan.objects.create(**made, state=PlanState.APPLIED, applied_by=person, applied_at=now) for _number in range(3)]
    FilteringTask.objects.create(placement=placement, plan=plans[0], collector=person, accounts=1, started_at=now, done_at=now)
    copy(FilteringTask, PEOPLE, DONE_TASKS, collector_id=f"{person.pk} + g - {DONE_TASKS}", done_at="now()", plan_id=str(plans[1].pk))
    copy(FilteringTask, PEOPLE, OPEN_TASKS, collector_id=f"{person.pk} + g - {OPEN_TASKS}", done_at="NULL", plan_id=str(plans[2].pk))


def _promises(count: int, person: User) -> None:
    """One case in so many has a promise from a call a month ago: half of them open, half broken."""
    at, case = timezone.now() - timedelta(days=30), Case.objects.get(case_no="B")
    contact = case.contacts.get()
    phone = contact.phones.get()
    about = {"case": case, "contact": contact, "phone": phone}
    verdict = Verdict.objects.create(**about, asked_by=person, at=at, allowed=True)
    record = ContactRecord.objects.create(
        **about, number_index="b", debtor=case.debtor, verdict=verdict, collector=person, outcome_id="PTP", started_at=at, ended_at=at, request_key=uuid4()
    )
    Promise.objects.create(case=case, record=record, amount=100, due_on=at.date())
    of_case = f"{FIRST} + (g - {FIRST}) * {EVERY}"
    whom = {"case_id": of_case, "contact_id": of_case, "phone_id": of_case}
    copy(Verdict, count, **whom)
    copy(ContactRecord, count, **whom, debtor_id=of_case, number_index=f"'b' || {of_case}", verdict_id="g", request_key="gen_random_uuid()")
    copy(
        Promise, count, case_id=of_case, record_id="g", due_on="current_date + (g % 10 - 5)::int",
        state="CASE WHEN g % 2 = 0 THEN 'open' ELSE 'broken' END", settled_at="CASE WHEN g % 2 = 1 THEN now() - (g % 30) * interval '1 day' END",
    )  # fmt: skip


def prepare_calls(cases: list[tuple[int, int]]) -> list[dict]:
    """Allowed calls of this moment, one for each (case, person), waiting to be recorded."""
    now = timezone.now()
    phones = dict(Phone.objects.filter(contact__case__in=[case for case, _person in cases]).values_list("contact__case", "pk"))
    debtors = dict(Case.objects.filter(pk__in=phones).values_list("pk", "debtor"))
    contacts = dict(Contact.objects.filter(case__in=phones).values_list("case", "pk"))
    verdicts = Verdict.objects.bulk_create(
        Verdict(case_id=case, contact_id=contacts[case], phone_id=phones[case], asked_by_id=person, at=now, allowed=True) for case, person in cases
    )
    Dial.objects.bulk_create(
        Dial(
            verdict=row, case_id=row.case_id, collector_id=row.asked_by_id, debtor_id=debtors[row.case_id], number_index=f"b{row.case_id}",
            is_to_debtor=True, at=now, placed_at=now, backend="desk_phone", is_disclosed=True,
        )
        for row in verdicts
    )  # fmt: skip
    return [{"verdict": row.pk, "person": row.asked_by_id, "at": now.isoformat()} for row in verdicts]


def session_of(person: User) -> str:
    session = SessionStore()
    session[SESSION_KEY], session[BACKEND_SESSION_KEY], session[HASH_SESSION_KEY] = (
        str(person.pk), settings.AUTHENTICATION_BACKENDS[-1], person.get_session_auth_hash(),
    )  # fmt: skip
    session.create()
    return session.session_key


def queries_of(person: User, case: int) -> dict[str, int]:
    settings.ALLOWED_HOSTS.append("testserver")
    browser, found = Browser(), {}
    browser.force_login(person)
    for name, path in (("next case", "/api/v1/queue/?page_size=1"), ("queue page", "/api/v1/queue/"), ("case", f"/api/v1/cases/{case}/")):
        with CaptureQueriesContext(connection) as captured:
            answer = browser.get(path)
        found[name] = len(captured) if answer.status_code == 200 else -answer.status_code
    return found


def main(count: int) -> None:
    if not Debtor.objects.filter(id_index=f"b{FIRST}").exists():
        fill(count)
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
    people = list(User.objects.filter(username__startswith="bench").order_by("pk"))
    chance, first = random.Random(SEED), people[0].pk
    held = [(case, first + case % PEOPLE) for case in chance.sample(range(FIRST, FIRST + count), min(CALLS, count))]
    taken = set(Verdict.objects.filter(case__in=[case for case, _person in held]).values_list("case", flat=True))
    fresh = [row for row in held if row[0] not in taken] or held
    calls = prepare_calls(fresh)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE calls_dial, compliance_verdict, calls_contactrecord, audit_auditevent")  # as autovacuum would during a day's work
    told = {
        "sessions": {person.pk: session_of(person) for person in people[:50]} | {person.pk: session_of(person) for person in people[50:]},
        "held": held,
        "calls": calls,
        "queries": queries_of(people[0], next(case for case, person in held if person == first)),
    }
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    main(int(sys.argv[1]))
