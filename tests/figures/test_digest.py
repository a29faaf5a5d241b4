"""The morning digest: when, to whom, once, and where it may go. Robots are a real server on 127.0.0.1."""

import base64
import hashlib
import hmac
import json
import threading
from datetime import datetime, time, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core import mail
from django.urls import reverse

from audit.models import AuditEvent
from figures.choices import SendState
from figures.models import DigestChoice, DigestRobot, DigestSend
from figures.sending.guard import Forbidden, destination
from figures.services.digest import BadAddress, choose_mail, digest_text, plan_digests, save_robot, send_again, send_waiting
from staff.choices import Role
from staff.models import Notice
from tests.factories import SHANGHAI, make_record, make_user

pytestmark = pytest.mark.django_db
MORNING = datetime(2026, 11, 23, 8, 31, tzinfo=SHANGHAI)  # a Monday


@pytest.fixture(autouse=True)
def by_mail(settings):
    settings.SEND_MAIL = True
    settings.DIGEST_TIME = "08:30"


@pytest.fixture
def leader(lead):
    lead.email = "lead@example.cn"
    lead.save(update_fields=["email"])
    return lead


class Robot(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append((self.path, json.loads(body)))
        status, answer = self.server.answers.pop(0) if self.server.answers else (200, {"errcode": 0})
        if status is None:  # takes the message, and says nothing
            return
        self.send_response(status)
        self.end_headers()
        self.wfile.write(json.dumps(answer).encode())

    def log_message(self, *args):
        pass


@pytest.fixture
def server(settings):
    with HTTPServer(("127.0.0.1", 0), Robot) as running:
        running.got, running.answers = [], []
        settings.DIGEST_PRIVATE_HOSTS = [f"127.0.0.1:{running.server_port}"]
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield running
        running.shutdown()
        thread.join()


@pytest.fixture
def robot(server, gm):
    def made(kind="wecom", secret="", path="/cgi-bin/webhook/send?key=k"):
        return DigestRobot.objects.create(name=kind, kind=kind, person=gm, url=f"http://127.0.0.1:{server.server_port}{path}", secret=secret)

    return made


def run(now=MORNING):
    plan_digests(now=now)
    return [send.pk for send in send_waiting(now=now)]


def state(row=None):
    row = row or DigestSend.objects.get()
    row.refresh_from_db()
    return row.state


# --- When and to whom --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("moment", "count"),
    [
        (MORNING, 1),
        (MORNING - timedelta(minutes=2), 0),  # not yet
        (MORNING.replace(hour=17, minute=31), 0),  # the office has closed
        (MORNING - timedelta(days=1), 0),  # a Sunday
        (datetime(2026, 10, 10, 9, 0, tzinfo=SHANGHAI), 1),  # a make-up Saturday
        (datetime(2026, 10, 5, 9, 0, tzinfo=SHANGHAI), 0),  # the October holiday
    ],
)
def test_digests_are_for_working_mornings(leader, moment, count):
    assert plan_digests(now=moment) == count


def test_leads_and_the_gm_office_get_it_unless_they_say_no_others_when_they_say_yes(leader, gm, team):
    gm.email = "gm@example.cn"
    gm.save()
    eager = make_user(Role.COLLECTOR, team=team, email="eager@example.cn")
    make_user(Role.COLLECTOR, team=team, email="silent@example.cn")
    choose_mail(by=gm, by_mail=False, now=MORNING)
    choose_mail(by=eager, by_mail=True, now=MORNING)

    run()

    assert sorted(address for message in mail.outbox for address in message.to) == ["eager@example.cn", "lead@example.cn"]
    assert DigestChoice.objects.get(person=gm).by_mail is False


def test_once_a_day_however_often_it_is_asked_for(leader):
    for minutes in range(4):
        run(MORNING + timedelta(minutes=minutes))

    assert len(mail.outbox) == 1
    assert run(MORNING + timedelta(days=1)) != []


def test_it_says_numbers_and_links_and_nothing_about_a_debtor(leader, collector, case, settings):
    make_record(case, collector, "WTP", at=datetime(2026, 11, 20, 10, 0, tzinfo=SHANGHAI))
    leader.language = "en"

    title, text = digest_text(leader, now=MORNING, as_markdown=False)

    assert title == f"Figures of 2026-11-23 for {leader}"
    assert "Dials: 1\n" in text
    assert f"{settings.SITE_URL}{reverse('figures:call-rows')}?since=2026-11-20&until=2026-11-20&measure=dials" in text
    assert not any(part in text for part in (case.debtor.name, case.case_no, "138"))


# --- Robots ------------------------------------------------------------------------------------------------------------------


def test_wecom_gets_markdown(robot, server):
    robot()
    run()

    (path, body) = server.got[0]
    assert path == "/cgi-bin/webhook/send?key=k"
    assert (body["msgtype"], set(body["markdown"])) == ("markdown", {"content"})
    assert state() == SendState.SENT


def test_dingtalk_gets_a_title_and_a_signed_address(robot, server):
    robot("dingtalk", secret="SEC-secret", path="/robot/send?access_token=t")
    run()

    path, body = server.got[0]
    asked = {name: values[0] for name, values in parse_qs(urlsplit(path).query).items()}
    expected = hmac.new(b"SEC-secret", f"{asked['timestamp']}\nSEC-secret".encode(), hashlib.sha256).digest()
    assert asked["timestamp"] == str(round(MORNING.timestamp() * 1000))
    assert asked["sign"] == base64.b64encode(expected).decode()
    assert set(body["markdown"]) == {"title", "text"}


@pytest.mark.parametrize("answer", [(500, {}), (200, {"errcode": 310000, "errmsg": "sign not match"}), (302, {})])
def test_a_refusal_is_tried_again_later_and_later_then_given_up_and_told(robot, server, answer):
    """After 1, 5, 15 and 60 minutes; the fifth failure is the last, and administrators are told once."""
    robot()
    admin = make_user(Role.ADMINISTRATOR)
    server.answers = [answer] * 6
    moment = MORNING
    for minutes in (1, 5, 15, 60):
        run(moment)
        assert state() == SendState.WAITING
        run(moment + timedelta(minutes=minutes, seconds=-1))
        moment += timedelta(minutes=minutes)
    run(moment)
    run(moment + timedelta(hours=2))

    assert (state(), len(server.got)) == (SendState.FAILED, 5)
    assert Notice.objects.filter(recipient=admin).count() == 1


def test_a_robot_that_is_back_gets_it_once(robot, server):
    robot()
    server.answers = [(500, {})]
    run()
    run(MORNING + timedelta(minutes=1))
    run(MORNING + timedelta(minutes=30))

    assert (state(), len(server.got)) == (SendState.SENT, 2)


def test_nobody_there_is_tried_again(robot, settings):
    row = robot()
    settings.DIGEST_PRIVATE_HOSTS = ["127.0.0.1:1"]
    row.url = "http://127.0.0.1:1/send"
    row.save()
    run()

    assert (state(), DigestSend.objects.get().failure) == (SendState.WAITING, "out of reach: ConnectionRefusedError")


def test_a_message_without_an_answer_is_not_sent_twice(robot, server):
    """It may have been posted: administrators look, and send it again themselves."""
    robot()
    admin = make_user(Role.ADMINISTRATOR)
    server.answers = [(None, {})]
    run()
    run(MORNING + timedelta(hours=1))
    assert (state(), len(server.got)) == (SendState.UNSURE, 1)

    send_again(send_id=DigestSend.objects.get().pk, by=admin, now=MORNING + timedelta(hours=1))
    run(MORNING + timedelta(hours=1))

    assert (state(), len(server.got)) == (SendState.SENT, 2)
    assert AuditEvent.objects.filter(action="digest.repeated").count() == 1


def test_a_worker_killed_before_sending_leaves_a_row_that_the_next_one_sends(robot, server):
    robot()
    plan_digests(now=MORNING)  # and dies

    run(MORNING + timedelta(minutes=1))

    assert (state(), len(server.got)) == (SendState.SENT, 1)


def test_a_worker_killed_while_sending_is_not_repeated(robot, server):
    robot()
    plan_digests(now=MORNING)
    DigestSend.objects.update(state=SendState.SENDING, started_at=MORNING, attempts=1)  # and dies

    run(MORNING + timedelta(minutes=9))
    assert state() == SendState.SENDING
    run(MORNING + timedelta(minutes=11))

    assert (state(), server.got) == (SendState.UNSURE, [])


def test_a_row_that_somebody_else_claimed_is_left_alone(robot, server):
    """F-like: both looked at the same waiting row; whoever comes second sends nothing."""
    robot()
    plan_digests(now=MORNING)
    first, second = send_waiting(now=MORNING), send_waiting(now=MORNING)
    assert [len(list(sends)) for sends in (first, second)] == [1, 0]
    assert len(server.got) == 1


# --- Where it may go ---------------------------------------------------------------------------------------------------------

ALLOWED = {"hosts": ["robot.example.cn"], "private": []}


@pytest.mark.parametrize(
    "url",
    [
        "http://robot.example.cn/send",
        "https://other.example.cn/send",
        "https://robot.example.cn:8443/send",
        "https://user:pw@robot.example.cn/send",
        "https://robot.example.cn@127.0.0.1/send",
        "https://127.0.0.1/send",
        "https://[::1]/send",
        "file:///etc/passwd",
        "https://robot.example.cn:99999/",
        "",
    ],
)
def test_an_address_that_is_not_allowed_is_not_posted_to(url):
    with pytest.raises(Forbidden):
        destination(url, **ALLOWED)


@pytest.mark.parametrize("ip", ["127.0.0.1", "10.0.0.8", "192.168.1.1", "169.254.169.254", "::1", "fd00::1", "0.0.0.0", "100.64.0.1"])  # noqa: S104 -- an address to be refused
def test_an_allowed_name_with_a_private_address_is_not_posted_to(monkeypatch, ip):
    """The name is looked up once, and the connection goes to what was checked."""
    monkeypatch.setattr("socket.getaddrinfo", lambda *args, **kwargs: [(2, 1, 6, "", ("8.8.8.8", 443)), (2, 1, 6, "", (ip, 443))])

    with pytest.raises(Forbidden, match="not public"):
        destination("https://robot.example.cn/send", **ALLOWED)


def test_a_public_address_of_an_allowed_name_is(monkeypatch):
    monkeypatch.setattr("socket.getaddrinfo", lambda *args, **kwargs: [(2, 1, 6, "", ("8.8.8.8", 443))])

    found = destination("https://robot.example.cn/send?key=1", **ALLOWED)

    assert (found.ip, found.port, found.is_secure, found.path) == ("8.8.8.8", 443, True, "/send?key=1")


def test_a_private_host_named_in_the_settings_may_be_posted_to_but_only_here_without_encryption():
    private = ["relay.intern", "127.0.0.1:8090"]

    assert destination("http://127.0.0.1:8090/x", hosts=[], private=private).ip == "127.0.0.1"
    for url in ("http://127.0.0.1:8091/x", "http://relay.intern/x"):
        with pytest.raises(Forbidden):
            destination(url, hosts=[], private=private)


def test_a_robot_at_a_forbidden_address_is_not_saved(gm):
    admin = make_user(Role.ADMINISTRATOR)
    about = {"robot_id": None, "name": "x", "kind": "wecom", "person": gm, "secret": "", "is_active": True, "by": admin, "now": MORNING}

    with pytest.raises(BadAddress):
        save_robot(url="https://169.254.169.254/latest", **about)

    assert not DigestRobot.objects.exists()


def test_the_address_and_the_secret_are_kept_encrypted_and_off_the_trail_and_the_page(gm, sign_in):
    admin = make_user(Role.ADMINISTRATOR)
    entered = {
        "name": "群",
        "kind": "dingtalk",
        "person": gm.pk,
        "url": "https://oapi.dingtalk.com/robot/send?access_token=tok123",
        "secret": "SEC999",
        "is_active": "on",
    }

    answer = sign_in(admin).post(reverse("figures:robot-new"), entered)

    assert answer.status_code == 302
    robot = DigestRobot.objects.get()
    assert robot.url.endswith("tok123")
    trail = json.dumps(list(AuditEvent.objects.filter(action="digest_robot.saved").values_list("changes", flat=True)))
    page = sign_in(admin).get(reverse("figures:robot", args=[robot.pk])).content.decode()
    assert not any(secret in text for secret in ("tok123", "SEC999") for text in (trail, page))
    edited = sign_in(admin).post(reverse("figures:robot", args=[robot.pk]), entered | {"url": "", "secret": "", "name": "另一个群"})
    robot.refresh_from_db()
    assert (edited.status_code, robot.name, robot.url.endswith("tok123"), robot.secret) == (302, "另一个群", True, "SEC999")


def test_only_administrators_see_what_became_of_digests(sign_in, leader, gm):
    run()

    assert sign_in(gm).get(reverse("figures:digest-list")).status_code == 403
    page = sign_in(make_user(Role.ADMINISTRATOR)).get(reverse("figures:digest-list"))
    assert [line["row"].person for line in page.context["table"]] == [leader]


def test_a_person_chooses_for_themselves_and_sees_what_it_would_say(sign_in, leader):
    page = sign_in(leader).get(reverse("figures:digest-mine"))
    assert page.context["form"].initial == {"by_mail": True}
    assert reverse("figures:duty-rows") in page.content.decode()

    sign_in(leader).post(reverse("figures:digest-mine"), {})

    assert DigestChoice.objects.get(person=leader).by_mail is False
    assert plan_digests(now=MORNING) == 0


def test_the_set_time_is_the_agencys(settings, leader):
    settings.DIGEST_TIME = "09:15"
    local = datetime.combine(MORNING.date(), time(9, 14), SHANGHAI)

    assert [plan_digests(now=local), plan_digests(now=local + timedelta(minutes=1))] == [0, 1]
