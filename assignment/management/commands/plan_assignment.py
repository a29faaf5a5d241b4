import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from assignment.choices import Holdings, Mode, PlanLevel, Reason, Scope
from assignment.models import AssignmentPlan
from assignment.selectors.figures import Figures
from assignment.selectors.overview import overview_of
from assignment.services.applying import apply_plan
from assignment.services.making import make_plan
from audit.context import origin
from cases.models import Case, Placement
from collection.lib.errors import Refused
from staff.models import Team, User


class Command(BaseCommand):
    help = "Plan who gets a placement's cases, and with --apply assign them."

    def add_arguments(self, parser) -> None:
        parser.add_argument("placement", nargs="?", help="a placement's id or code; not for the pool")
        parser.add_argument("--level", choices=PlanLevel.values, default=PlanLevel.PEOPLE.value, help="give the cases to people of a team, or to teams")
        parser.add_argument("--pool", action="store_true", help="plan the team's cases that are back in the pool")
        parser.add_argument("--cases", metavar="CASE_NO,…", help="plan only these cases of the placement")
        parser.add_argument("--team", metavar="NAME", help="the team whose people get the cases; the placement's when not given")
        parser.add_argument("--weights", metavar="STAFF_NO=SHARE,…", help="shares for the mode weights (of teams: NAME=SHARE); by results when not given")
        parser.add_argument("--mode", choices=Mode.values, default=Mode.BOTH.value)
        parser.add_argument("--holdings", choices=Holdings.values, default=Holdings.CUMULATIVE.value)
        parser.add_argument("--apply", action="store_true", help="assign the cases at once")
        parser.add_argument("--by", metavar="USERNAME", help="who does it; the team's lead when not given")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        asked, now = _asked(options), timezone.now()
        by = _person(options["by"], asked["team"])
        try:
            with origin("manage.py plan_assignment"):
                plan = make_plan(**asked, by=by, now=now)
                figures = overview_of(plan, now=now).figures
                if options["apply"]:
                    plan = apply_plan(plan_id=plan.pk, version=plan.version, by=by, now=now)
        except Refused as refusal:
            raise CommandError(f"{refusal} ({refusal.rule})" if refusal.rule else str(refusal)) from refusal
        answer = _answer(plan, figures)
        self.stdout.write(json.dumps(answer, ensure_ascii=False, indent=2) if options["json"] else _in_words(answer))


def _asked(options: dict[str, Any]) -> dict[str, Any]:
    """The arguments of `make_plan`."""
    placement = _placement(options["placement"]) if options["placement"] else None
    if (placement is None) != options["pool"]:
        raise CommandError("Give a placement, or --pool.")
    scope = Scope.POOL if options["pool"] else Scope.SELECTION if options["cases"] else Scope.PLACEMENT
    asked = {"mode": options["mode"], "holdings": options["holdings"], "level": options["level"], "scope": scope, "placement": placement}
    asked["team"] = None if options["level"] == PlanLevel.TEAMS else _team(options["team"], placement)
    if options["cases"]:
        numbers = options["cases"].split(",")
        asked["case_ids"] = list(Case.objects.filter(placement=placement, case_no__in=numbers).values_list("pk", flat=True))
    if options["weights"]:
        asked["weights"] = _weights(options["weights"], for_teams=options["level"] == PlanLevel.TEAMS)
    return asked


def _team(name: str | None, placement: Placement | None) -> Team:
    team = Team.objects.select_related("lead").filter(name=name).first() if name else placement and placement.team
    if team is None:
        raise CommandError(f"There is no team {name!r}." if name else f"Placement {placement} has no team: give --team.")
    return team


def _weights(text: str, *, for_teams: bool) -> dict[int, int]:
    found = {}
    for part in text.split(","):
        name, _equals, share = part.partition("=")
        row = Team.objects.filter(name=name).first() if for_teams else User.objects.filter(staff_no=name).first()
        if row is None or not share.isdecimal():
            raise CommandError(f"{part!r} is no share: write for instance A0012=120.")
        found[row.pk] = int(share)
    return found


def _placement(text: str) -> Placement:
    """By id, or by code: of several clients' placements of one code, none is guessed."""
    live = Placement.objects.filter(undone_at=None).select_related("client", "team__lead")
    found = list(live.filter(code=text)[:2])
    if len(found) > 1:
        raise CommandError(f"Several placements have the code {text!r}: give the id.")
    if not found and text.isdecimal():
        found = list(live.filter(pk=text))
    if not found:
        raise CommandError(f"There is no placement {text!r}.")
    return found[0]


def _person(username: str | None, team: Team | None) -> User:
    if not username:
        if team is None or team.lead is None:
            raise CommandError(f"Team {team} has no lead: give --by." if team else "Head office plans for teams: give --by.")
        return team.lead
    person = User.objects.filter(username=username, is_active=True).first()
    if person is None:
        raise CommandError(f"There is no person {username!r}.")
    return person


def _answer(plan: AssignmentPlan, figures: Figures) -> dict[str, Any]:
    left = plan.lines.filter(collector=None, team=None).select_related("case").order_by("case__case_no")
    return {
        "plan": plan.pk,
        "placement": plan.placement_id,
        "level": plan.level,
        "scope": plan.scope,
        "mode": plan.mode,
        "holdings": plan.holdings,
        "teams" if plan.for_teams else "collectors": [
            {
                "id": load.person.pk,
                **({} if plan.for_teams else {"staff_no": load.person.staff_no}),
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
        "reasons": {reason: count for reason, _label, count in figures.reasons},
        "unassigned": [{"case": line.case_id, "case_no": line.case.case_no, "reason": line.reason, "text": str(Reason(line.reason).label)} for line in left],
        "applied": plan.state == "applied",
    }


def _in_words(answer: dict[str, Any]) -> str:
    lines = [f"plan {answer['plan']} ({answer['mode']}), {'applied' if answer['applied'] else 'not applied'}"]
    lines += [
        f"  {row['name']:<12} {row['before_count']:>6} + {row['new_count']:<6} = {row['after_count']:<6} {row['before_amount']:>16} → {row['after_amount']:>16}"
        for row in answer.get("collectors") or answer["teams"]
    ]
    lines.append(f"spread: {answer['spread_count']} cases, {answer['spread_amount']} yuan; {len(answer['unassigned'])} cases without a collector")
    return "\n".join(lines)
