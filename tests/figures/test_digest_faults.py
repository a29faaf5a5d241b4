"""A worker killed while it sends the digest (F07). The robot's protocol knows no key to send twice with, so what was sent and not marked can't be told from what
was never sent: the desk sends at most once by itself, says that it is unsure, and leaves the second time to a person who looked."""

import os
import signal
import subprocess
import sys
import threading
import time
from datetime import timedelta

import pytest
from django.conf import settings as desk
from django.db import connection, transaction

from figures.choices import SendState
from figures.models import DigestSend
from figures.services.digest import send_again
from staff.choices import Role
from staff.models import Notice
from tests.factories import make_user
from tests.figures.test_digest import MORNING, Robot, robot, server  # noqa: F401 -- fixtures

pytestmark = [pytest.mark.postgres, pytest.mark.slow, pytest.mark.django_db(transaction=True, serialized_rollback=True)]
SEND = """
import django; django.setup()
from datetime import datetime
from figures.services.digest import send_waiting
print(len(list(send_waiting(now=datetime.fromisoformat("{now}")))))
"""


@pytest.fixture
def waiting(robot):  # noqa: F811
    """One digest that waits to be posted."""
    made = robot()
    return DigestSend.objects.create(person=made.person, robot=made, day=MORNING.date(), next_at=MORNING)


@pytest.fixture
def work(server):  # noqa: F811
    """Starts a worker of its own on this database, which sends what waits at a moment."""
    name = connection.settings_dict
    keys = {key: getattr(desk, key) for key in ("SECRET_KEY", "FIELD_KEY", "INDEX_KEY")}
    own = {
        "DATABASE_URL": f"postgresql://{name['USER']}:{name['PASSWORD']}@{name['HOST']}:{name['PORT']}/{name['NAME']}",
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "DIGEST_PRIVATE_HOSTS": f"127.0.0.1:{server.server_port}",
        "DIGEST_TIMEOUT": "60",
    }
    started = []

    def start(now=MORNING) -> subprocess.Popen:
        command = [sys.executable, "-c", SEND.format(now=now.isoformat())]
        started.append(subprocess.Popen(command, env=os.environ | keys | own, cwd=desk.BASE_DIR, stdout=subprocess.PIPE, text=True))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()
        process.stdout.close()


@pytest.fixture
def slow_robot(server, monkeypatch):  # noqa: F811
    """The robot has the message, and answers only when it is told to."""
    got, may_answer = threading.Event(), threading.Event()
    answer = Robot.send_response

    def hold(self, status):
        got.set()
        may_answer.wait(60)
        answer(self, status)

    monkeypatch.setattr(Robot, "send_response", hold)
    yield got, may_answer
    may_answer.set()


BLOCKED = "FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'UPDATE \"figures_digestsend\"%'"


def wait_until_marking_is_blocked() -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_stat_clear_snapshot()")  # or it says what it said first
            cursor.execute(f"SELECT COUNT(*) {BLOCKED}")
            if cursor.fetchone()[0]:
                return
        time.sleep(0.05)
    raise AssertionError("the worker never came so far")


def forget_what_it_asked() -> None:
    """The worker's machine is gone, its connection with it: what the database had not begun to do is not done."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_terminate_backend(pid) {BLOCKED}")


def kill(worker: subprocess.Popen) -> None:
    os.kill(worker.pid, signal.SIGKILL)
    worker.wait()


def state_of(send: DigestSend) -> str:
    return DigestSend.objects.get(pk=send.pk).state


def test_a_worker_killed_between_sending_and_marking_posts_once(waiting, work, slow_robot, server):  # noqa: F811
    """The robot said yes; the worker dies before it writes that down. The next ones never post it again."""
    admin = make_user(Role.ADMINISTRATOR)
    got, may_answer = slow_robot
    worker = work()
    assert got.wait(60)
    with transaction.atomic():
        DigestSend.objects.select_for_update().get(pk=waiting.pk)
        may_answer.set()
        wait_until_marking_is_blocked()
        kill(worker)
        forget_what_it_asked()

    sent = [work(now).communicate()[0].strip() for now in (MORNING + timedelta(minutes=1), MORNING + timedelta(minutes=11), MORNING + timedelta(minutes=12))]

    assert (sent, len(server.got), state_of(waiting)) == (["0", "0", "0"], 1, SendState.UNSURE)
    assert Notice.objects.filter(recipient=admin).count() == 1


def test_a_worker_killed_before_the_robot_answered_posts_once_until_somebody_says_again(waiting, work, slow_robot, server):  # noqa: F811
    got, may_answer = slow_robot
    worker = work()
    assert got.wait(60)
    kill(worker)
    may_answer.set()
    later = MORNING + timedelta(minutes=11)
    assert work(later).communicate()[0].strip() == "0"
    assert (len(server.got), state_of(waiting)) == (1, SendState.UNSURE)

    send_again(send_id=waiting.pk, by=make_user(Role.ADMINISTRATOR), now=later)
    sent = work(later + timedelta(minutes=1)).communicate()[0].strip()

    assert (sent, len(server.got), state_of(waiting)) == ("1", 2, SendState.SENT)
