from datetime import date, timedelta

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from audit.models import AuditEvent
from compliance import urls
from compliance.models import ClientInstruction, ContactPolicy
from compliance.services import approve_instruction, do_not_contact, enter_instruction
from staff.choices import Role
from staff.models import Notice
from tests.factories import MONDAY_9AM, make_case, make_client, make_placement, make_team, make_user

pytestmark = pytest.mark.django_db
TEN = MONDAY_9AM + timedelta(hours=1)


@pytest.fixture(autouse=True)
def monday():
    with time_machine.travel(TEN, tick=True):
        yield


@pytest.fixture
def office():
    return make_user(Role.GM_OFFICE)


def pdf(name: str = "指令.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, b"%PDF-1.7 signed")


def instruction_of(client, by, number="函1", **fields) -> ClientInstruction:
    days = {"valid_from": date(2026, 11, 1), "expires_on": date(2026, 12, 31)} | fields
    return enter_instruction(client=client, number=number, file=pdf(), by=by, now=TEN, **days)


def policy(key: str = "contact.window", layer: str = "company") -> ContactPolicy:
    return ContactPolicy.objects.get(key=key, layer=layer, valid_to=None)


# --- Contact limits --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", [Role.TEAM_LEAD, Role.QUALITY, Role.GM_OFFICE])
def test_limits_are_read_by_who_watches_over_calls_and_edited_by_administrators_only(sign_in, role):
    """CR-01, CR-02: the limits are no secret; they are an administrator's to set."""
    browser, url = sign_in(make_user(role)), reverse("compliance:policy-edit", args=[policy().pk])

    assert browser.get(reverse("compliance:policy-list")).status_code == 200
    assert 'name="opens"' not in browser.get(url).text
    assert browser.post(url, {"opens": "10:00", "closes": "18:00", "source": "x"}).status_code == 403
    assert ContactPolicy.objects.exclude(created_by=None).count() == 0


def test_limits_are_not_shown_to_a_collector(sign_in, collector):
    browser = sign_in(collector)

    for name in ("policy-list", "script-list", "do-not-contact-list", "instruction-list"):
        assert browser.get(reverse(f"compliance:{name}")).status_code == 403


def test_hours_edited_to_seven_are_refused_by_the_wall(sign_in, administrator):
    """CR-01: "rule edited by admin to 07:00 refused"."""
    url = reverse("compliance:policy-edit", args=[policy().pk])

    answer = sign_in(administrator).post(url, {"opens": "07:00", "closes": "20:00", "source": "x"})

    assert (answer.status_code, answer.context["form"]["opens"].value()) == (200, "07:00")
    assert "08:00–22:00" in answer.context["form"].non_field_errors()[0]
    assert "CR-02" in answer.context["form"].non_field_errors()[0]
    assert ContactPolicy.objects.filter(key="contact.window").count() == 2


@pytest.mark.parametrize(("key", "limit"), [("voice.effective.per_debtor_day", 4), ("voice.attempts.per_number_day", 7), ("third_party.after_failures", 2)])
def test_a_figure_beyond_the_wall_is_refused(sign_in, administrator, key, limit):
    """CR-03, CR-04, CR-10"""
    url = reverse("compliance:policy-edit", args=[policy(key, "law").pk])

    answer = sign_in(administrator).post(url, {"limit": limit, "source": "x"})

    assert answer.context["form"].non_field_errors()
    assert ContactPolicy.objects.filter(key=key).count() == 1


def test_a_stricter_limit_is_a_new_version_and_on_the_trail(sign_in, administrator):
    """CR-02: the version before ends where the new one begins."""
    before = policy()
    url = reverse("compliance:policy-edit", args=[before.pk])

    answer = sign_in(administrator).post(url, {"opens": "09:30", "closes": "19:00", "source": "总经办决定", "valid_from": "2026-11-24T00:00"})

    before.refresh_from_db()
    after = policy()
    assert (after.version, after.value, after.created_by, after.valid_from) == (2, {"from": "09:30", "to": "19:00"}, administrator, before.valid_to)
    assert answer["Location"] == reverse("compliance:policy-edit", args=[after.pk])
    assert AuditEvent.objects.about(after).get().changes["value"] == [before.value, after.value]


def test_the_laws_limit_is_tightened_for_one_client_not_edited(sign_in, administrator):
    """Layering: law < company < client."""
    bank, law = make_client(), policy("voice.effective.per_debtor_day", "law")

    sign_in(administrator).post(reverse("compliance:policy-edit", args=[law.pk]), {"client": bank.pk, "limit": 2, "source": "合同第8条"})

    made = ContactPolicy.objects.get(key=law.key, layer="client")
    law.refresh_from_db()
    assert (made.client, made.value, made.version, law.value, law.valid_to) == (bank, {"limit": 2}, 1, {"limit": 3}, None)


def test_a_limit_in_the_past_is_refused(sign_in, administrator):
    url = reverse("compliance:policy-edit", args=[policy().pk])

    answer = sign_in(administrator).post(url, {"opens": "10:00", "closes": "18:00", "source": "x", "valid_from": "2026-11-22T00:00"})

    assert answer.context["form"].non_field_errors()
    assert policy().version == 1


def test_the_list_of_limits_shows_old_versions_on_request_and_costs_the_same_for_more_rows(sign_in, administrator):
    browser, url = sign_in(administrator), reverse("compliance:policy-list")
    browser.get(url)
    with CaptureQueriesContext(connection) as few:
        page = browser.get(url)
    for _number in range(2):
        data = {"client": make_client().pk, "opens": "10:00", "closes": "18:00", "source": "x"}
        browser.post(reverse("compliance:policy-edit", args=[policy().pk]), data)
    browser.post(reverse("compliance:policy-edit", args=[policy().pk]), {"opens": "10:00", "closes": "18:00", "source": "x"})
    browser.get(url)

    with CaptureQueriesContext(connection) as many:
        more = browser.get(url)

    assert (len(page.context["table"]), len(more.context["table"])) == (18, 20)
    assert len(browser.get(f"{url}?when=all").context["table"]) == 21
    assert len(browser.get(f"{url}?layer=client&key=contact.window").context["table"]) == 2
    assert len(many) == len(few)


# --- Do not contact ----------------------------------------------------------------------------------------------------------


def bar(case, by):
    phone = case.contacts.get().phones.get()
    return do_not_contact(phone=phone, reason="要求不再拨打", by=by, now=TEN, case=case)


def test_barred_numbers_are_masked_and_a_lead_sees_the_own_teams(sign_in, team, lead, collector, office):
    """CR-13, CR-46"""
    own = bar(make_case(placement=make_placement(team=team), phone="13812345678"), collector)
    other_team = make_team()
    foreign = bar(make_case(placement=make_placement(team=other_team), phone="13987654321"), make_user(Role.COLLECTOR, team=other_team))
    url = reverse("compliance:do-not-contact-list")

    page = sign_in(lead).get(url)

    assert [line["pk"] for line in page.context["table"]] == [own.pk]
    assert "13812345678" not in page.text
    assert {line["pk"] for line in sign_in(office).get(url).context["table"]} == {own.pk, foreign.pk}
    assert [line["pk"] for line in sign_in(office).get(f"{url}?last4=4321").context["table"]] == [foreign.pk]


def test_the_list_of_barred_numbers_costs_the_same_for_one_row_and_three(sign_in, collector, office):
    browser, url = sign_in(office), reverse("compliance:do-not-contact-list")
    bar(make_case(), collector)
    browser.get(url)
    with CaptureQueriesContext(connection) as one:
        browser.get(url)
    for _number in range(2):
        bar(make_case(), make_user(Role.COLLECTOR))

    with CaptureQueriesContext(connection) as three:
        browser.get(url)

    assert len(three) == len(one)


def test_nobody_takes_a_number_off_the_list():
    """CR-13: permanent; there is no door to it."""
    doors = [pattern.name for pattern in urls.urlpatterns if "do-not-contact" in str(pattern.pattern)]

    assert doors == ["do-not-contact-list"]


# --- Instructions ------------------------------------------------------------------------------------------------------------


def test_an_instruction_is_entered_with_its_document_and_the_gm_office_is_told(sign_in, team, lead, office):
    """A3.2"""
    bank = make_client(team=team)
    data = {"client": bank.pk, "number": " 函2026-7 ", "file": pdf("../../x.pdf"), "valid_from": "2026-11-23", "expires_on": "2026-12-31"}

    answer = sign_in(lead).post(reverse("compliance:instruction-new"), data)

    row = ClientInstruction.objects.get()
    assert answer.status_code == 302
    assert (row.number, row.entered_by, row.approved_at, row.file.name.endswith(".pdf"), "x.pdf" in row.file.name) == ("函2026-7", lead, None, True, False)
    assert AuditEvent.objects.about(row).get().action == "instruction.entered"
    assert [notice.recipient for notice in Notice.objects.all()] == [office]


@pytest.mark.parametrize(
    "wrong",
    [
        {"file": SimpleUploadedFile("x.pdf", b"MZ program")},
        {"file": ""},
        {"expires_on": "2026-11-01"},
        {"number": ""},
    ],
    ids=["no document", "no file", "ends before it begins", "no number"],
)
def test_an_instruction_that_is_not_in_order_is_refused(sign_in, team, lead, wrong):
    """A3.2"""
    bank = make_client(team=team)
    data = {"client": bank.pk, "number": "函1", "file": pdf(), "valid_from": "2026-11-23", "expires_on": "2026-12-31"} | wrong

    answer = sign_in(lead).post(reverse("compliance:instruction-new"), data)

    assert answer.context["form"].errors
    assert not ClientInstruction.objects.exists()


def test_a_lead_enters_and_sees_instructions_of_the_own_teams_banks_only(sign_in, team, lead, administrator):
    """A3.2: a foreign bank's instruction does not exist for a lead."""
    own, foreign = instruction_of(make_client(team=team), administrator), instruction_of(make_client(team=make_team()), administrator)
    browser = sign_in(lead)

    page = browser.get(reverse("compliance:instruction-list"))
    answer = browser.post(reverse("compliance:instruction-new"), {"client": foreign.client_id, "number": "x", "file": pdf()})

    assert [line["pk"] for line in page.context["table"]] == [own.pk]
    assert browser.get(reverse("compliance:instruction-file", args=[foreign.pk])).status_code == 404
    assert "client" in answer.context["form"].errors
    assert ClientInstruction.objects.count() == 2


def test_the_gm_office_approves_in_the_browser_and_who_entered_it_is_told(sign_in, team, lead, office):
    """A3.2"""
    row = instruction_of(make_client(team=team), lead)
    page = sign_in(office).get(reverse("compliance:instruction-list"))

    sign_in(office).post(reverse("compliance:instruction-approve", args=[row.pk]))

    row.refresh_from_db()
    assert reverse("compliance:instruction-approve", args=[row.pk]) in page.text
    assert (row.approved_by, AuditEvent.objects.about(row).filter(action="instruction.approved").count()) == (office, 1)
    assert Notice.objects.filter(recipient=lead).count() == 1


def test_nobody_approves_what_they_entered_themselves(sign_in, team):
    """A3.2: one person with both groups neither sees the button nor gets past the service."""
    both = make_user(Role.GM_OFFICE, Role.ADMINISTRATOR)
    row = instruction_of(make_client(team=team), both)
    browser, url = sign_in(both), reverse("compliance:instruction-approve", args=[row.pk])

    page, answer = browser.get(reverse("compliance:instruction-list")), browser.post(url, follow=True)

    row.refresh_from_db()
    assert url not in page.text
    assert [message.level_tag for message in answer.context["messages"]] == ["error"]
    assert row.approved_at is None


def test_only_the_gm_office_approves(sign_in, team, lead, administrator):
    row = instruction_of(make_client(team=team), administrator)
    url = reverse("compliance:instruction-approve", args=[row.pk])

    assert [sign_in(person).post(url).status_code for person in (lead, administrator)] == [403, 403]
    row.refresh_from_db()
    assert row.approved_at is None


def test_an_expired_instruction_is_not_approved(sign_in, team, lead, office):
    row = instruction_of(make_client(team=team), lead, expires_on=date(2026, 11, 22))

    answer = sign_in(office).post(reverse("compliance:instruction-approve", args=[row.pk]), follow=True)

    row.refresh_from_db()
    assert [message.level_tag for message in answer.context["messages"]] == ["error"]
    assert row.approved_at is None


def test_the_document_is_handed_out_and_it_is_on_the_trail(sign_in, team, lead, office):
    row = instruction_of(make_client(team=team), lead)

    answer = sign_in(office).get(reverse("compliance:instruction-file", args=[row.pk]))

    assert b"".join(answer.streaming_content) == b"%PDF-1.7 signed"
    assert answer["Content-Disposition"].startswith("attachment")
    assert AuditEvent.objects.about(row).filter(action="instruction.downloaded", actor_id=office.pk).count() == 1


@pytest.mark.parametrize(("state", "numbers"), [("", 4), ("waiting", 1), ("open", 1), ("coming", 1), ("ended", 1)])
def test_instructions_are_filtered_by_state(sign_in, team, lead, office, state, numbers):
    bank = make_client(team=team)
    instruction_of(bank, lead, "1")
    for number, days in (("2", {}), ("3", {"valid_from": date(2026, 12, 1)})):
        approve_instruction(instruction_id=instruction_of(bank, lead, number, **days).pk, by=office, now=TEN)
    instruction_of(bank, lead, "4", expires_on=date(2026, 11, 22))

    page = sign_in(office).get(f"{reverse('compliance:instruction-list')}?state={state}")

    assert len(page.context["table"]) == numbers


def test_the_list_of_instructions_costs_the_same_for_one_row_and_three(sign_in, team, lead, office):
    browser, url = sign_in(office), reverse("compliance:instruction-list")
    instruction_of(make_client(team=team), lead)
    browser.get(url)
    with CaptureQueriesContext(connection) as one:
        browser.get(url)
    for _number in range(2):
        instruction_of(make_client(team=team), make_user(Role.TEAM_LEAD))

    with CaptureQueriesContext(connection) as three:
        browser.get(url)

    assert len(three) == len(one)
