"""A1.1, A1.1b: a bank's files are taken in within the hour, extended to three at most, delegated, handed over, rejected."""

from datetime import timedelta

import pytest
from django.core.files.storage import default_storage

from audit.models import AuditEvent
from cases.models import Arrival, ArrivalFile
from cases.services import imports, intake
from collection.lib.errors import Refused
from duties.models import Duty
from staff.choices import Role
from staff.models import Leave, Notice
from tests.cases import files
from tests.factories import MONDAY_9AM, make_client, make_user

LATER = MONDAY_9AM + timedelta(minutes=20)


def test_registered_arrival_starts_the_hour_when_it_came(bank, supply):
    """A1.1: the clock runs from the arrival, not from its registration."""
    arrival = intake.register_arrival(client=bank, channel="sftp", received_at=MONDAY_9AM, files=[files.upload(b"abc")], by=supply, now=LATER)

    duty = Duty.objects.get()
    file = arrival.files.get()
    assert (duty.kind_id, duty.holder, duty.starts_at, duty.due_at) == ("intake", supply, MONDAY_9AM, MONDAY_9AM + timedelta(hours=1))
    assert (file.name, file.size, file.sha256[:8]) == ("委案名单.xlsx", 3, "ba7816bf")
    assert file.file.read() == b"abc"
    assert AuditEvent.objects.filter(action="arrival.registered").count() == 1


def test_future_arrival_is_refused(bank, supply):
    """A1.1: nobody wins time by dating an arrival ahead."""
    with pytest.raises(Refused):
        intake.register_arrival(client=bank, channel="sftp", received_at=LATER, files=[files.upload(b"abc")], by=supply, now=MONDAY_9AM)

    assert not Arrival.objects.exists()


@pytest.mark.parametrize("name", ["委案1.xlsx", "renamed.xls"])
def test_file_taken_before_is_refused_and_leaves_nothing(register, bank, supply, name):
    """A1.1, F21: the same content, whatever its name; the files beside it are not kept either. Another client may have the same."""
    first = register(b"abc")
    before = set(default_storage.listdir("arrivals/2026/11")[1])

    with pytest.raises(Refused, match=f"#{first.pk}"):
        intake.register_arrival(
            client=bank, channel="sftp", received_at=MONDAY_9AM, files=[files.upload(b"new"), files.upload(b"abc", name)], by=supply, now=LATER
        )
    register(b"abc", client=make_client())

    assert ArrivalFile.objects.filter(client=bank).count() == 1
    assert len(set(default_storage.listdir("arrivals/2026/11")[1]) - before) == 1


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/名单.xlsx", "名单.xlsx"),
        ("C:\\银行\\名单.xlsx", "名单.xlsx"),
        ("名单\r\nX-Evil: y.xlsx", "名单X-Evil: y.xlsx"),
        ("名单\u202exslx.exe", "名单xslx.exe"),
        ("a\x00.xlsx", "a.xlsx"),
        ("...", "file"),
    ],
)
def test_hostile_file_names_are_only_shown_tamed(name, shown):
    """S20: stored under a name of our own."""
    assert intake.shown_name(name) == shown


def test_long_file_names_are_shortened():
    """S20: 300 characters."""
    assert len(intake.shown_name("长" * 300 + ".xlsx")) <= intake.LONGEST_NAME


def test_stored_name_is_our_own(register):
    """S20: nothing of the sender's name is in the path but a known ending."""
    file = register(b"abc").files.get()

    assert "委案" not in file.file.name
    assert file.file.name.endswith(".xlsx")


def test_large_and_empty_files_are_refused(bank, supply, settings):
    """A1.1: with what to do about it."""
    settings.UPLOAD_MAX_BYTES = 10

    for content in (b"", b"x" * 11):
        with pytest.raises(Refused):
            intake.register_arrival(client=bank, channel="sftp", received_at=MONDAY_9AM, files=[files.upload(content)], by=supply, now=MONDAY_9AM)

    assert not ArrivalFile.objects.exists()


def test_intake_extends_to_three_hours_with_a_reason_and_no_further(register, supply):
    """A1.1: up to three hours, counted from the arrival."""
    arrival = register(b"abc")

    with pytest.raises(Refused):
        intake.extend_intake(arrival_id=arrival.pk, reason=" ", by=supply, now=LATER)
    duty = intake.extend_intake(arrival_id=arrival.pk, reason="银行系统故障", by=supply, now=LATER)
    with pytest.raises(Refused):
        intake.extend_intake(arrival_id=arrival.pk, reason="再延", by=supply, now=LATER)

    assert duty.due_at == MONDAY_9AM + timedelta(hours=3)
    assert (duty.extended_by, duty.extension_reason) == (supply, "银行系统故障")


def test_late_intake_cannot_be_extended(register, supply):
    """A1.1: what is missed stays missed."""
    arrival = register(b"abc")

    with pytest.raises(Refused):
        intake.extend_intake(arrival_id=arrival.pk, reason="忘了", by=supply, now=MONDAY_9AM + timedelta(hours=1))


def test_delegate_holds_the_duty_and_may_hand_over(register, supply, specialist):
    """A1.1b: the GM office names a person; the clock runs on; only then may that person hand over."""
    arrival = register(b"abc")
    manager, delegate = make_user(Role.GM_OFFICE), make_user(Role.COLLECTOR)
    with pytest.raises(Refused):
        intake.hand_over_arrival(arrival_id=arrival.pk, to=specialist, by=delegate, now=LATER)
    with pytest.raises(Refused):
        intake.delegate_arrival(arrival_id=arrival.pk, to=delegate, reason="急", by=supply, now=LATER)

    duty = intake.delegate_arrival(arrival_id=arrival.pk, to=delegate, reason="专人处置", by=manager, now=LATER)
    intake.hand_over_arrival(arrival_id=arrival.pk, to=specialist, by=delegate, now=LATER)

    assert (duty.holder, duty.due_at) == (delegate, MONDAY_9AM + timedelta(hours=1))
    assert Notice.objects.filter(recipient=delegate).count() == 1
    duty.refresh_from_db()
    assert (duty.state, duty.met_by) == ("met", delegate)


def test_hand_over_meets_the_intake_and_starts_the_import(register, supply, specialist):
    """A1.1, A1.2: the specialist is told and has 30 working minutes."""
    arrival = register(b"abc", b"def")

    intake.hand_over_arrival(arrival_id=arrival.pk, by=supply, now=LATER)

    arrival.refresh_from_db()
    duty = Duty.objects.get(kind="import")
    assert (arrival.state, arrival.data_specialist, arrival.handed_over_at) == ("handed_over", specialist, LATER)
    assert (duty.holder, duty.starts_at, duty.due_at) == (specialist, LATER, LATER + timedelta(minutes=30))
    assert Duty.objects.get(kind="intake").state == "met"
    assert Notice.objects.get(recipient=specialist).values["count"] == "2"


def test_late_hand_over_is_met_late(register, supply, specialist):
    """A1.1, A4: after an hour the miss stays, dated to the due time."""
    arrival = register(b"abc")

    intake.hand_over_arrival(arrival_id=arrival.pk, by=supply, now=MONDAY_9AM + timedelta(hours=2))

    duty = Duty.objects.get(kind="intake")
    assert (duty.state, duty.missed_at, duty.missed_holder) == ("met_late", MONDAY_9AM + timedelta(hours=1), supply)


def test_specialist_on_leave_is_not_chosen(register, supply, specialist):
    """A1.2: work goes to somebody who is there."""
    other = make_user(Role.DATA_SPECIALIST)
    Leave.objects.create(person=specialist, starts_at=MONDAY_9AM, ends_at=MONDAY_9AM + timedelta(days=1), reason="x", entered_by=supply)

    arrival = intake.hand_over_arrival(arrival_id=register(b"abc").pk, by=supply, now=LATER)

    assert arrival.data_specialist == other


def test_arrival_is_handed_over_once(handed_over, supply, specialist):
    """A1.1: a second press changes nothing."""
    arrival = handed_over(b"abc")

    with pytest.raises(Refused):
        intake.hand_over_arrival(arrival_id=arrival.pk, to=specialist, by=supply, now=LATER)

    assert Duty.objects.filter(kind="import").count() == 1


def test_rejected_arrival_ends_its_clock(register, supply):
    """A1.1: with the reason for the bank."""
    arrival = register(b"abc")

    intake.reject_arrival(arrival_id=arrival.pk, reason="文件损坏", by=supply, now=LATER)

    arrival.refresh_from_db()
    assert (arrival.state, arrival.rejected_reason) == ("rejected", "文件损坏")
    assert Duty.objects.get().state == "cancelled"


def test_arrival_under_import_cannot_be_rejected(handed_over, specialist):
    arrival = handed_over(files.workbook([files.row()]))
    imports.start_import(file=arrival.files.get(), by=specialist, now=LATER)

    with pytest.raises(Refused):
        intake.reject_arrival(arrival_id=arrival.pk, reason="x", by=specialist, now=LATER)

    arrival.refresh_from_db()
    assert arrival.state == "handed_over"


def test_import_waits_for_the_hand_over(register, specialist):
    """A1.2: nothing is imported from a folder that was not handed over."""
    file = register(b"abc").files.get()

    with pytest.raises(Refused):
        imports.start_import(file=file, by=specialist, now=LATER)


def test_import_duty_is_met_when_the_last_file_is_through(handed_over, specialist):
    """A1.2: two files: one imported, the other set aside."""
    arrival = handed_over(files.workbook([files.row()]), b"MZ\x00")
    first, second = arrival.files.order_by("pk")
    for file in (first, second):
        placement = imports.start_import(file=file, by=specialist, now=LATER)
        imports.read_import(run_id=placement.pk, clock=lambda: LATER)
    placement = first.runs.get()
    imports.confirm_mapping(run_id=placement.pk, by=specialist, now=LATER)
    imports.check_import(run_id=placement.pk, clock=lambda: LATER)
    imports.commit_import(run_id=placement.pk, by=specialist, now=LATER)
    imports.write_import(run_id=placement.pk, clock=lambda: LATER)
    before = Duty.objects.get(kind="import").state

    imports.cancel_import(run_id=second.runs.get().pk, by=specialist, now=LATER)

    arrival.refresh_from_db()
    assert (before, Duty.objects.get(kind="import").state, arrival.state) == ("open", "met", "imported")
