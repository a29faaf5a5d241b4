"""The schedule's own arithmetic. No database, no clock."""

from datetime import date, datetime, timedelta

from duties.rules import WorkingTime


def appeal_until(recorded_at: datetime, days: int, working: WorkingTime) -> datetime:
    """Close of business so many working days after the event was recorded: the last moment for an appeal."""
    return working.close_after(recorded_at, days)


def month_after(month: date) -> date:
    """The first day of the following month."""
    return (month.replace(day=1) + timedelta(days=31)).replace(day=1)
