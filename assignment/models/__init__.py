"""Who may hold what (limits), what sends cases where (steering), plans, and who holds what (holding)."""

from assignment.models.holding import Assignment, FilteringTask, TeamShare
from assignment.models.limits import Capacity, ClientRequirement, LevelCapacity
from assignment.models.plan import AssignmentPlan, PlanLine, PlanWeight
from assignment.models.steering import AssignmentRule, ReassignPolicy

__all__ = [
    "Assignment",
    "AssignmentPlan",
    "AssignmentRule",
    "Capacity",
    "ClientRequirement",
    "FilteringTask",
    "LevelCapacity",
    "PlanLine",
    "PlanWeight",
    "ReassignPolicy",
    "TeamShare",
]
