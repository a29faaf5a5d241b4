"""The timetable, readable by the owner: what runs by itself, and how often.

Nothing here carries work: each entry only looks at tables and does what it finds. A tick that is late, lost or
doubled changes nothing.
"""

MINUTE = 60.0
DAY = 24 * 60 * MINUTE

SCHEDULE = {
    "beat and the urgent worker are alive": {"task": "operations.tasks.beat", "schedule": 30.0},
    "the worker of long jobs is alive": {"task": "operations.tasks.beat_bulk", "schedule": 30.0, "options": {"queue": "bulk"}},
    "broken-off imports go on": {"task": "cases.tasks.resume_imports", "schedule": MINUTE},
    "missed duties are recorded": {"task": "penalties.tasks.enforce_duties", "schedule": MINUTE},
    "holders are warned before time is over": {"task": "duties.tasks.warn_holders", "schedule": MINUTE},
    "waiting print runs are drawn": {"task": "letters.tasks.print_waiting_runs", "schedule": MINUTE},
    "promises whose day is over are broken": {"task": "calls.tasks.break_promises", "schedule": 10 * MINUTE},
    "notices go out by e-mail": {"task": "staff.tasks.mail_notices", "schedule": MINUTE},
    "long exports are made": {"task": "staff.tasks.make_exports", "schedule": MINUTE, "options": {"queue": "bulk"}},
    "the embedded broker is swept": {"task": "operations.tasks.sweep_broker", "schedule": DAY},
}
