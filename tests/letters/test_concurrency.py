"""Two at once at the post desk: one run for a letter, one letter for a number, no approval of a case that is being recalled. Real locks."""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connections, transaction

from cases.choices import CaseState
from cases.services.casework import lock_case
from cases.services.endings import end_cases
from collection.lib.errors import Refused
from letters import services
from letters.models import Letter, LetterBatch, PrintRun
from letters.services import batches, letter_rules
from letters.services.holds import Held
from staff.choices import Role
from tests.factories import MONDAY_9AM, make_case, make_letter, make_placement, make_template, make_user
from tests.letters.test_quality import fill

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True, serialized_rollback=True)]
LATER = MONDAY_9AM + timedelta(hours=1)


def at_once(*calls: Callable) -> list:
    """Run the calls in threads that start together; what each returned, or the refusal."""
    barrier, results = threading.Barrier(len(calls)), [None] * len(calls)

    def run(number: int, call: Callable) -> None:
        try:
            barrier.wait(10)
            results[number] = call()
        except Refused as refusal:
            results[number] = refusal
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return results


def refusals(results: list) -> int:
    return sum(isinstance(result, Refused) for result in results)


def recall(case_id, by):
    with transaction.atomic():
        end_cases([lock_case(case_id)], CaseState.RECALLED, reason="撤案", by=by, now=LATER)


def test_the_post_desk_by_two(team):
    """F10 for letters: two runs over the same letters, two scans of one number, two results, two approvals against a recall."""
    placement = make_placement(team=team)
    one, other, lead = make_user(Role.ADMIN_OFFICE), make_user(Role.ADMIN_OFFICE), placement.team.lead
    letters = [make_letter(case=make_case(placement=placement), state="approved") for _ in range(3)]

    def start(by, pks):
        return lambda: services.start_print_run(letter_ids=pks, by=by, now=LATER)

    ids = [letter.pk for letter in letters]
    started = at_once(start(one, ids), start(other, list(reversed(ids))))
    assert (refusals(started), PrintRun.objects.count()) == (1, 1)

    first, second = (make_letter(case=make_case(placement=placement), state="rendered") for _ in range(2))

    def scan(letter, by):
        return lambda: services.dispatch_letter(letter_id=letter.pk, carrier="ems", tracking_no="EA123456789CN", by=by, now=LATER)

    scanned = at_once(scan(first, one), scan(second, other))
    assert refusals(scanned) == 1
    assert Letter.objects.filter(tracking_no="EA123456789CN").count() == 1

    sent = make_letter(case=make_case(placement=placement), state="dispatched")
    booked = at_once(
        lambda: services.book_delivery(letter_id=sent.pk, by=one, now=LATER),
        lambda: services.book_return(letter_id=sent.pk, reason="moved", by=other, now=LATER),
    )
    assert refusals(booked) == 1

    asked = make_letter(case=make_case(placement=placement))
    gm = make_user(Role.GM_OFFICE)
    at_once(
        lambda: services.approve_letter(letter_id=asked.pk, by=lead, now=LATER),
        lambda: recall(asked.case_id, gm),
    )
    asked.refresh_from_db()
    assert asked.state == "cancelled"


def test_nothing_slips_out_while_it_is_being_held(team):
    """A1.4, annex 4: a letter that is dispatched in the moment of the hold waits for it, and stays."""
    placement = make_placement(team=team)
    clerk, checker = make_user(Role.ADMIN_OFFICE), make_user(Role.QUALITY)
    run = PrintRun.objects.create(started_by=clerk, started_at=MONDAY_9AM, finished_at=MONDAY_9AM, total=2)
    sent = make_letter(case=make_case(placement=placement), state="dispatched", print_run=run, dispatched_by=clerk)
    other = make_template(name="同批次的另一模板")
    waiting = make_letter(case=make_case(placement=placement), state="rendered", print_run=run, template=other)
    is_held, may_commit, results = threading.Event(), threading.Event(), {}

    def hold():
        with transaction.atomic():
            fill(sent, checker, {"amount": ("serious", "金额不符")}, task="更正后重寄")
            is_held.set()
            may_commit.wait(10)
        connections.close_all()

    def send():
        is_held.wait(10)
        results["sent"] = at_once(lambda: services.dispatch_letter(letter_id=waiting.pk, carrier="ems", tracking_no="EA123456785CN", by=clerk, now=LATER))[0]

    threads = [threading.Thread(target=hold), threading.Thread(target=send)]
    for thread in threads:
        thread.start()
    threads[1].join(1)
    was_waiting = threads[1].is_alive()
    may_commit.set()
    for thread in threads:
        thread.join(30)

    waiting.refresh_from_db()
    assert (was_waiting, type(results["sent"]), waiting.state) == (True, Held, "rendered")


def test_a_batch_and_a_rule_by_two(team):
    """Exactly once: two workers on one batch; the clock and a hand on one rule."""
    placement = make_placement(team=team)
    for _ in range(4):
        make_case(placement=placement, state="lost_contact")
    lead, template = placement.team.lead, make_template(name="并发")
    given = {"client": None, "template": template, "stages": [], "lost_contact": True, "balance_over": None, "overdue_over": None, "quiet_days": 30}
    rule = letter_rules.save_rule(name="失联", **given, is_daily=True, by=lead, now=MONDAY_9AM)

    at_once(
        lambda: letter_rules.run_rule(rule_id=rule.pk, by=lead, now=LATER),
        lambda: letter_rules.run_daily_rules(now=LATER),
        lambda: letter_rules.run_daily_rules(now=LATER),
    )
    batch = LetterBatch.objects.get()
    at_once(*[lambda: batches.work_on_batch(batch_id=batch.pk, clock=lambda: LATER)] * 3)

    assert (batch.lines.exclude(letter=None).count(), Letter.objects.count()) == (4, 4)
