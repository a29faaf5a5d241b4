"""What stands round every page: navigation by role, the bell, the clock, language, appearance, safety headers, error pages."""

import logging

import pytest
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.urls import path
from django.utils.translation import gettext_noop

from collection.urls import handler400, handler403, handler404, handler500
from collection.urls import urlpatterns as product_urls
from duties.services import open_duty
from staff.choices import Role
from staff.services import notify
from tests.factories import MONDAY_9AM, make_arrival, make_user
from workbench.errors import csrf_failed
from workbench.navigation import NAVIGATION

pytestmark = pytest.mark.django_db

__all__ = ["handler400", "handler403", "handler404", "handler500"]


def fail(request):
    raise RuntimeError("secret detail of the inside")


def answer_with_own_caching(request):
    response = HttpResponse("x")
    response["Cache-Control"] = "private, max-age=5"
    return response


urlpatterns = [*product_urls, path("fail/", fail), path("own-caching/", answer_with_own_caching)]


def nav_of(response):
    return [item["url"] for group in response.context["shell"]["nav"] for item in group["items"]]


@pytest.mark.parametrize(
    ("role", "sees", "does_not_see"),
    [
        (Role.COLLECTOR, {"/", "/inbox/"}, {"/trail/", "/people/"}),
        (Role.ADMINISTRATOR, {"/", "/inbox/", "/calendar/", "/trail/", "/people/"}, {"/arrivals/"}),
        (Role.FINANCE, {"/", "/inbox/"}, {"/calendar/", "/letters/", "/trail/"}),
    ],
)
def test_navigation_shows_what_the_role_does(sign_in, role, sees, does_not_see):
    response = sign_in(make_user(role)).get("/")

    shown = set(nav_of(response))
    assert sees <= shown
    assert not does_not_see & shown


def test_keys_of_the_navigation_are_unique():
    keys = [item.key for group in NAVIGATION for item in group.items if item.key]

    assert sorted(keys) == sorted(set(keys))


def test_page_itself_is_marked_in_the_navigation(sign_in):
    content = sign_in(make_user()).get("/inbox/").content.decode()

    assert content.count('aria-current="page"') == 1


def test_bell_counts_own_unread_notices_only(sign_in):
    me = make_user()
    notify([me, make_user()], gettext_noop("You now hold: %(duty)s, due %(due)s."), now=MONDAY_9AM, duty="D", due="soon")

    content = sign_in(me).get("/pulse/").content.decode()

    assert 'data-unread="1"' in content


def test_clock_shows_the_most_pressing_duty_of_the_person(sign_in):
    me, arrival = make_user(Role.SUPPLY_CHAIN), make_arrival()
    open_duty(kind="intake", subject=arrival, holder=me, start=MONDAY_9AM, by=me, path="/arrivals/1/")
    open_duty(kind="import", subject=arrival, holder=make_user(), start=MONDAY_9AM, by=me, path="/theirs/")

    content = sign_in(me).get("/pulse/").content.decode()

    assert 'href="/arrivals/1/"' in content
    assert "data-countdown" in content
    assert "/theirs/" not in content


def test_shell_costs_two_queries_and_the_permissions(sign_in, django_assert_num_queries):
    client = sign_in(make_user(Role.COLLECTOR))

    with django_assert_num_queries(4):  # session, person, unread, duties
        client.get("/pulse/")


# --- Language and appearance -----------------------------------------------------------------------------------------------


def test_language_is_switched_and_stays_with_the_person(sign_in):
    me = make_user()

    answer = sign_in(me).post("/language/", {"language": "en", "next": "/inbox/"})
    elsewhere = sign_in(me).get("/inbox/")

    me.refresh_from_db()
    assert answer["Location"] == "/inbox/"
    assert me.language == "en"
    assert '<html lang="en"' in elsewhere.content.decode()
    assert "Mark" in elsewhere.content.decode() or "Inbox" in elsewhere.content.decode()


def test_language_before_the_sign_in_is_the_browsers_choice():
    client = Client()

    client.post("/language/", {"language": "en", "next": "/sign-in/"})

    assert "Sign in" in client.get("/sign-in/").content.decode()


def test_unknown_language_changes_nothing(sign_in):
    me = make_user()

    sign_in(me).post("/language/", {"language": "xx", "next": "//evil.example/"})

    me.refresh_from_db()
    assert me.language == "zh-hans"


def test_language_of_one_person_does_not_leak_into_the_next_request(sign_in):
    sign_in(make_user(language="en")).get("/")

    assert '<html lang="zh-hans"' in Client().get("/sign-in/").content.decode()


def test_dark_pages_come_dark_from_the_server(sign_in):
    content = sign_in(make_user(theme="dark")).get("/").content.decode()

    assert 'data-theme="dark" data-bs-theme="dark"' in content


# --- Safety -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("url", ["/", "/inbox/", "/sign-in/"])
def test_policy_allows_no_inline_script_and_no_other_site(sign_in, url):
    response = sign_in(make_user()).get(url)

    policy = response["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy


@pytest.mark.parametrize("url", ["/", "/inbox/", "/password/", "/search/"])
def test_pages_have_no_inline_script_style_or_handler(sign_in, url):
    content = sign_in(make_user(Role.COLLECTOR)).get(url).content.decode()

    for forbidden in (' style="', "<style", " onclick=", " onload=", "javascript:", "<script>"):
        assert forbidden not in content


def test_signed_in_pages_stay_out_of_every_cache(sign_in):
    client = sign_in(make_user())

    assert client.get("/")["Cache-Control"] == "no-store, private"
    assert client.get("/jsi18n/")["Cache-Control"] == "private, max-age=86400"


@pytest.mark.urls(__name__)
def test_view_may_say_otherwise_about_its_caching(sign_in):
    assert sign_in(make_user()).get("/own-caching/")["Cache-Control"] == "private, max-age=5"


def test_fragment_after_the_session_ended_sends_the_whole_page_to_the_sign_in():
    response = Client().get("/pulse/", headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/inbox/?page=2"})

    assert response.status_code == 204
    assert response["HX-Redirect"] == "/sign-in/?next=%2Finbox%2F%3Fpage%3D2"


# --- Errors --------------------------------------------------------------------------------------------------------------------


def test_missing_page_is_told_in_the_persons_language(sign_in):
    chinese, english = sign_in(make_user()).get("/no-such/"), sign_in(make_user(language="en")).get("/no-such/")

    assert chinese.status_code == english.status_code == 404
    assert "页面不存在" in chinese.content.decode()
    assert "There is nothing here" in english.content.decode()


def test_missing_api_answers_json(sign_in):
    response = sign_in(make_user()).get("/api/no-such/")

    assert response.status_code == 404
    assert set(response.json()) == {"detail", "rule"}


def test_page_without_permission_is_forbidden(sign_in):
    response = sign_in(make_user(Role.FINANCE)).get("/search/")

    assert response.status_code == 403
    assert "您没有权限" in response.content.decode()


@pytest.mark.urls(__name__)
def test_server_error_shows_a_reference_that_is_in_the_log_and_no_trace(sign_in, caplog):
    client = sign_in(make_user())
    client.raise_request_exception = False

    with caplog.at_level(logging.ERROR, logger="desk.errors"):
        response = client.get("/fail/")

    record = next(entry for entry in caplog.records if entry.name == "desk.errors")
    assert response.status_code == 500
    assert record.args[0] in response.content.decode()
    assert record.exc_info
    assert "secret detail" not in response.content.decode()


def test_expired_form_says_how_to_go_on():
    client = Client(enforce_csrf_checks=True)

    response = client.post("/sign-in/", {"username": "x", "password": "y"})

    assert response.status_code == 403
    assert "页面已失效" in response.content.decode()


def test_error_pages_need_no_database(django_assert_num_queries):
    with django_assert_num_queries(0):
        response = csrf_failed(RequestFactory().get("/"))

    assert response.status_code == 403


# --- API documentation ------------------------------------------------------------------------------------------------------------


def test_api_documentation_is_for_people_who_signed_in(sign_in):
    anonymous, page = Client(), sign_in(make_user()).get("/api/docs/")

    assert anonymous.get("/api/docs/").status_code == 302
    assert anonymous.get("/api/v1/schema/").status_code == 403
    assert page.status_code == 200
    assert "style-src 'self' 'unsafe-inline'" in page["Content-Security-Policy"]
    assert "script-src" not in page["Content-Security-Policy"]
