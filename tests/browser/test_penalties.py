"""A4 in a real browser: a missed duty becomes an event, is appealed with a file, decided by another, and its month is closed and exported."""

import re

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.slow

MISSED = """
from datetime import timedelta
from django.utils import timezone
from duties.services import open_duty
from penalties.services import enforce_duties
from staff.models import Team, User
holder = User.objects.get(username="collector4")
open_duty(kind="import", subject=Team.objects.get(lead__username="lead3"), holder=holder, start=timezone.now() - timedelta(days=2), by=None)
enforce_duties(now=timezone.now())
"""


def yes(page: Page) -> None:
    with page.expect_navigation():
        page.locator("dialog[open] button[value=yes]").click()


def test_a_missed_duty_is_appealed_decided_by_another_and_its_month_closed(desk, sit_down, tmp_path):
    """A4: event → appeal with a file → decision by somebody else → month closed, printed and exported."""
    desk.manage("shell", "-c", MISSED)
    evidence = tmp_path / "停电通知.pdf"
    evidence.write_bytes(b"%PDF-1.7 power cut")

    collector = sit_down("collector4")
    collector.goto(f"{desk.url}/penalties/?state=recorded&kind=import")
    collector.locator("table.rows tbody a.row-link").first.click()
    collector.fill("textarea[name=text]", "当天下午停电，附物业通知。")
    collector.set_input_files("input[name=files]", str(evidence))
    with collector.expect_navigation():
        collector.locator("form[action*='/appeal/'] button[type=submit]").click()
    expect(collector.locator("main")).to_contain_text("停电通知.pdf")

    judge = sit_down("gm1")
    judge.goto(collector.url)
    with judge.expect_download() as download:
        judge.get_by_role("link", name="停电通知.pdf").click()
    assert download.value.suggested_filename == "停电通知.pdf"
    judge.fill("textarea[name=decision]", "核实属实，予以豁免")
    with judge.expect_navigation():
        judge.locator("button[name=uphold][value=no]").click()
    expect(judge.locator("main")).to_contain_text("已豁免")

    judge.goto(f"{desk.url}/penalties/statement/?month=2026-10")
    judge.fill("form[action*='/reopen/'] input[name=reason]", "核对后重新结账")
    with judge.expect_navigation():
        judge.locator("form[action*='/reopen/'] button").click()
    judge.locator("form[action*='/close/'] button").click()
    yes(judge)
    expect(judge.locator(".month-state")).to_contain_text("齐总办")
    with judge.expect_download() as paper:
        judge.locator("a[href*='/pdf/']").click()
    assert re.fullmatch(r".+-2026-10\.pdf", paper.value.suggested_filename)
    assert paper.value.path().read_bytes().startswith(b"%PDF-")
    with judge.expect_download() as book:
        judge.locator("a[href*='export=xlsx']").first.click()
    assert book.value.suggested_filename.endswith(".xlsx")
