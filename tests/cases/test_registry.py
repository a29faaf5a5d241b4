"""A1.3: asked, approved by another, submitted and confirmed by phone the same day as two steps, answered into the case's contacts."""

from datetime import date, timedelta

import pytest

from audit.models import AuditEvent
from cases.models import Phone, RegistryRequest
from cases.selectors import contacts_in_call_order, registry_visible_to
from cases.services import registry
from cases.tasks import expire_registry_answers
from collection.lib.errors import Refused
from duties.models import Duty
from staff.choices import Role
from staff.models import Notice
from tests.factories import MONDAY_9AM, make_case, make_contact, make_placement, make_user

LATER = MONDAY_9AM + timedelta(hours=1)


@pytest.fixture
def case(team, collector):
    return make_case(placement=make_placement(team=team), holder=collector)


@pytest.fixture
def clerk(db):
    return make_user(Role.DATA_CENTRE)


@pytest.fixture
def asked(case, collector):
    return registry.request_lookup(case=case, legal_basis="client", purpose="地址失效", by=collector, now=MONDAY_9AM)


@pytest.fixture
def approved(asked, lead, clerk):
    return registry.approve_lookup(request_id=asked.pk, by=lead, now=MONDAY_9AM)


def test_request_tells_the_lead_and_touches_the_case(asked, case, lead):
    """A1.3: with basis and purpose."""
    case.refresh_from_db()
    assert (asked.state, asked.legal_basis, asked.purpose) == ("requested", "client", "地址失效")
    assert Notice.objects.filter(recipient=lead).count() == 1
    assert case.touched_at == MONDAY_9AM


@pytest.mark.parametrize(("basis", "purpose"), [("", "x"), ("private", "x"), ("client", " ")])
def test_request_without_basis_or_purpose_is_refused(case, collector, basis, purpose):
    """A1.3: nothing is looked up without a lawful basis."""
    with pytest.raises(Refused):
        registry.request_lookup(case=case, legal_basis=basis, purpose=purpose, by=collector, now=MONDAY_9AM)

    assert not RegistryRequest.objects.exists()


def test_second_request_on_a_case_is_refused(asked, case, collector):
    """A1.3: one at a time."""
    with pytest.raises(Refused):
        registry.request_lookup(case=case, legal_basis="client", purpose="x", by=collector, now=MONDAY_9AM)

    assert RegistryRequest.objects.count() == 1


def test_nobody_approves_their_own(case, lead, clerk):
    """A1.3: never the requester."""
    own = registry.request_lookup(case=case, legal_basis="client", purpose="x", by=lead, now=MONDAY_9AM)

    for step, values in ((registry.approve_lookup, {}), (registry.refuse_lookup, {"reason": "x"})):
        with pytest.raises(Refused):
            step(request_id=own.pk, by=lead, now=MONDAY_9AM, **values)

    own.refresh_from_db()
    assert own.state == "requested"
    assert not Duty.objects.exists()


def test_approval_starts_the_same_day_clock(approved, clerk):
    """A1.3: due at close of the working day, held by the data centre."""
    duty = Duty.objects.get(kind="registry")

    assert (duty.holder, duty.due_at) == (clerk, MONDAY_9AM.replace(hour=17, minute=30))
    assert Notice.objects.filter(recipient=clerk).count() == 1


def test_duty_is_met_by_the_phone_confirmation_only(approved, clerk):
    """A1.3: submitting and confirming are two recorded steps."""
    with pytest.raises(Refused):
        registry.confirm_lookup(request_id=approved.pk, confirmed_with="王科", by=clerk, now=LATER)
    registry.submit_lookup(request_id=approved.pk, submitted_to="工行信用卡中心", by=clerk, now=LATER)
    between = Duty.objects.get(kind="registry").state
    registry.confirm_lookup(request_id=approved.pk, confirmed_with="王科", by=clerk, now=LATER)

    approved.refresh_from_db()
    assert (between, Duty.objects.get(kind="registry").state) == ("open", "met")
    assert (approved.submitted_to, approved.confirmed_with, approved.state) == ("工行信用卡中心", "王科", "confirmed")


def answered(request, clerk, **values):
    registry.submit_lookup(request_id=request.pk, submitted_to="银行", by=clerk, now=LATER)
    registry.confirm_lookup(request_id=request.pk, confirmed_with="王科", by=clerk, now=LATER)
    fields = {"answer": "户籍在绍兴", "expires_on": date(2027, 2, 23), "address": "浙江省绍兴市越城区人民路9号", "phone": "13700001234"} | values
    return registry.answer_lookup(request_id=request.pk, by=clerk, now=LATER, **fields)


def test_answer_enters_the_contacts_with_its_expiry(approved, case, clerk, collector):
    """A1.3: source and last day of use with each; the requester is told; no clear data on the trail."""
    answered(approved, clerk)

    debtor = case.contacts.get(relation="self")
    address = debtor.addresses.get(source="registry")
    phone = debtor.phones.get(source="registry")
    assert (address.kind, address.text, address.expires_on) == ("registered", "浙江省绍兴市越城区人民路9号", date(2027, 2, 23))
    assert (phone.number, phone.expires_on) == ("13700001234", date(2027, 2, 23))
    assert Notice.objects.filter(recipient=collector, message__startswith="The registry has answered").count() == 1
    assert not any("人民路" in str(event.changes) or "13700001234" in str(event.changes) for event in AuditEvent.objects.all())


@pytest.mark.parametrize("values", [{"expires_on": date(2026, 11, 23)}, {"answer": " "}, {"phone": "12"}])
def test_incomplete_answer_is_refused_whole(approved, clerk, values):
    """A1.3: nothing of it is kept."""
    with pytest.raises(Refused):
        answered(approved, clerk, **values)

    approved.refresh_from_db()
    assert approved.state == "confirmed"
    assert not Phone.objects.filter(source="registry").exists()


def test_refusal_reaches_the_requester(asked, lead, collector):
    registry.refuse_lookup(request_id=asked.pk, reason="已有户籍", by=lead, now=LATER)

    asked.refresh_from_db()
    assert (asked.state, asked.refusal) == ("refused", "已有户籍")
    assert Notice.objects.get(recipient=collector).values["reason"] == "已有户籍"


def test_each_sees_the_own_requests(asked, lead, collector, clerk):
    """A1.3: the data centre only what is approved; a lead the team's; a collector the own; others none."""
    manager, stranger = make_user(Role.GM_OFFICE), make_user(Role.COLLECTOR)
    seen_before = [list(registry_visible_to(person)) for person in (manager, lead, collector, clerk, stranger)]

    registry.approve_lookup(request_id=asked.pk, by=lead, now=LATER)

    assert seen_before == [[asked], [asked], [asked], [], []]
    assert list(registry_visible_to(clerk)) == [asked]


def test_contacts_come_in_call_order(case):
    """A3.2: employer, references, committee, family, debtor."""
    for relation in ("spouse", "committee", "friend", "employer"):
        make_contact(case, relation)

    assert [contact.relation for contact in contacts_in_call_order(case)] == ["employer", "friend", "committee", "spouse", "self"]


# --- answers have a last day ------------------------------------------------------------------------------------------------


def looked_up(case, collector, lead, clerk, *, phone="13955556666", expires_on=date(2026, 12, 1), now=MONDAY_9AM):
    asked = registry.request_lookup(case=case, legal_basis="client", purpose="失联", by=collector, now=now)
    registry.approve_lookup(request_id=asked.pk, by=lead, now=now)
    registry.submit_lookup(request_id=asked.pk, submitted_to="银行", by=clerk, now=now)
    registry.confirm_lookup(request_id=asked.pk, confirmed_with="王女士", by=clerk, now=now)
    return registry.answer_lookup(request_id=asked.pk, answer="已查", expires_on=expires_on, phone=phone, by=clerk, now=now)


def test_an_answer_past_its_last_day_is_expired_once_and_the_asker_told(case, collector, lead, clerk):
    """A1.3: EXPIRED by the beat; F07: a tick that is doubled changes nothing."""
    row = looked_up(case, collector, lead, clerk)
    Notice.objects.all().delete()
    last_day, after = MONDAY_9AM.replace(month=12, day=1, hour=23), MONDAY_9AM.replace(month=12, day=2, hour=0)

    counts = [registry.expire_answers(now=now) for now in (last_day, after, after)]

    row.refresh_from_db()
    assert (counts, row.state, row.answer) == ([0, 1, 0], "expired", "已查")
    assert [notice.recipient for notice in Notice.objects.all()] == [collector]
    assert AuditEvent.objects.about(row).get(action="registry.expired").actor == "system"


def test_a_newer_answer_renews_the_number(case, collector, lead, clerk):
    """A1.3: expired contacts are not callable until renewed."""
    looked_up(case, collector, lead, clerk)
    later = MONDAY_9AM.replace(month=12, day=2)
    registry.expire_answers(now=later)

    looked_up(case, collector, lead, clerk, expires_on=date(2027, 1, 31), now=later)

    phone = Phone.objects.get(source="registry")
    assert phone.expires_on == date(2027, 1, 31)
    assert AuditEvent.objects.about(phone).filter(action="phone.renewed").count() == 1


def test_the_beat_task_expires_answers(case, collector, lead, clerk):
    looked_up(case, collector, lead, clerk)
    RegistryRequest.objects.update(expires_on=date(2020, 1, 1))

    expire_registry_answers.delay()

    assert RegistryRequest.objects.get().state == "expired"
