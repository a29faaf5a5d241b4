"""How assignment says no."""

from collection.lib.errors import Refused


class CannotPlan(Refused):
    """There is nothing to plan, or the placement is not ready."""

    rule = "A2.1"


class StalePlan(Refused):
    """Somebody changed the plan, or what it was made from, meanwhile."""

    rule = "A2.2"


class NotInDraft(Refused):
    """The plan was applied, undone or discarded already."""


class MayNotHold(Refused):
    """The client's requirements or the capacity keep this person from the cases."""

    rule = "A2.2"


class CannotUndo(Refused):
    """Somebody has worked one of the cases."""


class NeedsReason(Refused):
    """Setting a case aside and transferring one need the lead's own words."""

    rule = "A2.1"


class BadRule(Refused):
    """A rule or a policy that says nothing, or contradicts itself."""

    rule = "A2.2"
