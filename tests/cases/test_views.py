"""The pages of A1.1–A1.3: who may open what, what they show, and that a list costs the same with more rows."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from audit.models import AuditEvent
from cases.models import Arrival, Client, RegistryRequest
from cases.services import intake
from staff.choices import Role
from tests.cases import files
from tests.factories import MONDAY_9AM, make_arrival, make_case, make_placement, make_team, make_user

NOT_FOR_COLLECTORS = ["arrival-new", "import-list", "client-list", "client-new"]


@pytest.fixture
def upload_now(bank, supply):
    """An arrival as of now, for pages that read the clock."""

    def arrived(*contents: bytes) -> Arrival:
        now = timezone.now()
        uploads = [files.upload(content, f"f{number}.xlsx") for number, content in enumerate(contents)]
        return intake.register_arrival(client=bank, channel="sftp", received_at=now, files=uploads, by=supply, now=now)

    return arrived


@pytest.mark.parametrize("name", NOT_FOR_COLLECTORS)
def test_collector_may_not_open_the_import_pages(sign_in, collector, name):
    assert sign_in(collector).get(reverse(f"cases:{name}")).status_code == 403


@pytest.mark.parametrize("name", ["arrival-list", "import-list", "registry-list", "client-list"])
def test_pages_ask_for_sign_in(client, db, name):
    assert client.get(reverse(f"cases:{name}")).status_code == 302


def test_arrival_is_registered_with_several_files(sign_in, supply, bank):
    """A1.1: through the page, as supply chain does."""
    browser = sign_in(supply)
    data = {
        "client": bank.pk,
        "channel": "sftp",
        "received_at": timezone.localtime().strftime("%Y-%m-%dT%H:%M"),
        "note": "",
        "files": [files.upload(b"a", "一.xlsx"), files.upload(b"b", "二.xlsx")],
    }

    answer = browser.post(reverse("cases:arrival-new"), data)

    arrival = Arrival.objects.get()
    assert answer.url == reverse("cases:arrival-detail", args=[arrival.pk])
    assert [file.name for file in arrival.files.order_by("pk")] == ["一.xlsx", "二.xlsx"]


def test_registering_the_same_file_says_where_it_is(sign_in, supply, bank, upload_now):
    """A1.1: the refusal stands on the form, and nothing typed is lost."""
    first = upload_now(b"a")
    data = {
        "client": bank.pk,
        "channel": "disc",
        "received_at": timezone.localtime().strftime("%Y-%m-%dT%H:%M"),
        "note": "第二次",
        "files": [files.upload(b"a", "新.xlsx")],
    }

    answer = sign_in(supply).post(reverse("cases:arrival-new"), data)

    page = answer.content.decode()
    assert answer.status_code == 200
    assert f"#{first.pk}" in page
    assert "第二次" in page


def test_arrival_page_shows_clock_and_goes_through(sign_in, supply, specialist, upload_now):
    """A1.1: extend with a reason, hand over; then the specialist can start."""
    arrival = upload_now(files.workbook([files.row()]))
    page = reverse("cases:arrival-detail", args=[arrival.pk])
    browser = sign_in(supply)
    shown = browser.get(page).content.decode()

    browser.post(reverse("cases:arrival-extend", args=[arrival.pk]), {"reason": "系统故障"})
    browser.post(reverse("cases:arrival-hand-over", args=[arrival.pk]), {"to": specialist.pk})

    arrival.refresh_from_db()
    assert "data-countdown" in shown
    assert arrival.state == "handed_over"
    assert reverse("cases:import-start", args=[arrival.files.get().pk]) in sign_in(specialist).get(page).content.decode()


def test_delegate_sees_only_the_delegated_arrival(sign_in, collector, upload_now):
    """A1.1b: a named person of any group; other arrivals answer 404."""
    ours, theirs = upload_now(b"a"), upload_now(b"b")
    manager = make_user(Role.GM_OFFICE)

    answer = sign_in(manager).post(reverse("cases:arrival-delegate", args=[ours.pk]), {"to": collector.pk, "reason": "专人"})

    browser = sign_in(collector)
    assert answer.status_code == 302
    assert browser.get(reverse("cases:arrival-detail", args=[ours.pk])).status_code == 200
    assert browser.get(reverse("cases:arrival-detail", args=[theirs.pk])).status_code == 404
    assert browser.post(reverse("cases:arrival-hand-over", args=[theirs.pk])).status_code == 404
    assert browser.get(reverse("cases:file-download", args=[ours.files.get().pk])).status_code == 403


def test_supply_chain_may_not_delegate(sign_in, supply, collector, upload_now):
    """A1.1b: only the GM office."""
    arrival = upload_now(b"a")

    answer = sign_in(supply).post(reverse("cases:arrival-delegate", args=[arrival.pk]), {"to": collector.pk, "reason": "专人"})

    assert answer.status_code == 403


def test_original_file_comes_as_it_was_and_is_logged(sign_in, supply, upload_now):
    """A1.1: named as the bank named it, never shown inside the page."""
    file = upload_now(b"=cmd").files.get()

    answer = sign_in(supply).get(reverse("cases:file-download", args=[file.pk]))

    assert b"".join(answer.streaming_content) == b"=cmd"
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["Content-Type"] == "application/octet-stream"
    assert AuditEvent.objects.filter(action="file.downloaded").count() == 1


def test_registry_goes_through_its_pages(sign_in, team, lead, collector):
    """A1.3: the lead approves, the data centre submits, confirms, answers."""
    clerk = make_user(Role.DATA_CENTRE)
    case = make_case(placement=make_placement(team=team), holder=collector)
    lookup = RegistryRequest.objects.create(case=case, legal_basis="client", purpose="x", requested_by=collector, requested_at=MONDAY_9AM)
    steps = [("submit", {"submitted_to": "银行"}), ("confirm", {"confirmed_with": "王科"}), ("answer", {"answer": "在绍兴", "expires_on": "2099-01-01"})]

    sign_in(lead).post(reverse("cases:registry-approve", args=[lookup.pk]))
    shown = []
    for step, data in steps:
        shown.append(sign_in(clerk).get(reverse("cases:registry-detail", args=[lookup.pk])).context["step_url"])
        sign_in(clerk).post(reverse(f"cases:registry-{step}", args=[lookup.pk]), data)

    lookup.refresh_from_db()
    assert lookup.state == "answered"
    assert [url.rsplit("/", 2)[1] for url in shown] == ["submit", "confirm", "answer"]


def test_foreign_lookup_is_not_found(sign_in, team, collector):
    case = make_case(placement=make_placement(team=team), holder=collector)
    lookup = RegistryRequest.objects.create(case=case, legal_basis="client", purpose="x", requested_by=collector, requested_at=MONDAY_9AM)

    for person in (make_user(Role.COLLECTOR), make_team().lead, make_user(Role.DATA_CENTRE)):
        assert sign_in(person).get(reverse("cases:registry-detail", args=[lookup.pk])).status_code == 404


def test_client_is_added_and_changed_with_its_trail(sign_in, team):
    administrator = make_user(Role.ADMINISTRATOR)
    browser = sign_in(administrator)
    data = {
        "code": "ccb",
        "name": "示例建设银行",
        "short_name": "建行",
        "team": team.pk,
        "entrusted_from": "2026-01-01",
        "entrusted_until": "2027-12-31",
        "kind": "consumer",
        "is_active": "on",
    }

    browser.post(reverse("cases:client-new"), data)
    bank = Client.objects.get(code="ccb")
    browser.post(reverse("cases:client-edit", args=[bank.pk]), data | {"service_phone": "95533"})
    wrong = browser.post(reverse("cases:client-edit", args=[bank.pk]), data | {"entrusted_until": "2025-01-01"})

    bank.refresh_from_db()
    assert bank.service_phone == "95533"
    assert wrong.status_code == 200
    assert AuditEvent.objects.get(action="client.changed").changes == {"service_phone": ["", "95533"]}


@pytest.mark.parametrize(
    ("name", "role", "make"),
    [
        ("arrival-list", Role.SUPPLY_CHAIN, make_arrival),
        ("import-list", Role.DATA_SPECIALIST, make_placement),
        ("registry-list", Role.GM_OFFICE, None),
        ("client-list", Role.ADMINISTRATOR, make_placement),
    ],
)
def test_lists_cost_the_same_with_one_row_and_three(sign_in, db, collector, django_assert_num_queries, name, role, make):
    """No query for each row."""

    def lookup():
        RegistryRequest.objects.create(case=make_case(), legal_basis="client", purpose="x", requested_by=collector, requested_at=MONDAY_9AM)

    make = make or lookup
    browser, url = sign_in(make_user(role)), reverse(f"cases:{name}")
    make()
    browser.get(url)
    with CaptureQueriesContext(connection) as one:
        browser.get(url)
    make()
    make()

    with django_assert_num_queries(len(one)):
        browser.get(url)
