"""Damages valid files and reads them, for as long as it is told: `python tools/fuzz_reader.py --seconds 600 --seed 1`.

Every outcome must be rows or a known reason. What is neither (an unknown exception, a process that dies of anything but its memory) is kept
with its seed in the folder of --keep. Each file is read in a fork with the reader's own limits: fifty a second.
"""

import argparse
import io
import os
import signal
import sys
import time
import traceback
from collections import Counter
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from cases.reader import child
from cases.reader.guard import Rejected
from cases.reader.limits import limit
from tests.cases.corpus.mutations import mutated, originals

SECONDS_EACH = 10
# Out of memory the parser aborts; the parent says "too large".
_EXPECTED_SIGNALS = {signal.SIGABRT: "too_large (aborted)"}


def main() -> int:
    options = _options()
    files = originals()
    outcomes: Counter[str] = Counter()
    end = time.monotonic() + options.seconds
    seed = options.seed
    while time.monotonic() < end:
        chance = Random(seed)  # noqa: S311 - the same seed, the same damage
        kind = chance.choice(sorted(files))
        content = mutated(files[kind], kind, chance)
        outcome = _outcome(content)
        outcomes[outcome if not outcome.startswith("FOUND") else "FOUND"] += 1
        if outcome.startswith("FOUND"):
            options.keep.mkdir(parents=True, exist_ok=True)
            (options.keep / f"{seed}.{kind}").write_bytes(content)
            (options.keep / f"{seed}.txt").write_text(outcome)
        seed += 1
    for outcome, count in outcomes.most_common():
        sys.stdout.write(f"{count:8} {outcome}\n")
    return 1 if outcomes["FOUND"] else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, default=Path("var/fuzz"))
    return parser.parse_args()


def _outcome(content: bytes) -> str:
    """In a fork: the parser may take its process down."""
    receiver, sender = os.pipe()
    parent = os.getpid()
    pid = os.fork()
    if not pid:
        os.close(receiver)
        signal.alarm(SECONDS_EACH)
        limit(parent)
        os.write(sender, _read(content).encode()[:60_000])
        os._exit(0)
    os.close(sender)
    with os.fdopen(receiver, "rb") as pipe:
        said = pipe.read().decode()
    _pid, status = os.waitpid(pid, 0)
    if os.WIFSIGNALED(status):
        return _EXPECTED_SIGNALS.get(os.WTERMSIG(status), f"FOUND signal {os.WTERMSIG(status)}")
    return said or "FOUND nothing said"


def _read(content: bytes) -> str:
    try:
        rows = sum(len(message.get("rows", ())) for message in child.read(io.BytesIO(content), "", None))
    except Rejected as rejected:
        return f"rejected: {rejected.code}"
    except MemoryError:
        return "rejected: too_large"
    except child.BROKEN as error:
        return f"rejected: not_a_table ({type(error).__name__})"
    except BaseException as error:  # noqa: BLE001 - this is what is looked for
        return "rejected: not_a_table (panic)" if child.is_panic(error) else f"FOUND {traceback.format_exc()}"
    return "read" if rows else "read: no rows"


if __name__ == "__main__":
    sys.exit(main())
