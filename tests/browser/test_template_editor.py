"""The editor of letter templates: a placeholder goes in where the cursor is, the pages are drawn while one types, a mistake is shown where it stands."""

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import axe


def body_ends_with(page: Page, text: str) -> None:
    body = page.locator("#id_body")
    body.focus()
    page.keyboard.press("Control+End")
    page.keyboard.type(text)


def test_a_template_is_edited_with_its_pages_beside_it(desk, sit_down):
    """A1.4, F; CR-28: an account typed in is refused at its line, before anything is saved."""
    page = sit_down("admin1", width=1440)
    page.goto(f"{desk.url}/letters/templates/")
    page.locator("a.row-link").first.click()
    page.wait_for_url(re.compile(r"/letters/templates/\d+/"))
    preview = page.locator("#template-preview")
    expect(preview.locator("img").first).to_be_visible(timeout=60_000)
    version = int(re.search(r"\d+", page.locator(".page-note").inner_text()).group())

    body_ends_with(page, "\n请付到微信")
    problem = page.locator("#problems-body [data-go]")
    expect(problem).to_be_visible(timeout=60_000)
    expect(page.locator("#problems-body")).to_contain_text("CR-28")
    problem.click()
    chosen = page.evaluate("(() => { const body = document.querySelector('#id_body'); return body.value.slice(body.selectionStart, body.selectionEnd); })()")
    assert chosen == "请付到微信"

    page.keyboard.press("Delete")
    page.keyboard.type("本函编号：")
    page.locator("[data-place='{letter_number}']").click()
    expect(page.locator("#id_body")).to_have_value(re.compile(r"本函编号：\{letter_number\}$"))
    expect(page.locator("#problems-body [data-go]")).to_have_count(0, timeout=60_000)
    expect(preview.locator("img").first).to_be_visible(timeout=60_000)
    assert axe(page) == []

    page.locator("button[data-save]").click()
    expect(page.locator(".toast-line.tone-good").last).to_be_visible(timeout=60_000)
    page.goto(f"{desk.url}/letters/templates/")
    page.locator("a.row-link").first.click()
    expect(page.locator("#id_body")).to_have_value(re.compile(r"本函编号：\{letter_number\}"))
    assert int(re.search(r"\d+", page.locator(".page-note").inner_text()).group()) == version + 1
