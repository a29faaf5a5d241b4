"""A digest as the robots of WeCom and DingTalk take it, and the post itself: no redirect, no proxy of the environment, no long wait."""

import base64
import hashlib
import hmac
import json
import socket
import ssl
from http.client import HTTPConnection, HTTPException
from urllib.parse import quote_plus

from figures.choices import RobotKind
from figures.sending.guard import Destination, Forbidden, destination

# WeCom takes 4,096 bytes of markdown.
LONGEST = 4000
READ_AT_MOST = 65_536


class NotDelivered(Exception):
    """Surely nothing was posted; it may be tried again."""


class Unsure(Exception):
    """The message was sent, and nobody knows what became of it: it must not be sent again by itself."""


def message(kind: str, title: str, text: str) -> bytes:
    """The body that the robot of this kind takes."""
    text = text.encode()[:LONGEST].decode(errors="ignore")
    content = {"title": title, "text": text} if kind == RobotKind.DINGTALK else {"content": text}
    return json.dumps({"msgtype": "markdown", "markdown": content}, ensure_ascii=False).encode()


def signed(url: str, secret: str, timestamp: int) -> str:
    """DingTalk's signed address: HMAC-SHA256 of the milliseconds, a line break and the secret, by the secret itself."""
    digest = hmac.new(secret.encode(), f"{timestamp}\n{secret}".encode(), hashlib.sha256).digest()
    return f"{url}{'&' if '?' in url else '?'}timestamp={timestamp}&sign={quote_plus(base64.b64encode(digest))}"


def post(url: str, body: bytes, *, hosts: list[str], private: list[str], timeout: float) -> None:
    """Post the message. Raises NotDelivered (a refusal, or nobody there) and Unsure (sent, but no answer)."""
    try:
        where = destination(url, hosts=hosts, private=private)
    except Forbidden as fault:
        raise NotDelivered(f"forbidden: {fault}") from fault
    except OSError as fault:
        raise NotDelivered(f"name not found: {type(fault).__name__}") from fault
    connection = _connected(where, timeout)
    try:
        connection.request("POST", where.path, body, {"Host": _host_header(where), "Content-Type": "application/json; charset=utf-8"})
        answer = connection.getresponse()
        content = answer.read(READ_AT_MOST)
    except (OSError, HTTPException) as fault:
        raise Unsure(f"no answer: {type(fault).__name__}") from fault
    finally:
        connection.close()
    _check(answer.status, content)


def _connected(where: Destination, timeout: float) -> HTTPConnection:
    """A connection to the very address that was checked, under the host's name."""
    try:
        channel = socket.create_connection((where.ip, where.port), timeout=timeout)
        if where.is_secure:
            channel = ssl.create_default_context().wrap_socket(channel, server_hostname=where.host)
    except OSError as fault:
        raise NotDelivered(f"out of reach: {type(fault).__name__}") from fault
    connection = HTTPConnection(where.host, where.port, timeout=timeout)
    connection.sock = channel
    return connection


def _host_header(where: Destination) -> str:
    usual = 443 if where.is_secure else 80
    return where.host if where.port == usual else f"{where.host}:{where.port}"


def _check(status: int, content: bytes) -> None:
    """Both robots answer 200 and an error code in JSON; anything else was not posted."""
    if status != 200:
        raise NotDelivered(f"answered {status}")
    try:
        code = json.loads(content).get("errcode", 0)
    except (ValueError, AttributeError) as fault:
        raise NotDelivered("answered something that is no JSON") from fault
    if code:
        raise NotDelivered(f"refused with code {code}")
