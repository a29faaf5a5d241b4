"""A1.4: letter templates in the browser."""

import pytest
from django.urls import reverse

from letters.models import LetterTemplate
from staff.choices import Role
from tests.factories import make_user

pytestmark = pytest.mark.django_db


def url(name: str, *args) -> str:
    return reverse(f"letters:{name}", args=args)


def test_a_template_is_saved_as_a_new_version(sign_in, demand):
    # A1.4: letters keep the version they were asked for with
    administrator = make_user(Role.ADMINISTRATOR)
    browser = sign_in(administrator)
    page = browser.get(url("template-edit", demand.pk))

    answer = browser.post(
        url("template-edit", demand.pk), {"heading": "催告函", "body": demand.body + "\n另：请保存本函。", "number_from": 1, "first_header": "{agency_name}"}
    )

    newest = LetterTemplate.objects.get(name=demand.name, version=2)
    demand.refresh_from_db()
    assert page.status_code == 200
    assert answer["Location"] == url("template-edit", newest.pk)
    assert (newest.is_active, demand.is_active, newest.created_by) == (True, False, administrator)


@pytest.mark.parametrize("code", ["{{ settings.SECRET_KEY }}", "{% include 'x' %}", "{% load x %}", "{{ case.bank.cases.all }}", "{nonsense}"])
def test_a_template_with_code_is_not_saved(sign_in, demand, code):
    # S15
    browser = sign_in(make_user(Role.ADMINISTRATOR))

    answer = browser.post(url("template-edit", demand.pk), {"heading": "催告函", "body": demand.body + code, "number_from": 1})

    assert answer.context["form"].non_field_errors()
    assert LetterTemplate.objects.filter(name=demand.name).count() == 1


def test_the_preview_says_what_is_wrong_and_saves_nothing(sign_in, demand):
    browser = sign_in(make_user(Role.ADMINISTRATOR))

    good = browser.post(url("template-preview"), {"kind": "demand", "heading": "催告函", "body": demand.body})
    bad = browser.post(url("template-preview"), {"kind": "demand", "heading": "催告函", "body": "最后通牒 <b>"})

    assert 'role="alert"' not in good.content.decode()
    assert 'role="alert"' in bad.content.decode()
    assert "&lt;b&gt;" in bad.content.decode()


def test_a_template_prints_with_made_up_values(sign_in, demand):
    answer = sign_in(make_user(Role.ADMINISTRATOR)).get(url("template-pdf", demand.pk))

    assert answer.content.startswith(b"%PDF")
