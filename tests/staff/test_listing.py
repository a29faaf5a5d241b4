"""The list component (ui.md, "Lists"): the address holds the state, and a million rows answer like fifty."""

import io
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.exceptions import PermissionDenied
from openpyxl import load_workbook

from audit.models import AuditEvent
from staff import listing
from staff.choices import Role
from staff.models import ListExport, Notice
from staff.services import choose_columns, save_filter
from staff.services_exports import claim_export, drop_old_exports, request_export
from staff.tasks import make_exports
from tests.factories import MONDAY_9AM, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.staff.list_urls")]
URL = "/tests/people/"


def make_rows(count, **fields):
    return [make_user(username=f"row{number:03}", name=f"某人{number:03}", **fields) for number in range(count)]


@pytest.fixture
def reader():
    return make_user(Role.ADMINISTRATOR)


@pytest.fixture
def browser(reader, sign_in):
    return sign_in(reader)


def names_in(response):
    return [line["row"].name for line in response.context["table"]]


def test_list_shows_rows_latest_first_and_counts_them(browser):
    make_rows(3)

    response = browser.get(URL)

    assert names_in(response) == ["某人002", "某人001", "某人000"]
    assert response.context["count_text"] == "3 条"


def test_list_pages_on_the_server(browser):
    make_rows(60)

    response = browser.get(URL, {"page": 2})

    assert len(names_in(response)) == 10
    assert response.context["range_text"] == "第 51–60 条，共 60 条"


@pytest.mark.parametrize("size", ["7", "100000", "-1", "x", "²"])
def test_page_size_that_is_not_offered_is_ignored(browser, size):
    make_rows(60)

    response = browser.get(URL, {"size": size})

    assert len(names_in(response)) == 50


def test_declared_column_sorts_and_says_so(browser):
    make_rows(2)

    response = browser.get(URL, {"sort": "name"})

    assert names_in(response) == ["某人000", "某人001"]
    assert 'aria-sort="ascending"' in response.content.decode()


@pytest.mark.parametrize("sort", ["password", "-password", "team__lead__password", "--name", "username"])
def test_column_that_is_not_declared_for_sorting_does_not_sort(browser, sort):
    make_rows(2)

    response = browser.get(URL, {"sort": sort})

    assert names_in(response) == ["某人001", "某人000"]


def test_filter_narrows_and_shows_chips_in_the_users_words(browser):
    make_rows(2)
    make_user(username="rowdark", name="夜猫子", theme="dark")

    response = browser.get(URL, {"theme": "dark", "sort": "name"})

    assert names_in(response) == ["夜猫子"]
    assert response.context["chips"] == [{"label": "Theme", "value": "The dark one", "clear": f"{URL}?sort=name"}]
    assert response.context["clear_url"] == f"{URL}?sort=name"


def test_filter_that_cannot_be_read_finds_nothing_and_says_why(browser):
    make_rows(2)

    response = browser.get(URL, {"joined": "no date"})

    assert names_in(response) == []
    assert 'role="alert"' in response.content.decode()


def test_paging_alone_is_not_a_filter(browser):
    make_rows(2)

    response = browser.get(URL, {"page": "1", "sort": "name"})

    assert not response.context["filter"].is_bound


def test_filter_without_rows_offers_to_clear_it(browser):
    make_rows(1)

    response = browser.get(URL, {"name": "nobody of this name"})

    assert "清除筛选" in response.content.decode()
    assert "Nobody is here" not in response.content.decode()


def test_empty_list_teaches_and_offers_the_first_step(browser):
    response = browser.get(URL)

    content = response.content.decode()
    assert "Nobody is here" in content
    assert "Enter somebody" in content


def test_action_without_its_permission_is_not_offered(sign_in):
    make_rows(1)

    content = sign_in(make_user(Role.COLLECTOR)).get(URL).content.decode()

    assert "Enter somebody" not in content
    assert "data-check" not in content


def test_htmx_gets_the_table_only(browser):
    make_rows(1)

    content = browser.get(URL, headers={"HX-Request": "true", "HX-Target": "list"}).content.decode()

    assert content.lstrip().startswith("<section")
    assert "<html" not in content


def test_names_are_escaped(browser):
    make_user(username="rowx", name="<script>alert(1)</script>")

    content = browser.get(URL).content.decode()

    assert "<script>alert(1)" not in content
    assert "&lt;script&gt;alert(1)" in content


def test_chosen_columns_are_shown_in_the_lists_own_order(browser, reader):
    make_rows(1)
    choose_columns(by=reader, list_name="tests:people", columns=["username", "name"])

    response = browser.get(URL)

    assert response.context["shown_keys"] == ["name", "username"]


def test_saved_filters_are_offered(browser, reader):
    save_filter(by=reader, list_name="tests:people", name="夜班", query="theme=dark&page=4")

    content = browser.get(URL).content.decode()

    assert f'href="{URL}?theme=dark"' in content


def test_count_stops_at_the_cap(browser, monkeypatch):
    monkeypatch.setattr(listing, "COUNTED_UP_TO", 2)
    make_rows(4)

    response = browser.get(URL)

    assert response.context["count_text"] == "2+ 条"
    assert response.context["range_text"] == "第 1–2 条，共 2+ 条"


@pytest.mark.parametrize("count", [1, 3])
def test_number_of_queries_does_not_grow_with_the_rows(browser, team, django_assert_num_queries, count):
    make_rows(count, team=team)
    browser.get(URL)

    with django_assert_num_queries(7):  # session, person, roles and rights, count, rows, unread, duties
        browser.get(URL)


def cells_of(response):
    sheet = load_workbook(io.BytesIO(b"".join(response.streaming_content) if response.streaming else response.content)).active
    return [[cell.value for cell in row] for row in sheet.iter_rows()]


def test_export_carries_what_is_shown_its_maker_and_a_serial_number_of_the_trail(browser, reader):
    make_rows(2)

    response = browser.get(URL, {"export": "xlsx", "sort": "name"})

    event = AuditEvent.objects.get(action="list.exported")
    rows = cells_of(response)
    assert rows[0] == ["Name", "Number", "Team", "Theme", "Joined"]
    assert [row[0] for row in rows[1:3]] == ["某人000", "某人001"]
    assert reader.name in rows[-1][0]
    assert str(event.pk) in rows[-1][0]
    assert event.changes == {"tests:people": [None, 2]}


def test_export_never_writes_a_formula(browser):
    make_user(username="rowf", name='=HYPERLINK("http://evil","x")')

    book = load_workbook(io.BytesIO(browser.get(URL, {"export": "xlsx"}).content))

    cell = book.active["A2"]
    assert cell.data_type == "s"
    assert cell.value.startswith("=HYPERLINK")


@pytest.fixture
def long_list(monkeypatch):
    """Three rows are too many to wait for."""
    monkeypatch.setattr(listing, "EXPORTED_AT_ONCE", 1)
    make_rows(3)


def test_long_export_is_made_meanwhile_and_its_maker_is_told(browser, reader, long_list):
    asked = browser.get(URL, {"export": "xlsx", "sort": "name", "page": "1"})
    make_exports.run()

    export = ListExport.objects.get()
    notice = Notice.objects.get(recipient=reader)
    rows = cells_of(browser.get(notice.path))
    assert asked["Location"] == f"{URL}?sort=name"
    assert (export.state, export.rows) == ("done", 3)
    assert [row[0] for row in rows[1:4]] == ["某人000", "某人001", "某人002"]
    assert AuditEvent.objects.filter(action="list.exported").count() == 1


def test_long_export_asked_for_twice_is_made_once(browser, long_list):
    for _time in range(2):
        browser.get(URL, {"export": "xlsx"})

    assert ListExport.objects.count() == 1


def test_long_export_is_for_its_maker_only(browser, sign_in, long_list):
    browser.get(URL, {"export": "xlsx"})
    make_exports.run()

    response = sign_in(make_user(Role.ADMINISTRATOR)).get(f"/exports/{ListExport.objects.get().pk}/")

    assert response.status_code == 404


def test_long_export_whose_maker_lost_the_right_is_not_made(browser, reader, long_list, monkeypatch):
    browser.get(URL, {"export": "xlsx"})
    monkeypatch.setattr("tests.staff.list_urls.PeopleTable.export_permission", "cases.export_cases")

    with pytest.raises(PermissionDenied):
        make_exports.run()

    assert ListExport.objects.get().file.name == ""


def test_export_that_breaks_its_worker_twice_is_given_up_and_told(reader):
    export = request_export(title="T", address=URL, by=reader, now=MONDAY_9AM)

    claims = [claim_export(now=MONDAY_9AM + timedelta(minutes=minutes)) for minutes in (0, 1, 61, 62, 123, 124)]

    export.refresh_from_db()
    assert [claim and claim.pk for claim in claims] == [export.pk, None, export.pk, None, None, None]
    assert export.state == "failed"
    assert Notice.objects.filter(recipient=reader).count() == 1


def test_files_of_old_exports_are_deleted(browser, long_list):
    browser.get(URL, {"export": "xlsx"})
    make_exports.run()
    export = ListExport.objects.get()
    place = export.file.path

    dropped = drop_old_exports(now=export.finished_at + timedelta(days=7, seconds=1))

    assert dropped == 1
    assert not Path(place).exists()
    assert browser.get(f"/exports/{export.pk}/").status_code == 404


def test_export_of_an_unreadable_filter_is_refused(browser):
    make_rows(2)

    response = browser.get(URL, {"export": "xlsx", "joined": "no date"})

    assert response.status_code == 302
    assert not AuditEvent.objects.filter(action="list.exported").exists()


def test_export_that_needs_a_permission_is_not_there_without_it(browser, reader):
    make_rows(1)

    page, export = browser.get("/tests/guarded/"), browser.get("/tests/guarded/", {"export": "xlsx"})

    assert not page.context["may_export"]
    assert export.status_code == 404
