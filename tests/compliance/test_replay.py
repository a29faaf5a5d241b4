"""Every verdict can be judged again by what it was judged by, and says whether the answer is the same (compliance.md, "Layering")."""

import json
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from calls.services.recording import open_call
from cases.services.casework import stop_case
from compliance.models import ContactPolicy, Verdict
from compliance.services import do_not_contact, replay_verdict
from compliance.services.flags import raise_flag
from tests.factories import MONDAY_9AM, make_caller, make_case, make_record

pytestmark = pytest.mark.django_db
TEN = MONDAY_9AM + timedelta(hours=1)


@pytest.fixture
def caller(team):
    return make_caller(team=team)


def ask(case, by, now=TEN):
    return open_call(case_id=case.pk, phone_id=case.contacts.get().phones.get().pk, by=by, now=now)


@pytest.fixture
def verdicts(caller):
    """One of each kind: allowed, at night, counted out, stopped, flagged, barred."""
    cases = [make_case(holder=caller) for _number in range(5)]
    found = [ask(cases[0], caller, TEN + timedelta(seconds=1)), ask(cases[0], caller, MONDAY_9AM.replace(hour=23))]
    for minute in range(3):
        make_record(cases[1], caller, "RTP", at=MONDAY_9AM + timedelta(minutes=minute))
    stop_case(case_id=cases[2].pk, reason="银行通知", by=caller, now=TEN)
    raise_flag(case_id=cases[3].pk, kind="illness", evidence="病历", by=caller, now=TEN)
    do_not_contact(phone=cases[4].contacts.get().phones.get(), reason="别再打", by=caller, now=TEN)
    return [*found, *(ask(case, caller) for case in cases[1:])]


def run(**options):
    out = StringIO()
    try:
        call_command("replay_verdicts", stdout=out, **options)
    except SystemExit as end:
        return end.code, out.getvalue()
    return 0, out.getvalue()


def test_a_replay_says_the_same_whatever_the_rules_are_today(verdicts):
    """CR-01 … CR-50: the limits are those of its moment."""
    ContactPolicy.objects.all().delete()
    rows = [Verdict.objects.get(pk=verdict.pk) for verdict in verdicts]

    assert [[row["rule"] for row in verdict.objections] for verdict in rows] == [[], ["CR-01", "CR-02"], ["CR-03"], ["STOPPED"], ["CR-16"], ["CR-13"]]
    assert all(replay_verdict(verdict).is_same for verdict in rows)


def test_the_command_counts_what_is_the_same(verdicts):
    made = make_record(make_case(), make_caller()).verdict  # from outside: nothing to judge by

    code, said = run(since="2026-11-23")

    assert (code, said.strip(), replay_verdict(made).is_same) == (0, f"same {Verdict.objects.count()}, different 0", True)


def test_the_command_names_what_was_tampered_with(verdicts):
    """A stored answer that its own facts don't give."""
    Verdict.objects.filter(pk=verdicts[1].pk).update(objections=[])

    code, said = run(since="2026-11-23", json=True)

    assert (code, json.loads(said)["different"]) == (1, [{"verdict": verdicts[1].pk, "stored": [], "today": ["CR-01", "CR-02"]}])


def test_the_command_replays_one(verdicts):
    assert run(verdict=verdicts[2].pk) == (0, "same 1, different 0\n")
    with pytest.raises(CommandError):
        run(verdict=999_999)
    with pytest.raises(CommandError):
        run(since="yesterday")


def test_a_verdict_from_before_flags_and_warnings_is_replayed_too(verdicts):
    """What it didn't know of yet is as if there were none of it."""
    row = Verdict.objects.get(pk=verdicts[2].pk)
    for name in ("flags", "is_lawyer", "is_notified", "is_first_contact", "effective_this_week", "last_effective_at"):
        del row.inputs["facts"][name]

    assert replay_verdict(row).is_same
