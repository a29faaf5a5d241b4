"""The demo as a whole: the agency, some months of its work, and on demand a great many cases more."""

from collections.abc import Callable
from datetime import datetime

from django.db import transaction

from audit.models import AuditEvent
from audit.services import record
from cases.models import Case, Client
from duties.selectors import working_time
from workbench.demo.agency import BANKS, enter_leaves, make_agency
from workbench.demo.bulk import load_cases
from workbench.demo.earlier import FIRST, Earlier
from workbench.demo.news import News
from workbench.demo.papers import Papers
from workbench.demo.quarter import Quarter
from workbench.demo.story import BATCHES, Story
from workbench.demo.talk import Talk
from workbench.demo.timeline import Past

LOADED = "demo.loaded"
OWN_CASES = sum(batch.rows for batch in BATCHES if not batch.then and batch.stop in ("", "committed"))


def is_begun() -> bool:
    return Client.objects.filter(code=BANKS[0][0]).exists()


def is_loaded() -> bool:
    """The last thing that a load does is to say so on the trail."""
    return AuditEvent.objects.filter(action=LOADED).exists()


def load(*, scale: int, now: datetime, say: Callable[[str], None]) -> None:
    """The demo's data are there: about `scale` cases, of which some hundred went through the services step by step."""
    past = Past(now, working_time())
    agency = make_agency(past.at(FIRST + 3, 9))
    say(f"{len(agency.people)} people, {len(agency.teams)} teams, {len(agency.banks)} banks")
    story = Story(agency, past, scale=min(1.0, scale / OWN_CASES))
    story.plan()
    papers = Papers(agency, past, story.timeline)
    papers.plan()
    News(agency, past, story.timeline).plan()
    Talk(agency, past, story.timeline).plan()
    Earlier(agency, past, story.timeline).plan()
    Quarter(agency, past, story.timeline).plan()
    story.timeline.run()
    papers.appeal_some(now)
    enter_leaves(agency, now)
    say("some months of arrivals, imports, assignments, calls, payments, letters and penalties")
    if scale > OWN_CASES:
        load_cases(agency, scale - OWN_CASES, now=now, say=say)
    with transaction.atomic():
        record(LOADED, subject=agency["admin1"], by=None, at=now, changes={"cases": (None, Case.objects.count())})
