"""A real desk for the browser: the Procfile's own processes, on a database of their own, with the README's demo data.

The processes live on a Tuesday morning (`clock/sitecustomize.py`), because the gate refuses calls at night, whenever the tests run.
"""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import environ
import psycopg2
import pytest
import redis
from playwright.sync_api import Browser, Error, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent.parent
TUESDAY_10AM = datetime(2026, 11, 24, 10, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
PASSWORD = "demo-desk-2026"
AXE = ROOT / "node_modules/axe-core/axe.min.js"
RUN_AXE = """async () => {
  const found = await axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"] });
  return found.violations.filter((one) => ["serious", "critical"].includes(one.impact))
    .map((one) => `${one.id}: ${one.nodes.slice(0, 3).map((node) => node.target.join(" ")).join(" | ")}`);
}"""
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


def pytest_collection_modifyitems(items):
    for item in items:
        if "tests/browser" in str(item.path):
            item.add_marker(pytest.mark.browser)
            if not CHROMIUM:
                item.add_marker(pytest.mark.skip(reason="needs Chromium"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """A browser test that fails says what its pages showed: a picture alone would be lost with the machine that ran it."""
    report = yield
    if report.when == "call" and report.failed:
        for page in getattr(item, "pages", []):
            with contextlib.suppress(Error):
                report.sections.append((f"The page {page.url}", page.locator("main").inner_text(timeout=2000)[:4000]))
    return report


@dataclass
class Desk:
    """The running product, and its command line."""

    url: str
    env: dict[str, str]
    errors: list[str] = field(default_factory=list)

    def manage(self, *arguments: str) -> str:
        done = subprocess.run([sys.executable, "manage.py", *arguments], cwd=ROOT, env=self.env, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


@pytest.fixture(scope="session")
def desk(tmp_path_factory) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("desk")
    port = _free_port()
    env = os.environ | {
        "VAR_DIR": str(folder),
        "MEDIA_ROOT": str(folder / "media"),
        "BIND": f"127.0.0.1:{port}",
        "DJANGO_SETTINGS_MODULE": "collection.settings",
        "PYTHONPATH": str(Path(__file__).parent / "clock"),
        "DESK_CLOCK_SHIFT": str(int(TUESDAY_10AM.timestamp() - time.time())),
        "PYTHONUNBUFFERED": "1",
    }
    with _own_database(env), _own_broker(env):
        running = Desk(url=f"http://127.0.0.1:{port}", env=env)
        running.manage("migrate", "-v0")
        running.manage("load_demo")
        honcho = _start(running, folder / "desk.log")
        try:
            _wait_for(f"{running.url}/readyz", honcho, folder / "desk.log")
            yield running
        finally:
            honcho.send_signal(signal.SIGINT)  # what Ctrl-C sends: everything ends
            honcho.wait(timeout=40)


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


class _own_database:
    """On PostgreSQL a database made for this run and dropped after it; on SQLite the file in VAR_DIR already is."""

    def __init__(self, env: dict[str, str]) -> None:
        self.env, self.url = env, os.environ.get("DATABASE_URL", "")
        self.name = f"desk_browser_{os.getpid()}"

    def __enter__(self) -> None:
        if self.url:
            self._execute(f"CREATE DATABASE {self.name}")
            self.env["DATABASE_URL"] = f"{self.url.rpartition('/')[0]}/{self.name}"

    def __exit__(self, *error: object) -> None:
        if self.url:
            self._execute(f"DROP DATABASE IF EXISTS {self.name} WITH (FORCE)")

    def _execute(self, statement: str) -> None:
        config = environ.Env.db_url_config(self.url)
        connection = psycopg2.connect(
            host=config["HOST"], port=config["PORT"] or 5432, user=config["USER"], password=config["PASSWORD"] or None, dbname=config["NAME"]
        )
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(statement)
        connection.close()


class _own_broker:
    """With Redis a numbered database for this test process, emptied before and after. Two that share one would do each other's work."""

    def __init__(self, env: dict[str, str]) -> None:
        self.env, self.url = env, os.environ.get("REDIS_URL", "")

    def __enter__(self) -> None:
        if self.url:
            self.env["REDIS_URL"] = f"{self.url.rpartition('/')[0]}/{10 + int(os.environ.get('PYTEST_XDIST_WORKER', 'gw0')[2:]) % 5}"
            redis.Redis.from_url(self.env["REDIS_URL"]).flushdb()

    def __exit__(self, *error: object) -> None:
        if self.url:
            redis.Redis.from_url(self.env["REDIS_URL"]).flushdb()


def _start(desk: Desk, log: Path) -> subprocess.Popen:
    return subprocess.Popen([sys.executable, "-m", "honcho", "start"], cwd=ROOT, env=desk.env, stdout=log.open("w"), stderr=subprocess.STDOUT)


def _wait_for(url: str, process: subprocess.Popen, log: Path) -> None:
    for _ in range(180):
        if process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.5)
    pytest.fail(f"The desk did not come up:\n{log.read_text()[-3000:]}")


@pytest.fixture(scope="module")  # closed with the module: its event loop must not run under other tests
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"])
        yield browser
        browser.close()


@pytest.fixture
def sit_down(request, desk: Desk, chromium: Browser):
    """Open a browser at the desk, signed in as this person; a script error or a refused resource on any page fails the test."""
    contexts, request.node.pages = [], []

    def person(username: str, *, language: str = "zh-hans", theme: str = "light", width: int = 1280) -> Page:
        context = chromium.new_context(viewport={"width": width, "height": 900}, color_scheme=theme, locale=language, timezone_id="Asia/Shanghai")
        contexts.append(context)
        page = context.new_page()
        request.node.pages.append(page)
        page.on("pageerror", lambda error: desk.errors.append(f"{page.url}: {error}"))
        page.on("console", lambda message: desk.errors.append(f"{page.url}: {message.text}") if "Content Security Policy" in message.text else None)
        page.goto(f"{desk.url}/sign-in/")
        page.fill("input[name=username]", username)
        page.fill("input[name=password]", PASSWORD)
        page.click("main button[type=submit]")
        page.wait_for_url(f"{desk.url}/")
        _speak(page, language)
        return page

    yield person
    for context in contexts:
        context.close()
    errors, desk.errors = desk.errors, []
    assert errors == []


def _speak(page: Page, language: str) -> None:
    """A person keeps the language last chosen: whoever sat here in another test may have chosen the other one."""
    if not page.locator("html").get_attribute("lang").lower().startswith(language[:2]):
        with page.expect_navigation():
            page.locator("form[action*='language'] button").first.click()


def axe(page: Page) -> list[str]:
    """What axe finds serious on the page as it stands (WCAG 2.2 AA)."""
    page.evaluate(AXE.read_text())
    return page.evaluate(RUN_AXE)
