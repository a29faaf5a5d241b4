"""A4: files of an appeal are checked, kept for the parties, and each fetch is on the trail."""

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from audit.models import AuditEvent
from duties.services import hand_over_duty, open_duty
from penalties.models import Appeal, AppealFile, PenaltyEvent
from penalties.selectors import involved_in
from penalties.services import enforce_duties
from penalties.services_appeals import CannotAppeal, CannotDecide, appeal, decide_appeal
from staff.choices import Role
from tests.factories import MONDAY_9AM, make_arrival, make_user
from tests.penalties.makers import HOUR, TEN

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.7 evidence"


def upload(name: str = "证明.pdf", content: bytes = PDF) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def test_files_are_kept_with_the_appeal_once_each(event, collector):
    row = appeal(event_id=event.pk, text="x", by=collector, now=TEN + HOUR, files=[upload(), upload("again.pdf"), upload("b.png", b"\x89PNG\r\n\x1a\n1")])

    assert sorted(row.files.values_list("name", "size")) == [("again.pdf", len(PDF)), ("b.png", 9)]
    assert "证明" not in row.files.first().file.name


@pytest.mark.parametrize(
    "files",
    [
        [upload("a.exe")],
        [upload("a.pdf", b"MZ not a pdf")],
        [upload("a.png", PDF)],
        [upload("a.pdf", PDF + b"0" * 5_000_001)],
        [upload(f"{number}.pdf", PDF + bytes([number])) for number in range(6)],
    ],
    ids=["a program", "not what it says", "a PDF as PNG", "too large", "too many"],
)
def test_files_that_do_not_fit_are_refused_and_nothing_is_appealed(event, collector, files):
    """S19, S20"""
    with pytest.raises(CannotAppeal):
        appeal(event_id=event.pk, text="x", by=collector, now=TEN + HOUR, files=files)

    event.refresh_from_db()
    assert (event.state, Appeal.objects.count(), AppealFile.objects.count()) == ("recorded", 0, 0)


def test_only_the_parties_fetch_a_file_and_each_fetch_is_on_the_trail(sign_in, event, collector, lead, judge):
    with time_machine.travel(TEN + HOUR):
        browser = sign_in(collector)
        browser.post(reverse("penalties:appeal", args=[event.pk]), {"text": "x", "files": [upload("../../x.pdf")]})
    file = AppealFile.objects.get()
    url = reverse("penalties:appeal-file", args=[file.pk])

    answers = {name: sign_in(person).get(url) for name, person in {"own": collector, "judge": judge, "lead": lead, "quality": make_user(Role.QUALITY)}.items()}

    assert {name: answer.status_code for name, answer in answers.items()} == {"own": 200, "judge": 200, "lead": 404, "quality": 404}
    assert (b"".join(answers["own"].streaming_content), file.name) == (PDF, "x.pdf")
    assert answers["own"]["Content-Disposition"].startswith("attachment")
    assert AuditEvent.objects.filter(action="appeal_file.fetched", subject_id=str(event.pk)).count() == 2


def test_who_ever_held_or_gave_the_duty_does_not_decide(collector):
    """A4: decided by somebody who isn't part of it."""
    before, giver, judge = make_user(Role.GM_OFFICE), make_user(Role.GM_OFFICE), make_user(Role.GM_OFFICE)
    duty = open_duty(kind="intake", subject=make_arrival(), holder=before, start=MONDAY_9AM, by=None)
    hand_over_duty(duty_id=duty.pk, to=collector, by=giver, reason="请假", now=MONDAY_9AM)
    enforce_duties(now=TEN)
    event = PenaltyEvent.objects.get()
    appeal(event_id=event.pk, text="x", by=collector, now=TEN)

    for involved in (before, giver, collector, collector.team.lead):
        with pytest.raises(CannotDecide):
            decide_appeal(event_id=event.pk, uphold=False, decision="x", by=involved, now=TEN)

    assert {before, giver} < set(involved_in(event))
    assert decide_appeal(event_id=event.pk, uphold=False, decision="x", by=judge, now=TEN).state == "waived"
