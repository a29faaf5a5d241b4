"""An assignment rule for its readers: in words, and how many cases would fit it now."""

from datetime import date
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from assignment.models import AssignmentRule
from cases.choices import CaseState
from cases.models import Case
from collection.lib.money import format_money


def conditions_of(rule: AssignmentRule) -> list[str]:
    """What the rule asks of a case, each in a few words."""
    lists = ((_("stage"), rule.stages), (_("region"), rule.regions), (_("product"), rule.products))
    said = [f"{name} {'、'.join(values)}" for name, values in lists if values]
    money = (rule.amount_from and format_money(rule.amount_from), rule.amount_to and format_money(rule.amount_to))
    for name, first, last in (
        (_("amount"), *money),
        (_("days overdue"), rule.overdue_from, rule.overdue_to),
        (_("age"), rule.age_from, rule.age_to),
    ):
        said += [_range(name, first, last)] if first is not None or last is not None else []
    return said


def _range(name: str, first: Any, last: Any) -> str:
    if first is None:
        return _("%(what)s up to %(last)s") % {"what": name, "last": last}
    if last is None:
        return _("%(what)s from %(first)s") % {"what": name, "first": first}
    return f"{name} {first} – {last}"


def targets_of(rule: AssignmentRule) -> str:
    return rule.team.name if rule.team else "、".join(str(person) for person in rule.people.all())


def state_of(rule: AssignmentRule, *, today: date) -> tuple[str, str]:
    """A badge: in force, not yet, over, off."""
    if not rule.is_active:
        return "quiet", _("Off")
    if rule.valid_from and rule.valid_from > today:
        return "waiting", _("From %(day)s") % {"day": f"{rule.valid_from:%Y-%m-%d}"}
    if rule.valid_until and rule.valid_until < today:
        return "quiet", _("Over")
    return "good", _("In force")


def fitting(asked: dict[str, Any], *, today: date) -> Q:
    """The condition that a case fits what a rule asks (`asked`: the model's field names), whichever rule would take it first.

    A region is written as the beginning of its name, as `rules.matching` reads it.
    """
    wanted = Q()
    if asked.get("client"):
        wanted &= Q(client=asked["client"])
    for field, name in (("stage", "stages"), ("product", "products")):
        if asked.get(name):
            wanted &= Q(**{f"{field}__in": asked[name]})
    if asked.get("regions"):
        region = Q()
        for start in asked["regions"]:
            region |= Q(region__startswith=start)
        wanted &= region
    for field, name in (("amount", "amount"), ("overdue_days", "overdue")):
        wanted &= _between(field, asked.get(f"{name}_from"), asked.get(f"{name}_to"))
    return wanted & _aged(asked.get("age_from"), asked.get("age_to"), today)


def _between(field: str, first: Any, last: Any) -> Q:
    wanted = Q()
    if first is not None:
        wanted &= Q(**{f"{field}__gte": first})
    return wanted & Q(**{f"{field}__lte": last}) if last is not None else wanted


def _aged(first: int | None, last: int | None, today: date) -> Q:
    """By the day of birth: at least `first` and at most `last` years old today."""
    wanted = Q()
    if first is not None:
        wanted &= Q(debtor__born_on__lte=_years_before(today, first))
    return wanted & Q(debtor__born_on__gt=_years_before(today, last + 1)) if last is not None else wanted


def _years_before(day: date, years: int) -> date:
    try:
        return day.replace(year=max(1, day.year - years))
    except ValueError:  # 29 February
        return day.replace(year=max(1, day.year - years), day=28)


def waiting_cases(cases: QuerySet[Case]) -> QuerySet[Case]:
    return cases.filter(state=CaseState.UNASSIGNED)


def count_fitting(rules: list[AssignmentRule], *, today: date) -> dict[int, int]:
    """How many unassigned cases fit each rule now. One query, however many rules."""
    counts = {f"rule_{rule.pk}": Count("pk", filter=fitting(vars_of(rule), today=today)) for rule in rules}
    found = waiting_cases(Case.objects.all()).aggregate(**counts) if counts else {}
    return {rule.pk: found[f"rule_{rule.pk}"] for rule in rules}


def vars_of(rule: AssignmentRule) -> dict[str, Any]:
    names = ("stages", "regions", "products", "amount_from", "amount_to", "overdue_from", "overdue_to", "age_from", "age_to")
    return {"client": rule.client_id} | {name: getattr(rule, name) for name in names}
