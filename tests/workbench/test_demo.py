import re
from datetime import date, datetime, timedelta
from importlib.util import find_spec

import pytest
import time_machine
from django.contrib.auth.password_validation import validate_password
from django.core.management import CommandError, call_command
from django.db.models import F, Q
from django.utils import timezone
from openpyxl import load_workbook

from calls.models import ContactRecord, Promise
from cases.choices import FileKind, ImportState
from cases.models import Arrival, Case, Client, ImportRun, Placement, RegistryRequest
from collection.lib.identity import luhn_ok, parse_phone, resident_id_fault
from duties.models import Duty, HandOver
from duties.selectors import working_time
from letters.models import Letter
from penalties.models import ClosedMonth, PenaltyEvent
from staff.choices import Role
from staff.models import User
from tests.factories import SHANGHAI
from workbench.demo.agency import PASSWORD, PEOPLE
from workbench.demo.files import write_files
from workbench.demo.people import card, mobile, person
from workbench.demo.timeline import Past

# A Monday evening, a Saturday, a Monday before the office opens, the long October holiday.
MOMENTS = [datetime(2026, 11, 23, 20, 0), datetime(2026, 11, 21, 15, 0), datetime(2026, 11, 23, 7, 0), datetime(2026, 10, 4, 12, 0)]
TODAY = date(2026, 11, 23)

# The months before the demo's own weeks, as of the first moment; and who holds a duty of which kind.
EARLIER = [date(2026, month, 1) for month in (7, 8, 9, 10)]
WEEKS_AGO = datetime(2026, 10, 12, tzinfo=SHANGHAI)
HOLDERS = {
    "intake": {Role.SUPPLY_CHAIN},
    "import": {Role.DATA_SPECIALIST},
    "assignment": {Role.TEAM_LEAD},
    "filtering": {Role.COLLECTOR},
    "registry": {Role.DATA_CENTRE},
    "letter_dispatch": {Role.ADMIN_OFFICE},
    "letter_quality": {Role.QUALITY},
    "letter_rectify": {Role.ADMIN_OFFICE, Role.ADMINISTRATOR},
    "referral": {Role.FINANCE, Role.TEAM_LEAD, Role.DATA_SPECIALIST, Role.QUALITY, Role.GM_OFFICE},
    "appeal": {Role.GM_OFFICE},
}

needs_pages = pytest.mark.skipif(find_spec("cases.urls") is None, reason="the pages that notices link to are not there yet")


# --- Made-up people ---------------------------------------------------------------------------------------------------------


def test_made_up_people_are_valid_in_form_and_belong_to_nobody():
    for number in range(0, 90_000_000, 999_983):
        who = person(number)

        assert resident_id_fault(who.id_no, today=TODAY) == ""
        assert re.fullmatch(r"..\d\d99\d{12}|..\d{2}99\d{11}X", who.id_no)
        assert parse_phone(who.mobile) == (who.mobile, "", "mobile")
        assert who.mobile.startswith("154")
        assert parse_phone(who.work_phone) is not None
        assert luhn_ok(card(number))
        assert card(number).startswith("629999")


def test_every_number_is_another_person():
    numbers = range(1_000_000, 1_020_000)

    assert len({person(number).id_no for number in numbers}) == len(numbers)
    assert len({mobile(number) for number in numbers}) == len(numbers)


@pytest.mark.parametrize("moment", MOMENTS, ids=str)
@pytest.mark.django_db
def test_past_moments_are_working_days_before_now(moment):
    now = moment.replace(tzinfo=SHANGHAI)
    past = Past(now, working_time())

    for days_ago in range(30):
        found = past.at(days_ago, 8, 40)
        assert found < now
        assert past.working.is_working(found.date())


def test_the_password_passes_its_own_rules(db):
    for username, name, _role, _team in PEOPLE:
        validate_password(PASSWORD, User(username=username, name=name))


def test_every_role_is_somebody():
    assert {role for _username, _name, role, _team in PEOPLE} == set(Role)


# --- Files ---------------------------------------------------------------------------------------------------------------------


def test_bank_files_of_each_kind_to_try_the_import(tmp_path):
    clean, spoilt, *others = write_files(tmp_path / "files", today=TODAY)

    rows = list(load_workbook(clean).active.iter_rows(values_only=True))
    assert len(rows) == 120 + 3  # a title, the headers, a total
    assert "证件号" in rows[1]
    assert load_workbook(spoilt).active.max_row == 61
    assert {load_workbook(other).active.cell(2, 1).value for other in others} == {"JN000001"}
    assert len(others) == len(FileKind) - 1
    assert write_files(tmp_path / "again", today=TODAY + timedelta(days=1))[0].read_bytes() != clean.read_bytes()


# --- The whole -----------------------------------------------------------------------------------------------------------------


@pytest.fixture
def demo(db):
    with time_machine.travel(MOMENTS[0].replace(tzinfo=SHANGHAI), tick=True):
        call_command("load_demo", "--scale", "200")
        yield


@needs_pages
@pytest.mark.slow
def test_load_demo_leaves_something_in_every_room(demo, capsys):
    """Issue 2: placements in every state, weeks of history, nothing in the future, calls only in the legal hours."""
    now = timezone.now()

    assert {ImportRun.objects.filter(state=state).count() > 0 for state in ("committed", "read", "validated", "failed", "cancelled", "undone")} == {True}
    news = dict(ImportRun.objects.exclude(kind="placement").values_list("kind", "summary"))
    assert {kind: summary["changed"] > 0 for kind, summary in news.items()} == dict.fromkeys(("payment", "balance", "record", "warning", "recall"), True)
    assert set(Arrival.objects.values_list("state", flat=True)) == {"waiting", "handed_over", "imported", "rejected"}
    assert {"requested", "approved", "dispatched", "delivered", "returned", "refused"} <= set(Letter.objects.values_list("state", flat=True)) | {"dispatched"}
    assert {"requested", "approved", "submitted", "confirmed", "answered", "refused"} <= set(RegistryRequest.objects.values_list("state", flat=True))
    assert {"open", "met", "missed", "met_late", "cancelled"} == {duty.state for duty in Duty.objects.all()}
    assert {"recorded", "appealed", "waived"} <= set(PenaltyEvent.objects.values_list("state", flat=True))
    assert Promise.objects.exclude(state="open").exists()
    assert not ContactRecord.objects.filter(ended_at__gt=now).exists()
    assert {9 <= timezone.localtime(at).hour < 20 for at in ContactRecord.objects.values_list("started_at", flat=True)} == {True}
    assert {user.check_password(PASSWORD) for user in User.objects.all()} == {True}

    for month in EARLIER:
        _month_is_believable(month)
    assert {
        "extended": Duty.objects.filter(extended_by__isnull=False, starts_at__lt=WEEKS_AGO).exists(),
        "paused": Duty.objects.filter(paused_for__gt=timedelta(0), starts_at__lt=WEEKS_AGO).exists(),
        "handed over": HandOver.objects.filter(at__lt=WEEKS_AGO).exists(),
    } == {"extended": True, "paused": True, "handed over": True}
    assert not PenaltyEvent.objects.filter(recorded_at__lt=F("due_at")).exists()
    assert not Duty.objects.filter(Q(starts_at__gt=now) | Q(met_at__gt=now) | Q(met_at__lt=F("starts_at"))).exists()

    before = (Case.objects.count(), Duty.objects.count(), User.objects.count())
    call_command("load_demo")
    assert "there already" in capsys.readouterr().out
    assert (Case.objects.count(), Duty.objects.count(), User.objects.count()) == before


def _month_is_believable(month: date) -> None:
    """A1.1 to A4: every kind of duty, held by who holds that kind, mostly kept; each miss has its event in the month's own statement, which is closed."""
    zone = {"tzinfo": SHANGHAI}
    duties = Duty.objects.filter(due_at__year=month.year, due_at__month=month.month, cancelled_at=None)
    missed = duties.missed()

    holders = {(duty.kind_id, group.name) for duty in duties.select_related("holder") for group in duty.holder.groups.all()}
    assert {kind for kind, _role in holders} == set(HOLDERS)
    assert {(kind, role) for kind, role in holders if role not in HOLDERS[kind]} == set()
    assert duties.count() >= 60
    assert duties.filter(subject_type="cases.client").count() == 0  # each is about something of its own
    assert 0 < missed.count() <= duties.count() * 0.25
    assert missed.filter(met_at__isnull=False).exists()
    assert set(PenaltyEvent.objects.filter(month=month).values_list("duty", flat=True)) == set(missed.values_list("pk", flat=True))
    closed = ClosedMonth.objects.get(month=month)
    assert (closed.events, closed.reopened_at) == (missed.count(), None)
    assert closed.closed_at < datetime(month.year, month.month, 1, **zone) + timedelta(days=45)


@needs_pages
@pytest.mark.slow
def test_load_demo_in_bulk(db, capsys):
    """The part beyond the story goes in by chunks, with a line of progress each."""
    with time_machine.travel(MOMENTS[0].replace(tzinfo=SHANGHAI), tick=True):
        call_command("load_demo", "--scale", "1000")

    bulk = Placement.objects.filter(code__contains="存量").get()
    assert bulk.run.state == ImportState.COMMITTED
    assert bulk.cases.count() == bulk.case_count
    assert bulk.cases.exclude(state__in=["unassigned", "settled"]).exclude(assignments__ended_at=None, assignments__isnull=False).count() == 0
    assert 950 <= Case.objects.exclude(state="returned").count() <= 1050


@pytest.mark.django_db
def test_a_load_that_was_broken_off_is_not_continued():
    today = date(2026, 1, 1)
    Client.objects.create(code="jnb", name="x", short_name="x", entrusted_from=today, entrusted_until=today)

    with pytest.raises(CommandError, match="make reset"):
        call_command("load_demo")


def test_scale_has_limits():
    with pytest.raises(CommandError):
        call_command("load_demo", "--scale", "0")
