import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from assignment.choices import Holdings, Mode, Reason
from assignment.models import AssignmentPlan
from assignment.selectors.figures import Figures, figures_of
from assignment.selectors.situation import standings_of
from assignment.services.applying import apply_plan
from assignment.services.plans import make_plan
from audit.context import origin
from cases.choices import PlacementState
from cases.models import Placement
from collection.lib.errors import Refused
from staff.models import User


class Command(BaseCommand):
    help = "Plan who gets a placement's cases, and with --apply assign them."

    def add_arguments(self, parser) -> None:
        parser.add_argument("placement", help="a placement's id or code")
        parser.add_argument("--mode", choices=Mode.values, default=Mode.BOTH.value)
        parser.add_argument("--holdings", choices=Holdings.values, default=Holdings.CUMULATIVE.value)
        parser.add_argument("--apply", action="store_true", help="assign the cases at once")
        parser.add_argument("--by", metavar="USERNAME", help="who does it; the team's lead when not given")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        placement = _placement(options["placement"])
        if placement.team is None:
            raise CommandError(f"Placement {placement} has no team.")
        by, now = _person(options["by"], placement), timezone.now()
        try:
            with origin("manage.py plan_assignment"):
                plan = make_plan(placement=placement, team=placement.team, mode=options["mode"], holdings=options["holdings"], by=by, now=now)
                figures = figures_of(plan, standings_of(plan.team, placement.client, now=now))
                if options["apply"]:
                    plan = apply_plan(plan_id=plan.pk, version=plan.version, by=by, now=now)
        except Refused as refusal:
            raise CommandError(f"{refusal} ({refusal.rule})" if refusal.rule else str(refusal)) from refusal
        answer = _answer(plan, figures)
        self.stdout.write(json.dumps(answer, ensure_ascii=False, indent=2) if options["json"] else _in_words(answer))


def _placement(text: str) -> Placement:
    """By id, or by code: of several clients' placements of one code, none is guessed."""
    live = Placement.objects.exclude(state__in=[PlacementState.FAILED, PlacementState.CANCELLED, PlacementState.UNDONE]).select_related("client", "team__lead")
    found = list(live.filter(code=text)[:2])
    if len(found) > 1:
        raise CommandError(f"Several placements have the code {text!r}: give the id.")
    if not found and text.isdecimal():
        found = list(live.filter(pk=text))
    if not found:
        raise CommandError(f"There is no placement {text!r}.")
    return found[0]


def _person(username: str | None, placement: Placement) -> User:
    if not username:
        if placement.team.lead is None:
            raise CommandError(f"Team {placement.team} has no lead: give --by.")
        return placement.team.lead
    person = User.objects.filter(username=username, is_active=True).first()
    if person is None:
        raise CommandError(f"There is no person {username!r}.")
    return person


def _answer(plan: AssignmentPlan, figures: Figures) -> dict[str, Any]:
    left = plan.lines.filter(collector=None).select_related("case").order_by("case__case_no")
    return {
        "plan": plan.pk,
        "placement": plan.placement_id,
        "mode": plan.mode,
        "holdings": plan.holdings,
        "collectors": [
            {
                "id": load.person.pk,
                "staff_no": load.person.staff_no,
                "name": load.person.name,
                "before_count": load.before_count,
                "before_amount": f"{load.before_amount:.2f}",
                "new_count": load.new_count,
                "new_amount": f"{load.new_amount:.2f}",
                "after_count": load.after_count,
                "after_amount": f"{load.after_amount:.2f}",
                "obstacles": load.labels,
            }
            for load in figures.loads
        ],
        "spread_count": int(figures.count.width),
        "spread_amount": f"{figures.amount.width:.2f}",
        "spread_amount_share": round(float(figures.amount.ratio), 8),
        "unassigned": [{"case": line.case_id, "case_no": line.case.case_no, "reason": line.reason, "text": str(Reason(line.reason).label)} for line in left],
        "applied": plan.state == "applied",
    }


def _in_words(answer: dict[str, Any]) -> str:
    lines = [f"plan {answer['plan']} ({answer['mode']}), {'applied' if answer['applied'] else 'not applied'}"]
    lines += [
        f"  {row['name']:<12} {row['before_count']:>6} + {row['new_count']:<6} = {row['after_count']:<6} {row['before_amount']:>16} → {row['after_amount']:>16}"
        for row in answer["collectors"]
    ]
    lines.append(f"spread: {answer['spread_count']} cases, {answer['spread_amount']} yuan; {len(answer['unassigned'])} cases without a collector")
    return "\n".join(lines)
