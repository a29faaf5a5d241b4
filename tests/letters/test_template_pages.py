"""A1.4, F: letter templates in the browser: the editor, its preview, versions, images and papers."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from audit.models import AuditEvent
from letters.forms.templates import TemplateForm
from letters.models import AuthorityPaper, LetterImage, LetterTemplate
from letters.views.template_parts import differences
from staff.choices import Role
from tests.factories import make_firm, make_template, make_user

pytestmark = pytest.mark.django_db


def url(name: str, *args) -> str:
    return reverse(f"letters:{name}", args=args)


def posted(template: LetterTemplate, **changes) -> dict:
    """What the browser sends for this template's form, with what somebody changed in it."""
    values = TemplateForm.initial_of(template) | {"seen": template.version} | changes
    sent = {name: value.pk if hasattr(value, "pk") else value for name, value in values.items() if value not in (None, False)}
    return {name: "on" if value is True else value for name, value in sent.items()}


@pytest.fixture
def editor(db):
    return make_user(Role.ADMINISTRATOR)


@pytest.fixture
def browser(sign_in, editor):
    return sign_in(editor)


def test_a_template_is_saved_as_a_new_version(browser, editor, demand):
    # A1.4: letters keep the version they were asked for with
    page = browser.get(url("template-edit", demand.pk))

    answer = browser.post(url("template-edit", demand.pk), posted(demand, body=demand.body + "\r\n另：请保存本函。", footer="页脚", odd_even=False))

    newest = LetterTemplate.objects.get(name=demand.name, version=2)
    demand.refresh_from_db()
    assert page.status_code == 200
    assert answer["Location"] == url("template-edit", newest.pk)
    assert (newest.is_active, demand.is_active, newest.created_by) == (True, False, editor)
    assert (newest.layout["footer"], newest.layout["odd_even"], newest.body) == ("页脚", False, demand.body + "\n另：请保存本函。")


@pytest.mark.parametrize("code", ["{{ settings.SECRET_KEY }}", "{% include 'x' %}", "{% load x %}", "{{ case.bank.cases.all }}", "{nonsense}"])
def test_a_template_with_code_is_not_saved(browser, demand, code):
    # S15
    answer = browser.post(url("template-edit", demand.pk), posted(demand, body=demand.body + code))

    assert "body" in answer.context["form"].errors
    assert LetterTemplate.objects.filter(name=demand.name).count() == 1


def test_each_refusal_stands_beside_its_field_with_its_line_and_rule(browser, demand):
    # CR-27, CR-31
    answer = browser.post(url("template-edit", demand.pk), posted(demand, body="第一行\n后果自负\n" + demand.body, odd_header="某某法院"))

    errors = answer.context["form"].errors
    assert ["2" in error and "CR-31" in error for error in errors["body"]] == [True]
    assert ["CR-27" in error for error in errors["odd_header"]] == [True]
    assert LetterTemplate.objects.filter(name=demand.name).count() == 1


def test_two_editors_see_both_texts(browser, demand, sign_in):
    # F13: nothing typed is lost, nothing is overwritten unseen
    theirs = posted(demand, body=demand.body + "\n乙的话")
    browser.post(url("template-edit", demand.pk), posted(demand, body=demand.body + "\n甲的话"))
    other = sign_in(make_user(Role.ADMINISTRATOR))

    refused = other.post(url("template-edit", demand.pk), theirs)
    shown = refused.content.decode()
    chosen = other.post(url("template-edit", demand.pk), theirs | {"seen": refused.context["seen"]})

    assert ("甲的话" in shown, "乙的话" in shown, refused.context["seen"]) == (True, True, 2)
    assert chosen.status_code == 302
    assert list(LetterTemplate.objects.filter(name=demand.name).values_list("version", "is_active").order_by("version")) == [(1, False), (2, False), (3, True)]


def test_the_preview_shows_pages_and_every_problem_with_its_place(browser, demand):
    # A1.4, S15: nothing is saved
    good = browser.post(url("template-preview"), posted(demand)).content.decode()
    bad = browser.post(url("template-preview"), posted(demand, body="最后通牒 <b>\n{nonsense}")).content.decode()

    assert good.count("data:image/png;base64,") == 2
    assert "data-line" not in good
    assert 'data-go="body" data-line="1"' in bad
    assert 'data-go="body" data-line="2"' in bad
    assert "<b>" not in bad
    assert LetterTemplate.objects.filter(name=demand.name).count() == 1


def test_the_preview_takes_only_cases_that_the_editor_sees(browser, sign_in, gm, case, demand):
    # CR-46: the address is on the page, so looking is on the trail
    asked = posted(demand, preview_case=case.case_no)

    hidden = browser.post(url("template-preview"), asked).content.decode()
    assert not AuditEvent.objects.filter(action="letter_template.previewed").exists()
    seen = sign_in(gm).post(url("template-preview"), asked).content.decode()

    assert 'role="alert"' in hidden
    assert 'role="alert"' not in seen
    assert AuditEvent.objects.filter(action="letter_template.previewed", subject_id=str(case.pk)).count() == 1


def test_a_template_prints_with_made_up_values(browser, demand):
    answer = browser.get(url("template-pdf", demand.pk))

    assert answer.content.startswith(b"%PDF")


def test_versions_are_compared_and_used_again(browser, demand):
    # A1.4: an old version is looked at, compared, and used again as a new one
    browser.post(url("template-edit", demand.pk), posted(demand, body=demand.body + "\n另：请保存本函。", envelope="c5_left"))
    newest = LetterTemplate.objects.get(name=demand.name, version=2)

    compared = browser.get(url("template-compare", newest.pk))
    again = browser.post(url("template-reuse", demand.pk))

    third = LetterTemplate.objects.get(name=demand.name, version=3)
    assert len(compared.context["parts"]) == 2
    assert "另：请保存本函。" in compared.content.decode()
    assert "c5_left" not in compared.content.decode()
    assert again["Location"] == url("template-edit", third.pk)
    assert (third.body, third.is_active) == (demand.body, True)


def test_differences_are_told_line_by_line():
    rows = differences("一\n二\n三", "一\n二改\n三\n四")

    assert [(row.kind, row.before, row.after) for row in rows] == [("same", "一", "一"), ("changed", "二", "二改"), ("same", "三", "三"), ("new", "", "四")]


@pytest.mark.parametrize("role", [role for role in Role if role not in (Role.ADMINISTRATOR, Role.GM_OFFICE)])
def test_only_editors_open_templates(sign_in, demand, role):
    # A1.4
    browser = sign_in(make_user(role))

    for name, args in (
        ("template-edit", [demand.pk]),
        ("template-pdf", [demand.pk]),
        ("template-compare", [demand.pk]),
        ("image-list", []),
        ("paper-list", []),
    ):
        assert browser.get(url(name, *args)).status_code == 403
    assert browser.post(url("template-preview"), {}).status_code == 403


def test_a_lawyers_template_is_approved_by_the_gm_office(browser, sign_in, gm):
    # CR-27
    template = make_template(kind="lawyer", name="律师函甲")
    browser.post(url("template-edit", template.pk), posted(template, heading="律师函（二）"))
    waiting = LetterTemplate.objects.get(name="律师函甲", version=2)

    own = browser.post(url("template-approve", waiting.pk))
    theirs = sign_in(gm).post(url("template-approve", waiting.pk))

    waiting.refresh_from_db()
    template.refresh_from_db()
    assert (own.status_code, theirs.status_code) == (403, 302)
    assert (waiting.is_active, waiting.waits, template.is_active) == (True, False, False)


def png(size: tuple[int, int] = (300, 200)) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGBA", size, (200, 0, 0, 128)).save(buffer, "PNG")
    return buffer.getvalue()


def test_a_seal_is_uploaded_and_looked_at(browser):
    # F
    upload = SimpleUploadedFile("seal.png", png(), content_type="image/png")

    answer = browser.post(url("image-new"), {"kind": "seal", "image": upload})
    image = LetterImage.objects.get()
    listed, shown = browser.get(url("image-list")), browser.get(url("image-file", image.pk))

    assert answer["Location"] == url("image-list")
    assert url("image-file", image.pk) in listed.content.decode()
    assert shown["Content-Type"] == "image/png"


def test_a_law_firms_engagement_is_entered_and_ended(browser):
    # CR-27
    upload = SimpleUploadedFile("engagement.pdf", b"%PDF-1.7 signed", content_type="application/pdf")
    asked = {"kind": "law_firm", "number": "1号", "name": "示例律师事务所", "lawyer": "李律师", "lawyer_licence": "133", "valid_from": "2026-01-01"}

    answer = browser.post(url("paper-new"), asked | {"valid_until": "2027-01-01", "file": upload})
    paper = AuthorityPaper.objects.get()
    file = browser.get(url("paper-file", paper.pk))
    browser.post(url("paper-end", paper.pk))

    paper.refresh_from_db()
    assert answer["Location"] == url("paper-list")
    assert (file["Content-Disposition"].startswith("attachment"), b"".join(file.streaming_content)) == (True, b"%PDF-1.7 signed")
    assert paper.ended_at is not None


def test_the_lists_of_images_and_papers_have_rows(browser):
    make_firm()

    assert browser.get(url("paper-list")).status_code == 200
    assert browser.get(url("paper-new")).status_code == 200
    assert browser.get(url("image-new")).status_code == 200
