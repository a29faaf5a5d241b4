"""E13: scripts are edited in versions by their managers, and say nothing that may not be said (CR-12, CR-17, CR-31)."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse

from audit.models import AuditEvent
from compliance.models import Script
from tests.factories import MONDAY_9AM

pytestmark = pytest.mark.django_db
TEN = MONDAY_9AM + timedelta(hours=1)
THIRD_PARTY = "我是{company},工号{staff_no}。请转告{name}回电。"


@pytest.fixture(autouse=True)
def monday():
    with time_machine.travel(TEN, tick=True):
        yield


def test_scripts_are_edited_by_their_managers_only(sign_in, lead, administrator):
    """E13"""
    script = Script.objects.get(target="third_party")
    url = reverse("compliance:script-edit", args=[script.pk])

    assert sign_in(lead).get(url).status_code == 403
    assert sign_in(lead).post(url, {"text": THIRD_PARTY}).status_code == 403
    assert sign_in(administrator).get(url).status_code == 200
    assert Script.objects.count() == 2


def test_saving_a_script_makes_a_new_version(sign_in, administrator):
    """E13: whom it is for, its title and its client stay, whatever is posted."""
    before = Script.objects.get(target="third_party")

    sign_in(administrator).post(reverse("compliance:script-edit", args=[before.pk]), {"text": THIRD_PARTY, "target": "debtor", "title": "x"})

    before.refresh_from_db()
    after = Script.objects.get(version=2)
    assert (after.target, after.title, after.text, after.valid_from) == ("third_party", before.title, THIRD_PARTY, before.valid_to)
    assert AuditEvent.objects.about(after).get().action == "script.saved"


@pytest.mark.parametrize(
    ("target", "text", "rule"),
    [
        ("third_party", THIRD_PARTY + "{amount}", "CR-12"),
        ("third_party", THIRD_PARTY + "{payee}", "CR-12"),
        ("third_party", THIRD_PARTY + "{nmae}", "E13"),
        ("third_party", THIRD_PARTY + "{", "E13"),
        ("debtor", "{company}{staff_no}{bank}逾期{overdue_days}天{identity}", "CR-17"),
        ("debtor", "{company}{staff_no}{bank}{identity}再不还就曝光", "CR-31"),
    ],
)
def test_a_script_that_breaks_a_rule_is_refused_and_what_was_typed_stays(sign_in, administrator, target, text, rule):
    """CR-12, CR-17, CR-31, E13"""
    data = {"target": target, "title": "新话术", "text": text}

    answer = sign_in(administrator).post(reverse("compliance:script-new"), data)
    preview = sign_in(administrator).post(reverse("compliance:script-preview"), data)

    assert rule in answer.context["form"].non_field_errors()[0]
    assert answer.context["form"]["text"].value() == text
    assert f"({rule})" in preview.text
    assert Script.objects.count() == 2


def test_a_new_script_does_not_silently_replace_one_of_the_same_title(sign_in, administrator):
    there = Script.objects.get(target="third_party")

    answer = sign_in(administrator).post(reverse("compliance:script-new"), {"target": "third_party", "title": there.title, "text": THIRD_PARTY})

    assert "title" in answer.context["form"].errors
    assert Script.objects.count() == 2


def test_the_preview_fills_the_places_escapes_the_rest_and_saves_nothing(sign_in, administrator):
    """CR-17: what tells of the debt stands in the second part."""
    text = "{company}{staff_no}{bank}<b>{identity}余额{amount}"

    answer = sign_in(administrator).post(reverse("compliance:script-preview"), {"target": "debtor", "text": text})

    opening, body = answer.context["opening"], answer.context["body"]
    assert [piece.text for piece in body] == ["余额", "¥12,345.67"]
    assert all("12,345.67" not in piece.text for piece in opening)
    assert "&lt;b&gt;" in answer.text
    assert Script.objects.count() == 2


def test_a_script_cannot_begin_in_the_past(sign_in, administrator):
    script = Script.objects.get(target="third_party")

    answer = sign_in(administrator).post(reverse("compliance:script-edit", args=[script.pk]), {"text": THIRD_PARTY, "valid_from": "2026-11-01T00:00"})

    assert "E13" in answer.context["form"].non_field_errors()[0]
    assert Script.objects.count() == 2
