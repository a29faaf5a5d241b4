"""Translations: `collect` refreshes the .po files from the code, `check` fails when a string is missing or untranslated."""

import subprocess
import sys
import tempfile
from pathlib import Path

from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parent.parent
DOMAINS = ("django", "djangojs")
IGNORED = (".venv", "node_modules", "var", "tests", "tools", "bench")


def main() -> int:
    return {"collect": collect, "check": check}[sys.argv[1]]()


def collect() -> int:
    for domain in DOMAINS:
        _makemessages(domain)
    return 0


def check() -> int:
    """Collect into the working files, compare, put them back: nothing may be new, empty or fuzzy."""
    wrong = []
    for domain in DOMAINS:
        path = ROOT / "locale/zh_Hans/LC_MESSAGES" / f"{domain}.po"
        before = path.read_bytes()
        try:
            _makemessages(domain)
            wrong += [f"{domain}: {message.id!r}" for message in _untranslated(path)]
        finally:
            path.write_bytes(before)
    for line in wrong:
        sys.stdout.write(f"not translated — {line}\n")
    sys.stdout.write(f"translations: {len(wrong)} missing\n")
    return 1 if wrong else 0


def _makemessages(domain: str) -> None:
    command = [sys.executable, "manage.py", "makemessages", "-l", "zh_Hans", "-d", domain, "--no-location", "--no-obsolete", "-v0"]
    for folder in IGNORED:
        command += ["-i", folder]
    with tempfile.TemporaryFile() as log:
        done = subprocess.run(command, cwd=ROOT, stdout=log, stderr=log, check=False)  # noqa: S603 -- our own fixed command
        if done.returncode:
            log.seek(0)
            sys.exit(log.read().decode())


def _untranslated(path: Path):
    with path.open("rb") as file:
        for message in read_po(file):
            text = message.string if isinstance(message.string, str) else "".join(message.string)
            if message.id and (not text or message.fuzzy):
                yield message


if __name__ == "__main__":
    sys.exit(main())
