"""Annex 4: the form itself, edited in the browser. Each change is a new version; a filled form keeps its own for ever."""

import re
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from audit.services import record
from collection.lib.errors import Outdated
from letters.choices import ItemGroup
from letters.models import QualityForm
from letters.services.flow import need_permission
from letters.services.quality import BadForm
from staff.models import User

CODE = r"[a-z][a-z0-9_]{0,29}"
MOST_ITEMS = 40


@transaction.atomic
def save_quality_form(*, subject: str, items: list[dict], serious_below: int, valid_from: datetime, based_on: int, by: User, now: datetime) -> QualityForm:
    """A new version of the form, in force from `valid_from` (never in the past). `based_on` is the version that the person looked at: when a
    newer one came meanwhile, both are told and nothing is saved (F13)."""
    need_permission(by, "manage_quality")
    versions = QualityForm.objects.filter(subject=subject)
    versions.select_for_update().order_by("version").first()  # the first version is the lock: the newest is read once nobody else adds one
    last = versions.order_by("-version").first()
    if last.version != based_on:
        entered, current = {"items": items, "serious_below": serious_below}, {"items": last.items, "serious_below": last.serious_below}
        raise Outdated(_("The form was changed meanwhile. Look at both and save again."), entered=entered, current=current, rule="F13")
    _check_items(items)
    if not 0 < serious_below <= 100:
        raise BadForm(_("The points below which a form is serious are a number from 1 to 100."))
    if items == last.items and serious_below == last.serious_below:
        raise BadForm(_("Nothing was changed."))
    form = QualityForm.objects.create(
        subject=subject,
        name_zh=last.name_zh,
        name_en=last.name_en,
        items=items,
        serious_below=serious_below,
        version=last.version + 1,
        valid_from=max(valid_from, now),
        created_by=by,
    )
    changes = {"items": (last.items, items), "serious_below": (last.serious_below, serious_below), "version": (last.version, form.version)}
    record("quality_form.changed", subject=form, by=by, at=now, changes={name: pair for name, pair in changes.items() if pair[0] != pair[1]})
    return form


def _check_items(items: list[dict]) -> None:
    codes = [item["code"] for item in items]
    if not items or len(set(codes)) != len(codes):
        raise BadForm(_("The form needs at least one item, each with a code of its own."))
    if len(items) > MOST_ITEMS:
        raise BadForm(_("A form has at most %(most)s items.") % {"most": MOST_ITEMS})
    for item in items:
        if not re.fullmatch(CODE, item["code"]):
            raise BadForm(_("“%(code)s” is no code: small letters, digits and _.") % {"code": item["code"][:30]})
        if not item["name_zh"].strip() or not item["name_en"].strip() or item["group"] not in ItemGroup.values:
            raise BadForm(_("Item %(code)s needs a Chinese name, an English name and a group.") % {"code": item["code"]})
        if not 0 < item["slight"] <= item["general"] <= item["weight"] <= 100:
            raise BadForm(
                _("Item %(code)s: a slight defect costs at least 1 point and no more than an ordinary one, which costs no more than a serious one.")
                % {"code": item["code"]}
            )


def differences(before: QualityForm | None, after: QualityForm) -> list[dict[str, Any]]:
    """What a version changed against the one before it: [{"code", "field", "before", "after"}]; a whole item has no field."""
    return item_differences(before.items if before else [], after.items) + (
        [{"code": "", "field": "serious_below", "before": before.serious_below, "after": after.serious_below}]
        if before and before.serious_below != after.serious_below
        else []
    )


def item_differences(before: list[dict], after: list[dict]) -> list[dict[str, Any]]:
    old, new = {item["code"]: item for item in before}, {item["code"]: item for item in after}
    found = [{"code": code, "field": "", "before": old[code]["name_zh"], "after": ""} for code in old if code not in new]
    found += [{"code": code, "field": "", "before": "", "after": new[code]["name_zh"]} for code in new if code not in old]
    for code in new:
        if code in old:
            keys = [key for key in new[code] if old[code].get(key) != new[code][key]]
            found += [{"code": code, "field": key, "before": old[code].get(key), "after": new[code][key]} for key in keys]
    return found
