"""A3.1–A3.3: fields reviewed, the call order followed, everything verified, then classified."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from calls.choices import ReviewField
from calls.models import CallStepReview, FieldReview, FilteringReview
from calls.services.filtering import NotComplete, NotFiltered, OutOfOrder, classify_case, close_step, review_field
from calls.services.recording import NotHolder
from cases.models import Address, Contact, Phone
from cases.services.casework import verify_address, verify_contact, verify_phone
from compliance.services import approve_instruction, enter_instruction
from duties.models import Duty
from staff.choices import Role
from tests.factories import MONDAY_9AM, make_caller, make_case, make_contact, make_filtering_task, make_phone, make_record, make_user

pytestmark = pytest.mark.django_db
TEN = MONDAY_9AM + timedelta(hours=1)


@pytest.fixture
def caller(team):
    return make_caller(team=team)


@pytest.fixture
def case(caller):
    case = make_case()
    make_filtering_task(caller, [case])
    return case


def open_the_order(case):
    """The client's written instruction."""
    lead, office, day = make_user(Role.TEAM_LEAD), make_user(Role.GM_OFFICE), date(2026, 11, 1)
    row = enter_instruction(client=case.client, number="函1", valid_from=day, expires_on=date(2026, 12, 31), by=lead, now=TEN)
    approve_instruction(instruction_id=row.pk, by=office, now=TEN)


def review_all(case, by, *, but=()):
    for field in ReviewField.values:
        if field not in but:
            review_field(case_id=case.pk, field=field, finding="clear", by=by, now=TEN)


def verify_all(case, by):
    for phone in Phone.objects.filter(contact__case=case):
        verify_phone(phone=phone, verification="verified", by=by, now=TEN)
    for address in Address.objects.filter(contact__case=case):
        verify_address(address=address, verification="unverifiable", by=by, now=TEN)
    for contact in Contact.objects.filter(case=case).exclude(relation="self"):
        verify_contact(contact=contact, verification="verified", by=by, now=TEN)


def steps_of(case):
    return {row.step: (row.state, row.reason) for row in CallStepReview.objects.filter(review__case=case)}


def test_the_first_review_begins_the_filtering_of_the_case(case, caller):
    """A3.2, first step"""
    review_field(case_id=case.pk, field="identity", finding="doubtful", note="姓名与证件不符", by=caller, now=TEN)

    case.refresh_from_db()
    row = FieldReview.objects.get()
    assert (case.state, row.finding, row.note, row.review.state) == ("filtering", "doubtful", "姓名与证件不符", "pending")


def test_a_field_judged_again_replaces_the_first_judgement(case, caller):
    """A3.2"""
    review_field(case_id=case.pk, field="identity", finding="doubtful", by=caller, now=TEN)

    review_field(case_id=case.pk, field="identity", finding="clear", by=caller, now=TEN)

    assert FieldReview.objects.get().finding == "clear"


def test_when_every_field_is_reviewed_the_case_is_reviewed(case, caller):
    """A3.2: every field of the case is interpreted."""
    review_all(case, caller)

    assert FilteringReview.objects.get().state == "reviewed"


def test_without_an_instruction_third_party_steps_close_themselves_and_the_debtors_is_open(case, caller):
    """A3.2, CR-10: locked counts as the reason for skipping; no such contact closes by itself too."""
    make_contact(case, "employer", phone="057188886666")
    make_contact(case, "parent", phone="13911110000")

    review_field(case_id=case.pk, field="identity", finding="clear", by=caller, now=TEN)

    assert steps_of(case) == {"employer": ("locked", "CR-10"), "reference": ("none", ""), "committee": ("none", ""), "family": ("locked", "CR-10")}


def test_under_the_clients_instruction_the_order_is_called_step_by_step(case, caller):
    """A3.2: 单位 → 联系人 → 村委/居委会 → 家人 → 持卡人"""
    open_the_order(case)
    employer = make_contact(case, "employer", phone="057188886666")
    make_contact(case, "parent", phone="13911110000")
    review_field(case_id=case.pk, field="identity", finding="clear", by=caller, now=TEN)
    make_record(case, caller, "CINF", at=TEN, phone=employer.phones.get())

    with pytest.raises(OutOfOrder):
        close_step(case_id=case.pk, step="self", state="skipped", reason="x", by=caller, now=TEN)
    with pytest.raises(OutOfOrder):
        close_step(case_id=case.pk, step="family", state="skipped", reason="x", by=caller, now=TEN)
    close_step(case_id=case.pk, step="employer", state="called", by=caller, now=TEN)
    with pytest.raises(OutOfOrder):
        close_step(case_id=case.pk, step="family", state="skipped", reason=" ", by=caller, now=TEN)
    close_step(case_id=case.pk, step="family", state="skipped", reason="父母已故", by=caller, now=TEN)

    assert steps_of(case) == {
        "employer": ("called", ""),
        "reference": ("none", ""),
        "committee": ("none", ""),
        "family": ("skipped", "父母已故"),
    }


def test_a_step_is_called_only_when_a_call_is_on_record(case, caller):
    """A3.2"""
    review_field(case_id=case.pk, field="identity", finding="clear", by=caller, now=TEN)

    with pytest.raises(OutOfOrder) as refusal:
        close_step(case_id=case.pk, step="self", state="called", by=caller, now=TEN)
    make_record(case, caller, "NOAS", at=MONDAY_9AM - timedelta(days=1))
    with pytest.raises(OutOfOrder):
        close_step(case_id=case.pk, step="self", state="called", by=caller, now=TEN)
    make_record(case, caller, "NOAS", at=TEN)
    close_step(case_id=case.pk, step="self", state="called", by=caller, now=TEN)

    assert refusal.value.rule == "A3.2"
    assert steps_of(case)["self"] == ("called", "")


def test_a_locked_step_may_be_called_once_contact_is_lost(case, caller):
    """A3.2, CR-10"""
    friend = make_contact(case, "friend", phone="13911110000")
    review_field(case_id=case.pk, field="identity", finding="clear", by=caller, now=TEN)
    make_record(case, caller, "AGTP", at=TEN, phone=friend.phones.get())

    close_step(case_id=case.pk, step="reference", state="called", by=caller, now=TEN)

    assert steps_of(case)["reference"] == ("called", "")


def test_a_closed_step_stays_closed(case, caller):
    make_record(case, caller, "NOAS", at=TEN)
    review_field(case_id=case.pk, field="identity", finding="clear", by=caller, now=TEN)
    close_step(case_id=case.pk, step="self", state="called", by=caller, now=TEN)

    with pytest.raises(OutOfOrder):
        close_step(case_id=case.pk, step="self", state="skipped", reason="x", by=caller, now=TEN)

    assert steps_of(case)["self"] == ("called", "")


def complete(case, by):
    review_all(case, by)
    make_record(case, by, "RTP", at=TEN)
    close_step(case_id=case.pk, step="self", state="called", by=by, now=TEN)
    verify_all(case, by)


def test_a_complete_case_is_classified_and_worked_from_then_on(case, caller):
    """A3.2, third step; A3.3"""
    complete(case, caller)

    review = classify_case(case_id=case.pk, category="willing", by=caller, now=TEN)

    case.refresh_from_db()
    assert (review.state, review.category_id, review.classified_by) == ("classified", "willing", caller)
    assert (case.state, case.category) == ("working", "willing")


def test_classifying_names_everything_that_is_missing_and_changes_nothing(case, caller):
    """A3.3: not filtered until what it has is verified or marked unverifiable."""
    make_contact(case, "parent", phone="13911110000")
    review_all(case, caller, but=["remarks", "employer"])

    with pytest.raises(NotComplete) as refusal:
        classify_case(case_id=case.pk, category="willing", by=caller, now=TEN)

    missing = refusal.value.missing
    case.refresh_from_db()
    assert (missing.fields, missing.steps, missing.unverified) == (("employer", "remarks"), ("self",), 4)
    assert (refusal.value.rule, case.state, FilteringReview.objects.get().state) == ("A3.3", "filtering", "pending")


@pytest.mark.parametrize("left", ["phone", "address", "contact"])
def test_one_thing_left_unverified_is_enough_to_refuse(case, caller, left):
    """A3.3: each phone, address and relation."""
    complete(case, caller)
    if left == "phone":
        make_phone(case.contacts.get(), "13900001111")
    elif left == "address":
        Address.objects.create(contact=case.contacts.get(), text="x", kind="home", source="client_file")
    else:
        make_contact(case, "friend")

    with pytest.raises(NotComplete) as refusal:
        classify_case(case_id=case.pk, category="willing", by=caller, now=TEN)

    assert (refusal.value.missing.fields, refusal.value.missing.steps, refusal.value.missing.unverified) == ((), (), 1)


def test_classified_cases_are_not_filtered_again(case, caller):
    complete(case, caller)
    classify_case(case_id=case.pk, category="willing", by=caller, now=TEN)

    with pytest.raises(NotFiltered):
        classify_case(case_id=case.pk, category="lost", by=caller, now=TEN)

    case.refresh_from_db()
    assert case.category == "willing"


def test_the_last_classified_case_finishes_the_task_and_meets_its_duty(caller):
    """A3.1: every case classified."""
    first = make_case()
    second = make_case(placement=first.placement)
    task = make_filtering_task(caller, [first, second])
    complete(first, caller)
    classify_case(case_id=first.pk, category="willing", by=caller, now=TEN)
    task.refresh_from_db()
    half_way = task.done_at
    complete(second, caller)

    classify_case(case_id=second.pk, category="lost", by=caller, now=TEN + timedelta(hours=1))

    task.refresh_from_db()
    second.refresh_from_db()
    duty = Duty.objects.get(kind="filtering", subject_id=task.pk)
    assert (half_way, task.done_at, duty.met_at, duty.state) == (None, TEN + timedelta(hours=1), TEN + timedelta(hours=1), "met")
    assert second.state == "lost_contact"


def test_a_call_during_filtering_leaves_the_state_to_the_classification(case, caller):
    """A promise taken while filtering shows in the case's state when it is classified."""
    complete(case, caller)
    row = case.contact_records.get()
    case.promises.create(record=row, amount=Decimal(100), due_on=date(2026, 11, 25))

    classify_case(case_id=case.pk, category="willing", by=caller, now=TEN)

    case.refresh_from_db()
    assert case.state == "promised"


def test_only_who_holds_the_task_filters(case, team):
    """S01"""
    with pytest.raises(NotHolder):
        review_field(case_id=case.pk, field="identity", finding="clear", by=make_caller(team=team), now=TEN)

    assert FieldReview.objects.count() == 0
