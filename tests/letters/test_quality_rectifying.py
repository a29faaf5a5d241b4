"""A1.4, annex 4: what is put right, by when, looked at again; and what a serious defect stops meanwhile."""

import io
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from audit.models import AuditEvent
from collection.lib.errors import Refused
from duties.models import Duty
from duties.services import hand_over_duty
from letters import services
from letters.models import LetterHold, PrintRun, QualityPhoto, Rectification
from letters.selectors_quality import checks_visible_to
from letters.services.flow import NotAllowed
from letters.services.holds import Held
from letters.services.photos import BadPhoto
from letters.services.printing import work_on_next_run
from penalties.models import PenaltyEvent
from penalties.services import enforce_duties
from staff.choices import Role
from staff.models import Notice
from tests.factories import MONDAY_9AM, make_case, make_letter, make_team, make_user
from tests.letters.test_quality import LATER, fill, form_with

pytestmark = pytest.mark.django_db
TOMORROW = MONDAY_9AM + timedelta(days=1)


@pytest.fixture
def run(admin):
    return PrintRun.objects.create(started_by=admin, started_at=MONDAY_9AM, finished_at=MONDAY_9AM, total=2)


@pytest.fixture
def letter(case, run, admin):
    return make_letter(case=case, state="dispatched", print_run=run, dispatched_by=admin)


@pytest.fixture
def rectification(letter, checker):
    fill(letter, checker, {"seal": ("general", "印章模糊")}, task="重新盖章补寄")
    return Rectification.objects.get()


@pytest.fixture
def serious(letter, checker):
    return fill(letter, checker, {"amount": ("serious", "金额不符")}, task="更正后重寄")


def answer(row, by, now=TOMORROW, photo=None):
    return services.answer_rectification(rectification_id=row.pk, text="已重新盖章补寄", photo=photo, by=by, now=now)


def judge(row, by, *, accept, verdict="", now=TOMORROW):
    return services.judge_rectification(rectification_id=row.pk, accept=accept, verdict=verdict, by=by, now=now)


def test_who_dispatched_it_has_a_duty_to_put_it_right(rectification, admin):
    # A1.4, annex 4
    duty = Duty.objects.get(kind="letter_rectify")

    assert (duty.holder, duty.due_at, rectification.state) == (admin, rectification.due_at, "open")


def test_put_right_looked_at_again_and_accepted(rectification, admin, checker):
    # A1.4, annex 4
    answer(rectification, admin)
    assert Duty.objects.get(kind="letter_rectify").state == "met"
    assert Duty.objects.get(kind="letter_quality").holder == checker

    row = judge(rectification, checker, accept=True)

    assert (row.state, row.was_on_time) == ("accepted", True)
    assert Duty.objects.get(kind="letter_quality").state == "met"


def test_not_put_right_is_asked_again_with_a_new_deadline(rectification, admin, checker):
    # A1.4, annex 4
    answer(rectification, admin)
    with pytest.raises(Refused):
        judge(rectification, checker, accept=False)

    row = judge(rectification, checker, accept=False, verdict="印章仍缺一角")
    assert row.state == "open"
    assert Duty.objects.filter(kind="letter_rectify", met_at=None).get().starts_at == TOMORROW

    answer(row, admin, now=TOMORROW + timedelta(hours=1))
    assert judge(row, checker, accept=True).state == "accepted"


def test_who_answered_or_had_a_part_does_not_accept_it(rectification, admin, letter):
    # A1.4, annex 4
    answer(rectification, admin)
    admin.groups.add(*make_user(Role.QUALITY).groups.all())

    with pytest.raises(NotAllowed):
        judge(rectification, type(admin).objects.get(pk=admin.pk), accept=True)

    assert Rectification.objects.get().state == "answered"


def test_only_who_has_to_put_it_right_answers_once(rectification, admin):
    with pytest.raises(NotAllowed):
        answer(rectification, make_user(Role.ADMIN_OFFICE))
    answer(rectification, admin)
    with pytest.raises(Refused):
        answer(rectification, admin)


def test_whoever_it_was_handed_to_sees_it_and_answers(rectification, admin, gm):
    # A1.4, annex 4
    other, duty = make_user(Role.DATA_SPECIALIST), Duty.objects.get(kind="letter_rectify")
    hand_over_duty(duty_id=duty.pk, to=other, by=gm, reason="休假", now=LATER)

    assert list(checks_visible_to(other)) == [rectification.check_row]
    with pytest.raises(NotAllowed):
        answer(rectification, admin)
    answer(rectification, other)


def test_a_missed_deadline_is_one_penalty_event(rectification, admin, checker):
    # A1.4, annex 4; A4
    late = rectification.due_at + timedelta(minutes=1)
    enforce_duties(now=late)

    event = PenaltyEvent.objects.get(duty__kind="letter_rectify")
    assert (event.person, event.points) == (admin, 2)
    answer(rectification, admin, now=late)
    assert judge(rectification, checker, accept=True, now=late).was_on_time is False


def test_a_serious_defect_stops_its_run_and_its_template(serious, letter, run, case, placement, admin, clock):
    # A1.4, annex 4: a serious defect stops the print run
    of_the_run = make_letter(case=make_case(placement=placement), state="rendered", print_run=run)
    of_the_template = make_letter(case=make_case(placement=placement), state="approved")
    being_drawn = PrintRun.objects.create(started_by=admin, started_at=MONDAY_9AM, total=1)
    in_the_press = make_letter(case=make_case(placement=placement), state="rendering", print_run=being_drawn)

    with pytest.raises(Held):
        services.dispatch_letter(letter_id=of_the_run.pk, carrier="ems", tracking_no="EA123456785CN", by=admin, now=LATER)
    with pytest.raises(Held):
        services.start_print_run(letter_ids=[of_the_template.pk], by=admin, now=LATER)
    work_on_next_run(clock=clock)

    in_the_press.refresh_from_db()
    assert (in_the_press.state, in_the_press.failure) == ("approved", "held")


def test_the_gm_office_or_the_lead_of_quality_releases_it(serious, run, placement, admin, checker, gm):
    # A1.4, annex 4
    hold = LetterHold.objects.get()
    lead = make_user(Role.QUALITY)
    make_team(lead=lead)
    for person in (admin, checker):
        with pytest.raises(NotAllowed):
            services.release_hold(hold_id=hold.pk, reason="已核对", by=person, now=LATER)
    with pytest.raises(Refused):
        services.release_hold(hold_id=hold.pk, reason=" ", by=gm, now=LATER)

    services.release_hold(hold_id=hold.pk, reason="其余函件已核对", by=lead, now=LATER)

    hold.refresh_from_db()
    assert (hold.released_by, hold.release_reason) == (lead, "其余函件已核对")
    assert Notice.objects.filter(recipient=admin, path="/letters/quality/holds/").count() == 2
    other = make_letter(case=make_case(placement=placement), state="rendered", print_run=run)
    services.dispatch_letter(letter_id=other.pk, carrier="ems", tracking_no="EA123456785CN", by=admin, now=LATER)


def amend(check, by, found, task, *, to="dispatcher", now=LATER):
    amended = form_with(found, task=task, to=to)
    return services.amend_quality_form(check_id=check.pk, filled=amended, reason="补充", seen=None, by=by, now=now)


def test_what_was_released_stays_released_when_the_form_is_amended(serious, checker, gm):
    """A1.4, annex 4: only something serious that was not known before stops it again."""
    found = {"amount": ("serious", "金额不符")}
    services.release_hold(hold_id=LetterHold.objects.get().pk, reason="已核对", by=gm, now=LATER)

    amend(serious, checker, found | {"envelope": ("slight", "信封折角")}, "更正后重寄")
    same = LetterHold.objects.filter(released_at=None).count()
    amend(serious, checker, found | {"seal": ("serious", "无印章")}, "更正后重寄")

    assert (same, LetterHold.objects.filter(released_at=None).count()) == (0, 1)


def test_amended_to_somebody_else_it_is_theirs_to_put_right(letter, checker, admin):
    """A1.4, annex 4"""
    author = make_user(Role.ADMINISTRATOR)
    type(letter.template).objects.filter(pk=letter.template_id).update(created_by=author)
    check = fill(letter, checker, {"seal": ("general", "印章模糊")}, task="重新盖章补寄")

    amend(check, checker, {"seal": ("general", "印章模糊")}, "改模板", to="template")

    row = Rectification.objects.get()
    duties = Duty.objects.filter(kind="letter_rectify").order_by("pk")
    assert (row.holder, row.to, row.task) == (author, "template", "改模板")
    assert [(duty.holder, duty.state) for duty in duties] == [(admin, "cancelled"), (author, "open")]
    assert AuditEvent.objects.get(action="letter.check_amended").changes["rectify_by"][0] != "dispatcher"
    with pytest.raises(NotAllowed):
        answer(row, admin)
    answer(row, author)


def test_a_second_look_that_nobody_could_take_finds_somebody_later(rectification, letter, admin, checker, gm):
    """A1.4, annex 4: the GM office is told meanwhile."""
    Group.objects.get(name=Role.SUPPLY_CHAIN).user_set.clear()
    PrintRun.objects.update(started_by=checker)
    answer(rectification, admin)
    looks = Duty.objects.about(rectification).filter(kind="letter_quality")
    told, before = Notice.objects.filter(recipient=gm, is_urgent=True).count(), looks.count()
    nobody = services.catch_up(now=TOMORROW)
    other = make_user(Role.QUALITY)

    found = services.catch_up(now=TOMORROW)
    again = services.catch_up(now=TOMORROW)

    assert (told, before, nobody, found, again) == (1, 0, 0, 1, 0)
    assert looks.get().holder == other


def test_an_empty_photo_has_its_own_message(sign_in, rectification, admin):
    """Not "say what was done", when that was said."""
    file = SimpleUploadedFile("a.jpg", b"")

    page = sign_in(admin).post(reverse("letters:rectification-answer", args=[rectification.pk]), {"text": "已补寄", "photo": file}, follow=True)

    said = [str(message) for message in page.context["messages"]]
    assert len(said) == 1
    assert "empty" in said[0] or "空" in said[0]
    assert not rectification.answers.exists()


def photo(kind="JPEG", size=(60, 40), exif=None):
    buffer = io.BytesIO()
    Image.new("RGB", size, "white").save(buffer, kind, **({"exif": exif} if exif else {}))
    return SimpleUploadedFile(f"envelope.{kind.lower()}", buffer.getvalue())


def test_a_photo_is_drawn_anew_without_what_the_camera_wrote(letter, checker):
    # A1.4, annex 4; S15
    exif = Image.Exif()
    exif[0x010F], exif[0x0112] = "Camera", 6  # turned by a quarter

    kept = services.add_photo(subject=letter, file=photo(exif=exif), by=checker, now=LATER)

    image = Image.open(kept.file)
    assert (image.format, image.size, dict(image.getexif())) == ("JPEG", (40, 60), {})


@pytest.mark.parametrize(
    "file",
    [
        SimpleUploadedFile("a.jpg", b"<svg onload=alert(1)>"),
        SimpleUploadedFile("a.jpg", b"\xff\xd8\xff\xe0broken"),
        SimpleUploadedFile("a.gif", b"GIF89a" + bytes(40)),
        SimpleUploadedFile("a.jpg", bytes(8 * 1024 * 1024 + 1)),
    ],
    ids=["no picture", "damaged", "another format", "too large"],
)
def test_what_is_no_photo_is_refused(letter, checker, file):
    # S15
    with pytest.raises(BadPhoto):
        services.add_photo(subject=letter, file=file, by=checker, now=LATER)

    assert not QualityPhoto.objects.exists()


def test_a_rectification_is_answered_with_a_photo(rectification, admin):
    answer(rectification, admin, photo=photo("PNG"))

    assert QualityPhoto.objects.get().answer.rectification == rectification
