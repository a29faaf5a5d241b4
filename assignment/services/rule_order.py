"""The order in which assignment rules are asked."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from assignment.models import AssignmentRule
from assignment.services.refusals import BadRule
from assignment.services.steering import save_rule
from staff.models import User

# Room for a rule between two others.
STEP = 10


@transaction.atomic
def order_rules(*, ids: Sequence[int], by: User, now: datetime) -> int:
    """The rules are asked in this order from the next plan on. Returns how many got another priority."""
    rows = {row.pk: row for row in AssignmentRule.objects.select_for_update(of=("self",)).order_by("pk")}
    if sorted(ids) != sorted(rows):
        raise BadRule(_("Somebody entered or changed rules meanwhile. Load the page again."))
    changed = 0
    for place, pk in enumerate(ids, start=1):
        if rows[pk].priority != place * STEP:
            save_rule(rule_id=pk, version=None, priority=place * STEP, by=by, now=now)
            changed += 1
    return changed
