"""The schedule's own arithmetic. No database, no clock."""

from datetime import datetime

from duties.rules import WorkingTime

APPEAL_DAYS = 5


def appeal_until(recorded_at: datetime, working: WorkingTime) -> datetime:
    """Close of business on the fifth working day after the event was recorded: the last moment for an appeal."""
    return working.close_after(recorded_at, APPEAL_DAYS)
