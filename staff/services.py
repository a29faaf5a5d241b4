import logging
from collections.abc import Callable, Iterable
from datetime import datetime
from smtplib import SMTPException
from typing import Any

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext, override
from django.utils.translation import gettext as _

from audit.services import record
from collection.lib.errors import Refused
from staff.models import Leave, Notice, User
from staff.rules import SAVED_AT_MOST, kept_query, saved_filters, with_columns, with_saved_filter, without_saved_filter

logger = logging.getLogger(__name__)


@transaction.atomic
def notify(recipients: Iterable[User], message: str, *, now: datetime, path: str = "", is_urgent: bool = False, **values: Any) -> list[Notice]:
    """One line in the inbox of each recipient, once each.

    `message` is an English msgid with %(name)s places, marked with gettext_noop where it stands; `values` fill it.
    """
    unique = {person.pk: person for person in recipients if person is not None and person.is_active}
    return notify_many(notice_for(person, message, now=now, path=path, is_urgent=is_urgent, **values) for person in unique.values())


def notice_for(person: User, message: str, /, *, now: datetime, path: str = "", is_urgent: bool = False, **values: Any) -> Notice:
    """An unsaved notice, for `notify_many`."""
    return Notice(
        recipient=person,
        message=message,
        values={name: str(value) for name, value in values.items()},
        texts={language: _said_in(language, message, values) for language, _name in settings.LANGUAGES},
        path=path,
        is_urgent=is_urgent,
        created_at=now,
        mail_due=settings.SEND_MAIL and bool(person.email),
    )


def _said_in(language: str, message: str, values: dict[str, Any]) -> str:
    """The message with its values, a duty's kind for example, as this language says them."""
    with override(language):
        return gettext(message) % {name: str(value) for name, value in values.items()}


@transaction.atomic
def notify_many(notices: Iterable[Notice]) -> list[Notice]:
    """Notices that differ from person to person, in one statement; those who left get none."""
    return Notice.objects.bulk_create(notice for notice in notices if notice.recipient.is_active)


def read_notices(*, by: User, now: datetime, notice_ids: Iterable[int] | None = None) -> int:
    """The own notices (all of them, or those named) count as read. Reading is no change of business data."""
    mine = Notice.objects.unread().filter(recipient=by)
    if notice_ids is not None:
        mine = mine.filter(pk__in=notice_ids)
    return mine.update(read_at=now)


def mail_next_notice(*, now: datetime) -> bool:
    """Send one due notice by e-mail; False when there was none. Whoever claims the row sends it, so nobody gets it twice."""
    notice = Notice.objects.filter(mail_due=True).select_related("recipient").order_by("pk").first()
    if notice is None:
        return False
    if not Notice.objects.filter(pk=notice.pk, mail_due=True).update(mail_due=False, mailed_at=now):
        return True
    with override(notice.recipient.language):
        text = notice.text
    try:
        send_mail(" ".join(text.split()), f"{text}\n\n{settings.SITE_URL}{notice.path}", None, [notice.recipient.email])
    except (SMTPException, OSError) as failure:  # the mail server is away: the row waits for the next look
        Notice.objects.filter(pk=notice.pk).update(mail_due=True, mailed_at=None)
        logger.warning("Mail could not be sent: %s", type(failure).__name__)
        return False
    return True


class LeavesOverlap(Refused):
    """A person is away once at a time."""


@transaction.atomic
def enter_leave(*, person: User, starts_at: datetime, ends_at: datetime, reason: str, by: User, now: datetime) -> Leave:
    """The person is away between two moments. Two leaves of one person never overlap, also when two people enter them at once."""
    User.objects.select_for_update(of=("self",), no_key=True).get(pk=person.pk)
    other = Leave.objects.filter(person=person, cancelled_at=None, starts_at__lt=ends_at, ends_at__gt=starts_at).order_by("starts_at").first()
    if other is not None:
        values = {
            "person": person,
            "since": f"{timezone.localtime(other.starts_at):%Y-%m-%d %H:%M}",
            "until": f"{timezone.localtime(other.ends_at):%Y-%m-%d %H:%M}",
        }
        raise LeavesOverlap(_("%(person)s is already away from %(since)s to %(until)s. Cancel that leave first, or enter only the time beside it.") % values)
    leave = Leave.objects.create(person=person, starts_at=starts_at, ends_at=ends_at, reason=reason, entered_by=by)
    record("leave.entered", subject=leave, by=by, at=now, changes={"from": (None, starts_at), "to": (None, ends_at)}, reason=reason)
    return leave


@transaction.atomic
def cancel_leave(*, leave: Leave, by: User, now: datetime) -> None:
    """The person is not away after all."""
    Leave.objects.filter(pk=leave.pk, cancelled_at=None).update(cancelled_at=now)
    record("leave.cancelled", subject=leave, by=by, at=now)


@transaction.atomic
def note_password_changed(*, person: User, by: User, now: datetime) -> None:
    """The person chose a password of their own; it is not asked for again."""
    person.must_change_password = False
    person.save(update_fields=["must_change_password"])
    record("person.password_changed", subject=person, by=by, at=now)


def choose_theme(*, by: User, theme: str) -> None:
    """The person's pages are light, dark or as the system. How one's own pages look is no business data: not on the trail."""
    User.objects.filter(pk=by.pk).update(theme=theme)


def choose_language(*, by: User, language: str) -> None:
    """The person reads pages and notices in this language."""
    User.objects.filter(pk=by.pk).update(language=language)


@transaction.atomic
def choose_columns(*, by: User, list_name: str, columns: list[str]) -> None:
    """The list shows these columns to this person; none means the list's own choice."""
    _keep(by, lambda preferences: with_columns(preferences, list_name, columns))


class TooManyFilters(Refused):
    """A person keeps a handful of filters for a list, not an archive."""


@transaction.atomic
def save_filter(*, by: User, list_name: str, name: str, query: str) -> None:
    """The person finds this filter again under the name; one of the same name is replaced."""

    def add(preferences: dict) -> dict:
        changed = with_saved_filter(preferences, list_name, name, kept_query(query))
        if len(saved_filters(changed, list_name)) > SAVED_AT_MOST:
            raise TooManyFilters(_("You keep %(most)s filters for this list already; delete one first.") % {"most": SAVED_AT_MOST})
        return changed

    _keep(by, add)


@transaction.atomic
def delete_filter(*, by: User, list_name: str, name: str) -> None:
    """The saved filter is gone; deleting it twice is no error."""
    _keep(by, lambda preferences: without_saved_filter(preferences, list_name, name))


def _keep(person: User, change: Callable[[dict], dict]) -> None:
    row = User.objects.select_for_update(of=("self",)).get(pk=person.pk)
    row.preferences = change(row.preferences)
    row.save(update_fields=["preferences"])
