"""What a person can do with plans, assignments and filtering tasks; one module for each group of verbs.

These names are the app's public door for the apps above.
"""

from assignment.services.applying import apply_plan, undo_plan
from assignment.services.limits import set_capacity, set_requirement
from assignment.services.plans import discard_plan, make_plan, move_lines, set_aside
from assignment.services.refusals import CannotPlan, CannotUndo, MayNotHold, NeedsReason, NotInDraft, StalePlan
from assignment.services.transfers import extend_filtering, finish_filtering, transfer_cases

__all__ = [
    "CannotPlan",
    "CannotUndo",
    "MayNotHold",
    "NeedsReason",
    "NotInDraft",
    "StalePlan",
    "apply_plan",
    "discard_plan",
    "extend_filtering",
    "finish_filtering",
    "make_plan",
    "move_lines",
    "set_aside",
    "set_capacity",
    "set_requirement",
    "transfer_cases",
    "undo_plan",
]
