"""What assignment says about people to the apps below: what keeps somebody here, and who may be handed a lead's duty."""

from django.utils.translation import gettext as _

from assignment.models import Assignment, TeamShare
from cases.choices import ENDED
from cases.models import Placement
from duties.models import Duty
from staff.choices import Role
from staff.models import Team, User
from staff.selectors import teams_led_by


def still_holding(person: User) -> str:
    """Why this person can't leave yet: live cases are handed over first. "" when there are none."""
    held = Assignment.objects.open().filter(collector=person).exclude(case__state__in=ENDED).count()
    return _("%(person)s still holds %(count)s live cases; hand them over first.") % {"person": person, "count": held} if held else ""


def cannot_assign(duty: Duty, person: User) -> str:
    """Why this person can't take over a duty to assign cases: it is for who leads the team, stands in for the lead, or is head office. "" when
    they can."""
    team = _team_of(duty)
    may = person.has_perm("assignment.assign_cases") and (person.has_role(Role.GM_OFFICE) or teams_led_by(person).filter(pk=team and team.pk).exists())
    return (
        "" if may else _("%(person)s can't assign the cases of %(team)s. Choose its deputy, or somebody of the GM office.") % {"person": person, "team": team}
    )


def _team_of(duty: Duty) -> Team | None:
    model = TeamShare if duty.subject_type == TeamShare._meta.label_lower else Placement
    row = model.objects.select_related("team").filter(pk=duty.subject_id).first()
    return row.team if row else None
