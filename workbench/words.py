"""What the queue says of a case and of the moment, in the reader's words."""

from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from cases.models import Case
from collection.lib.money import format_money
from compliance.choices import Channel, PolicyKey
from compliance.models import DebtorWish
from compliance.rules.layers import value_text
from compliance.rules.limitation import Limitation, Standing
from workbench.choices import Why
from workbench.rules import Timing


def reason_of(case: Case, *, now: datetime) -> str:
    """One line: why the case stands where it does. `case` is a row of the queue; no amount is said while it is masked (CR-17)."""
    amount = "—" if case.promise_amount is None else "¥ ***" if case.masked else format_money(case.promise_amount)
    values = {"amount": amount, "day": case.promise_due_on or "—"}
    match case.why:
        case Why.BROKEN:
            return _("%(amount)s were promised by %(day)s and not paid.") % values
        case Why.DUE_TODAY:
            return _("%(amount)s are promised by %(day)s.") % values
        case Why.FOLLOW_UP:
            return _("To be taken up again since %(moment)s.") % {"moment": f"{timezone.localtime(case.follow_up_at):%m-%d %H:%M}"}
        case Why.FILTERING:
            return _("To be filtered by %(moment)s.") % {"moment": f"{timezone.localtime(case.due_at):%m-%d %H:%M}"} if case.due_at else _("To be filtered.")
        case Why.UNTOUCHED:
            return _("Not worked for %(days)s days.") % {"days": (now - case.touched_at).days} if case.touched_at else _("Never worked yet.")
        case Why.HELD:
            return _("Stopped, complained of or disputed: nobody is called.")
    return _("To be taken up again on %(moment)s.") % {"moment": f"{timezone.localtime(case.follow_up_at):%m-%d %H:%M}"} if case.follow_up_at else ""


def timing_label(timing: str) -> str:
    """How good a moment it is to call (C3.2)."""
    return {
        Timing.GOOD: _("A good time to call"),
        Timing.FAIR: "",
        Timing.WEEKEND: _("Weekend: calls are better left to Monday"),
        Timing.MONTH_END: _("End of the month: not a good time to call"),
        Timing.HALF_DAY_END: _("Near the end of the morning or afternoon: not a good time to call"),
        Timing.CLOSED: _("Outside calling hours: nobody can be called now"),
    }[timing]


def limitation_words(one: Limitation) -> dict[str, str]:
    """What a case's page says of its limitation (CR-34); empty while there is time, or nobody knows."""
    values = {"day": one.ends_on, "days": one.days_left}
    match one.standing:
        case Standing.BARRED:
            text = _(
                "The limitation of this debt ended on %(day)s. Threaten no suit, and ask for no signature that gives up the defence without naming it (CR-34)."
            )
            return {"tone": "bad", "text": text % values}
        case Standing.IN_30:
            text = _("The limitation of this debt ends on %(day)s (days left: %(days)s). Ask for a letter with proof of delivery today (CR-34).")
            return {"tone": "bad", "text": text % values}
        case Standing.IN_90 | Standing.IN_180:
            text = _("The limitation of this debt ends on %(day)s (days left: %(days)s). Plan a letter with proof of delivery (CR-34).")
            return {"tone": "warn" if one.standing == Standing.IN_90 else "active", "text": text % values}
    return {"tone": "", "text": ""}


def wish_words(row: DebtorWish) -> str:
    """What a debtor asked for or agreed to, in one line."""
    value = row.value
    match row.key:
        case PolicyKey.WINDOW if row.is_consent:
            return _("Agreed: also %(hours)s") % {"hours": value_text(value)}
        case PolicyKey.WINDOW:
            return _("Only %(hours)s") % {"hours": value_text(value)}
        case PolicyKey.CHANNEL:
            return _("Only by: %(channel)s") % {"channel": Channel(value["only"]).label}
        case PolicyKey.LANGUAGE:
            return _("Language: %(language)s") % {"language": value["language"]}
        case PolicyKey.ATTEMPTS_PER_NUMBER if row.is_consent:
            return _("Agreed: %(count)s attempts a day on a number") % {"count": value["limit"]}
    return f"{row.get_key_display()}: {value['limit']}"
