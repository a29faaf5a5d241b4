"""The telephone system places the call, on a signed request, and tells by events what becomes of it (`calls.services.events`)."""

import json
import ssl
import time
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import urlsplit

from calls.choices import Backend
from calls.dialling.base import Asked, NotPlaced, Unsure
from calls.dialling.signing import SIGNATURE_HEADER, TIME_HEADER, signature

# Only on the machine itself may a request go unencrypted: a gateway beside us.
LOOPBACK = ("127.0.0.1", "localhost", "::1")


def url_fault(url: str) -> str:
    """What is wrong with the address of the telephone system; "" when nothing is."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return "PBX_URL is the full address of the telephone system's call endpoint, https://…"
    if parts.scheme == "http" and parts.hostname not in LOOPBACK:
        return "PBX_URL must be https: the request carries a debtor's number."
    return "PBX_URL carries no user name, password or fragment." if parts.username or parts.password or parts.fragment else ""


class TelephoneSystem:
    """Asks the one configured address and no other: no redirect is followed, no proxy of the environment used, and no answer waited for too long."""

    backend = Backend.CTI
    shows_number = False

    def __init__(self, url: str, secret: str, *, timeout: float) -> None:
        self.url, self.secret, self.timeout = url, secret, timeout

    def place(self, call: Asked) -> str:
        body = json.dumps({"call_id": call.call_ref, "agent": call.agent, "number": call.number, "extension": call.extension}).encode()
        timestamp = int(time.time())
        headers = {
            "Content-Type": "application/json",
            TIME_HEADER: str(timestamp),
            SIGNATURE_HEADER: signature(self.secret, timestamp, body),
            "Idempotency-Key": call.call_ref,
        }
        status = self._post(body, headers)
        if 200 <= status < 300:
            return ""
        if status >= 500:
            raise Unsure(f"the telephone system answered {status}")
        raise NotPlaced(f"the telephone system answered {status}")

    def _post(self, body: bytes, headers: dict[str, str]) -> int:
        parts = urlsplit(self.url)
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection = self._connection(parts.hostname or "", parts.port, is_secure=parts.scheme == "https")
        try:
            try:
                connection.connect()
            except (OSError, HTTPException) as fault:  # nothing was sent
                raise NotPlaced(f"the telephone system is out of reach: {fault}") from fault
            try:
                connection.request("POST", path, body, headers)
                return connection.getresponse().status
            except (OSError, HTTPException) as fault:
                raise Unsure(f"the telephone system did not answer: {fault}") from fault
        finally:
            connection.close()

    def _connection(self, host: str, port: int | None, *, is_secure: bool) -> HTTPConnection:
        if is_secure:
            return HTTPSConnection(host, port, timeout=self.timeout, context=ssl.create_default_context())
        return HTTPConnection(host, port, timeout=self.timeout)
