"""A notice stays readable in every language, whatever becomes of the words that it was written with."""

import pytest
from django.core import mail
from django.utils.translation import gettext_noop, override

from duties.models import DutyKind
from staff.models import Notice
from staff.services import mail_next_notice, notify
from tests.factories import MONDAY_9AM, make_user

pytestmark = pytest.mark.django_db
MESSAGE = gettext_noop("You now hold: %(duty)s, due %(due)s.")


def read(notice: Notice) -> dict[str, str]:
    found = {}
    for language in ("zh-hans", "en"):
        with override(language):
            found[language] = notice.text
    return found


def test_a_notice_whose_words_changed_since_is_still_read_in_chinese():
    """The desk's next version says it otherwise: the old message has no translation any more."""
    [notice] = notify([make_user()], MESSAGE, now=MONDAY_9AM, duty="D", due="soon")
    said = read(notice)
    Notice.objects.update(message="You hold now (as it was said once): %(duty)s")

    notice.refresh_from_db()

    assert read(notice) == said
    assert said["en"] == "You now hold: D, due soon."
    assert said["zh-hans"] not in ("", said["en"])


def test_what_a_notice_names_is_in_the_readers_language_too():
    """Whoever causes it reads English; the receiver, Chinese."""
    kind = DutyKind.objects.get(pk="intake")
    with override("en"):
        [notice] = notify([make_user()], MESSAGE, now=MONDAY_9AM, duty=kind, due="soon")

    said = read(notice)

    assert kind.name_zh in said["zh-hans"]
    assert kind.name_en in said["en"]


def test_a_notice_of_before_texts_were_kept_is_read_by_its_message():
    notice = Notice(recipient=make_user(), message=MESSAGE, values={"duty": "D", "due": "soon"})

    assert read(notice)["en"] == "You now hold: D, due soon."


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_mail_is_written_in_the_receivers_language(settings, language):
    settings.SEND_MAIL = True
    [notice] = notify([make_user(language=language, email="a@example.com")], MESSAGE, now=MONDAY_9AM, duty="D", due="soon")

    mail_next_notice(now=MONDAY_9AM)

    assert mail.outbox[0].subject == read(notice)[language]
