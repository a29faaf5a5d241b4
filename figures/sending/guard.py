"""Where a robot's message may go: by https to one of the hosts that are named in the settings, at a public address. Nothing else is ever connected to."""

import ipaddress
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit


class Forbidden(Exception):
    """The address may not be posted to; the text says why."""


@dataclass(frozen=True)
class Destination:
    """A checked address: the connection goes to `ip`, whatever the name means a moment later."""

    host: str
    port: int
    ip: str
    is_secure: bool
    path: str


def url_fault(url: str, *, hosts: Sequence[str], private: Sequence[str]) -> str:
    """What is wrong with the text of an address, without asking the network; "" when nothing is."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "not an address"
    host = parts.hostname or ""
    if parts.username or parts.password or parts.fragment:
        return "it carries a user name, a password or a fragment"
    if _is_private_by_name(parts, private):
        return "" if parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(host)) else "only https, or http on this machine itself"
    if parts.scheme != "https":
        return "only https"
    if host not in hosts or port not in (None, 443):
        return f"{host or 'no host'} is not among the hosts that are allowed"
    return ""


def destination(url: str, *, hosts: Sequence[str], private: Sequence[str]) -> Destination:
    """The checked address, its name looked up once. Raises Forbidden, and OSError when the name can't be looked up."""
    if fault := url_fault(url, hosts=hosts, private=private):
        raise Forbidden(fault)
    parts = urlsplit(url)
    host, is_secure = parts.hostname or "", parts.scheme == "https"
    port = parts.port or (443 if is_secure else 80)
    found = [row[4][0] for row in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    if not _is_private_by_name(parts, private) and not all(ipaddress.ip_address(ip.partition("%")[0]).is_global for ip in found):
        raise Forbidden(f"{host} has an address that is not public")
    return Destination(host, port, found[0], is_secure, (parts.path or "/") + (f"?{parts.query}" if parts.query else ""))


def _is_private_by_name(parts: SplitResult, private: Sequence[str]) -> bool:
    """Named in the settings with its port, or without one: then its usual port only."""
    host = parts.hostname or ""
    return f"{host}:{parts.port}" in private if parts.port else host in private


def _is_loopback(host: str) -> bool:
    return host in ("127.0.0.1", "localhost", "::1")
