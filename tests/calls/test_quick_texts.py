"""Texts at hand for a note: the company's and one's own (C3.3, CR-31)."""

from datetime import timedelta

import pytest

from calls.models import QuickText
from calls.selectors import quick_texts_for, summary_of
from calls.services.quick_texts import BadQuickText, remove_quick_text, save_quick_text
from tests.calls.conftest import TEN
from tests.factories import make_caller, make_contact, make_record


@pytest.fixture(autouse=True)
def _none_of_the_companys_own(db):
    QuickText.objects.all().delete()


def titles(person):
    return list(quick_texts_for(person).values_list("title", flat=True))


def test_a_lead_keeps_the_companys_and_everybody_their_own(caller, lead):
    save_quick_text(title="已核实", text="已核实身份，客户知悉欠款。", is_shared=True, by=lead, now=TEN)
    save_quick_text(title="我的", text="客户要求晚间联系。", by=caller, now=TEN)

    assert (sorted(titles(caller)), titles(lead)) == (["已核实", "我的"], ["已核实"])


def test_a_collector_doesnt_change_the_companys(caller, lead):
    shared = save_quick_text(title="已核实", text="已核实身份。", is_shared=True, by=lead, now=TEN)

    with pytest.raises(BadQuickText):
        save_quick_text(title="新", text="x", is_shared=True, by=caller, now=TEN)
    with pytest.raises(BadQuickText):
        save_quick_text(quick_text_id=shared.pk, title="改", text="x", by=caller, now=TEN)
    with pytest.raises(BadQuickText):
        remove_quick_text(quick_text_id=shared.pk, by=caller, now=TEN)

    assert titles(caller) == ["已核实"]


def test_somebody_elses_text_is_not_there(caller, team):
    """S01"""
    own = save_quick_text(title="我的", text="x", by=caller, now=TEN)

    with pytest.raises(BadQuickText):
        save_quick_text(quick_text_id=own.pk, title="改", text="y", by=make_caller(team=team), now=TEN)

    assert QuickText.objects.get().text == "x"


@pytest.mark.parametrize("text", ["再不还就坐牢", "再不还就“坐牢”", "“再不还就坐牢”"])
def test_cr_31_a_text_that_may_not_be_said_is_not_offered(caller, text):
    """CR-31: nobody is quoted by a text that is written beforehand."""
    with pytest.raises(BadQuickText) as refusal:
        save_quick_text(title="威胁", text=text, by=caller, now=TEN)

    assert (refusal.value.rule, QuickText.objects.count()) == ("CR-31", 0)


def test_a_title_is_used_once_and_free_again_when_removed(caller):
    first = save_quick_text(title="我的", text="x", by=caller, now=TEN)
    with pytest.raises(BadQuickText):
        save_quick_text(title="我的", text="y", by=caller, now=TEN)

    remove_quick_text(quick_text_id=first.pk, by=caller, now=TEN)

    assert save_quick_text(title="我的", text="y", by=caller, now=TEN).text == "y"
    assert titles(caller) == ["我的"]


def test_c33_the_next_call_opens_with_a_summary_of_the_last_ones(case, caller, django_assert_num_queries):
    """C3.3"""
    make_contact(case, "friend", phone="13922223333")
    spoken = make_record(case, caller, "RTP", at=TEN - timedelta(days=3), note="下月谈")
    for hour in (5, 4, 3):
        last = make_record(case, caller, "NOAS", at=TEN - timedelta(hours=hour))

    with django_assert_num_queries(4):
        found = summary_of(case)

    assert (len(found.calls), found.calls[0], found.last_spoken, found.failures_in_row) == (3, last, spoken, 3)
    assert (found.promise, found.broken_in_row, found.flags) == (None, 0, [])
