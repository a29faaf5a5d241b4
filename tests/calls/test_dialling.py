"""The telephone system: asked by a signed request, it tells by signed events what becomes of a call (CR-08, CR-21)."""

import json
import threading
import uuid
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.utils import timezone

from calls.dialling import Asked, NotPlaced, Unsure
from calls.dialling.signing import is_signed, signature
from calls.dialling.webhook import TelephoneSystem, url_fault
from calls.models import CallEvent, CallIssue, Dial
from calls.services.events import miss_recordings
from calls.services.placing import CannotCancel, CannotPlace, cancel_call, place_call
from calls.services.recording import open_call
from calls.tasks import notice_missing_recordings
from tests.calls.conftest import TEN
from tests.factories import make_caller, make_case

SECRET = "0123456789abcdef0123456789abcdef"
URL = "/pbx/events/"


class Exchange:
    """A telephone system on this machine: keeps what it was asked, and answers as told."""

    def __init__(self):
        self.asked, self.status, self.headers = [], 202, {}
        exchange = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                exchange.asked.append((self.path, dict(self.headers), body))
                if exchange.status == 0:  # hangs up without a word
                    self.connection.close()
                    return
                self.send_response(exchange.status)
                for name, value in exchange.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_args):
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/calls"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join(5)


@pytest.fixture
def exchange(settings):
    one = Exchange()
    settings.DIALLING, settings.PBX_URL, settings.PBX_SECRET, settings.PBX_TIMEOUT = "cti", one.url, SECRET, 2.0
    yield one
    one.close()


@pytest.fixture
def placed(case, caller, dial, exchange):
    return dial(case, caller)


def tell(client, call_ref, kind, *, at=TEN, event_id=None, secret=SECRET, age=0, **more):
    said = {"event_id": event_id or uuid.uuid4().hex, "call_id": str(call_ref), "type": kind, "at": at.isoformat()} | more
    return send(client, json.dumps(said).encode(), secret=secret, age=age)


def send(client, body, *, secret=SECRET, age=0):
    timestamp = int(timezone.now().timestamp()) - age
    headers = {"X-Desk-Timestamp": str(timestamp), "X-Desk-Signature": signature(secret, timestamp, body)}
    return client.post(URL, body, content_type="application/json", headers=headers)


def test_the_telephone_system_is_asked_and_the_number_is_not_shown(placed, case, caller, exchange):
    """CR-08: the call is placed by the exchange; nobody sees or copies the number."""
    path, headers, body = exchange.asked[0]

    phone = case.contacts.get().phones.get()
    assert (placed.number, placed.uri, placed.dial.is_disclosed, len(exchange.asked)) == ("", "", False, 1)
    assert json.loads(body) == {"call_id": placed.call_ref, "agent": caller.staff_no, "number": phone.number, "extension": ""}
    assert (path, headers["Idempotency-Key"]) == ("/calls", placed.call_ref)
    now = int(headers["X-Desk-Timestamp"])
    assert is_signed(SECRET, headers["X-Desk-Timestamp"], headers["X-Desk-Signature"], body, now=now)


def test_placing_again_does_not_ring_again(placed, case, caller, dial, exchange):
    """F14"""
    dial(case, caller, now=TEN + timedelta(seconds=1))

    assert len(exchange.asked) == 1


def test_a_refused_call_is_given_back(case, caller, dial, exchange):
    """The exchange says no for certain: nobody was rung, nothing counts."""
    exchange.status = 409

    with pytest.raises(CannotPlace):
        dial(case, caller)

    row = Dial.objects.get()
    assert (row.cancelled_at, row.cancel_reason) == (TEN, "the telephone system answered 409")


@pytest.mark.parametrize("status", [0, 500], ids=["no answer", "a fault"])
def test_a_call_of_which_nobody_knows_counts(case, caller, dial, exchange, status):
    """CR-04: it may have rung."""
    exchange.status = status

    with pytest.raises(CannotPlace):
        dial(case, caller)

    row = Dial.objects.get()
    assert (row.placed_at, row.cancelled_at) == (TEN, None)


def test_out_of_reach_is_no_call(case, caller, dial, exchange, settings):
    settings.PBX_URL = "http://127.0.0.1:9/calls"

    with pytest.raises(CannotPlace):
        dial(case, caller)

    assert Dial.objects.get().cancelled_at == TEN


def test_a_redirect_is_not_followed(exchange):
    """Egress goes to the one configured address and no other."""
    other = Exchange()
    exchange.status, exchange.headers = 307, {"Location": other.url}

    with pytest.raises(NotPlaced):
        TelephoneSystem(exchange.url, SECRET, timeout=2).place(Asked("c", "13800000000", "", "E1"))

    assert (len(exchange.asked), other.asked) == (1, [])
    other.close()


def test_a_slow_exchange_is_not_waited_for(exchange):
    listening = HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)  # accepts by its backlog, and never answers

    with pytest.raises(Unsure):
        TelephoneSystem(f"http://127.0.0.1:{listening.server_port}/", SECRET, timeout=0.2).place(Asked("c", "13800000000", "", "E1"))
    listening.server_close()


@pytest.mark.parametrize(
    ("url", "is_fine"),
    [
        ("https://pbx.example.cn/calls", True),
        ("http://127.0.0.1:8090/calls", True),
        ("http://pbx.example.cn/calls", False),
        ("ftp://pbx.example.cn/", False),
        ("https://me:secret@pbx.example.cn/", False),
        ("", False),
    ],
)
def test_the_exchange_is_spoken_to_encrypted(url, is_fine):
    assert (url_fault(url) == "") is is_fine


def test_check_refuses_a_half_configured_exchange(settings):
    settings.DIALLING, settings.PBX_URL, settings.PBX_SECRET = "cti", "http://pbx.example.cn/", "short"

    with pytest.raises(SystemCheckError) as found:
        call_command("check")

    assert "calls.E003" in str(found.value)
    assert "calls.E004" in str(found.value)


def test_events_give_the_record_its_duration_and_recording(client, placed, caller, save):
    """CR-21: the telephone system's figures, not the caller's."""
    seconds = {"start": 0, "answer": 12, "end": 75, "recording": 80}
    answers = [
        tell(client, placed.call_ref, kind, at=TEN + timedelta(seconds=after), **({"recording": "rec-7"} if kind == "recording" else {})).json()
        for kind, after in seconds.items()
    ]

    row = save(placed.dial.verdict, caller, "RTP").record

    assert (answers, row.talk_seconds, row.recording_ref) == ([{"new": True}] * 4, 63, "rec-7")


def test_events_in_any_order_after_the_record_and_twice_say_the_same(client, placed, caller, save):
    """Out of order, late, doubled: the same in the end."""
    row = save(placed.dial.verdict, caller, "RTP").record
    about = [("recording", 80, {"recording": "rec-7"}), ("end", 75, {"cause": "normal"}), ("start", 0, {"line": "057188880001"}), ("answer", 12, {})]
    for _time in range(2):
        for kind, after, more in about:
            tell(client, placed.call_ref, kind, at=TEN + timedelta(seconds=after), event_id=f"e-{kind}", **more)

    row.refresh_from_db()
    placed.dial.refresh_from_db()
    assert (row.talk_seconds, row.recording_ref, CallEvent.objects.count()) == (63, "rec-7", 4)
    assert (placed.dial.rung_at, placed.dial.line, placed.dial.cause) == (TEN, "057188880001", "normal")


@pytest.mark.parametrize("turned", [False, True], ids=["in order", "turned round"])
def test_of_two_starts_ends_and_recordings_the_first_and_the_last_count(client, placed, turned):
    """A transferred call: the same in the end, in whatever order they come."""
    about = [
        ("start", 0, {"line": "057188880001"}), ("start", 5, {"line": "057188880002"}), ("end", 60, {"cause": "transfer"}),
        ("end", 75, {"cause": "normal"}), ("recording", 76, {"recording": "rec-1"}), ("recording", 80, {"recording": "rec-2"}),
    ]  # fmt: skip
    for kind, after, more in reversed(about) if turned else about:
        tell(client, placed.call_ref, kind, at=TEN + timedelta(seconds=after), **more)

    placed.dial.refresh_from_db()
    assert (placed.dial.rung_at, placed.dial.line, placed.dial.cause, placed.dial.recording_ref) == (TEN, "057188880001", "normal", "rec-2")


def test_the_same_event_twice_is_taken_once(client, placed):
    answers = [tell(client, placed.call_ref, "start", event_id="e-1").json() for _time in range(2)]

    assert answers == [{"new": True}, {"new": False}]


def test_an_events_id_is_not_used_for_another_one(client, placed):
    tell(client, placed.call_ref, "start", event_id="e-1")

    answer = tell(client, placed.call_ref, "end", event_id="e-1")

    placed.dial.refresh_from_db()
    assert (answer.status_code, placed.dial.ended_at) == (409, None)


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00+14:00", "2099-01-01T00:00:00+08:00"])
def test_an_event_years_from_its_call_is_refused_and_changes_nothing(client, placed, at):
    """A telephone system whose clock is off: no call lasts for years, and no number outgrows its column."""
    body = json.dumps({"event_id": "e9", "call_id": str(placed.dial.call_ref), "type": "end", "at": at}).encode()

    answer = send(client, body)

    assert (answer.status_code, CallEvent.objects.count(), Dial.objects.get().ended_at) == (409, 0, None)


def test_a_cancelled_call_that_has_a_recording_counts_again(client, placed, caller):
    """CR-04: there is no recording of a call that nobody rang for, in whatever order the events come."""
    cancel_call(verdict_id=placed.dial.verdict_id, reason="没拨通", by=caller, now=TEN)

    tell(client, placed.dial.call_ref, "recording", recording="r/9")

    assert Dial.objects.get().cancelled_at is None


def test_a_call_that_nobody_answered_lasted_no_time(client, placed, caller, save):
    tell(client, placed.call_ref, "start")
    tell(client, placed.call_ref, "end", at=TEN + timedelta(seconds=30))

    assert save(placed.dial.verdict, caller).record.talk_seconds == 0


@pytest.mark.parametrize("wrong", ["secret", "old", "from tomorrow", "none", "body"])
def test_what_is_not_signed_now_by_the_exchange_changes_nothing(client, placed, wrong, django_assert_num_queries):
    """Forged, replayed, unsigned or altered: 401, and not one query."""
    body = json.dumps({"event_id": "e", "call_id": placed.call_ref, "type": "start", "at": TEN.isoformat()}).encode()
    with django_assert_num_queries(0):
        if wrong == "secret":
            answer = send(client, body, secret="another")
        elif wrong in ("old", "from tomorrow"):
            answer = send(client, body, age=301 if wrong == "old" else -86400)
        elif wrong == "none":
            answer = client.post(URL, body, content_type="application/json")
        else:
            timestamp = int(timezone.now().timestamp())
            headers = {"X-Desk-Timestamp": str(timestamp), "X-Desk-Signature": signature(SECRET, timestamp, body)}
            answer = client.post(URL, body.replace(b"start", b"end"), content_type="application/json", headers=headers)

    assert (answer.status_code, CallEvent.objects.count()) == (401, 0)


@pytest.mark.parametrize(
    "body",
    [
        b"[]",
        b"{",
        b'{"event_id": 1}',
        b"[" * 5000,
        b'{"event_id": "e", "call_id": "x", "type": "start", "at": "2026-11-23T10:00:00+08:00"}',
        b'{"event_id": "e", "call_id": "00000000-0000-0000-0000-000000000000", "type": "ring", "at": "2026-11-23T10:00:00+08:00"}',
        b'{"event_id": "e", "call_id": "00000000-0000-0000-0000-000000000000", "type": "start", "at": "2026-11-23T10:00:00"}',
        b'{"event_id": "e\\u0000", "call_id": "00000000-0000-0000-0000-000000000000", "type": "start", "at": "2026-11-23T10:00:00+08:00"}',
        b'{"event_id": "e", "call_id": "00000000-0000-0000-0000-000000000000", "type": "recording", "at": "2026-11-23T10:00:00+08:00"}',
        b'{"event_id": "e\\ud800", "call_id": "00000000-0000-0000-0000-000000000000", "type": "start", "at": "2026-11-23T10:00:00+08:00"}',
    ],
    ids=["no object", "no JSON", "no text", "deep", "no uuid", "unknown kind", "no offset", "NUL", "no recording", "half a pair"],
)
@pytest.mark.django_db
def test_a_signed_event_of_no_known_shape_answers_400(client, exchange, body):
    assert (send(client, body).status_code, CallEvent.objects.count()) == (400, 0)


@pytest.mark.django_db
def test_an_unknown_call_answers_404_and_a_large_body_413(client, exchange):
    unknown = tell(client, uuid.uuid4(), "start")
    large = send(client, b"x" * 17000)

    assert (unknown.status_code, large.status_code) == (404, 413)


@pytest.mark.django_db
def test_without_a_telephone_system_the_door_does_not_exist(client, settings):
    settings.PBX_SECRET = SECRET

    assert tell(client, uuid.uuid4(), "start").status_code == 404


@pytest.mark.parametrize(("kind", "more"), [("start", {}), ("answer", {}), ("recording", {"recording": "7001.wav"})])
def test_a_call_that_rang_is_not_cancelled(client, placed, caller, kind, more):
    """CR-04: the exchange knows better, whichever of its events comes first."""
    tell(client, placed.call_ref, kind, **more)

    with pytest.raises(CannotCancel):
        cancel_call(verdict_id=placed.dial.verdict_id, reason="没打", by=caller, now=TEN)

    placed.dial.refresh_from_db()
    assert placed.dial.cancelled_at is None


def test_a_cancelled_call_that_rings_all_the_same_counts_again(client, placed, caller):
    """CR-04"""
    cancel_call(verdict_id=placed.dial.verdict_id, reason="没打", by=caller, now=TEN)

    tell(client, placed.call_ref, "start")

    placed.dial.refresh_from_db()
    assert placed.dial.cancelled_at is None


def test_cr_08_a_call_from_a_line_that_is_not_registered_is_an_issue(client, placed, settings):
    """CR-08: the outbound number is in the registry."""
    settings.PBX_LINES = ["057188880001"]
    tell(client, placed.call_ref, "start", line="057188880001")
    before = CallIssue.objects.count()

    tell(client, placed.call_ref, "start", line="13900000000")

    issue = CallIssue.objects.get()
    assert (before, issue.kind, issue.rule) == (0, "unknown_line", "CR-08")


def test_cr_21_an_answered_call_without_recording_a_day_later_is_an_issue_once(client, placed, caller, save):
    """CR-21: WARN → violation after 24 hours; F07: twice is once."""
    tell(client, placed.call_ref, "answer")
    save(placed.dial.verdict, caller, "RTP")

    counts = [miss_recordings(now=TEN + timedelta(hours=hours)) for hours in (23, 25, 26)]

    issue = CallIssue.objects.get()
    assert (counts, issue.kind, issue.rule, issue.collector) == ([0, 1, 0], "no_recording", "CR-21", caller)


def test_cr_21_a_recording_that_comes_late_settles_it(client, placed, caller, save):
    save(placed.dial.verdict, caller, "RTP")
    miss_recordings(now=TEN + timedelta(hours=25))

    tell(client, placed.call_ref, "recording", recording="rec-9")

    assert CallIssue.objects.count() == 0


def test_cr_21_nobody_answered_so_nothing_is_missing(placed, caller, save):
    save(placed.dial.verdict, caller, "NOAS")

    assert miss_recordings(now=TEN + timedelta(hours=25)) == 0


def test_cr_21_is_asked_of_the_telephone_systems_calls_only(case, caller, dial, save, settings):
    save(dial(case, caller).dial.verdict, caller, "RTP")

    without = miss_recordings(now=TEN + timedelta(hours=25))
    settings.DIALLING = "cti"

    assert (without, miss_recordings(now=TEN + timedelta(hours=25))) == (0, 0)


@pytest.mark.django_db
def test_the_beat_task_looks_for_missing_recordings(exchange):
    notice_missing_recordings.delay()

    assert CallIssue.objects.count() == 0


@pytest.mark.django_db(transaction=True)
@pytest.mark.postgres
def test_the_exchange_is_asked_outside_of_any_transaction(exchange, settings):
    """A call that rings is never undone by a fault that comes after it: the dial is committed before the exchange hears of it."""
    caller = make_caller()
    case = make_case(holder=caller)
    verdict = open_call(case_id=case.pk, phone_id=case.contacts.get().phones.get().pk, by=caller, now=TEN)
    exchange.status = 500

    with pytest.raises(CannotPlace):
        place_call(verdict_id=verdict.pk, by=caller, now=TEN)

    assert Dial.objects.get().placed_at == TEN


def test_the_worked_example_of_the_document_is_signed_as_openssl_does():
    """docs/dialling.md: the figure is that of `openssl dgst -sha256 -hmac`."""
    body = b'{"event_id":"7001-1","call_id":"4f1c0c5e-0000-4000-8000-000000000000","type":"answer","at":"2026-11-23T10:00:12+08:00"}'

    assert signature(SECRET, 1795399200, body) == "v1=180367cf007502e1437ec45cc0df858fe5a87a29302b4cc3c459617ea07c8683"
