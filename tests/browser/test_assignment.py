"""The lead's same-day work in a real browser: plan, move by keyboard and by dragging, apply, undo; head office to teams; rules and shifts (A2.1, A2.2)."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import axe

pytestmark = pytest.mark.slow
CODE = "BCB-20261123-01"  # the demo's placement that waits for a plan: sixty cases, four collectors, one of them barred by the bank


def yes(page: Page) -> None:
    page.locator("dialog[open] button").last.click()


def open_placement(page: Page, desk, code: str = CODE) -> None:
    page.goto(f"{desk.url}/assignment/?which=all&q={code}")
    page.locator("#list tbody tr", has_text=code).locator("a").first.click()
    page.wait_for_url(re.compile(r"/assignment/placements/\d+/"))


def plan(page: Page) -> None:
    page.click("form.plan-choice button[type=submit]")
    page.wait_for_selector("#plan-page")


def new_count(page: Page, name: str) -> int:
    return int(page.locator(f"#loads-table [data-load][data-name='{name}']").get_attribute("data-new-count"))


def wait_for_new_count(page: Page, name: str, count: int) -> None:
    expect(page.locator(f"#loads-table [data-load][data-name='{name}']")).to_have_attribute("data-new-count", str(count))


def row_of(page: Page, name: str) -> Locator:
    """The first case that goes to this person."""
    return page.locator("#list tbody tr", has=page.locator(".person-name", has_text=name)).first


def test_a_lead_plans_drags_applies_and_undoes(desk, sit_down):
    """A2.1, A2.2"""
    page = sit_down("lead2")
    open_placement(page, desk)
    plan(page)
    expect(page.locator("#loads-chart canvas")).to_be_visible()
    assert axe(page) == []

    before = new_count(page, "吴海涛"), new_count(page, "郑雅文")
    row = row_of(page, "吴海涛")
    case = row.get_attribute("data-name")
    row.drag_to(page.locator("#takers .taker[data-name='郑雅文']"))
    wait_for_new_count(page, "郑雅文", before[1] + 1)
    assert new_count(page, "吴海涛") == before[0] - 1
    expect(page.locator("#list tbody tr", has_text=case)).to_contain_text("手工调整")

    page.locator("form[action*='/apply/'] button").click()
    expect(page.locator("dialog[open]")).to_contain_text("3 名催收员")
    yes(page)
    page.locator("form[action*='/undo/'] button").click()
    yes(page)
    expect(page.locator("#plan-note")).to_contain_text("已撤销")
    expect(page.locator("form[action*='/apply/']")).to_have_count(0)


def test_a_lead_moves_by_keyboard_alone(desk, sit_down):
    """A2.2: moves by hand, without a mouse."""
    page = sit_down("lead2", theme="dark")
    open_placement(page, desk)
    plan(page)
    assert axe(page) == []
    page.goto(f"{page.url.split('?')[0]}?to={_taker(page, '吴海涛')}")
    before = new_count(page, "孙鹏飞")

    for key in ("j", "x", "j", "x", "m"):
        page.keyboard.press(key)
    for _step in range(page.locator("#move-to option").count()):
        if page.locator("#move-to option:checked").inner_text() == "孙鹏飞":
            break
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    wait_for_new_count(page, "孙鹏飞", before + 2)
    page.locator("#list tbody tr").first.locator("[data-check]").check()
    page.fill("#aside-reason", "银行待撤案")
    page.click("button[formaction*='/set-aside/']")
    expect(page.locator(".figures")).to_contain_text("已搁置 1 件")


def _taker(page: Page, name: str) -> str:
    return page.locator(f"#takers .taker[data-name='{name}']").get_attribute("data-drop")


def test_a_stale_plan_is_made_again_by_one_click(desk, sit_down):
    """A2.2: the plan says when it is stale."""
    page = sit_down("lead2")
    open_placement(page, desk)
    plan(page)
    old = page.url
    page.goto(f"{desk.url}/capacities/")
    page.locator("#list tbody tr", has_text="吴海涛").locator("a").first.click()
    most = page.locator("input[name=max_new_per_day]")
    most.fill(str(int(most.input_value()) - 1))
    page.click("main form.card button[type=submit]")
    page.goto(old)

    expect(page.locator("form[action*='/apply/']")).to_have_count(0)
    page.locator(".alert-act button").click()

    page.wait_for_url(lambda url: url != old)
    expect(page.locator("form[action*='/apply/']")).to_have_count(1)


def test_head_office_gives_to_teams_and_takes_back(desk, sit_down):
    """A2.1: two levels."""
    page = sit_down("gm1")
    open_placement(page, desk)
    expect(page.locator(".to-whom [aria-pressed=true]")).to_have_text("下发到团队")
    page.check("input[name=holdings][value=new_only]")
    plan(page)
    assert axe(page) == []
    before = new_count(page, "机动组")
    page.locator("#list tbody tr", has_text="信用卡二部").first.locator("[data-check]").check()
    page.locator("#takers .taker[data-name='机动组'] button").click()
    wait_for_new_count(page, "机动组", before + 1)

    page.locator("form[action*='/apply/'] button").click()
    yes(page)
    page.wait_for_selector("form[action*='/undo/']")
    lead = sit_down("lead3")
    open_placement(lead, desk)
    expect(lead.locator(".plan-choice button[type=submit]")).to_contain_text(str(before + 1))

    page.locator("form[action*='/undo/'] button").click()
    yes(page)
    expect(page.locator("#plan-note")).to_contain_text("已撤销")


def test_head_office_makes_rules_and_puts_them_in_order(desk, sit_down):
    """A2.2, second principle: by priority, with a preview of what would fit."""
    page = sit_down("gm1")
    for name in ("五万以上", "深账龄"):
        page.goto(f"{desk.url}/assignment-rules/new/")
        page.fill("input[name=name]", name)
        page.fill("input[name=amount_from]", "50000")
        expect(page.locator("#rule-preview")).to_contain_text("待分案")
        page.select_option("select[name=team]", label="机动组")
        assert axe(page) == []
        page.click("main form.card button[type=submit]")
        page.wait_for_url(re.compile("/assignment-rules/$"))
    rows = page.locator(".rules tbody tr")
    first = rows.count() - 2  # below those of the demo
    assert [rows.nth(first + place).locator(".row-link").inner_text() for place in range(2)] == ["五万以上", "深账龄"]
    assert axe(page) == []

    with page.expect_navigation():
        rows.nth(first + 1).locator(".rule-order .bi-grip-vertical").drag_to(
            rows.nth(first).locator(".rule-order .bi-grip-vertical"), target_position={"x": 2, "y": 1}
        )
    expect(rows.nth(first)).to_contain_text("深账龄")
    with page.expect_navigation():
        rows.nth(first + 1).locator("button[name=up]").click()
    expect(rows.nth(first)).to_contain_text("五万以上")

    for name in ("五万以上", "深账龄"):
        page.locator(".rules .row-link", has_text=name).click()
        page.uncheck("input[name=is_active]")
        page.click("main form.card button[type=submit]")
        page.wait_for_url(re.compile("/assignment-rules/$"))


def test_a_lead_fills_a_month_of_shifts_and_looks_at_a_hand_over(desk, sit_down):
    """A2.2: shifts; all of a person's cases in one step, with who would get how many."""
    page = sit_down("lead2")
    page.goto(f"{desk.url}/shifts/?month=2027-03")
    line = page.locator("[data-shift-line]", has_text="吴海涛")
    line.locator("[data-fill=working]").click()
    expect(line.locator("[data-shift-note]")).to_contain_text("23")
    page.click("main form button[type=submit]")
    expect(page.locator("[data-shift-line]", has_text="吴海涛").locator("input:checked")).to_have_count(23)
    assert axe(page) == []

    page.goto(f"{desk.url}/capacities/")
    assert axe(page) == []
    page.locator("#list tbody tr", has_text="吴海涛").locator("a").first.click()
    page.locator("a[href*='/hand-over/']").click()
    expect(page.locator(".hand-preview tbody tr")).not_to_have_count(0)
    assert axe(page) == []
