"""F14: a request that is sent twice has one effect and one answer."""

import threading
import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cases.models import Phone
from collection.lib.errors import Refused
from operations.models import KeptAnswer
from operations.services import Answer, KeyReused, answer_once
from operations.tasks import forget_old_answers
from tests.factories import MONDAY_9AM, make_caller, make_case


def once(work, *, key="k", person=1, digest="d", now=MONDAY_9AM):
    return answer_once(key=key, person_id=person, digest=digest, now=now, work=work)


class Counter:
    def __init__(self):
        self.count = 0

    def __call__(self):
        self.count += 1
        return Answer(201, f'{{"n": {self.count}}}')


@pytest.mark.django_db
def test_the_same_key_works_once_and_answers_the_same():
    work = Counter()

    first, again = once(work), once(work, now=MONDAY_9AM + timedelta(hours=24))

    assert (first, again) == (Answer(201, '{"n": 1}'), Answer(201, '{"n": 1}', is_replayed=True))
    assert work.count == 1


@pytest.mark.django_db
def test_the_key_of_something_else_is_refused():
    work = Counter()
    once(work)

    with pytest.raises(KeyReused) as refused:
        once(work, digest="another")

    assert (refused.value.status, work.count) == (422, 1)


@pytest.mark.django_db
def test_two_people_may_use_the_same_key():
    work = Counter()

    answers = [once(work, person=person) for person in (1, 2)]

    assert [answer.is_replayed for answer in answers] == [False, False]


@pytest.mark.django_db
def test_what_is_refused_is_not_kept_and_may_be_mended_under_the_same_key():
    def refuse():
        raise Refused("no")

    with pytest.raises(Refused):
        once(refuse)

    assert KeptAnswer.objects.count() == 0
    assert once(Counter(), digest="mended").is_replayed is False


@pytest.mark.django_db
def test_answers_are_kept_a_day_at_least_and_then_forgotten():
    for days in (1, 3):
        KeptAnswer.objects.create(person_id=1, key=str(days), digest="d", status=200, body="{}", at=timezone.now() - timedelta(days=days))

    forget_old_answers()

    assert list(KeptAnswer.objects.values_list("key", flat=True)) == ["1"]


@pytest.mark.django_db
def test_the_answer_lies_encrypted():
    """CR-46"""
    once(lambda: Answer(200, '{"name": "张三"}'))

    with connection.cursor() as cursor:
        cursor.execute("SELECT body FROM operations_keptanswer")
        assert "张三" not in cursor.fetchone()[0]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_twenty_at_once_have_one_effect_and_the_same_answer():
    """F14"""
    caller = make_caller()
    case = make_case(holder=caller)
    contact, key, barrier, answers = case.contacts.get(), str(uuid.uuid4()), threading.Barrier(20), []
    path, body = reverse("workbench:api-phones", args=[case.pk]), {"contact": contact.pk, "number": "13912345678", "source": "call"}

    def send():
        browser = Client()
        browser.force_login(caller)
        barrier.wait()
        answer = browser.post(path, body, content_type="application/json", headers={"Idempotency-Key": key})
        answers.append((answer.status_code, answer.content, answer.get("Idempotent-Replayed")))
        connection.close()

    threads = [threading.Thread(target=send) for _number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len({answer[:2] for answer in answers}) == 1
    assert sorted(str(answer[2]) for answer in answers) == ["None"] + ["true"] * 19
    assert Phone.objects.filter(contact=contact).count() == 2
    assert KeptAnswer.objects.count() == 1


@pytest.mark.django_db
def test_the_same_key_with_another_body_is_refused_and_changes_nothing(sign_in):
    """F14"""
    caller = make_caller()
    case = make_case(holder=caller)
    contact, browser, key = case.contacts.get(), sign_in(caller), str(uuid.uuid4())
    path = reverse("workbench:api-phones", args=[case.pk])

    answers = [
        browser.post(
            path,
            {"contact": contact.pk, "number": number, "source": "call"},
            content_type="application/json",
            headers={"Idempotency-Key": key},
        )
        for number in ("13912345678", "13912345679")
    ]

    assert [answer.status_code for answer in answers] == [201, 422]
    assert answers[1].json()["rule"] == "F14"
    assert contact.phones.count() == 2
