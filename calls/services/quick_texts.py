"""Texts at hand: the company's, kept by leads and administrators, and each person's own."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from audit.services import record
from calls.choices import Target
from calls.models import QuickText
from collection.lib.errors import Refused
from collection.lib.seen import check_as_seen, fingerprint_of
from compliance.choices import Wording
from compliance.rules.wording import wording_hits
from staff.models import User

MANAGE = "calls.manage_quick_texts"
MOST_OWN = 50
TEXT_FIELDS = ("title", "text", "target", "position")


class BadQuickText(Refused):
    """A quick text has a title and a text without forbidden phrases; the company's are kept by who may."""

    status = 422


@transaction.atomic
def save_quick_text(
    *,
    title: str,
    text: str,
    by: User,
    now: datetime,
    target: str = Target.ANY,
    quick_text_id: int | None = None,
    is_shared: bool = False,
    position: int = 0,
    seen: str | None = None,
) -> QuickText:
    """A new text, or the one named changed. What is offered with one key holds nothing that may not be said (CR-31).

    `seen` is the fingerprint of what the form showed: two leads keep the company's (F13).
    """
    title, text = title.strip(), text.strip()
    _check(title, text, target)
    User.objects.select_for_update(of=("self",), no_key=True).get(pk=by.pk)  # two tabs at the last free place: the later one sees the earlier one's
    row = _mine(quick_text_id, by) if quick_text_id else QuickText(owner=None if is_shared else by)
    if row.owner_id is None and not by.has_perm(MANAGE):
        raise BadQuickText(_("The company's texts are kept by leads and administrators. Save it as your own."))
    if row.pk:
        check_as_seen(seen, fingerprint_of(row, TEXT_FIELDS))
    if row.pk is None and row.owner_id and QuickText.objects.filter(owner=by, is_active=True).count() >= MOST_OWN:
        raise BadQuickText(_("You have %(count)s texts; remove one first.") % {"count": MOST_OWN})
    before = row.text if row.pk else None
    row.title, row.text, row.target, row.position = title[:30], text[:300], Target(target), position
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        raise BadQuickText(_("There is a text called “%(title)s” already.") % {"title": title}) from None
    record("quick_text.saved", subject=row, by=by, at=now, changes={"text": (before, row.text)})
    return row


def _check(title: str, text: str, target: str) -> None:
    if not title or not text:
        raise BadQuickText(_("Enter a title and a text."))
    if target not in Target.values:
        raise BadQuickText(_("Choose whom the text is for."))
    if hits := wording_hits(text, may_quote=False):
        raise BadQuickText(_("“%(phrase)s” may not be said: it %(kind)s.") % {"phrase": hits[0].text, "kind": Wording(hits[0].kind).label}, rule="CR-31")


def _mine(quick_text_id: int, by: User) -> QuickText:
    row = QuickText.objects.select_for_update(of=("self",)).filter(pk=quick_text_id, is_active=True).first()
    if row is None or row.owner_id not in (None, by.pk):
        raise BadQuickText(_("This text is no longer there."))
    return row


@transaction.atomic
def remove_quick_text(*, quick_text_id: int, by: User, now: datetime) -> None:
    """It is offered no more; notes that were made with it keep their words."""
    row = _mine(quick_text_id, by)
    if row.owner_id is None and not by.has_perm(MANAGE):
        raise BadQuickText(_("The company's texts are kept by leads and administrators."))
    row.is_active = False
    row.save(update_fields=["is_active"])
    record("quick_text.removed", subject=row, by=by, at=now)
