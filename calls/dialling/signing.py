"""Requests between us and the telephone system carry a time and a signature over time and body: nobody else can make one, nobody can replay an old one."""

import hashlib
import hmac

TIME_HEADER, SIGNATURE_HEADER = "X-Desk-Timestamp", "X-Desk-Signature"
# How far two clocks may be apart, in seconds.
TOLERANCE = 300


def signature(secret: str, timestamp: int, body: bytes) -> str:
    """`v1=` and the HMAC-SHA256, in hex, of the seconds since 1970, a full stop, and the body as sent."""
    return "v1=" + hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()


def is_signed(secret: str, timestamp: str, given: str, body: bytes, *, now: int) -> bool:
    """Whether the signature is ours and its time is near. Compared in constant time; without a secret nothing is ever signed."""
    if not secret or not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        return False
    expected = signature(secret, int(timestamp), body)
    return hmac.compare_digest(expected.encode(), given.encode()) and abs(now - int(timestamp)) <= TOLERANCE
