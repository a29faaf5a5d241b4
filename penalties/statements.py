"""The two INSERT … SELECT that make enforcement cost the same for one missed duty as for ten thousand (A4).

The ORM has no INSERT … SELECT. Both are plain SQL that SQLite and PostgreSQL understand; only the building of JSON differs.
What is still to be recorded is exactly the partial index `duties_missed_to_record`: missed, and no `recorded_at`.
"""

from datetime import datetime

from django.db import connection

from audit.context import current_origin
from audit.services import SYSTEM

EVENTS = """
INSERT INTO penalties_penaltyevent (duty_id, rule_id, person_id, team_id, due_at, points, recorded_at, state, waiver_reason)
SELECT duty.id, rule.id, duty.missed_holder_id, holder.team_id, duty.due_at, COALESCE(rule.points, 0), %s, 'recorded', ''
FROM duties_duty duty
JOIN staff_user holder ON holder.id = duty.missed_holder_id
LEFT JOIN penalties_penaltyrule rule
  ON rule.duty_kind_id = duty.kind_id AND rule.valid_from <= duty.due_at AND (rule.valid_to IS NULL OR rule.valid_to > duty.due_at)
WHERE duty.missed_at IS NOT NULL AND duty.recorded_at IS NULL
ORDER BY duty.due_at, duty.id
ON CONFLICT (duty_id) DO NOTHING
"""

TRAIL = """
INSERT INTO audit_auditevent (at, action, actor, actor_id, subject_type, subject_id, subject, changes, reason, origin)
SELECT %s, 'penalty.recorded', %s, NULL, 'penalties.penaltyevent', CAST(event.id AS varchar(40)),
  SUBSTR(holder.name || ' · ' || kind.name_zh || ' · ' || duty.subject, 1, 200), {changes}, '', %s
FROM duties_duty duty
JOIN penalties_penaltyevent event ON event.duty_id = duty.id
JOIN staff_user holder ON holder.id = event.person_id
JOIN duties_dutykind kind ON kind.code = duty.kind_id
WHERE duty.missed_at IS NOT NULL AND duty.recorded_at IS NULL
ORDER BY event.id
"""

CHANGES = {
    "postgresql": "jsonb_build_object('person', jsonb_build_array(NULL, holder.name), 'points', jsonb_build_array(NULL, event.points))",
    "sqlite": "json_object('person', json_array(NULL, holder.name), 'points', json_array(NULL, event.points))",
}

# One enforcer at a time: what is still unrecorded after the first statement is then exactly what this one recorded.
LOCK = 4_020_001


def lock_enforcement() -> None:
    """Wait for another enforcer to finish. SQLite's writers wait for each other anyway."""
    if connection.vendor == "postgresql":
        _execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])


def insert_events(now: datetime) -> int:
    """One event for each missed duty that has none, with the rule in force when it was due. Returns how many."""
    return _execute(EVENTS, [connection.ops.adapt_datetimefield_value(now)])


def insert_trail(now: datetime) -> int:
    """The audit events of what `insert_events` has just recorded, in the same transaction."""
    statement = TRAIL.format(changes=CHANGES[connection.vendor])
    return _execute(statement, [connection.ops.adapt_datetimefield_value(now), SYSTEM, current_origin()])


def _execute(statement: str, values: list) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.rowcount
