"""A4: appeal, decision, waiver."""

from datetime import timedelta

import pytest
from django.utils import translation

from audit.selectors import trail_of
from duties.models import Duty
from duties.selectors import working_time
from penalties.choices import EventState
from penalties.models import Appeal, PenaltyEvent
from penalties.services_appeals import CannotAppeal, CannotDecide, appeal, decide_appeal, waive
from staff.choices import Role
from staff.models import Notice
from tests.factories import make_event, make_user
from tests.penalties.makers import DAY, HOUR, TEN

pytestmark = pytest.mark.django_db


def test_appeal_opens_a_duty_for_the_gm_office(event, collector, judge):
    row = appeal(event_id=event.pk, text=" The bank's server was down. ", by=collector, now=TEN + HOUR)

    event.refresh_from_db()
    duty = Duty.objects.unmet().about(row).get()
    assert (event.state, row.text) == ("appealed", "The bank's server was down.")
    assert (duty.kind_id, duty.holder, duty.path) == ("appeal", judge, f"/penalties/{event.pk}/")
    assert trail_of(event).first().action == "penalty.appealed"
    assert Notice.objects.filter(recipient=judge, values__person=str(collector)).exists()


@pytest.mark.parametrize(
    ("text", "own", "later", "what"),
    [
        ("x", False, HOUR, "person concerned"),
        ("  ", True, HOUR, "grounds"),
        ("x", True, 14 * DAY, "ended"),
    ],
    ids=["somebody else's event", "without grounds", "after five working days"],
)
def test_appeal_is_refused(event, collector, text, own, later, what):
    with translation.override("en"), pytest.raises(CannotAppeal, match=what):
        appeal(event_id=event.pk, text=text, by=collector if own else make_user(), now=TEN + later)

    event.refresh_from_db()
    assert (event.state, Appeal.objects.count()) == ("recorded", 0)


def test_appeal_is_open_until_close_of_the_fifth_working_day(event, collector):
    close = working_time().close_after(TEN, 5)
    with pytest.raises(CannotAppeal):
        appeal(event_id=event.pk, text="x", by=collector, now=close)

    appeal(event_id=event.pk, text="x", by=collector, now=close - timedelta(seconds=1))

    assert Appeal.objects.count() == 1


def test_appeal_twice_is_refused(event, collector):
    appeal(event_id=event.pk, text="x", by=collector, now=TEN + HOUR)

    with pytest.raises(CannotAppeal):
        appeal(event_id=event.pk, text="again", by=collector, now=TEN + HOUR)

    assert Appeal.objects.get().text == "x"


def test_appeal_of_the_only_judge_is_refused_in_words(judge):
    own = make_event(judge)

    with translation.override("en"), pytest.raises(CannotAppeal, match="Nobody in the GM office"):
        appeal(event_id=own.pk, text="x", by=judge, now=TEN + HOUR)


@pytest.mark.parametrize(("uphold", "state"), [(True, EventState.UPHELD), (False, EventState.WAIVED)], ids=["turned down", "granted"])
def test_decide_appeal_ends_the_matter(event, collector, judge, uphold, state):
    row = appeal(event_id=event.pk, text="x", by=collector, now=TEN + HOUR)

    decide_appeal(event_id=event.pk, uphold=uphold, decision="looked into", by=judge, now=TEN + 2 * HOUR)

    event.refresh_from_db()
    row.refresh_from_db()
    assert (event.state, row.decided_by, row.decision) == (state, judge, "looked into")
    assert (event.waived_by, event.waiver_reason) == ((None, "") if uphold else (judge, "looked into"))
    assert Duty.objects.about(row).get().state == "met"
    assert Notice.objects.filter(recipient=collector, created_at=TEN + 2 * HOUR).count() == 1


def test_decide_appeal_is_not_for_those_involved(event, collector, judge):
    appeal(event_id=event.pk, text="x", by=collector, now=TEN + HOUR)

    for involved in (collector, collector.team.lead):
        with pytest.raises(CannotDecide):
            decide_appeal(event_id=event.pk, uphold=False, decision="mine", by=involved, now=TEN + 2 * HOUR)

    event.refresh_from_db()
    assert event.state == "appealed"


def test_decide_appeal_needs_an_appeal_and_a_reason(event, collector, judge):
    with pytest.raises(CannotDecide):
        decide_appeal(event_id=event.pk, uphold=True, decision="x", by=judge, now=TEN + HOUR)
    appeal(event_id=event.pk, text="x", by=collector, now=TEN + HOUR)
    with pytest.raises(CannotDecide):
        decide_appeal(event_id=event.pk, uphold=True, decision=" ", by=judge, now=TEN + HOUR)

    event.refresh_from_db()
    assert event.state == "appealed"


def test_waive_keeps_the_event_and_who_why_when(event, judge):
    waive(event_id=event.pk, reason="power cut", by=judge, now=TEN + HOUR)

    event.refresh_from_db()
    assert (event.state, event.waived_by, event.waived_at, event.waiver_reason) == ("waived", judge, TEN + HOUR, "power cut")
    assert trail_of(event).first().reason == "power cut"


def test_waive_is_refused_twice_for_oneself_and_under_appeal(event, collector, judge):
    own, appealed = make_event(judge), make_event(collector)
    make_user(Role.GM_OFFICE)
    appeal(event_id=appealed.pk, text="x", by=collector, now=TEN + HOUR)
    waive(event_id=event.pk, reason="x", by=judge, now=TEN + HOUR)

    for refused in (event, own, appealed):
        with pytest.raises(CannotDecide):
            waive(event_id=refused.pk, reason="y", by=judge, now=TEN + 2 * HOUR)

    assert set(PenaltyEvent.objects.filter(pk__in=[own.pk, appealed.pk]).values_list("state", flat=True)) == {"recorded", "appealed"}
    assert PenaltyEvent.objects.get(pk=event.pk).waiver_reason == "x"
