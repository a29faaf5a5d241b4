"""F30 and F31: bad letters and killed runs; S14: nothing is fetched."""

import io
import os
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import call_command
from pypdf import PdfReader

from collection.lib.press.drawing import NotDrawn
from collection.lib.press.fonts import missing_glyphs
from letters import services
from letters.models import Letter, LetterTemplate, PrintRun
from letters.printing.press import Press, draw_one
from tests.factories import MONDAY_9AM, make_case, make_firm, make_letter, make_template

LATER = MONDAY_9AM + timedelta(hours=2)


def pages_of(pdf: bytes) -> list[str]:
    return ["".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(pdf)).pages]


@pytest.mark.parametrize(("text", "missing"), [("张三 A-1 ¥", ""), ("\U00031234", "\U00031234"), ("☑", "☑")])
def test_a_character_that_no_font_draws_is_named(text, missing):
    assert missing_glyphs(text) == missing


def test_nothing_is_fetched_from_disk_or_network(tmp_path):
    # S14: even raw HTML, which no letter can hold, reaches nothing
    secret = tmp_path / "secret.txt"
    secret.write_text("TOPSECRET")
    html = f"""<html><head><link rel=attachment href="file://{secret}"><link rel=stylesheet href="http://127.0.0.1:9/x.css">
    <style>@import url(http://169.254.169.254/x.css); body {{ background: url(file:///etc/passwd) }}</style></head>
    <body><img src="http://169.254.169.254/a.png"><object data="file:///etc/passwd"></object><embed src="file://{secret}">
    <a rel=attachment href="file://{secret}">A</a><svg><use href="file://{secret}#x"/></svg>
    <img src="data:image/svg+xml;base64,PHN2Zy8+"><p>text</p></body></html>"""

    pdf = draw_one(html, style="letter").content

    reader = PdfReader(io.BytesIO(pdf))
    assert "text" in reader.pages[0].extract_text()
    assert reader.attachments == {}
    assert b"TOPSECRET" not in pdf
    assert len(reader.pages[0].images) == 0


def test_a_letters_own_image_is_drawn():
    # S14: data images are the letter's own
    pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="

    pdf = draw_one(f'<img src="data:image/png;base64,{pixel}">', style="letter").content

    assert len(PdfReader(io.BytesIO(pdf)).pages[0].images) == 1


def test_the_child_has_no_secrets_and_dies_with_its_time():
    # F30: killed at its time limit; the next letter gets a fresh child
    with Press(chars="正文", seconds=0.5) as press:
        endless = '<div style="display:grid;grid-template-columns:repeat(20000,1px)">' + "<i>x</i>" * 20000 + "</div>"
        with pytest.raises(NotDrawn, match="timeout"):
            press.draw(endless)
        press.seconds = 30
        good = press.draw("<p>正文</p>")
        environment = Path(f"/proc/{press.child.pid}/environ").read_text()

    assert pages_of(good.content) == ["正文第1页共1页"]
    assert "SECRET" not in environment
    assert "DATABASE" not in environment


def test_too_much_memory_is_refused():
    # F30
    with Press(chars="x", memory_mb=330) as press, pytest.raises(NotDrawn, match=r"memory|crash"):
        press.draw("<table>" + "<tr><td>x</td></tr>" * 30_000 + "</table>")


@pytest.fixture(params=[1, 2, 3], ids=["one child", "two children", "three children"])
def children(request, settings):
    settings.PRINT_CHILDREN = request.param
    return request.param


@pytest.mark.django_db
def test_a_bad_letter_costs_only_itself(placement, admin, clock, monkeypatch, children):
    # F30: the other letters are ready, the bad one is marked, the batch finishes, and the numbers have no gap
    monkeypatch.setattr("letters.services.printing.Press", lambda **fields: Press(**fields, seconds=3))
    bad = make_template(name="坏", body="很长的正文，" * 300_000)
    cases = [make_case(placement=placement) for _ in range(4)]
    letters = [make_letter(case=case, state="approved", **({"template": bad} if number == 1 else {})) for number, case in enumerate(cases)]
    LetterTemplate.objects.filter(pk=bad.pk).update(heading="坏")

    services_run = start(letters, admin)
    services.work_on_next_run(clock=clock)

    services_run.refresh_from_db()
    states = list(Letter.objects.order_by("pk").values_list("state", "number"))
    assert (services_run.done, services_run.failed) == (3, 1)
    assert states == [("rendered", "2026-000001"), ("approved", ""), ("rendered", "2026-000002"), ("rendered", "2026-000003")]
    assert Letter.objects.get(template=bad).failure in ("timeout", "memory")


def start(letters, admin):
    return services.start_print_run(letter_ids=[letter.pk for letter in letters], by=admin, now=LATER)


@pytest.mark.django_db
def test_an_undrawable_name_is_marked_not_boxed(case, admin, clock):
    # F: a glyph that is missing is an error
    letter = make_letter(case=case, state="approved")
    run = start([letter], admin)
    case.debtor.name = "张\U00031234"
    case.debtor.save()

    services.work_on_next_run(clock=clock)

    run.refresh_from_db()
    letter.refresh_from_db()
    assert (letter.state, letter.failure) == ("approved", "glyph:\U00031234")
    assert (run.failed, run.pdf.name) == (1, "")


@pytest.mark.django_db
def test_a_run_goes_on_where_it_was_left(placement, admin, clock, monkeypatch, children):
    # F31: numbers stay, nothing is printed twice
    letters = [make_letter(case=make_case(placement=placement), state="approved") for _ in range(4)]
    run = start(letters, admin)

    class Dies(Press):
        def draw(self, html):
            if letters[2].case.debtor.name in html:
                raise SystemExit
            return super().draw(html)

    with monkeypatch.context() as patched:
        patched.setattr("letters.services.printing.Press", Dies)
        with pytest.raises(SystemExit):
            services.work_on_next_run(clock=clock)
    first = dict(Letter.objects.exclude(number="").values_list("number", "pdf_sha256"))
    busy = services.work_on_next_run(clock=clock)
    services.work_on_next_run(clock=lambda: clock() + timedelta(minutes=10))

    run.refresh_from_db()
    numbers = dict(Letter.objects.values_list("number", "pdf_sha256"))
    assert busy is None
    assert sorted(numbers) == [f"2026-00000{number}" for number in range(1, 5)]
    assert first.items() <= numbers.items()
    assert (run.done, run.finished_at is not None) == (4, True)


@pytest.mark.django_db
def test_a_letter_that_was_tried_before_is_drawn_alone(placement, admin, clock, monkeypatch, settings):
    """F05: when one letter kills its worker again and again, its neighbours' tries are not used up."""
    settings.PRINT_CHILDREN = 3
    letters = [make_letter(case=make_case(placement=placement), state="approved") for _ in range(3)]
    start(letters, admin)

    class Dies(Press):
        def draw(self, html):
            if letters[1].case.debtor.name in html:
                raise SystemExit
            return super().draw(html)

    with monkeypatch.context() as patched:
        patched.setattr("letters.services.printing.Press", Dies)
        for minutes in (10, 20, 30):
            with pytest.raises(SystemExit):
                services.work_on_next_run(clock=lambda minutes=minutes: clock() + timedelta(minutes=minutes))
        services.work_on_next_run(clock=lambda: clock() + timedelta(minutes=40))

    states = list(Letter.objects.order_by("pk").values_list("state", "number", "failure"))
    assert states == [("rendered", "2026-000001", ""), ("approved", "", "crash"), ("rendered", "2026-000002", "")]


@pytest.mark.django_db
def test_a_number_taken_meanwhile_is_not_used_twice(placement, admin, clock, monkeypatch):
    # F31: two workers
    mine, theirs = (make_letter(case=make_case(placement=placement), state="approved") for _ in range(2))
    start([mine], admin)
    start([theirs], admin)

    class Slow(Press):
        def draw(self, html):
            result = super().draw(html)
            if Letter.objects.filter(number="").count() == 2:
                with monkeypatch.context() as patched:
                    patched.setattr("letters.services.printing.Press", Press)
                    services.work_on_next_run(clock=lambda: clock() + timedelta(minutes=10))
            return result

    monkeypatch.setattr("letters.services.printing.Press", Slow)
    while services.work_on_next_run(clock=lambda: clock() + timedelta(minutes=20)):
        pass

    assert sorted(Letter.objects.values_list("number", flat=True)) == ["2026-000001", "2026-000002"]


@pytest.mark.django_db
def test_render_letter_writes_a_preview_then_the_issued_file(case, admin, clock, tmp_path):
    # A1.4: manage.py render_letter
    letter, out = make_letter(case=case, state="approved"), tmp_path / "letter.pdf"
    call_command("render_letter", str(letter.pk), "--out", str(out))
    preview = pages_of(out.read_bytes())
    start([letter], admin)
    services.work_on_next_run(clock=clock)

    call_command("render_letter", str(letter.pk), "--out", str(out))

    letter.refresh_from_db()
    assert "预览" in preview[0]
    assert letter.pdf.read() == out.read_bytes()


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["demand", "lawyer", "statement"])
def test_the_seeded_letters_say_what_cr_24_asks(case, kind, tmp_path):
    # CR-24, CR-30
    template = LetterTemplate.objects.get(client=None, kind=kind)
    if kind == "lawyer":
        template.law_firm = make_firm()
        template.save()
    letter, out = make_letter(case=case, template=template), tmp_path / "letter.pdf"

    call_command("render_letter", str(letter.pk), "--out", str(out))

    text = "".join(pages_of(out.read_bytes()))
    for piece in (case.debtor.name, "¥10,000.00", "壹万元整", "2026年11月23日", "95500", "（盖章处）", "异议", "6222********7890"):
        assert piece in text
    assert case.debtor.id_no not in text


@pytest.mark.postgres
@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_kill_9_in_the_middle_leaves_no_gap(placement, admin, clock, settings, media):
    # F31: kill -9 while printing, then run again
    letters = [make_letter(case=make_case(placement=placement), state="approved") for _ in range(40)]
    run = start(letters, admin)
    database = settings.DATABASES["default"]
    script = (
        "import django; django.setup()\n"
        "from django.conf import settings\n"
        f"settings.DATABASES['default']['NAME'] = {database['NAME']!r}\n"
        "from django.utils import timezone\n"
        "from letters.services import work_on_next_run\n"
        "work_on_next_run(clock=timezone.now)\n"
    )
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "tests.settings", "MEDIA_ROOT": str(media)}

    worker = subprocess.Popen([sys.executable, "-c", script], env=environment, cwd=settings.BASE_DIR)
    deadline = time.monotonic() + 60
    while Letter.objects.exclude(number="").count() < 7 and time.monotonic() < deadline:
        time.sleep(0.02)
    os.kill(worker.pid, signal.SIGKILL)
    worker.wait()
    before = dict(Letter.objects.exclude(number="").values_list("pk", "number"))
    PrintRun.objects.update(worked_on_at=MONDAY_9AM - timedelta(hours=1))
    services.work_on_next_run(clock=clock)

    run.refresh_from_db()
    after = dict(Letter.objects.values_list("pk", "number"))
    assert 7 <= len(before) < 40
    assert sorted(after.values()) == [f"2026-{number:06}" for number in range(1, 41)]
    assert before.items() <= after.items()
    assert len(PdfReader(io.BytesIO(run.pdf.read())).pages) == sum(Letter.objects.values_list("pages", flat=True))
