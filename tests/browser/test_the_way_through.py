"""The six steps of the bank procedure, each on its role's page in a real browser, on real files: A1.1 to A4."""

import json
import re
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from openpyxl import load_workbook
from playwright.sync_api import Page, expect
from pypdf import PdfReader

pytestmark = pytest.mark.slow
SLOW = 30_000  # a worker's turn: the embedded broker looks once a second


@dataclass
class Way:
    """What one step leaves for the next."""

    files: list[Path]
    arrival: str = ""
    placement: str = ""
    placement_code: str = ""
    case: str = ""
    letter: str = ""
    seen: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def way(desk, tmp_path_factory) -> Way:
    """The two files of the README: one clean, one with bad cells."""
    folder = tmp_path_factory.mktemp("bank")
    desk.manage("load_demo", "--files", str(folder))
    return Way(files=sorted(folder.glob("*_委案_*.xlsx"), key=lambda path: "有误" in path.name))


def yes(page: Page) -> None:
    """Say yes in the desk's own dialog, which tells how much an action touches."""
    page.locator("dialog[open] button").last.click()


def go(page: Page, desk, path: str) -> None:
    page.goto(f"{desk.url}{path}")


def submit(page: Page, path: str) -> None:
    """Press the button of the form that goes to `path`, and wait for the page that answers."""
    with page.expect_navigation():
        page.locator(f"form[action*='{path}'] button[type=submit]").first.click()


def test_step_1_supply_chain_registers_extends_and_hands_over(desk, sit_down, way):
    """A1.1"""
    page = sit_down("supply1")
    go(page, desk, "/arrivals/new/")
    page.select_option("select[name=client]", label="江南银行")
    page.set_input_files("input[name=files]", [str(path) for path in way.files])
    page.click("main form button[type=submit]")
    page.wait_for_url(re.compile(r"/arrivals/\d+/$"))
    way.arrival = page.url.removeprefix(desk.url)

    clock = page.locator("section:has(#clock)")
    expect(clock.locator("[data-countdown]")).to_be_visible()
    first_due = clock.inner_text()
    page.locator("details:has(form[action*='/extend/']) summary").click()
    page.fill("form[action*='/extend/'] input[name=reason]", "银行压缩包损坏，等待重发")
    submit(page, "/extend/")
    expect(clock).to_contain_text("银行压缩包损坏")
    assert clock.inner_text() != first_due

    page.select_option("form[action*='/hand-over/'] select[name=to]", label="舒据成")
    submit(page, "/hand-over/")
    expect(page.locator("form[action*='/hand-over/']")).to_have_count(0)


def test_step_2_the_data_specialist_imports_mends_and_commits(desk, sit_down, way, tmp_path):
    """A1.2, annex 2"""
    page = sit_down("data1")
    page.locator("main a[href*='/arrivals/']").first.click()  # the duty on the home page leads there
    go(page, desk, way.arrival)
    _import(page, way.files[0])
    way.placement_code = page.locator("h1").inner_text().strip()
    page.click("#commit")
    yes(page)
    page.wait_for_selector("form[action*='/undo/']", state="attached", timeout=SLOW)
    way.placement = page.url.removeprefix(desk.url)

    go(page, desk, way.arrival)
    _import(page, way.files[1])
    expect(page.locator("#commit")).to_be_disabled()
    with page.expect_download() as download:
        page.locator("a[href$='/errors.xlsx']").click()
    download.value.save_as(tmp_path / "errors.xlsx")
    marked = [cell for row in load_workbook(tmp_path / "errors.xlsx").active.iter_rows() for cell in row if cell.comment]
    assert len(marked) >= 5
    bad_amount = page.locator("tbody.finding-row", has_text="E8")
    bad_amount.locator("input[name=text]").fill("12000")
    bad_amount.locator("form.mend button").click()
    expect(bad_amount).not_to_contain_text("有错误")
    page.fill("#rows-form input[name=reason]", "银行确认后补发")
    page.click("button[name=everything]")
    yes(page)
    expect(page.locator("#commit")).to_be_enabled()
    page.click("#commit")
    yes(page)
    page.wait_for_selector("form[action*='/undo/']", state="attached", timeout=SLOW)

    page.locator("details:has(form[action*='/undo/']) summary").click()
    page.fill("form[action*='/undo/'] [name=reason]", "导入错批次")
    page.locator("form[action*='/undo/'] button").click()
    yes(page)
    page.wait_for_selector("text=已撤销")


def _import(page: Page, path: Path) -> None:
    page.locator("tr", has_text=path.name).locator("form[action*='/import/'] button").click()
    page.wait_for_selector(".bottom-bar button.btn-primary", timeout=SLOW)
    page.click(".bottom-bar button.btn-primary")
    page.wait_for_selector("#commit", timeout=SLOW)


def test_step_3_the_lead_plans_moves_and_applies(desk, sit_down, way):
    """A2.1, A2.2; CR-19: the bank's notice to its debtors is put on file, without it nobody is called"""
    page = sit_down("lead1")
    go(page, desk, "/entrustment/?state=missing")
    page.locator("table.rows tbody tr", has_text=way.placement_code).locator("a").first.click()
    page.fill("[name=notified_on]", "2026-11-20")
    page.fill("[name=way]", "短信")
    page.fill("[name=evidence]", "银行短信批次 20261120")
    page.locator("main form button[type=submit]").click()
    expect(page.locator("table.rows tbody tr", has_text=way.placement_code)).to_contain_text("2026-11-20")
    go(page, desk, "/assignment/")
    page.locator("table.rows tbody tr", has_text=way.placement_code).locator("a").first.click()
    page.wait_for_url(re.compile("/assignment/placements/"))
    page.click("form.plan-choice button[type=submit]")
    page.wait_for_url(re.compile("/assignment/plans/"))
    expect(page.locator("table.loads tbody tr")).to_have_count(4)
    page.locator("#takers .taker", has_text="+").filter(has_not_text="陈晓燕").first.locator("a").click()
    page.wait_for_url(re.compile(r"\?to="))
    for row in page.locator("#list tbody tr").all()[:2]:
        row.locator("[data-check]").check()
    page.select_option("#move-to", label="陈晓燕")
    page.click("#list button[formaction*='/move/']")
    expect(page.locator(".toast-line", has_text="已调整 2 件")).to_be_visible()
    page.goto(f"{re.match(r'[^?#]+', page.url).group()}?reason=manual")
    expect(page.locator("#list tbody tr", has_text="陈晓燕")).to_have_count(2)
    page.locator("form[action*='/apply/'] button").click()
    yes(page)
    page.wait_for_selector("form[action*='/undo/']")

    go(page, desk, "/filtering/")
    expect(page.locator("table.rows tbody tr", has_text=way.placement_code)).to_have_count(3)


def test_step_4_a_collector_filters_calls_verifies_classifies_and_asks(desk, sit_down, way):
    """A3.1, A3.2, A3.3, A1.3, A1.4; the gate answers before each call"""
    page = sit_down("collector1")
    go(page, desk, "/filtering/")
    page.locator("table.rows tbody tr", has_text=way.placement_code).locator("a").first.click()
    page.wait_for_selector(".walk-card")
    way.case = re.search(r"case=(\d+)", page.url).group(1)

    for _field in range(8):
        _press(page, "1")
    while page.locator(".walk-phone").count():
        _call_in_vain(page)
        _press(page, "1")
    while not page.locator(".walk-keys button").nth(3).count():
        _press(page, "2")  # nobody answered: it can't be verified
    page.keyboard.press("1")
    page.wait_for_function("id => !location.search.includes(`case=${id}`)", arg=way.case)
    expect(page.locator("#task-progress")).to_contain_text("1 /")

    go(page, desk, f"/desk/?case={way.case}")
    _ask(page, 1, purpose="核实户籍地址")
    _ask(page, 2, reason="多次联系未果")


def _press(page: Page, pressed: str) -> None:
    """Answer the card with a key; the next card comes."""
    before = page.locator(".walk-card").inner_text()
    page.keyboard.press(pressed)
    page.wait_for_function("before => { const card = document.querySelector('.walk-card'); return card && card.innerText !== before; }", arg=before)


def _call_in_vain(page: Page) -> None:
    page.locator(".walk-phone button").first.click()
    page.wait_for_selector("[data-outcome=NOAS]")
    page.keyboard.press("a")
    page.fill("[name=note]", "响铃无人接听")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector(".walk-card")


def _ask(page: Page, which: int, **fields: str) -> None:
    """Open one of the requests under the call button, fill it, send it."""
    page.wait_for_selector(".request")
    page.locator(".request summary").nth(which).click()
    box = page.locator(".request[open]")
    name = next(iter(fields))
    text = box.locator(f"[name={name}], input.form-control").last
    text.fill(fields[name])
    box.locator("button").last.click()
    expect(page.locator(".toast-line.tone-good").last).to_be_visible()
    page.reload()


def test_step_5_registry_and_letter_go_through_their_offices(desk, sit_down, way):
    """A1.3, A1.4, annexes 3 and 4"""
    lead, centre = sit_down("lead1"), sit_down("centre1")
    registry = _path(desk, way, "from cases.models import RegistryRequest as M; print(M.objects.get(case_id={case}).pk)", "/registry/{}/")
    go(lead, desk, registry)
    submit(lead, "/approve/")
    go(centre, desk, "/registry/")
    go(centre, desk, registry)
    centre.fill("input[name=submitted_to]", "示例江南银行")
    submit(centre, "/submit/")
    centre.fill("input[name=confirmed_with]", "王经理")
    submit(centre, "/confirm/")
    expect(centre.locator("h1 + *, .page-subtitle, main").first).to_contain_text("已电话确认")

    way.letter = _path(desk, way, "from letters.models import Letter as M; print(M.objects.get(case_id={case}).pk)", "/letters/{}/")
    go(lead, desk, way.letter)
    submit(lead, "/approve/")

    office = sit_down("office1")
    go(office, desk, way.letter)
    submit(office, "/letters/print/")
    office.wait_for_selector("form[hx-post*='/dispatch/'] input[name=tracking_no]", timeout=2 * SLOW)
    row = office.locator("form[hx-post*='/dispatch/'] input[name=tracking_no]")
    office.select_option("#carrier", "ems")
    row.fill("12")
    row.press("Enter")
    expect(office.locator("p.letter-bad[role=alert]")).to_be_visible()
    row.fill("EA987654321CN")
    row.press("Enter")
    expect(office.locator("tr", has_text="EA987654321CN")).to_be_visible()
    pdf = Path(desk.env["VAR_DIR"]) / "letter.pdf"
    pdf.write_bytes(office.request.get(f"{desk.url}{way.letter}pdf/").body())
    text = "".join(page.extract_text() for page in PdfReader(pdf).pages)
    assert re.search(r"催\s*告\s*函", text)
    assert re.search(r"第\s*1\s*页", text)

    quality = sit_down("quality1")
    go(quality, desk, way.letter.replace("/letters/", "/letters/quality/"))
    quality.click("[data-all-ok]")
    with quality.expect_navigation():
        quality.click("form[data-check-form] button[type=submit]")
    go(quality, desk, way.letter.replace("/letters/", "/letters/quality/"))
    expect(quality.locator(".letter-grade")).to_contain_text("合格")


def _path(desk, way: Way, code: str, pattern: str) -> str:
    return pattern.format(desk.manage("shell", "-v0", "-c", code.format(case=way.case)).strip())


def test_step_6_a_missed_duty_becomes_one_event_that_person_lead_and_managers_see(desk, sit_down, way):
    """A4"""
    enforced = json.loads(desk.manage("enforce_duties", "--now", "2026-12-15T09:00+08:00", "--json"))
    again = json.loads(desk.manage("enforce_duties", "--now", "2026-12-15T09:00+08:00", "--json"))
    assert enforced["events"] > 0
    assert again == {"missed": 0, "events": 0}

    for person in ("collector1", "lead1", "gm1"):
        page = sit_down(person)
        go(page, desk, "/penalties/")
        row = page.locator("table.rows tbody tr", has_text=way.placement_code).filter(has_text="陈晓燕")
        expect(row).to_have_count(1)
        row.locator("a").first.click()
        expect(page.locator("#evidence")).to_be_visible()
