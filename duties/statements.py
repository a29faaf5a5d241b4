"""The claim of what is late, as text for the one statement that records it (`penalties.statements`): only this app says which duties are over."""

# What is over now, and what an earlier hand-over or a late "done" settled as missed. Both come from partial indexes, whatever the number of open duties.
# A row that somebody is just changing is left for the next minute.
LATE = """
fresh AS MATERIALIZED (
  SELECT id, kind_id, due_at, met_at, cancelled_at, TRUE AS is_fresh FROM duties_duty
  WHERE met_at IS NULL AND missed_at IS NULL AND cancelled_at IS NULL AND paused_at IS NULL AND due_at <= %(now)s
  FOR UPDATE SKIP LOCKED
),
settled AS MATERIALIZED (
  SELECT id, kind_id, due_at, met_at, cancelled_at, FALSE AS is_fresh FROM duties_duty
  WHERE missed_at IS NOT NULL AND recorded_at IS NULL
  FOR UPDATE SKIP LOCKED
)"""

# Missed at its due time, by who held it then; recorded now where that is due (`is_ripe`). One change of the row for both.
CLAIM = """
UPDATE duties_duty duty
SET missed_at = duty.due_at, missed_holder_id = COALESCE(duty.missed_holder_id, duty.holder_id),
  recorded_at = CASE WHEN late.is_ripe THEN CAST(%(now)s AS timestamptz) END
FROM late WHERE duty.id = late.id AND (late.is_fresh OR late.is_ripe)
RETURNING duty.id, duty.kind_id, duty.missed_holder_id AS person_id, duty.due_at, duty.met_at, duty.subject, late.is_fresh, late.is_ripe"""
