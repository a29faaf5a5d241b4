"""F13: a limit or a script is not replaced by who looked at an older version of it."""

import threading

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from compliance.models import ContactPolicy, Script
from compliance.services import BadScript, save_script, set_policy
from staff.choices import Role
from tests.compliance.test_script_pages import THIRD_PARTY
from tests.compliance.test_views import policy
from tests.factories import make_client, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def browsers(sign_in):
    return [sign_in(make_user(Role.ADMINISTRATOR)) for _ in range(2)]


def test_of_two_who_tighten_a_limit_the_second_looks_again(browsers):
    url = reverse("compliance:policy-edit", args=[policy().pk])
    seen = [browser.get(url).context["page"].seen for browser in browsers]
    hours = [{"opens": "09:30", "closes": "19:00", "source": "总经办决定"}, {"opens": "09:00", "closes": "18:00", "source": "客户来函"}]

    answers = [browser.post(url, data | {"seen": own}) for browser, data, own in zip(browsers, hours, seen, strict=True)]

    assert answers[0].status_code == 302
    assert (answers[1].status_code, bool(answers[1].context["form"].non_field_errors())) == (200, True)
    assert ContactPolicy.objects.filter(key="contact.window", layer="company").latest("version").value == {"from": "09:30", "to": "19:00"}


def test_of_two_who_change_a_script_the_second_looks_again(browsers):
    url = reverse("compliance:script-edit", args=[Script.objects.get(target="third_party").pk])
    shown = browsers[0].get(url)
    seen = [browser.get(url).context["page"].seen for browser in browsers]
    texts = [{"text": THIRD_PARTY + "谢谢。"}, {"text": THIRD_PARTY + "再见。"}]

    answers = [browser.post(url, data | {"seen": own}) for browser, data, own in zip(browsers, texts, seen, strict=True)]

    assert f'name="seen" value="{seen[0]}"' in shown.content.decode()
    assert (answers[0].status_code, bool(answers[1].context["form"].non_field_errors())) == (302, True)
    assert Script.objects.latest("pk").text.endswith("谢谢。")


def at_once(*calls):
    """Each in a thread of its own, and what it raised."""
    together, faults = threading.Barrier(len(calls)), []

    def run(call):
        together.wait()
        try:
            call()
        except Exception as fault:  # noqa: BLE001 -- the test says which may come
            faults.append(fault)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[call]) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return faults


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_first_versions_at_once_are_told_apart():
    bank, by = make_client(), make_user(Role.ADMINISTRATOR)

    def limit(most):
        now = timezone.now()
        set_policy(key="voice.effective.per_debtor_day", layer="client", client=bank, value={"limit": most}, valid_from=now, source="合同", by=by, now=now)

    def script(word):
        now = timezone.now()
        save_script(target="third_party", title="新话术", text=THIRD_PARTY + word, valid_from=now, by=by, now=now)

    limits = at_once(lambda: limit(1), lambda: limit(2))
    scripts = at_once(lambda: script("谢谢。"), lambda: script("再见。"))

    assert {type(fault).__name__ for fault in limits} <= {"BadPolicy"}  # the later one may begin before the other's first moment
    assert {type(fault) for fault in scripts} <= {BadScript}
    assert ContactPolicy.objects.filter(client=bank).count() == 2 - len(limits)
    assert Script.objects.filter(title="新话术").count() == 2 - len(scripts)
