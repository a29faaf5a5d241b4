"""Enforcement in SQL, so that it costs the same for one missed duty as for ten thousand (A4); and the rating that a simulation shares with it.

The ORM has no INSERT … SELECT. On PostgreSQL one statement claims what is late, rates it, and writes events and trail; SQLite can't change data inside
a WITH, so there the same parts run one after the other. What an event costs is said once, in `RATED`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils import timezone

from audit.context import current_origin
from audit.services import SYSTEM
from duties.statements import CLAIM, LATE

RULES = """
SELECT id, duty_kind_id, points, amount, grace_minutes, repeat_multiplier, valid_from, valid_to FROM penalties_penaltyrule"""

# The rules as they are, but for one kind the draft, whenever the duty was due.
DRAFTED = """
SELECT id, duty_kind_id, points, amount, grace_minutes, repeat_multiplier, valid_from, valid_to FROM penalties_penaltyrule WHERE duty_kind_id <> %(kind)s
UNION ALL
SELECT CAST(NULL AS bigint), %(kind)s, %(points)s, %(amount)s, %(grace_minutes)s, %(repeat_multiplier)s, CAST(NULL AS {moment}), CAST(NULL AS {moment})"""

# What each line of `hit` (id, kind_id, person_id, due_at, met_at) costs: the rule of its moment, nothing within the grace time or where exempt, more when
# repeated within its month. `earlier` are the (person, kind, month, number) that count before these.
RATED = """
graded AS (
  SELECT hit.id, hit.kind_id, hit.person_id, holder.team_id, hit.due_at, rule.id AS rule_id, rule.points, rule.amount, rule.repeat_multiplier,
    CASE WHEN {month} <= %(closed)s THEN {open_month} ELSE {month} END AS month,
    CASE WHEN rule.grace_minutes > 0 AND hit.met_at <= {grace_end} THEN 1 ELSE 0 END AS is_in_grace,
    (SELECT MIN(exemption.id) FROM penalties_exemption exemption
     WHERE exemption.starts_at <= hit.due_at AND exemption.ends_at > hit.due_at AND exemption.ended_at IS NULL
       AND (exemption.duty_kind_id IS NULL OR exemption.duty_kind_id = hit.kind_id)
       AND (exemption.person_id IS NULL OR exemption.person_id = hit.person_id)
       AND (exemption.team_id IS NULL OR exemption.team_id = holder.team_id)) AS exemption_id
  FROM hit
  JOIN staff_user holder ON holder.id = hit.person_id
  LEFT JOIN ({rules}) rule
    ON rule.duty_kind_id = hit.kind_id AND (rule.valid_from IS NULL OR rule.valid_from <= hit.due_at) AND (rule.valid_to IS NULL OR rule.valid_to > hit.due_at)
),
relieved AS (
  SELECT graded.*, CASE WHEN is_in_grace = 1 THEN 'grace' WHEN exemption_id IS NOT NULL THEN 'exemption' ELSE '' END AS relief FROM graded
),
numbered AS (
  SELECT relieved.*, COALESCE(earlier.number, 0) + COUNT(*) FILTER (WHERE relief = '')
    OVER (PARTITION BY relieved.person_id, relieved.kind_id, relieved.month ORDER BY relieved.due_at, relieved.id) AS repeat_no
  FROM relieved
  LEFT JOIN ({earlier}) earlier
    ON earlier.person_id = relieved.person_id AND earlier.kind_id = relieved.kind_id AND earlier.month = relieved.month
),
rated AS (
  SELECT id AS duty_id, rule_id, person_id, team_id, due_at, month, exemption_id, relief, CASE WHEN repeat_no > 1 THEN repeat_no ELSE 1 END AS repeat_no,
    CASE WHEN relief <> '' THEN 0 ELSE {points} END AS points,
    CASE WHEN relief <> '' OR NOT %(uses_money)s THEN 0 ELSE {amount} END AS amount
  FROM numbered
)"""

EARLIER = """
SELECT old.person_id, rule.duty_kind_id AS kind_id, old.month, COUNT(*) AS number
FROM penalties_penaltyevent old JOIN penalties_penaltyrule rule ON rule.id = old.rule_id
WHERE old.month IN (SELECT month FROM graded) AND old.person_id IN (SELECT person_id FROM graded) AND old.relief = '' AND old.state <> 'waived'
GROUP BY old.person_id, rule.duty_kind_id, old.month"""

NONE_EARLIER = "SELECT 0 AS person_id, '' AS kind_id, {open_month} AS month, 0 AS number"

EVENTS = """
INSERT INTO penalties_penaltyevent
  (duty_id, rule_id, person_id, team_id, due_at, month, points, amount, repeat_no, relief, exemption_id, recorded_at, state, waiver_reason)
SELECT duty_id, rule_id, person_id, team_id, due_at, month, points, amount, repeat_no, relief, exemption_id, {now}, 'recorded', '' FROM rated
WHERE 1 = 1 ORDER BY due_at, duty_id
ON CONFLICT (duty_id) DO NOTHING"""

TRAIL = """
INSERT INTO audit_auditevent (at, action, actor, actor_id, subject_type, subject_id, subject, changes, reason, origin)
SELECT {now}, 'penalty.recorded', %(system)s, NULL, 'penalties.penaltyevent', CAST(event.id AS varchar(40)),
  SUBSTR(holder.name || ' · ' || kind.name_zh || ' · ' || duty.subject, 1, 200), {changes}, '', %(origin)s
FROM {events} event
JOIN {duties} duty ON duty.id = event.duty_id
JOIN staff_user holder ON holder.id = event.person_id
JOIN duties_dutykind kind ON kind.code = duty.kind_id
{where}"""

# What is ripe to be recorded: done, withdrawn, or its grace time over.
RIPE = "(late.met_at IS NOT NULL OR late.cancelled_at IS NOT NULL OR COALESCE(rule.grace_minutes, 0) = 0 OR {grace_end} <= {now})"
RULE_OF_LATE = """LEFT JOIN penalties_penaltyrule rule
  ON rule.duty_kind_id = late.kind_id AND rule.valid_from <= late.due_at AND (rule.valid_to IS NULL OR rule.valid_to > late.due_at)"""

LATE_MARKED = """
SELECT late.id, late.kind_id, late.missed_holder_id AS person_id, late.due_at, late.met_at FROM duties_duty late
{rule} WHERE late.missed_at IS NOT NULL AND late.recorded_at IS NULL AND {ripe}"""

DIALECTS = {
    "postgresql": {
        "moment": "timestamptz",
        "now": "CAST(%(now)s AS timestamptz)",
        "month": "CAST(DATE_TRUNC('month', hit.due_at AT TIME ZONE %(zone)s) AS date)",
        "open_month": "CAST(%(open)s AS date)",
        "grace_end": "{row}.due_at + rule.grace_minutes * INTERVAL '1 minute'",
        "points": "CAST(ROUND(COALESCE(points, 0) * CASE WHEN repeat_no > 1 THEN repeat_multiplier ELSE 1 END) AS integer)",
        "amount": "ROUND(COALESCE(amount, 0) * CASE WHEN repeat_no > 1 THEN repeat_multiplier ELSE 1 END, 2)",
        "changes": "jsonb_build_object('person', jsonb_build_array(NULL, holder.name), 'points', jsonb_build_array(NULL, event.points))",
    },
    "sqlite": {
        "moment": "text",
        "now": "%(now)s",
        "month": "DATE(hit.due_at, %(offset)s, 'start of month')",
        "open_month": "%(open)s",
        "grace_end": "DATETIME({row}.due_at, '+' || rule.grace_minutes || ' minutes')",
        "points": "CAST(ROUND(COALESCE(points, 0) * CASE WHEN repeat_no > 1 THEN repeat_multiplier ELSE 1 END) AS integer)",
        "amount": "ROUND(COALESCE(amount, 0) * CASE WHEN repeat_no > 1 THEN repeat_multiplier ELSE 1 END, 2)",
        "changes": "json_object('person', json_array(NULL, holder.name), 'points', json_array(NULL, event.points))",
    },
}

# One enforcer at a time, so that repeats within a month are counted one after the other.
LOCK = 4_020_001


@dataclass(frozen=True)
class Terms:
    """What the rating needs to know besides the rules: the last closed month, the first open one, and whether money counts."""

    closed: date
    open: date
    uses_money: bool


def lock_enforcement() -> None:
    """Wait for another enforcer to finish. SQLite's writers wait for each other anyway."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])


def record_late(now: datetime, terms: Terms) -> tuple[int, list[tuple[int, int, int, int]]]:
    """PostgreSQL: claim, rate and record what is late. (newly missed, [(person, events, points, id of the last event)])."""
    words = DIALECTS["postgresql"]
    late = f"""late AS (
  SELECT late.*, {_ripe(words)} AS is_ripe FROM (SELECT * FROM fresh UNION ALL SELECT * FROM settled) late {RULE_OF_LATE}
)"""  # noqa: S608 -- only our own parts
    # The duty is read by its key again: joined with `claimed`, which has no index, ten thousand lines would be compared with ten thousand.
    trail = TRAIL.format(now=words["now"], changes=words["changes"], events="events", duties="duties_duty", where="")
    statement = f"""WITH {LATE}, {late}, claimed AS ({CLAIM}),
hit AS (SELECT * FROM claimed WHERE is_ripe), {_rated(words, RULES, EARLIER)},
events AS ({EVENTS.format(now=words["now"])} RETURNING id, duty_id, person_id, points),
lines AS ({trail})
SELECT person_id, COUNT(*), SUM(points), MAX(id), (SELECT COUNT(*) FROM claimed WHERE is_fresh) FROM events GROUP BY person_id
UNION ALL SELECT NULL, 0, 0, 0, COUNT(*) FROM claimed WHERE is_fresh ORDER BY 1 NULLS FIRST"""  # noqa: S608 -- only our own parts
    with _cursor_after(statement, _values(now, terms)) as cursor:
        rows = cursor.fetchall()
    return rows[0][4], [row[:4] for row in rows[1:]]


def insert_events(now: datetime, terms: Terms) -> int:
    """SQLite: one event for each duty that is marked as missed and ripe. Returns how many."""
    words = DIALECTS["sqlite"]
    hit = LATE_MARKED.format(rule=RULE_OF_LATE, ripe=_ripe(words))
    with _cursor_after(f"WITH hit AS ({hit}), {_rated(words, RULES, EARLIER)} {EVENTS.format(now=words['now'])}", _values(now, terms)) as cursor:
        return cursor.rowcount


def insert_trail(now: datetime, terms: Terms) -> int:
    """SQLite: the audit events of what `insert_events` has just recorded, in the same transaction."""
    words = DIALECTS["sqlite"]
    where = "WHERE duty.missed_at IS NOT NULL AND duty.recorded_at IS NULL ORDER BY event.id"
    statement = TRAIL.format(now=words["now"], changes=words["changes"], events="penalties_penaltyevent", duties="duties_duty", where=where)
    with _cursor_after(statement, _values(now, terms)) as cursor:
        return cursor.rowcount


def rated_month(month: date, terms: Terms, draft: dict[str, Any]) -> list[tuple]:
    """What the month's events would cost under a draft of one kind's rule, beside what they cost: [(person, team, events, points, amount, drafted points,
    drafted amount)]. Waived events cost nothing either way. Rated by the same text as enforcement."""
    words = DIALECTS[connection.vendor]
    hit = """SELECT duty.id, duty.kind_id, event.person_id, event.due_at, duty.met_at FROM penalties_penaltyevent event
JOIN duties_duty duty ON duty.id = event.duty_id WHERE event.month = %(simulated)s AND event.state <> 'waived'"""
    rated = _rated(words, DRAFTED.format(moment=words["moment"]), NONE_EARLIER.format(open_month=words["open_month"]))
    statement = f"""WITH hit AS ({hit}), {rated}
SELECT event.person_id, event.team_id, COUNT(*), SUM(event.points), SUM(event.amount), SUM(rated.points), SUM(rated.amount)
FROM rated JOIN penalties_penaltyevent event ON event.duty_id = rated.duty_id GROUP BY event.person_id, event.team_id"""  # noqa: S608
    values = _values(timezone.now(), terms) | draft | {"simulated": _plain(month)}
    with _cursor_after(statement, {name: _plain(value) for name, value in values.items()}) as cursor:
        return cursor.fetchall()


def _rated(words: dict[str, str], rules: str, earlier: str) -> str:
    named = {name: words[name] for name in ("month", "open_month", "points", "amount")}
    return RATED.format(rules=rules, earlier=earlier, grace_end=words["grace_end"].format(row="hit"), **named)


def _ripe(words: dict[str, str]) -> str:
    return RIPE.format(grace_end=words["grace_end"].format(row="late"), now=words["now"])


def _values(now: datetime, terms: Terms) -> dict[str, Any]:
    offset = timezone.localtime(now).utcoffset()
    return {
        "now": connection.ops.adapt_datetimefield_value(now),
        "closed": _plain(terms.closed),
        "open": _plain(terms.open),
        "uses_money": terms.uses_money,
        "zone": timezone.get_default_timezone_name(),
        "offset": f"{offset.total_seconds() / 3600:+} hours",
        "system": SYSTEM,
        "origin": current_origin(),
    }


def _plain(value: Any) -> Any:
    """As the database's driver takes it: SQLite knows neither days nor decimals."""
    if connection.vendor == "postgresql":
        return value
    if isinstance(value, Decimal):
        return float(value)
    return value.isoformat() if isinstance(value, date) and not isinstance(value, datetime) else value


@contextmanager
def _cursor_after(statement: str, values: dict[str, Any]) -> Iterator[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        yield cursor
