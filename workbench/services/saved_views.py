"""A person's saved views of the queue."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from collection.lib.errors import Outdated, Refused
from staff.models import User
from workbench.models import SavedView

MOST = 20


class CannotSaveView(Refused):
    """Names are one's own and used once; there are not endlessly many."""


@transaction.atomic
def save_view(*, name: str, filters: dict[str, Any], by: User, now: datetime, is_default: bool = False) -> SavedView:
    """These filters have a name now, at the end of the person's list. Not a change of business data: it leaves no audit event."""
    own = _own_views(by)
    if len(own) >= MOST:
        raise CannotSaveView(_("There are %(most)s saved views already. Delete one first.") % {"most": MOST})
    _check_name(name, own)
    if is_default:
        _no_default(by)
    last = max((view.position for view in own), default=0)
    return SavedView.objects.create(person=by, name=name.strip(), filters=filters, position=last + 1, is_default=is_default)


@transaction.atomic
def change_view(*, view: SavedView, version: int, by: User, now: datetime, **entered: Any) -> SavedView:
    """Name, filters or whether it opens first are changed; refused when another tab changed it meanwhile (F13)."""
    own = _own_views(by)
    found = next((row for row in own if row.pk == view.pk), None)
    if found is None:
        raise CannotSaveView(_("This view is no longer there."))
    view = found
    if view.version != version:
        current = {"name": view.name, "filters": view.filters, "is_default": view.is_default, "version": view.version}
        raise Outdated(_("This view was changed meanwhile. Look at both and save again."), entered=entered, current=current, rule="F13")
    if "name" in entered:
        _check_name(entered["name"], [row for row in own if row != view])
    if entered.get("is_default"):
        _no_default(by)
    for field, value in entered.items():
        setattr(view, field, value.strip() if field == "name" else value)
    view.version += 1
    view.save()
    return view


@transaction.atomic
def delete_view(*, view: SavedView, by: User, now: datetime) -> None:
    """It is gone; the default is none then, if it was the one."""
    SavedView.objects.filter(pk=view.pk, person=by).delete()


@transaction.atomic
def order_views(*, ids: list[int], by: User, now: datetime) -> list[SavedView]:
    """The views stand in this order; every own view must be named once."""
    own = {view.pk: view for view in _own_views(by)}
    if sorted(ids) != sorted(own):
        raise CannotSaveView(_("The list of views has changed meanwhile. Load it again."))
    for position, pk in enumerate(ids, start=1):
        own[pk].position = position
    SavedView.objects.bulk_update(own.values(), ["position"])
    return [own[pk] for pk in ids]


def _own_views(by: User) -> list[SavedView]:
    """With the person locked, so that two tabs don't save one after the other what together can't be."""
    User.objects.select_for_update(of=("self",)).get(pk=by.pk)
    return list(SavedView.objects.filter(person=by).order_by("position", "pk"))


def _check_name(name: str, others: list[SavedView]) -> None:
    if any(view.name == name.strip() for view in others):
        raise CannotSaveView(_("Another view has this name already."))


def _no_default(by: User) -> None:
    SavedView.objects.filter(person=by, is_default=True).update(is_default=False)
