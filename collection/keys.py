"""Secrets: from the environment, from a file that the environment names, or, on a developer's desk, made once."""

import os
import secrets as random
from pathlib import Path
from urllib.parse import quote


class SecretMissing(Exception):
    """A secret is not set, and this installation may not make one up."""


def secret(name: str, *, keep_in: Path, may_create: bool) -> str:
    """Return the secret called `name`.

    Looked for in the variable NAME, then in the file named by NAME_FILE (as Docker and Kubernetes hand them over), then in
    `keep_in`. Where `may_create` is true and none is found, a random one of 256 bits is written there, readable by the owner only.
    """
    if value := os.environ.get(name, "").strip():
        return value
    if path := os.environ.get(f"{name}_FILE", "").strip():
        return Path(path).read_text().strip()
    kept = keep_in / name.lower()
    if kept.exists():
        return kept.read_text().strip()
    if not may_create:
        raise SecretMissing(f"Set {name}, or {name}_FILE to a file that holds it. See .env.example and docs/operations.md.")
    return _create(kept)


def optional_secret(name: str) -> str:
    """The secret from the variable NAME, or from the file named by NAME_FILE; "" when neither is set."""
    if value := os.environ.get(name, "").strip():
        return value
    path = os.environ.get(f"{name}_FILE", "").strip()
    return Path(path).read_text().strip() if path else ""


def _create(path: Path) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    value = random.token_hex(32)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:  # web and worker start together: the first one made it
        return path.read_text().strip()
    with os.fdopen(handle, "w") as file:
        file.write(value)
    return value


def database_url() -> str:
    """DATABASE_URL, or the address made of DATABASE_HOST and a password file, or "" for the embedded database."""
    url, host = os.environ.get("DATABASE_URL", ""), os.environ.get("DATABASE_HOST", "")
    if url or not host:
        return url
    name, user = os.environ.get("DATABASE_NAME", "desk"), os.environ.get("DATABASE_USER", "desk")
    return f"postgresql://{user}:{_password('DATABASE')}@{host}:{os.environ.get('DATABASE_PORT', '5432')}/{name}"


def redis_url() -> str:
    """REDIS_URL, or the address made of REDIS_HOST and a password file, or "" for the embedded broker."""
    url, host = os.environ.get("REDIS_URL", ""), os.environ.get("REDIS_HOST", "")
    if url or not host:
        return url
    return f"redis://:{_password('REDIS')}@{host}:{os.environ.get('REDIS_PORT', '6379')}/0"


def _password(prefix: str) -> str:
    path = os.environ.get(f"{prefix}_PASSWORD_FILE", "")
    return quote(Path(path).read_text().strip() if path else os.environ.get(f"{prefix}_PASSWORD", ""), safe="")
