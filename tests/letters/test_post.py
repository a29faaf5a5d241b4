"""Annex 3: tracking numbers by scanner and from the carrier's file; results many at once; evidence on the case (CR-34)."""

from datetime import date, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from collection.lib.errors import Refused
from compliance.models import LimitationEvent
from duties.models import Duty
from letters import services
from letters.models import CarrierFile, Letter
from letters.rules import letter_number_in, s10_fault
from letters.selectors import other_addresses
from letters.services.carrier_files import commit_carrier_file, read_carrier_file
from letters.services.results import Result
from letters.services.scanning import scan
from staff.choices import Role
from staff.models import Notice
from tests.factories import MONDAY_9AM, make_case, make_letter, make_template, make_user

LATER = MONDAY_9AM + timedelta(hours=2)
GOOD, OTHER, MISREAD = "RR473124829CN", "XA99000001543", "RR473124820CN"


@pytest.mark.parametrize(
    ("number", "is_wrong"),
    [("RR473124829CN", False), ("RR473124820CN", True), ("RB123456785GB", False), ("1234567890123", False), ("SF123456789012", False)],
    ids=["fits", "misread", "another country", "no check digit known", "another carrier"],
)
def test_the_check_digit_of_postal_numbers(number, is_wrong):
    assert s10_fault(number) == is_wrong


@pytest.mark.parametrize("read", ["2026-000123", " 2026-000123\n", "２０２６－０００１２３", "https://desk.example/l/2026-000123?x=1"])
def test_a_letter_number_is_found_in_what_a_scanner_reads(read):
    assert letter_number_in(read) == "2026-000123"


@pytest.fixture
def rendered(placement):
    return make_letter(case=make_case(placement=placement), state="rendered", carrier="china_post")


@pytest.fixture
def sent(placement):
    return [make_letter(case=make_case(placement=placement), state="dispatched") for _ in range(3)]


def scanned(code, admin, **fields):
    return scan(**{"code": code, "letter_number": "", "doubted": "", "carrier": "", "by": admin, "now": LATER} | fields)


def test_scanning_a_letter_then_its_label_dispatches_it(rendered, admin):
    first = scanned(rendered.number, admin)
    second = scanned(GOOD, admin, letter_number=first.letter.number)

    rendered.refresh_from_db()
    assert second.done == rendered
    assert (rendered.state, rendered.carrier, rendered.tracking_no) == ("dispatched", "china_post", GOOD)


def test_a_misread_number_does_not_lose_the_place(rendered, admin):
    nonsense = scanned("12", admin, letter_number=rendered.number)
    misread = scanned(MISREAD, admin, letter_number=rendered.number)
    insisted = scanned(MISREAD, admin, letter_number=rendered.number, doubted=misread.doubted)

    assert (nonsense.letter, bool(nonsense.problem)) == (rendered, True)
    assert (misread.letter, misread.doubted, misread.done) == (rendered, MISREAD, None)
    assert insisted.done == rendered


def test_a_label_before_any_letter_is_refused(rendered, admin):
    result = scanned(GOOD, admin)

    assert (result.letter, result.done, bool(result.problem)) == (None, None, True)


def test_the_scan_desk_answers_with_itself(sign_in, rendered, admin):
    answer = sign_in(admin).post("/letters/scan/", {"code": rendered.number}, headers={"HX-Request": "true"})

    assert f'value="{rendered.number}"' in answer.content.decode()
    assert "西湖区****" in answer.content.decode()
    assert "文三路" not in answer.content.decode()


# --- The carrier's file ----------------------------------------------------------------------------------------------------------


def csv(*lines, name="交寄.csv"):
    return SimpleUploadedFile(name, ("\n".join(lines) + "\n").encode("utf-8-sig"))


def read(upload, admin, kind="tracking", carrier="china_post"):
    return read_carrier_file(kind=kind, carrier=carrier, upload=upload, by=admin, now=LATER)


@pytest.fixture
def waiting(placement):
    return [make_letter(case=make_case(placement=placement), state="rendered") for _ in range(2)]


@pytest.mark.django_db
def test_tracking_numbers_from_a_file_are_all_written_once(waiting, admin):
    # F14: the same file, or the same button, changes nothing a second time
    lines = ("函件编号,邮件号码", f"{waiting[0].number},{GOOD}", f"{waiting[1].number},{OTHER}")
    file = read(csv(*lines), admin)

    assert commit_carrier_file(file_id=file.pk, by=admin, now=LATER) == 2
    assert commit_carrier_file(file_id=file.pk, by=admin, now=LATER) == 0
    with pytest.raises(Refused):
        read(csv(*lines), admin)
    again = read(csv(*lines, "", ","), admin)
    assert {line["warning"] for line in again.lines if line["letter"]} == {"known"}
    assert set(Letter.objects.values_list("state", "tracking_no")) == {("dispatched", GOOD), ("dispatched", OTHER)}


@pytest.mark.django_db
def test_one_wrong_line_keeps_the_whole_file_out(waiting, admin):
    lines = ("函件编号,邮件号码", f"{waiting[0].number},{GOOD}", f"2026-999999,{OTHER}", f"{waiting[1].number},12", f"{waiting[1].number},{GOOD}")
    file = read(csv(*lines), admin)

    assert [line["fault"] for line in file.lines] == ["", "no_letter", "tracking", "letter_twice"]
    with pytest.raises(Refused):
        commit_carrier_file(file_id=file.pk, by=admin, now=LATER)
    assert set(Letter.objects.values_list("state", flat=True)) == {"rendered"}


@pytest.mark.django_db
def test_a_line_that_became_wrong_since_it_was_shown_keeps_the_file_out(waiting, admin):
    file = read(csv("函件编号,邮件号码", f"{waiting[0].number},{GOOD}", f"{waiting[1].number},{OTHER}"), admin)
    services.cancel_letter(letter_id=waiting[1].pk, reason="已还清", by=admin, now=LATER)

    with pytest.raises(Refused):
        commit_carrier_file(file_id=file.pk, by=admin, now=LATER)

    waiting[0].refresh_from_db()
    assert waiting[0].state == "rendered"


@pytest.mark.django_db
def test_lines_without_letter_numbers_are_found_by_addressee_and_order(waiting, admin):
    for letter in waiting:
        letter.case.debtor.name = "王小二"
        letter.case.debtor.save()
    text = waiting[0].address.text
    file = read(csv("收件人,收件地址,挂号号码", f"王小二,{text},{GOOD}", f"王小二,{text},{OTHER}", f"赵六,{text},RR473124798CN"), admin)

    assert [(line["number"], line["warning"], line["fault"]) for line in file.lines] == [
        (waiting[0].number, "by_order", ""),
        (waiting[1].number, "by_name", ""),
        ("", "", "addressee"),
    ]
    assert "王小二" not in str(CarrierFile.objects.get().lines)


@pytest.mark.django_db
def test_results_from_a_file(sent, admin):
    lines = [
        f"{letter.tracking_no},{said},{day}" for letter, said, day in zip(sent, ("妥投", "退回：查无此人", "未妥投 拒收"), ("2026-11-23",) * 3, strict=True)
    ]
    file = read(csv("邮件号码,投递结果,日期", *lines), admin, kind="results", carrier="ems")

    commit_carrier_file(file_id=file.pk, by=admin, now=LATER)

    assert list(Letter.objects.order_by("pk").values_list("state", "return_reason")) == [("delivered", ""), ("returned", "unknown"), ("returned", "refused")]


@pytest.mark.django_db
@pytest.mark.parametrize("upload", [csv("甲,乙", "1,2"), csv("x", name="virus.exe"), csv("")], ids=["no header", "another kind", "empty"])
def test_another_file_is_refused_with_words(upload, admin):
    with pytest.raises(Refused):
        read(upload, admin)

    assert not CarrierFile.objects.exists()


# --- Results ---------------------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_many_results_are_booked_together_or_not_at_all(sent, admin, rendered):
    with pytest.raises(Refused):
        services.book_results(results=[Result(sent[0].pk), Result(rendered.pk)], by=admin, now=LATER)
    assert not Letter.objects.filter(state="delivered").exists()

    services.book_results(results=[Result(sent[0].pk), Result(sent[1].pk, "moved")], by=admin, now=LATER)

    assert sorted(Letter.objects.values_list("state", flat=True)) == ["delivered", "dispatched", "rendered", "returned"]


@pytest.mark.django_db
def test_the_page_names_each_number_that_is_wrong_and_books_nothing(sign_in, sent, admin):
    numbers = f"{sent[0].number}\n{sent[1].tracking_no}\n2026-999999\n"

    answer = sign_in(admin).post("/letters/results/", {"outcome": "moved", "numbers": numbers})

    assert [code for code, _problem in answer.context["wrong"]] == ["2026-999999"]
    assert not Letter.objects.filter(state="returned").exists()
    sign_in(admin).post("/letters/results/", {"outcome": "moved", "numbers": numbers.replace("2026-999999", "")})
    assert Letter.objects.filter(state="returned", return_reason="moved").count() == 2


@pytest.mark.django_db
def test_a_demand_that_arrived_begins_the_limitation_anew(sent, admin):
    # CR-34, L2 8(2), L3 3(2): with the carrier's result as evidence, on the carrier's day
    Letter.objects.filter(pk=sent[0].pk).update(dispatched_at=MONDAY_9AM - timedelta(days=5))

    services.book_delivery(letter_id=sent[0].pk, by=admin, now=LATER, on=date(2026, 11, 20))

    event = LimitationEvent.objects.get()
    assert (event.case, event.kind, event.on) == (sent[0].case, "delivered", date(2026, 11, 20))
    assert sent[0].tracking_no in event.evidence


@pytest.mark.django_db
@pytest.mark.parametrize(("source", "reason", "counts"), [("client_file", "refused", True), ("call", "refused", False), ("client_file", "moved", False)])
def test_only_a_refusal_at_the_address_left_with_the_bank_counts_as_arrived(sent, admin, source, reason, counts):
    # CR-34, L2 8(2): what arrived or should have
    sent[0].address.source = source
    sent[0].address.save()

    services.book_return(letter_id=sent[0].pk, reason=reason, by=admin, now=LATER)

    assert LimitationEvent.objects.exists() == counts


@pytest.mark.django_db
def test_a_statement_that_arrived_demands_nothing(placement, admin):
    letter = make_letter(case=make_case(placement=placement), template=make_template(kind="statement"), state="dispatched")

    services.book_delivery(letter_id=letter.pk, by=admin, now=LATER)

    assert not LimitationEvent.objects.exists()


@pytest.mark.django_db
def test_after_a_return_another_complete_address_is_one_click_away(sign_in, case, collector, admin):
    letter = make_letter(case=case, state="dispatched")
    contact = letter.address.contact
    verified = contact.addresses.create(text="浙江省宁波市海曙区中山路2号", kind="work", source="debtor", verification="verified")
    contact.addresses.create(text="海曙区", kind="billing", source="debtor")
    services.book_return(letter_id=letter.pk, reason="moved", by=admin, now=LATER)

    assert other_addresses(letter) == [verified]
    sign_in(collector).post(f"/letters/{letter.pk}/ask-again/", {"address": verified.pk})

    again = Letter.objects.latest("pk")
    assert (again.address, again.state, again.requested_by, again.template) == (verified, "requested", collector, letter.template)


@pytest.mark.django_db
def test_silent_letters_are_asked_after_once(sent, admin, settings):
    settings.LETTERS_ASK_AFTER_DAYS = 15
    Letter.objects.filter(pk__in=[sent[0].pk, sent[1].pk]).update(dispatched_at=LATER - timedelta(days=16))
    Notice.objects.all().delete()

    assert services.ask_after_silent(now=LATER) == 2
    assert services.ask_after_silent(now=LATER + timedelta(days=1)) == 0
    assert Notice.objects.filter(recipient=admin).count() == 1


@pytest.mark.django_db
def test_the_quality_check_never_falls_to_who_asked_or_sent(placement, admin):
    # annex 4: four eyes
    both = make_user(Role.ADMIN_OFFICE)
    both.groups.add(make_user(Role.QUALITY).groups.get())
    other = make_user(Role.QUALITY)
    Duty.objects.all().delete()
    letter = make_letter(case=make_case(placement=placement), state="rendered")

    services.dispatch_letter(letter_id=letter.pk, carrier="china_post", tracking_no=GOOD, by=both, now=LATER)

    assert Duty.objects.get(kind="letter_quality").holder != both
    assert other.pk
