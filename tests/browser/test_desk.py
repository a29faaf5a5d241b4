"""The collector's desk in a real browser: worked from the keyboard alone, over a lost connection, in two tabs, and refused by the gate."""

import re
from datetime import datetime

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import axe

pytestmark = pytest.mark.slow
SOON = 20_000  # what waits is sent again every ten seconds


def keys(page: Page, *pressed: str) -> None:
    for key in pressed:
        page.keyboard.press(key)


def open_call(page: Page) -> str:
    """x calls the first number that the gate allows; what it warns of is read and accepted. Returns the case's id."""
    page.wait_for_selector("#action .dial-first, #action .walk-card")
    keys(page, "x")
    page.wait_for_selector(".call-body, .refusal.is-warning")
    if page.locator(".refusal.is-warning").count():
        keys(page, "Tab", "Enter")
        page.wait_for_selector(".call-body")
    return re.search(r"case=(\d+)", page.url).group(1)


def go_to_who_may_be_called(desk, page: Page) -> None:
    """The first case of the queue that the gate would let one call: who that is depends on the demo's day."""
    queue = page.request.get(f"{desk.url}/api/v1/queue/", params={"callable": "true"}).json()
    page.goto(f"{desk.url}/desk/?case={queue['results'][0]['id']}")


def notes_of(desk, case: str) -> list[str]:
    code = f"from calls.models import ContactRecord as M; print('|'.join(M.objects.filter(case={case}).order_by('-pk').values_list('note', flat=True)))"
    return desk.manage("shell", "-v0", "-c", code).strip().split("|")


def next_card(page: Page, pressed: str) -> None:
    """Answer the card with a key; the next one comes, and has the focus."""
    before = page.locator(".walk-card").inner_text()
    keys(page, pressed)
    page.wait_for_function("before => { const card = document.querySelector('.walk-card'); return card && card.innerText !== before; }", arg=before)
    expect(page.locator(".walk-card")).to_be_focused()


def test_a_case_is_filtered_by_the_keyboard_alone(desk, sit_down):
    """A3.2, A3.3: from the list of tasks to the category, without a mouse."""
    page = sit_down("collector1")
    keys(page, "g", "f")
    page.wait_for_url(re.compile("/filtering/$"))
    keys(page, "j", "Enter")
    page.wait_for_selector(".walk-card")
    case = re.search(r"case=(\d+)", page.url).group(1)
    done = int(re.match(r"\d+", page.locator("#task-progress .progress-head span").last.inner_text()).group())

    for _field in range(8):
        next_card(page, "1")
    open_call(page)
    keys(page, "a")
    page.keyboard.type("响铃无人接听")
    keys(page, "Control+Enter")
    page.wait_for_selector(".walk-phone")
    next_card(page, "1")
    while page.locator(".walk-phone").count():
        keys(page, "n")
        page.keyboard.type("委托方要求先联系本人")
        keys(page, "Escape")
        next_card(page, "2")
    while page.locator(".walk-keys button").count() == 3:
        next_card(page, "2")
    keys(page, "1")

    page.wait_for_function("id => !location.search.includes(`case=${id}`)", arg=case)
    expect(page.locator("#task-progress")).to_contain_text(f"{done + 1} /")


def test_a_draft_comes_back_whole_and_is_sent_once(desk, sit_down):
    """F14: a reload brings back number, script and words; what was saved without a connection is sent once when it is back."""
    page = sit_down("collector2")
    go_to_who_may_be_called(desk, page)
    case = open_call(page)
    number = page.locator(".call-number").inner_text()
    script = page.locator(".script-text").first.inner_text()
    keys(page, "a")
    page.keyboard.type("断网测试")

    page.reload()
    expect(page.locator(".call-message .alert-line")).to_be_visible()
    assert page.locator(".call-number").inner_text() == number
    assert page.locator(".script-text").first.inner_text() == script
    assert page.locator("[name=note]").input_value() == "断网测试"
    expect(page.locator("[data-outcome=NOAS]")).to_have_attribute("aria-pressed", "true")

    page.context.set_offline(True)
    keys(page, "Control+Enter", "Control+Enter")
    expect(page.locator(".call-message .alert-line")).to_be_visible()
    before = notes_of(desk, case)
    page.context.set_offline(False)
    expect(page.locator(".toast-line.tone-good")).to_be_visible(timeout=SOON)
    page.wait_for_timeout(500)

    assert "断网测试" not in before
    assert notes_of(desk, case).count("断网测试") == 1


def test_two_tabs_show_both_and_the_person_chooses(desk, sit_down):
    """F13: the second save loses nothing: both texts stand side by side."""
    first = sit_down("collector3")
    go_to_who_may_be_called(desk, first)
    case = open_call(first)
    keys(first, "a")
    first.keyboard.type("第一个页签")
    second = first.context.new_page()
    second.goto(f"{desk.url}/desk/?case={case}")
    second.wait_for_selector(".call-body")
    second.fill("[name=note]", "第二个页签")

    first.click(".call-save button >> nth=1")
    expect(first.locator(".toast-line.tone-good")).to_be_visible()
    second.click(".call-save button >> nth=1")
    dialog = second.locator("dialog.conflict")
    expect(dialog).to_contain_text("第一个页签")
    expect(dialog).to_contain_text("第二个页签")
    assert "第二个页签" not in notes_of(desk, case)
    dialog.locator("button[value=mine]").click()
    expect(second.locator(".call-body")).to_have_count(0)

    assert [note for note in notes_of(desk, case) if "页签" in note] == ["第二个页签"]


def test_time_left_goes_by_the_servers_clock(desk, sit_down):
    """A machine's own clock, wrong here by months or hours, makes no duty look overdue that isn't."""
    page = sit_down("gm1")
    page.goto(f"{desk.url}/duties/")
    server = datetime.fromisoformat(page.locator("#pulse").get_attribute("data-now"))
    page.wait_for_timeout(500)

    clocks = [(clock.get_attribute("datetime"), clock.get_attribute("class")) for clock in page.locator("[data-countdown]").all()]

    assert {datetime.fromisoformat(due) <= server for due, _css in clocks} == {True, False}
    assert [due for due, css in clocks if ("tone-bad" in css) != (datetime.fromisoformat(due) <= server)] == []


def test_the_gate_refuses_and_says_why(desk, sit_down):
    """CR-19: no number is shown; each rule that stands in the way is named."""
    page = sit_down("collector1")
    page.goto(f"{desk.url}/desk/")
    chip = page.locator("[data-why='7_held']")
    held = int(chip.locator(".why-count").inner_text())
    chip.click()
    expect(page.locator("#queue .queue-line")).to_have_count(held)
    page.locator("#queue .queue-line").first.click()
    button = page.locator("#case .call-button").first
    expect(button).to_have_class(re.compile("is-refused"))
    button.click()

    expect(page.locator(".refusal")).to_be_focused()
    expect(page.locator(".refusal-rule").first).to_have_text(re.compile(r"^CR-\d+"))
    expect(page.locator(".call-number")).to_have_count(0)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_desk_with_a_call_open_is_accessible(desk, sit_down, theme):
    """WCAG 2.2 AA, light and dark; nothing of the page is wider than its pane."""
    page = sit_down({"light": "collector4", "dark": "collector5"}[theme], theme=theme)
    go_to_who_may_be_called(desk, page)
    open_call(page)
    page.click(".filter-head")

    assert axe(page) == []
    assert (
        page.evaluate(
            "[...document.querySelectorAll('.table-frame, .pane, .call-body')].filter((box) => box.scrollWidth > box.clientWidth + 1).map((box) => box.className)"
        )
        == []
    )
