"""A1.4, CR-24 … CR-35: what is refused when a template is saved and when a letter is asked for; papers and images behind letters."""

import hashlib
import io
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from PIL import Image

from cases.choices import CaseState
from collection.lib.errors import Outdated, Refused
from compliance.services.limitation import record_interruption
from letters import services
from letters.layout import Layout
from letters.models import AuthorityPaper, LetterImage, LetterTemplate
from letters.selectors import pictures_of
from letters.services.content import BadContent, problems_in, texts_of
from letters.services.flow import NotAllowed
from letters.services.papers import BadUpload
from letters.services.templates import NEW, TemplateExists
from staff.choices import Role
from staff.models import Notice
from tests.factories import MONDAY_9AM, make_client, make_firm, make_template, make_user

pytestmark = pytest.mark.django_db
TODAY = MONDAY_9AM.date()


@pytest.fixture
def editor(db):
    return make_user(Role.ADMINISTRATOR)


def save(template: LetterTemplate, by, **fields) -> LetterTemplate:
    """The template saved again with these changes."""
    asked = {name: getattr(template, name) for name in ("client", "kind", "name", "heading", "body", "law_firm")}
    return services.save_template(**asked | {"layout": Layout.of(template.layout), "by": by, "now": MONDAY_9AM} | fields)


def ask(case, template, by):
    address = case.contacts.get(relation="self").addresses.get()
    return services.request_letter(case=case, template=template, address=address, reason="失联", by=by, now=MONDAY_9AM)


@pytest.mark.parametrize("kind", ["demand", "statement", "settlement", "payment", "arrears", "lobby", "entrust"])
def test_there_is_a_template_of_each_kind_that_keeps_every_rule(kind):
    # CR-24 … CR-35, B1, B2, CR-19
    template = LetterTemplate.objects.get(client=None, kind=kind)
    texts = texts_of(template.heading, template.body, Layout.of(template.layout))

    assert problems_in(kind=kind, texts=texts, client=None, law_firm=None, today=TODAY) == []


def test_every_problem_is_told_at_once_in_the_order_of_the_text(demand, editor):
    # CR-27, CR-28, CR-30, F
    with pytest.raises(BadContent) as refusal:
        save(demand, editor, heading="最后通牒", body=demand.body + "\n请付1,000元到微信\n\U00031234")

    assert [(one.field, one.rule) for one in refusal.value.problems] == [("heading", "CR-27"), ("body", "CR-28"), ("body", "CR-30"), ("body", "F")]
    assert all(one.line for one in refusal.value.problems)
    assert "U+31234" in str(refusal.value)


def test_an_older_page_does_not_overwrite_a_newer_version(demand, editor):
    # F13
    save(demand, editor, heading="催告函（二）", seen=1)

    with pytest.raises(Outdated) as refusal:
        save(demand, editor, heading="催告函（三）", seen=1)

    assert (refusal.value.entered["heading"], refusal.value.current["heading"]) == ("催告函（三）", "催告函（二）")
    assert LetterTemplate.objects.filter(name=demand.name).count() == 2


def test_a_new_template_does_not_become_a_version_of_another(demand, editor):
    with pytest.raises(TemplateExists):
        save(demand, editor, seen=NEW)


def test_one_version_is_in_use(demand):
    with pytest.raises(IntegrityError), transaction.atomic():
        make_template(name=demand.name, version=2)


def test_a_lawyers_template_waits_for_the_gm_office(editor, gm):
    # CR-27
    used = make_template(kind="lawyer", name="律师函甲")

    waiting = save(used, editor, heading="律师函（二）")

    used.refresh_from_db()
    assert (waiting.is_active, waiting.waits, used.is_active) == (False, True, True)
    assert Notice.objects.filter(recipient=gm).count() == 1
    with pytest.raises(NotAllowed):
        services.approve_template(template_id=waiting.pk, by=editor, now=MONDAY_9AM)


def test_the_gm_offices_own_lawyers_template_is_in_use_at_once(gm):
    # CR-27
    template = save(make_template(kind="lawyer", name="律师函甲"), gm)

    assert (template.is_active, template.waits) == (True, False)


def test_a_waiting_template_is_not_in_use():
    with pytest.raises(IntegrityError, match="letters_waiting_template_is_not_in_use"), transaction.atomic():
        make_template(waits=True)


@pytest.mark.parametrize(
    "firm",
    [None, {"file": ""}, {"valid_until": date(2026, 11, 22)}, {"ended_at": MONDAY_9AM}, {"valid_from": date(2026, 11, 24)}],
    ids=["none", "no file", "expired", "ended", "not yet"],
)
def test_a_lawyers_letter_needs_a_firms_engagement_in_force(case, collector, gm, firm):
    # CR-27: when the template is saved, and when a letter is asked for
    template = make_template(kind="lawyer")
    template.law_firm = make_firm(**firm) if firm else None
    template.save()

    for attempt in (lambda: save(template, gm), lambda: ask(case, template, collector)):
        with pytest.raises(BadContent) as refusal:
            attempt()
        assert refusal.value.rule == "CR-27"


def test_a_firm_of_another_client_is_refused(case, collector):
    # CR-27
    template = make_template(kind="lawyer", law_firm=make_firm(client=make_client()))

    with pytest.raises(BadContent) as refusal:
        ask(case, template, collector)

    assert refusal.value.rule == "CR-27"


def test_a_settlement_is_certified_only_when_the_bank_says_so(case, collector, lead):
    # CR-30
    template = LetterTemplate.objects.get(client=None, kind="settlement")
    with pytest.raises(Refused) as refusal:
        ask(case, template, lead)
    case.state, case.balance, case.ended_at = CaseState.SETTLED, 0, MONDAY_9AM
    case.save()

    letter = ask(case, template, lead)

    assert refusal.value.rule == "CR-30"
    assert letter.state == "requested"


def test_a_lobby_notice_is_for_no_case(case, collector):
    # B2, CR-26
    with pytest.raises(Refused) as refusal:
        ask(case, LetterTemplate.objects.get(client=None, kind="lobby"), collector)

    assert refusal.value.rule == "CR-26"


@pytest.mark.parametrize("kind", ["statement", "entrust"])
def test_a_disputed_debt_may_be_explained_but_not_dunned(case, collector, kind):
    # CR-50
    case.state = CaseState.DISPUTED
    case.save()

    assert ask(case, LetterTemplate.objects.get(client=None, kind=kind), collector).state == "requested"
    with pytest.raises(Refused) as refusal:
        ask(case, LetterTemplate.objects.get(client=None, kind="arrears"), collector)
    assert refusal.value.rule == "CR-50"


def test_an_address_that_does_not_fit_the_window_is_refused(case, demand, collector, address):
    # F: what does not fit would be cut off unseen
    address.text = "浙江省杭州市西湖区文三路一号示例小区" * 8
    address.save()

    with pytest.raises(Refused) as refusal:
        ask(case, demand, collector)

    assert refusal.value.rule == "F"


def test_a_missing_glyph_names_the_character_and_its_place(case, demand, collector):
    # F
    case.debtor.name = "张\U00031234"
    case.debtor.save()

    with pytest.raises(Refused) as refusal:
        ask(case, demand, collector)

    assert "U+31234" in str(refusal.value)


CRIME = "\n您的行为涉嫌信用卡诈骗。"


@pytest.fixture
def approved_client(case, editor):
    """The bank's written approval to name a crime is on file."""
    AuthorityPaper.objects.create(
        kind="crime", client=case.client, number="1号", file="x.pdf", valid_from=TODAY, valid_until=TODAY, entered_by=editor, entered_at=MONDAY_9AM
    )
    return case.client


def test_a_crime_is_not_named_in_a_template_for_every_client(demand, editor, approved_client):
    # CR-32
    with pytest.raises(BadContent) as refusal:
        save(demand, editor, body=demand.body + CRIME)

    assert refusal.value.rule == "CR-32"


@pytest.mark.parametrize(
    ("principal", "first", "since", "may"),
    [
        ("50000.00", 30, 91, True),
        ("49999.99", 30, 91, False),
        ("50000.00", 29, 91, False),
        ("50000.00", 30, 90, False),
    ],
    ids=["all four", "too little principal", "demands 29 days apart", "not yet three months"],
)
def test_a_crime_is_named_only_when_all_of_cr_32_is_there(case, demand, collector, editor, approved_client, principal, first, since, may):
    # CR-32
    account = case.accounts.get()
    account.principal, account.overdue_since = Decimal(principal), TODAY - timedelta(days=since)
    account.save()
    for days in (first + 1, 1):
        record_interruption(case=case, event="demanded", on=TODAY - timedelta(days=days), evidence=f"EMS 签收 {days}", by=None, now=MONDAY_9AM)
    template = save(demand, editor, client=approved_client, name="催告函（银行同意）", body=demand.body + CRIME)

    if may:
        assert ask(case, template, collector).state == "requested"
    else:
        with pytest.raises(BadContent) as refusal:
            ask(case, template, collector)
        assert refusal.value.rule == "CR-32"


def test_an_approval_that_ended_stops_the_letter(case, demand, collector, editor, approved_client):
    # CR-32
    template = save(demand, editor, client=approved_client, name="催告函（银行同意）", body=demand.body + CRIME)
    services.end_paper(paper_id=AuthorityPaper.objects.get().pk, by=editor, now=MONDAY_9AM)

    with pytest.raises(BadContent) as refusal:
        ask(case, template, collector)

    assert refusal.value.rule == "CR-32"


# --- Images and papers ---------------------------------------------------------------------------------------------------


def image_of(size=(300, 200), form="PNG") -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", size, (200, 0, 0)).save(buffer, form)
    return buffer.getvalue()


def upload(by, *, client=None, law_firm=None, content=None, kind="seal") -> LetterImage:
    return services.upload_image(kind=kind, client=client, law_firm=law_firm, content=content or image_of(), by=by, now=MONDAY_9AM)


def test_an_upload_is_drawn_anew_and_scaled(editor):
    # S14: nothing of the file but its pixels
    sent = image_of((4000, 2000), "JPEG") + b"<script>alert(1)</script>"

    image = upload(editor, content=sent)

    stored = image.file.read()
    assert (stored[:8], b"<script>" in stored) == (b"\x89PNG\r\n\x1a\n", False)
    assert (image.width, image.height) == (480, 240)
    assert image.sha256 == hashlib.sha256(stored).hexdigest()


@pytest.mark.parametrize(
    "content",
    [b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"GIF89a" + bytes(100), b"\x89PNG\r\n\x1a\n" + bytes(50), b"%PDF-1.7", bytes(2_000_001), image_of((20, 20))],
    ids=["svg", "gif", "broken", "pdf", "too large", "too small"],
)
def test_what_is_no_usable_image_is_refused(editor, content):
    # S14
    with pytest.raises(BadUpload):
        upload(editor, content=content)

    assert not LetterImage.objects.exists()


def test_a_bomb_of_pixels_is_refused(editor):
    # S14: few bytes, many pixels
    with pytest.raises(BadUpload):
        upload(editor, content=image_of((9000, 9000)))


def test_a_new_seal_takes_the_place_of_the_one_before(editor):
    first = upload(editor)
    second = upload(editor, content=image_of((100, 100)))

    first.refresh_from_db()
    assert (first.is_active, second.is_active) == (False, True)


def test_a_letter_carries_its_senders_own_images(editor, case):
    # F: the client's, ours where it has none; a lawyer's letter the firm's only
    firm = make_firm()
    ours, clients, firms = (
        upload(editor),
        upload(editor, client=case.client, content=image_of((100, 100))),
        upload(editor, law_firm=firm, content=image_of((90, 90))),
    )
    layout = {"seal_image": True}
    demand, lawyer = make_template(layout=layout), make_template(kind="lawyer", law_firm=firm, layout=layout)

    found = [pictures_of(demand, case.client).seal, pictures_of(demand, make_client()).seal, pictures_of(lawyer, case.client).seal]

    assert len({ours.sha256, clients.sha256, firms.sha256}) == 3
    assert len(set(found)) == 3
    assert all(found)
    assert pictures_of(make_template(layout={}), case.client).seal == ""


@pytest.mark.parametrize(
    ("fields", "rule"),
    [
        ({"kind": "law_firm", "name": "甲律师事务所"}, "CR-27"),
        ({"kind": "crime"}, "CR-32"),
        ({"kind": "crime", "content": b"MZ"}, "CR-32"),
    ],
    ids=["no lawyer", "no client", "no client either"],
)
def test_a_paper_needs_what_its_rule_asks(editor, fields, rule):
    # CR-27, CR-32
    asked = {"client": None, "number": "1", "valid_from": TODAY, "valid_until": TODAY, "content": b"%PDF-", "by": editor, "now": MONDAY_9AM}

    with pytest.raises(BadUpload) as refusal:
        services.enter_paper(**asked | fields)

    assert refusal.value.rule == rule
    assert not AuthorityPaper.objects.exists()


def test_a_paper_is_a_document(editor, case):
    asked = {"kind": "crime", "client": case.client, "number": "1", "valid_from": TODAY, "valid_until": TODAY, "by": editor, "now": MONDAY_9AM}

    with pytest.raises(BadUpload):
        services.enter_paper(**asked, content=b"MZ\x90\x00")
