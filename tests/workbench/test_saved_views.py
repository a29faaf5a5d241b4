"""A person's own views of the queue: saved, renamed, deleted, put in order; nobody else's."""

from importlib import import_module

import pytest
from django.apps import apps
from django.urls import reverse

from staff.choices import Role
from tests.factories import MONDAY_9AM, make_caller, make_user
from workbench.models import SavedView
from workbench.services.saved_views import CannotSaveView, change_view, delete_view

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(sign_in, team):
    return sign_in(make_caller(team=team))


def send(desk, method, url, *args, **body):
    return getattr(desk, method)(reverse(f"workbench:{url}", args=args), body, content_type="application/json")


def save(desk, name, **body):
    return send(desk, "post", "api-views", **{"name": name, "filters": {"stage": "M3", "band": "3"}} | body).json()


def names(desk):
    return [(row["name"], row["is_default"]) for row in desk.get(reverse("workbench:api-views")).json()]


def test_a_view_is_saved_with_its_filters_and_comes_with_the_setup(desk):
    saved = save(desk, "M3 大额")

    assert saved["filters"] == {"stage": "M3", "band": "3"}
    assert desk.get(reverse("workbench:api-setup")).json()["views"] == [saved]


def test_one_view_at_most_is_the_default(desk):
    save(desk, "a", is_default=True)
    second = save(desk, "b", is_default=True)
    send(desk, "patch", "api-view", second["id"], version=1, is_default=True)

    assert names(desk) == [("a", False), ("b", True)]


def test_views_are_renamed_put_in_order_and_deleted(desk):
    first, second = save(desk, "a"), save(desk, "b")

    send(desk, "patch", "api-view", first["id"], version=1, name="c")
    send(desk, "post", "api-view-order", ids=[second["id"], first["id"]])
    ordered = names(desk)
    gone = send(desk, "delete", "api-view", second["id"])

    assert (ordered, gone.status_code, names(desk)) == ([("b", False), ("c", False)], 200, [("c", False)])


def test_a_change_over_anothers_is_refused_with_both_values(desk):
    """F13: two tabs; the first text stays."""
    view = save(desk, "a")
    send(desk, "patch", "api-view", view["id"], version=1, name="first tab")

    late = send(desk, "patch", "api-view", view["id"], version=1, name="second tab")

    assert (late.status_code, late.json()["rule"]) == (409, "F13")
    assert (late.json()["yours"], late.json()["theirs"]["name"], late.json()["theirs"]["version"]) == ({"name": "second tab"}, "first tab", 2)
    assert names(desk) == [("first tab", False)]


def test_a_view_that_another_tab_deletes_at_this_moment_is_refused(desk):
    """F13: not a fault of ours."""
    save(desk, "a")
    view = SavedView.objects.get()
    delete_view(view=SavedView.objects.get(), by=view.person, now=MONDAY_9AM)

    with pytest.raises(CannotSaveView):
        change_view(view=view, version=1, name="b", by=view.person, now=MONDAY_9AM)


def test_the_twenty_first_view_and_a_name_that_is_too_long_are_refused(desk):
    """As the API's description says: twenty at most, forty characters."""
    for number in range(20):
        save(desk, f"v{number}")

    one_more, long = (send(desk, "post", "api-views", name=name, filters={}) for name in ("more", "x" * 41))

    assert (one_more.status_code, "20" in one_more.json()["detail"]) == (409, True)
    assert (long.status_code, SavedView.objects.count()) == (400, 20)


def test_a_name_is_used_once_and_an_unknown_filter_is_left_out(desk):
    save(desk, "a")

    again = send(desk, "post", "api-views", name="a", filters={})
    odd = save(desk, "b", filters={"stage": "M1", "owner__password": "x"})

    assert (again.status_code, odd["filters"]) == (409, {"stage": "M1"})
    assert SavedView.objects.count() == 2


def test_an_order_that_leaves_a_view_out_is_refused(desk):
    first, _second = save(desk, "a"), save(desk, "b")

    answer = send(desk, "post", "api-view-order", ids=[first["id"]])

    assert (answer.status_code, [name for name, _default in names(desk)]) == (409, ["a", "b"])


def test_nobody_elses_view_is_there(desk, sign_in):
    """S01"""
    view, other = save(desk, "a"), sign_in(make_caller())

    answers = [send(other, "patch", "api-view", view["id"], version=1, name="x"), send(other, "delete", "api-view", view["id"])]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert (names(other), names(desk)) == ([], [("a", False)])


def test_who_may_not_call_has_no_views(sign_in):
    """S38"""
    assert sign_in(make_user(Role.QUALITY)).get(reverse("workbench:api-views")).status_code == 403


def test_cr_17_a_view_that_was_narrowed_by_an_amount_takes_its_band_or_says_that_it_lapsed(desk):
    """CR-17: amounts are no longer asked for."""
    for name, filters in (
        ("a", {"amount_min": "20000", "amount_max": "49999.99", "stage": "M3"}),
        ("b", {"amount_min": "100000"}),
        ("c", {"amount_min": "6000"}),
    ):
        view = save(desk, name)
        SavedView.objects.filter(pk=view["id"]).update(filters=filters)

    import_module("workbench.migrations.0011_views_by_band").use_bands(apps, None)

    shown = desk.get(reverse("workbench:api-views")).json()
    assert [(row["filters"], row["has_lapsed"]) for row in shown] == [
        ({"stage": "M3", "band": "3"}, False), ({"band": "5"}, False), ({"amount_min": "6000"}, True),
    ]  # fmt: skip
