"""Annex 3: a print run in the order of the post, with its papers; stopped, given up, and letters set aside (F05, F30)."""

import io
from datetime import timedelta

import openpyxl
import pytest
from django.urls import reverse
from pypdf import PdfReader, PdfWriter

from audit.models import AuditEvent
from collection.lib.errors import Refused
from collection.lib.press.drawing import Drawn, NotDrawn
from letters import services
from letters.models import Letter, PrintRun
from letters.printing.post import dispatch_list_xlsx, labels_pdf
from letters.printing.press import Press
from letters.selectors import letters_with_rows
from letters.services.printing import ABANDONED_AFTER, MOST_STALLS
from staff.models import Notice
from tests.factories import MONDAY_9AM, make_case, make_letter

pytestmark = pytest.mark.django_db
LATER = MONDAY_9AM + timedelta(hours=2)


@pytest.fixture
def fast_press(monkeypatch):
    """A press that draws one blank page: what is shown here is the run, not the drawing."""
    writer, buffer = PdfWriter(), io.BytesIO()
    writer.add_blank_page(100, 100)
    writer.add_blank_page(100, 100)
    writer.write(buffer)
    monkeypatch.setattr(Press, "draw", lambda self, html: Drawn(buffer.getvalue(), 2))


@pytest.fixture
def approved(placement):
    """Letters to these addresses, approved."""

    def to(*texts):
        letters = [make_letter(case=make_case(placement=placement), state="approved") for _ in texts]
        for letter, text in zip(letters, texts, strict=True):
            letter.address.text = text
            letter.address.save()
        return letters

    return to


HANGZHOU, NINGBO, SHANGHAI = "浙江省杭州市西湖区文三路1号", "浙江省宁波市海曙区中山路2号", "上海市黄浦区人民大道3号"


def start(letters, admin):
    return services.start_print_run(letter_ids=[letter.pk for letter in letters], by=admin, now=LATER)


def test_a_run_is_sorted_by_route_and_knows_its_pages(approved, admin, clock, fast_press):
    # annex 3: carrier, province, city, postcode
    letters = approved(HANGZHOU, SHANGHAI, NINGBO, HANGZHOU)
    Letter.objects.filter(pk=letters[3].pk).update(carrier="ems")
    run = start(letters, admin)

    services.work_on_next_run(clock=clock)

    printed = [(letter.carrier, letter.address.text, letter.first_page) for letter in run.letters.order_by("number").select_related("address")]
    assert printed == [("china_post", SHANGHAI, 1), ("china_post", NINGBO, 3), ("china_post", HANGZHOU, 5), ("ems", HANGZHOU, 7)]


def test_a_letter_cancelled_after_it_was_printed_is_taken_out_of_the_pile(approved, admin, clock, fast_press, sign_in):
    # annex 3: the run's file is printed already; its page says which sheets don't go out
    letters = approved(SHANGHAI, NINGBO)
    run = start(letters, admin)
    services.work_on_next_run(clock=clock)
    gone = run.letters.get(first_page=3)

    services.cancel_letter(letter_id=gone.pk, reason="银行已停催", by=admin, now=LATER)
    page = sign_in(admin).get(reverse("letters:print-run-detail", args=[run.pk]))

    assert [letter.pk for letter in page.context["withdrawn"]] == [gone.pk]
    assert "3–4" in page.content.decode()


def test_labels_say_where_and_who_and_nothing_of_a_debt(approved, admin, settings):
    # CR-25, also when the agency's own name would tell
    settings.AGENCY_NAME, settings.AGENCY_ADDRESS = "某某催收有限公司", "杭州市西湖区1号"
    letters = letters_with_rows(Letter.objects.filter(pk__in=[letter.pk for letter in approved(*[HANGZHOU] * 25)]))

    pages = PdfReader(io.BytesIO(labels_pdf(letters))).pages

    text = "".join(pages[0].extract_text().split())
    assert len(pages) == 2
    assert HANGZHOU in text
    assert "杭州市西湖区1号" in text
    assert "催" not in "".join(page.extract_text() for page in pages)


def test_the_dispatch_list_tells_the_district_and_leaves_room_for_weights(approved, admin, clock, fast_press):
    # CR-46: the carrier's list names no street; a sheet for each carrier
    letters = approved(HANGZHOU, SHANGHAI)
    run = start(letters, admin)
    services.work_on_next_run(clock=clock)

    book = openpyxl.load_workbook(io.BytesIO(dispatch_list_xlsx(run, letters_with_rows(run.letters.order_by("number")))))

    rows = list(book.worksheets[0].values)
    assert rows[2] == ("序号", "邮件号码", "函件编号", "收件人", "寄达地", "邮编", "重量（克）", "备注")
    assert [row[4] for row in rows[3:5]] == ["上海市黄浦区", "浙江省杭州市西湖区"]
    assert "文三路" not in str(rows)


def test_a_letter_with_an_incomplete_address_is_not_printed(approved, admin):
    # annex 3: refused with the way to mend it
    letters = approved("西湖区")

    with pytest.raises(Refused) as refusal:
        start(letters, admin)

    assert "请填写省、市。请在案件的“地址”页补全" in str(refusal.value)
    assert not PrintRun.objects.exists()


def test_a_stopped_run_keeps_what_is_drawn_and_gives_the_rest_back(approved, admin, clock, monkeypatch, settings, fast_press):
    settings.PRINT_CHILDREN = 1  # stopped between the first letter and the second
    letters = approved(HANGZHOU, HANGZHOU, HANGZHOU)
    run, draw = start(letters, admin), Press.draw

    def stopped_after_the_first(self, html):
        if Letter.objects.exclude(number="").count() == 1 and not PrintRun.objects.get().cancelled_at:
            services.cancel_print_run(run_id=run.pk, by=admin, now=LATER)
        return draw(self, html)

    monkeypatch.setattr(Press, "draw", stopped_after_the_first)
    services.work_on_next_run(clock=clock)

    run.refresh_from_db()
    states = sorted(Letter.objects.values_list("state", "number"))
    assert states == [("approved", ""), ("approved", ""), ("rendered", "2026-000001")]
    assert (run.total, run.done, run.failed, run.finished_at is not None) == (1, 1, 0, True)
    assert len(PdfReader(io.BytesIO(run.pdf.read())).pages) == 2
    with pytest.raises(Refused):
        services.cancel_print_run(run_id=run.pk, by=admin, now=LATER)


def test_after_three_tries_a_letter_is_set_aside_until_somebody_looks(approved, admin, clock, monkeypatch):
    # F05: not tried for ever, with a way on
    (letter,) = approved(HANGZHOU)

    def fails(self, html):
        raise NotDrawn("timeout")

    monkeypatch.setattr(Press, "draw", fails)
    for _ in range(3):
        start([letter], admin)
        services.work_on_next_run(clock=clock)
    letter.refresh_from_db()

    assert (letter.state, letter.failure, letter.is_set_aside) == ("approved", "timeout", True)
    with pytest.raises(Refused):
        start([letter], admin)
    services.allow_another_try(letter_id=letter.pk, by=admin, now=LATER)
    assert start([letter], admin).total == 1


def test_a_letter_that_kills_its_worker_is_set_aside(approved, admin, clock, monkeypatch, settings, fast_press):
    # F05: the worker can't say so itself; the neighbours are printed
    settings.PRINT_CHILDREN = 1
    good, bad = approved(HANGZHOU, HANGZHOU)
    run, draw, moments = start([good, bad], admin), Press.draw, iter(range(1, 100))

    def dies(self, html):
        if Letter.objects.get(pk=good.pk).state == "rendered":
            raise SystemExit
        return draw(self, html)

    monkeypatch.setattr(Press, "draw", dies)
    for _ in range(4):
        moment = LATER + next(moments) * (ABANDONED_AFTER + timedelta(minutes=1))
        try:
            services.work_on_next_run(clock=lambda moment=moment: moment)
        except SystemExit:
            continue

    run.refresh_from_db()
    bad.refresh_from_db()
    assert (run.done, run.failed, run.finished_at is not None) == (1, 1, True)
    assert (bad.state, bad.failure) == ("approved", "crash")


def test_a_run_that_only_fails_is_given_up(approved, admin, monkeypatch):
    (letter,) = approved(HANGZHOU)
    run = start([letter], admin)
    monkeypatch.setattr("letters.services.printing._draw_letters", lambda run, clock: 1 / 0)

    for attempt in range(MOST_STALLS + 1):
        moment = LATER + attempt * (ABANDONED_AFTER + timedelta(minutes=1))
        try:
            services.work_on_next_run(clock=lambda moment=moment: moment)
        except ZeroDivisionError:
            continue

    run.refresh_from_db()
    letter.refresh_from_db()
    assert (run.failure, run.finished_at is not None, letter.state) == ("stuck", True, "approved")
    assert services.work_on_next_run(clock=lambda: LATER + timedelta(days=1)) is None
    assert Notice.objects.filter(recipient=admin, is_urgent=True).count() == 1


def test_a_single_letter_is_printed_once_more_with_a_reason(approved, admin, lead, clock):
    # the issued file, byte for byte; who and why is on the trail
    (letter,) = approved(HANGZHOU)
    start([letter], admin)
    services.work_on_next_run(clock=clock)
    letter.refresh_from_db()

    with pytest.raises(Refused):
        services.reprint_letter(letter_id=letter.pk, reason=" ", by=admin, now=LATER)
    content = services.reprint_letter(letter_id=letter.pk, reason="卡纸", by=admin, now=LATER)

    assert content == letter.pdf.read()
    assert AuditEvent.objects.get(action="letter.reprinted").reason == "卡纸"
