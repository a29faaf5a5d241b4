"""Secrets: from the environment, from a file that the environment names, or, on a developer's desk, made once."""

import os
import secrets as random
from pathlib import Path


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
