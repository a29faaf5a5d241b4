"""A1.4, annex 4 in a real browser: the form filled with the keyboard, a serious defect stops the run until it is put right and released."""

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.slow

A_LETTER = "from letters.models import Letter as M; print(M.objects.filter(state='dispatched', quality_check=None).exclude(print_run=None).earliest('pk').pk)"
ITS_RUN = "from letters.models import Letter as M; print(M.objects.get(pk={}).print_run_id)"


def test_a_serious_defect_found_with_the_keyboard_stops_the_run_until_it_is_put_right(desk, sit_down):
    """A1.4, annex 4"""
    letter = desk.manage("shell", "-v0", "-c", A_LETTER).strip()
    run = desk.manage("shell", "-v0", "-c", ITS_RUN.format(letter)).strip()
    quality = sit_down("quality1")
    quality.goto(f"{desk.url}/letters/quality/{letter}/")
    expect(quality.locator("[data-item]").first).to_be_focused()

    quality.keyboard.press("4")
    quality.keyboard.type("收件人姓名有误")
    quality.keyboard.press("Enter")
    for _item in range(quality.locator("[data-item]").count() - 1):
        quality.keyboard.press("1")
    expect(quality.locator("[data-points]")).to_have_text("88")
    quality.fill("[name=task]", "更正后重寄")
    with quality.expect_navigation():
        quality.keyboard.press("Control+Enter")
    expect(quality.locator(".letter-grade")).to_contain_text("88")

    office = sit_down("office1")
    office.goto(f"{desk.url}/letters/runs/{run}/")
    expect(office.locator("main [role=alert]")).to_contain_text("收件人姓名有误")
    office.goto(f"{desk.url}/letters/quality/rectifications/?shown=open")
    office.locator("tbody a.row-link").first.click()
    office.fill("[name=text]", "已更正并重寄")
    with office.expect_navigation():
        office.click("form[action$='/answer/'] button")

    quality.goto(office.url)
    with quality.expect_navigation():
        quality.click("button[value=accept]")
    expect(quality.locator(".check-verdict .tone-good")).to_be_visible()

    manager = sit_down("gm1")
    manager.goto(f"{desk.url}/letters/quality/holds/")
    manager.fill("[name=reason]", "其余函件已核对")
    with manager.expect_navigation():
        manager.click("form[action$='/release/'] button")
    office.goto(f"{desk.url}/letters/runs/{run}/")
    expect(office.locator("main [role=alert]")).to_have_count(0)
