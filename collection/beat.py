"""The timetable, readable by the owner: what runs by itself, and how often.

Nothing here carries work: each entry only looks at tables and does what it finds. A tick that is late, lost or
doubled changes nothing.
"""

SCHEDULE = {
    "beat and worker are alive": {"task": "operations.tasks.beat", "schedule": 30.0},
}
