"""The way of a letter through the pages: a collector asks, the lead approves, the office prints, scans and books (A1.4, annex 3)."""

import re

from playwright.sync_api import expect


def test_a_letter_from_request_to_result(desk, sit_down):
    collector = sit_down("collector2")
    collector.goto(f"{desk.url}/cases/?state=working")
    collector.locator("[data-check]").nth(1).check()
    collector.get_by_role("button", name="批量申请函件").or_(collector.get_by_role("button", name="Ask for letters")).click()
    collector.locator("dialog[open] button[value=yes]").click()
    collector.select_option("#id_template", index=1)
    collector.fill("#id_reason", "多次电话未接")
    collector.locator("button[value=preview]").last.click()
    collector.locator("button[value=ask]").click()
    collector.wait_for_url(re.compile("/letters/batches/"))
    letter = collector.locator("a.row-link").first.get_attribute("href")
    collector.goto(desk.url + letter)
    expect(collector.locator(f"a[href='{letter}pdf/']")).to_have_count(0)

    lead = sit_down("lead1")
    lead.goto(desk.url + letter)
    lead.locator(f"form[action='{letter}approve/'] button").click()

    office = sit_down("office1")
    office.goto(desk.url + letter)
    office.locator("form[action='/letters/print/'] button").click()
    office.wait_for_url(re.compile("/letters/runs/"))
    number = office.locator("tr[id^=letter-] a.row-link")
    expect(number).to_have_count(1, timeout=60_000)
    written = number.inner_text()

    office.goto(f"{desk.url}/letters/scan/")
    office.keyboard.type(f"{written}\n")
    expect(office.locator("input[name=letter_number]")).to_have_value(written)
    office.keyboard.type("RR473124820CN\n")  # misread: the check digit does not fit, the place is kept
    expect(office.locator("[data-scan=bad]")).to_be_visible()
    expect(office.locator("input[name=letter_number]")).to_have_value(written)
    office.keyboard.type("RR473124829CN\n")
    expect(office.locator("[data-scan=done]")).to_be_visible()

    office.goto(f"{desk.url}/letters/results/")
    office.select_option("#id_outcome", "moved")
    office.fill("#id_numbers", f"RR473124829CN\n{written}\n")
    office.locator("form[action='/letters/results/'] button[type=submit]").click()
    expect(office.locator(".toast-line.tone-good").last).to_be_visible()
    collector.goto(desk.url + letter)
    expect(collector.locator("a[href^='/letters/addresses/of/']")).to_be_visible()
