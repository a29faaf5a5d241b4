"""The timetable, readable by the owner: what runs by itself, and how often.

Nothing here carries work: each entry only looks at tables and does what it finds. A tick that is late, lost or
doubled changes nothing.
"""

from celery.schedules import crontab

MINUTE = 60.0
HOUR = 60 * MINUTE
DAY = 24 * HOUR

SCHEDULE = {
    "beat and the urgent worker are alive": {"task": "operations.tasks.beat", "schedule": 30.0},
    "the worker of long jobs is alive": {"task": "operations.tasks.beat_bulk", "schedule": 30.0, "options": {"queue": "bulk"}},
    "broken-off imports go on": {"task": "cases.tasks.resume_imports", "schedule": MINUTE},
    "broken-off plans go on": {"task": "assignment.tasks.resume_plans", "schedule": MINUTE},
    "untouched cases go on": {"task": "assignment.tasks.reassign_untouched", "schedule": crontab(hour=2, minute=0)},
    "lines of thrown-away plans are removed": {"task": "assignment.tasks.forget_thrown_away_plans", "schedule": crontab(hour=3, minute=0)},
    "what must not stay is removed": {"task": "cases.tasks.clean_up", "schedule": HOUR, "options": {"queue": "bulk"}},
    "missed duties are recorded": {"task": "penalties.tasks.enforce_duties", "schedule": MINUTE},
    "holders are warned before time is over": {"task": "duties.tasks.warn_holders", "schedule": MINUTE},
    "the calendar is known 45 days ahead": {"task": "duties.tasks.remind_of_calendar", "schedule": HOUR},
    "waiting print runs are drawn": {"task": "letters.tasks.print_waiting_runs", "schedule": MINUTE},
    "quality checks find somebody": {"task": "letters.tasks.catch_up_quality", "schedule": 10 * MINUTE},
    "broken-off letter batches go on": {"task": "letters.tasks.work_on_waiting_batches", "schedule": MINUTE},
    "letter rules ask": {"task": "letters.tasks.run_letter_rules", "schedule": crontab(hour="8-12", minute=30)},
    "silent letters are asked after": {"task": "letters.tasks.ask_after_silent_letters", "schedule": crontab(hour=9, minute=15)},
    "promises whose day is over are broken": {"task": "calls.tasks.break_promises", "schedule": 10 * MINUTE},
    "calls that nobody recorded are chased": {"task": "calls.tasks.chase_unrecorded_calls", "schedule": 5 * MINUTE},
    "inbound calls that nobody answered are forgotten": {"task": "calls.tasks.forget_unanswered_calls", "schedule": HOUR},
    "missing recordings are noticed": {"task": "calls.tasks.notice_missing_recordings", "schedule": 10 * MINUTE},
    "registry answers past their last day are used no more": {"task": "cases.tasks.expire_registry_answers", "schedule": HOUR, "options": {"queue": "bulk"}},
    "notices go out by e-mail": {"task": "staff.tasks.mail_notices", "schedule": MINUTE},
    "calls of past days are summed up": {"task": "figures.tasks.sum_up_calls", "schedule": crontab(hour=2, minute=30), "options": {"queue": "bulk"}},
    "tallies of cases are counted anew": {"task": "figures.tasks.count_tallies", "schedule": crontab(hour=2, minute=50), "options": {"queue": "bulk"}},
    "tallies of cases are folded": {"task": "figures.tasks.fold_tallies", "schedule": 10 * MINUTE, "options": {"queue": "bulk"}},
    "the morning's figures go out": {"task": "figures.tasks.send_digests", "schedule": MINUTE, "options": {"queue": "bulk"}},
    "long exports are made": {"task": "staff.tasks.make_exports", "schedule": MINUTE, "options": {"queue": "bulk"}},
    "answers kept for doubled requests are forgotten": {"task": "operations.tasks.forget_old_answers", "schedule": HOUR, "options": {"queue": "bulk"}},
    "the embedded broker is swept": {"task": "operations.tasks.sweep_broker", "schedule": DAY},
}
