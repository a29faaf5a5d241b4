"""Sign-in, password, inbox and preferences, through the doors."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils.translation import gettext_noop

from audit.models import AuditEvent
from staff.choices import Role
from staff.models import Notice
from staff.services import notify
from tests.factories import MONDAY_9AM, PASSWORD, make_user

pytestmark = pytest.mark.django_db


def sign_in_with(client, person, password=PASSWORD, **extra):
    return client.post("/sign-in/", {"username": person.username, "password": password} | extra)


# --- Sign-in ----------------------------------------------------------------------------------------------------------


def test_sign_in_leads_to_the_page_that_was_asked_for():
    person = make_user()
    client = Client()

    asked = client.get("/inbox/")
    response = sign_in_with(client, person, next="/inbox/")

    assert asked["Location"] == "/sign-in/?next=/inbox/"
    assert response["Location"] == "/inbox/"


@pytest.mark.parametrize("target", ["//evil.example", "https://evil.example/", "javascript:alert(1)", "/\\evil.example", "http:///evil.example"])
def test_sign_in_never_leads_to_another_site(target):
    """S40"""
    person = make_user()

    response = sign_in_with(Client(), person, next=target)

    assert response["Location"] == "/"


def test_session_gets_a_new_name_at_sign_in():
    """Fixation: a session planted before the sign-in is worth nothing after it."""
    person, client = make_user(), Client()
    planted = client.session
    planted["seen"] = True
    planted.save()
    client.cookies["sessionid"] = planted.session_key

    sign_in_with(client, person)

    assert client.session.session_key != planted.session_key
    assert not Session.objects.filter(session_key=planted.session_key).exists()


def test_wrong_passwords_pause_the_sign_in_of_this_name_only(settings):
    """S28"""
    settings.AXES_FAILURE_LIMIT = 3
    person, colleague = make_user(), make_user()

    answers = [sign_in_with(Client(), person, "wrong").status_code for _ in range(3)]
    paused = sign_in_with(Client(), person)
    other = sign_in_with(Client(), colleague)

    assert answers == [200, 200, 429]
    assert paused.status_code == 429
    assert "15" in paused.content.decode()
    assert "_auth_user_id" not in paused.client.session
    assert other["Location"] == "/"


@pytest.mark.parametrize("username", ["nobody-of-this-name", "closed", "person"])
def test_refused_sign_in_does_not_tell_who_exists(username):
    make_user(username="closed", is_active=False)
    make_user(username="person")

    response = Client().post("/sign-in/", {"username": username, "password": "wrong"})

    assert "用户名或密码不正确" in response.content.decode()


def test_sign_out_needs_a_post(sign_in):
    client = sign_in(make_user())

    by_link, by_form = client.get("/sign-out/"), client.post("/sign-out/")

    assert by_link.status_code == 405
    assert by_form["Location"] == "/sign-in/"
    assert "_auth_user_id" not in client.session


# --- Password -----------------------------------------------------------------------------------------------------------


def test_password_set_by_somebody_else_must_be_changed_first(sign_in):
    client = sign_in(make_user(must_change_password=True))

    page, fragment, form = client.get("/inbox/"), client.get("/pulse/", headers={"HX-Request": "true"}), client.get("/password/")

    assert page["Location"] == "/password/"
    assert fragment.status_code == 204
    assert form.status_code == 200


def test_changed_password_opens_the_desk_signs_other_browsers_out_and_is_on_the_trail(sign_in):
    person = make_user(must_change_password=True)
    here, elsewhere = sign_in(person), sign_in(person)
    new = "another-long-secret"

    response = here.post("/password/", {"old_password": PASSWORD, "new_password1": new, "new_password2": new})

    person.refresh_from_db()
    assert response["Location"] == "/"
    assert person.check_password(new)
    assert not person.must_change_password
    assert here.get("/").status_code == 200
    assert elsewhere.get("/").status_code == 302
    assert AuditEvent.objects.filter(action="person.password_changed", actor_id=person.pk).count() == 1


def test_weak_password_is_refused_beside_its_field_and_nothing_changes(sign_in):
    person = make_user(must_change_password=True)

    response = sign_in(person).post("/password/", {"old_password": PASSWORD, "new_password1": "12345678", "new_password2": "12345678"})

    person.refresh_from_db()
    assert person.check_password(PASSWORD)
    assert person.must_change_password
    assert 'id="id_new_password2_error"' in response.content.decode()


# --- Inbox ----------------------------------------------------------------------------------------------------------------


def tell(*people, path="/inbox/", hours=0):
    return notify(people, gettext_noop("You now hold: %(duty)s, due %(due)s."), now=MONDAY_9AM + timedelta(hours=hours), path=path, duty="D", due="soon")


def test_inbox_shows_own_notices_latest_first(sign_in):
    me, other = make_user(), make_user()
    first, second = tell(me)[0], tell(me, hours=1)[0]
    tell(other)

    response = sign_in(me).get("/inbox/")

    assert [line["pk"] for line in response.context["table"]] == [second.pk, first.pk]


def test_opened_notice_is_read_and_leads_to_its_page(sign_in):
    me = make_user()
    notice = tell(me, path="/duties/")[0]

    response = sign_in(me).get(f"/inbox/{notice.pk}/")

    notice.refresh_from_db()
    assert response["Location"] == "/duties/"
    assert notice.read_at is not None


def test_notice_never_leads_to_another_site(sign_in):
    me = make_user()
    notice = tell(me, path="//evil.example/")[0]

    response = sign_in(me).get(f"/inbox/{notice.pk}/")

    assert response["Location"] == "/inbox/"


def test_notice_of_somebody_else_is_not_there_and_stays_unread(sign_in):
    notice = tell(make_user())[0]

    response = sign_in(make_user()).get(f"/inbox/{notice.pk}/")

    notice.refresh_from_db()
    assert response.status_code == 404
    assert notice.read_at is None


def test_all_own_notices_are_marked_as_read_and_nobody_elses(sign_in):
    me, other = make_user(), make_user()
    tell(me, other)

    sign_in(me).post("/inbox/read/", {"ids": [str(Notice.objects.get(recipient=other).pk)]})
    untouched = Notice.objects.unread().count()
    sign_in(me).post("/inbox/read/")

    assert untouched == 2
    assert [notice.recipient for notice in Notice.objects.unread()] == [other]


@pytest.mark.parametrize("text", ["9" * 30, "9" * 5000, "x"])
def test_reading_notices_that_are_none_reads_none(sign_in, text):
    """An id beyond all measure among the chosen ones is no error, and is not "all of them"."""
    person = make_user()
    tell(person)

    answer = sign_in(person).post("/inbox/read/", {"ids": [text]})

    assert answer.status_code == 302
    assert Notice.objects.unread().count() == 1


# --- Preferences -----------------------------------------------------------------------------------------------------------


def test_theme_is_kept_on_the_person(sign_in):
    me = make_user()

    sign_in(me).post("/preferences/", {"theme": "dark"})

    me.refresh_from_db()
    assert me.theme == "dark"


def test_unknown_theme_is_refused(sign_in):
    me = make_user()

    response = sign_in(me).post("/preferences/", {"theme": '"><script>'})

    me.refresh_from_db()
    assert response.status_code == 400
    assert me.theme == "system"


def test_columns_are_kept_for_a_known_list_and_known_columns_only(sign_in):
    me = make_user()
    client = sign_in(me)

    client.post("/preferences/", {"list": "staff:inbox", "columns": ["created_at", "password"]})
    unknown = client.post("/preferences/", {"list": "no:such-list", "columns": ["x"]})

    me.refresh_from_db()
    assert me.preferences == {"lists": {"staff:inbox": {"columns": ["created_at"]}}}
    assert unknown.status_code == 404


def test_filter_is_saved_replaced_and_deleted(sign_in):
    me = make_user()
    client = sign_in(me)
    saved = []

    for values in ({"save_as": "mine", "query": "a=1&page=3"}, {"save_as": "mine", "query": "a=2"}, {"delete": "mine"}):
        client.post("/preferences/", {"list": "staff:inbox"} | values)
        me.refresh_from_db()
        saved.append(me.preferences["lists"]["staff:inbox"]["saved"])

    assert saved == [[{"name": "mine", "query": "a=1"}], [{"name": "mine", "query": "a=2"}], []]


def test_twenty_first_filter_is_refused(sign_in):
    me = make_user()
    client = sign_in(me)

    for number in range(21):
        client.post("/preferences/", {"list": "staff:inbox", "save_as": f"f{number}", "query": "a=1"})

    me.refresh_from_db()
    assert len(me.preferences["lists"]["staff:inbox"]["saved"]) == 20


def test_preferences_lead_back_to_our_own_pages_only(sign_in):
    """S40"""
    client = sign_in(make_user())

    inside = client.post("/preferences/", {"theme": "dark", "next": "/inbox/?page=2"})
    outside = client.post("/preferences/", {"theme": "dark", "next": "//evil.example/"})

    assert inside["Location"] == "/inbox/?page=2"
    assert outside["Location"] == "/"


def test_preferences_of_nobody_cannot_be_set():
    response = Client().post("/preferences/", {"theme": "dark"})

    assert response["Location"].startswith("/sign-in/")


@pytest.mark.parametrize("url", ["/inbox/", "/password/", "/", "/pulse/"])
def test_signed_in_pages_are_for_people_who_signed_in(url):
    assert Client().get(url)["Location"] == f"/sign-in/?next={url}"


@pytest.mark.parametrize("count", [1, 3])
def test_number_of_queries_of_the_inbox_does_not_grow(sign_in, django_assert_num_queries, count):
    me = make_user(Role.COLLECTOR)
    for hours in range(count):
        tell(me, hours=hours)
    client = sign_in(me)
    client.get("/inbox/")

    with django_assert_num_queries(7):
        client.get("/inbox/")
