"""What managers look at, in a real browser: charts are drawn, every number leads to its rows, and the calendar is edited by a click on a day."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import axe

pytestmark = pytest.mark.slow
CHARTED = ["duties", "activity", "recovery", "stages", "letters"]


def count_of(page: Page) -> int:
    return int(re.sub(r"\D", "", page.locator(".list-count").first.inner_text().split("/")[0]))


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_each_dashboard_draws_its_charts(desk, sit_down, theme):
    """A4 and the issue's figures: ECharts draws what the tables beneath say, and axe finds nothing serious with the charts drawn."""
    page = sit_down("gm1", theme=theme)

    undrawn, wrong = [], []
    for name in CHARTED:
        page.goto(f"{desk.url}/figures/{name}/")
        charts = page.locator(".figures-chart")
        expect(charts.first.locator("canvas, svg").first).to_be_visible()
        undrawn += [f"{name} {number}" for number in range(charts.count()) if charts.nth(number).locator("canvas, svg").count() != 1]
        wrong += [f"{name} {finding}" for finding in axe(page)]

    assert (undrawn, wrong) == ([], [])


def test_a_number_of_the_duty_board_opens_as_many_rows_and_leads_back(desk, sit_down):
    """A4"""
    page = sit_down("gm1")
    page.goto(f"{desk.url}/figures/duties/")
    number = page.locator("#kept-by-kind tbody a.figure").first
    shown = int(number.inner_text().replace(",", ""))

    number.click()

    assert count_of(page) == shown
    page.locator("a[href*='/figures/duties/']", has_text="返回").first.click()
    expect(page.locator("#kept-by-kind")).to_be_visible()


def test_a_day_is_made_a_rest_day_by_a_click_and_given_back_to_the_week(desk, sit_down):
    """A1–A4's clocks: a day on which nothing is due."""
    page = sit_down("gm1")
    page.goto(f"{desk.url}/calendar/?year=2026")
    day = page.locator("[data-day='2026-12-16']")

    for kind, name in (("rest", "系统搬迁"), ("week", "")):
        day.click()
        page.select_option("#day-form select[name=kind]", kind)
        page.fill("#day-form input[name=name]", name)
        with page.expect_navigation():
            page.locator("#day-form button[type=submit]").click()
        page.goto(f"{desk.url}/calendar/?year=2026")

        assert (day.get_attribute("data-kind"), day.get_attribute("data-name")) == (kind, name)
