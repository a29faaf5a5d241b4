"""The data specialist's hour in a real browser (A1.2, annex 2): good, bad, locked and packed files, an update, a template; by keyboard where it counts."""

import io
import re
import zipfile
from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import axe
from tests.cases import files

pytestmark = pytest.mark.slow
SLOW = 30_000  # a worker's turn: the embedded broker looks once a second
NO_SUCH = "110101199003078510"  # its check digit is wrong
GOOD = "110101199003078515"


@pytest.fixture
def handed_over(desk, sit_down, tmp_path):
    """Files of these contents, registered by supply chain and handed over; answers the specialist's page of the arrival."""

    def arrived(contents: dict[str, bytes]) -> Page:
        paths = [write(tmp_path / name, content) for name, content in contents.items()]
        supply = sit_down("supply1")
        supply.goto(f"{desk.url}/arrivals/new/")
        supply.select_option("select[name=client]", label="江南银行")
        supply.set_input_files("input[name=files]", [str(path) for path in paths])
        supply.click("main form button[type=submit]")
        supply.wait_for_url(re.compile(r"/arrivals/\d+/$"))
        supply.select_option("form[action*='/hand-over/'] select[name=to]", label="舒据成")
        with supply.expect_navigation():
            supply.locator("form[action*='/hand-over/'] button").click()
        page = sit_down("data1", width=1366)
        page.goto(supply.url)
        return page

    return arrived


def write(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def begin(page: Page, name: str) -> None:
    page.locator("tr", has_text=name).locator("form[action*='/import/'] button").click()
    page.wait_for_url(re.compile(r"/imports/\d+/$"))


def yes(page: Page) -> None:
    page.locator("dialog[open] button[value=yes]").click()


def test_bad_file_is_mapped_and_mended_by_keyboard_alone(handed_over):
    """Annex 2: a field found by typing its pinyin; Enter mends a cell and goes to the next one; after the last the import waits for Enter."""
    rows = [files.row(), files.row(身份证号=NO_SUCH), files.row(委案金额="一万")]
    content = files.workbook([row | {"奇怪的列": "信用卡"} for row in rows])
    page = handed_over({"坏名单.xlsx": content})
    begin(page, "坏名单.xlsx")

    page.wait_for_selector("#mapping", timeout=SLOW)
    assert axe(page) == []
    odd = page.locator("tr", has_text="奇怪的列").locator("[data-pick]")
    odd.focus()
    page.keyboard.type("chanp")
    expect(page.locator("#picker")).to_be_visible()
    assert axe(page) == []
    page.keyboard.press("Enter")
    expect(odd).to_have_attribute("data-value", "product")
    page.locator("#mapping button.btn-primary").press("Enter")

    page.wait_for_selector(".finding-row", timeout=SLOW)
    assert axe(page) == []
    expect(page.locator("#commit")).to_be_disabled()
    page.keyboard.press("n")
    expect(page.locator("[data-mend]").first).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("[data-mend]").first).not_to_be_focused()
    page.keyboard.press("n")
    page.keyboard.type(GOOD)
    page.keyboard.press("Enter")
    expect(page.locator("[data-mend][value='一万']")).to_be_focused()  # at once, whatever the answer takes
    page.keyboard.type("还是不对")
    expect(page.locator("[data-mend]")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page.locator("[data-mend][value=还是不对]")).to_be_focused()
    page.keyboard.type("12000")
    page.keyboard.press("Enter")
    expect(page.locator("#commit")).to_be_focused()

    page.keyboard.press("Enter")
    expect(page.locator("dialog[open]")).to_contain_text("3")
    yes(page)
    page.wait_for_selector("form[action*='/undo/']", state="attached", timeout=SLOW)
    assert axe(page) == []


def test_locked_file_opens_with_its_password_only(handed_over):
    """Annex 2: a wrong password is said, the right one goes on to the columns."""
    locked = io.BytesIO()
    files.lock(io.BytesIO(files.workbook([files.row()])), locked, "secret")
    page = handed_over({"加密名单.xlsx": locked.getvalue()})
    begin(page, "加密名单.xlsx")

    page.wait_for_selector("input[name=password]", timeout=SLOW)
    assert axe(page) == []
    page.fill("input[name=password]", "falsch")
    page.keyboard.press("Enter")
    expect(page.locator(".alert-line.tone-bad")).to_be_visible(timeout=SLOW)
    page.fill("input[name=password]", "secret")
    page.keyboard.press("Enter")

    page.wait_for_selector("#mapping", timeout=SLOW)


def test_archive_becomes_its_files_each_with_its_own_import(handed_over):
    """Annex 2: two files of a .zip, begun together with another file by one button."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("第一批.xlsx", files.workbook([files.row()]))
        archive.writestr("第二批.xlsx", files.workbook([files.row()]))
    page = handed_over({"压缩包.zip": packed.getvalue(), "单独.xlsx": files.workbook([files.row()])})

    with page.expect_navigation():
        page.locator("form[action*='/import-all/'] button").click()
    arrival = page.url
    for _look in range(20):
        if page.locator("tr.is-member a.btn-primary").count() == 2:
            break
        page.wait_for_timeout(1000)
        page.goto(arrival)

    expect(page.locator("tr.is-member")).to_have_count(2)
    assert axe(page) == []
    page.locator("tr", has_text="压缩包.zip").locator("a.row-link").click()
    expect(page.locator("main table.files tbody tr")).to_have_count(2)
    assert axe(page) == []
    page.locator("tr", has_text="第二批.xlsx").locator("a.btn-primary").click()
    expect(page.locator("#mapping")).to_be_visible()


def test_update_shows_what_it_changes_and_then_changes_it(desk, handed_over):
    """Payments: before and after of each case, the person masked; then the case is so."""
    code = (
        "from cases.models import Case as M; c = M.objects.filter(client__short_name='江南银行', balance__gt=500).live().first(); print(c.case_no, c.balance)"
    )
    number, balance = desk.manage("shell", "-v0", "-c", code).split()
    page = handed_over({"江南还款.xlsx": files.workbook([{"案件编号": number, "还款金额": "100.00", "还款日期": date(2026, 11, 23)}])})
    begin(page, "江南还款.xlsx")
    page.wait_for_selector("#mapping", timeout=SLOW)
    expect(page.locator("#kind")).to_have_value("payment")
    page.locator("#mapping button.btn-primary").click()

    changes = page.locator("table.changes")
    changes.wait_for(timeout=SLOW)
    expect(changes).to_contain_text(number)
    expect(changes).to_contain_text(balance)
    expect(changes).to_contain_text(re.compile(r"\S\*+"))
    assert axe(page) == []
    page.click("#commit")
    yes(page)
    page.wait_for_selector(".alert-line.tone-good", timeout=SLOW)

    code = f"from cases.models import Case as M; print(M.objects.get(case_no='{number}', client__short_name='江南银行').balance)"
    assert float(desk.manage("shell", "-v0", "-c", code)) == float(balance) - 100


def test_template_is_tried_on_a_file(desk, sit_down, tmp_path):
    """Annex 2: the demo's own template on a file with one header changed: not recognised, the difference named, values as they would be read."""
    page = sit_down("data1", width=1366)
    page.goto(f"{desk.url}/imports/templates/")
    assert axe(page) == []
    page.locator("table.rows tbody tr", has_text="委案明细").locator("a").first.click()
    page.wait_for_url(re.compile(r"/imports/templates/\d+/$"))
    assert axe(page) == []
    page.click("a[href$='/try/']")
    path = write(tmp_path / "试读.xlsx", files.workbook([{"案件编号": "T1", "客户姓名": "张 三", "证件号": NO_SUCH, "委案金额": "1,234.50", "新加的列": "x"}]))
    page.set_input_files("input[name=file]", str(path))
    page.locator(".try-form button").click()

    tried = page.locator("section.sheet")
    expect(tried).to_contain_text("新加的列")
    expect(tried.locator("table.tried")).to_contain_text("张三")
    expect(tried.locator("td.is-found")).to_have_count(1)
    assert axe(page) == []
