"""Every page of every role's navigation opens in both languages and both appearances, and axe finds nothing serious (WCAG 2.2 AA).

A page is the same HTML whichever database it was read from: on PostgreSQL they are opened, in one language; the other one, and axe's looks, are on SQLite.
"""

import os

import pytest

from tests.browser.conftest import axe

pytestmark = pytest.mark.slow
ON_POSTGRESQL = bool(os.environ.get("DATABASE_URL"))
ROLES = ["supply1", "data1", "lead1", "collector1", "centre1", "office1", "quality1", "gm1", "finance1", "admin1"]


@pytest.mark.parametrize(
    ("username", "language", "theme"),
    [*((role, "zh-hans", "light") for role in ROLES), *((role, "en", "dark") for role in ("lead1", "collector1", "gm1", "admin1") if not ON_POSTGRESQL)],
)
def test_the_pages_of_a_role_open_and_are_accessible(desk, sit_down, username, language, theme):
    page = sit_down(username, language=language, theme=theme)
    paths = page.eval_on_selector_all("nav a[href]", "links => [...new Set(links.map(link => link.getAttribute('href')))].filter(href => href.startsWith('/'))")

    wrong = []
    for path in paths:
        answer = page.goto(f"{desk.url}{path}")
        page.wait_for_load_state("networkidle" if "desk" in path else "load")
        if answer.status != 200:
            wrong.append(f"{path}: {answer.status}")
        if not ON_POSTGRESQL:
            wrong += [f"{path} {finding}" for finding in axe(page)]

    assert wrong == []


def test_a_page_that_does_not_exist_says_so_in_the_persons_language(desk, sit_down):
    page = sit_down("collector1")

    answer = page.goto(f"{desk.url}/cases/999999999/")

    assert answer.status == 404
    assert page.locator("html").get_attribute("lang").lower().startswith("zh")
