"""What this installation has and lacks: the server itself, R, the sandbox. Nothing is changed by looking."""

import ctypes
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from graph.settings import Settings

OLDEST_PYTHON = (3, 11)
NEEDED_BYTES = 200_000_000
"""Free space below which a server is not worth starting."""
PROBE_SECONDS = 10
LANDLOCK_CREATE_RULESET = 444
"""The number of the system call, the same on every architecture."""
LANDLOCK_CREATE_RULESET_VERSION = 1
CLONE_NEWUSER = 0x10000000


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report. What is `needed` and not `found` keeps the server from working."""

    name: str
    found: bool
    detail: str
    needed: bool = False

    def __str__(self) -> str:
        mark = "ok" if self.found else "MISSING" if self.needed else "absent"
        return f"{mark:8} {self.name:18} {self.detail}"


def examine(settings: Settings) -> Iterator[Finding]:
    """All findings, one by one, what the server itself needs first."""
    yield _python()
    yield _packages()
    yield _folder(settings.data_dir)
    yield _space(settings.data_dir)
    yield _database(settings)
    yield _program("R", "Rscript", "functions and models in R do not run without it")
    yield _program("bubblewrap", "bwrap", "user code is less isolated without it")
    yield _user_namespaces()
    yield _seccomp()
    yield _landlock()


def _python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    return Finding("Python", sys.version_info >= OLDEST_PYTHON, version, needed=True)


def _packages() -> Finding:
    try:
        wanted = [line for line in metadata.requires("modelgraph") or [] if "extra ==" not in line]
    except metadata.PackageNotFoundError:
        return Finding("packages", False, "modelgraph is not installed in this environment", needed=True)
    names = sorted(_distribution(line) for line in wanted)
    missing = [name for name in names if not _version(name)]
    if missing:
        return Finding("packages", False, f"not installed: {', '.join(missing)}", needed=True)
    shown = ", ".join(f"{name} {_version(name)}" for name in ("catboost", "strawberry-graphql", "sqlmodel", "uvicorn"))
    return Finding(
        "packages", True, f"modelgraph {_version('modelgraph')}, all {len(names)} there; {shown}", needed=True
    )


def _distribution(requirement: str) -> str:
    length = next((i for i, sign in enumerate(requirement) if not (sign.isalnum() or sign in "-_.")), len(requirement))
    return requirement[:length]


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""


def _folder(folder: Path) -> Finding:
    place = _existing(folder)
    writable = place.is_dir() and os.access(place, os.W_OK | os.X_OK)
    state = "" if place == folder.resolve() else ", made by the first start"
    return Finding("data folder", writable, f"{folder}{state if writable else ' cannot be written'}", needed=True)


def _space(folder: Path) -> Finding:
    free = shutil.disk_usage(_existing(folder)).free
    return Finding("disk space", free >= NEEDED_BYTES, f"{free / 1e9:.1f} GB free", needed=True)


def _existing(folder: Path) -> Path:
    """The folder, or the nearest one above it that is there."""
    folder = folder.resolve()
    return next(place for place in (folder, *folder.parents) if place.exists())


def _database(settings: Settings) -> Finding:
    from graph.upgrade import DatabaseError, Tables, tables

    try:
        found = tables(settings)
    except DatabaseError as problem:
        return Finding("database", False, str(problem), needed=True)
    usable = found in (Tables.CURRENT, Tables.ABSENT)
    detail = "made by the first start" if found is Tables.ABSENT else found.value
    return Finding("database", usable, detail, needed=True)


def _program(name: str, command: str, consequence: str) -> Finding:
    path = shutil.which(command)
    if path is None:
        return Finding(name, False, consequence)
    done = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=PROBE_SECONDS, check=False)
    words = (done.stdout or done.stderr).strip().partition("\n")[0]
    return Finding(name, done.returncode == 0, f"{words} ({path})")


def _user_namespaces() -> Finding:
    """Tried in a process of its own: what files in /proc promise, a container may still refuse."""
    code = f"import ctypes, sys; sys.exit(ctypes.CDLL(None).unshare({CLONE_NEWUSER}) != 0)"
    done = subprocess.run([sys.executable, "-I", "-S", "-c", code], timeout=PROBE_SECONDS, check=False)
    allowed = done.returncode == 0
    return Finding("user namespaces", allowed, "allowed" if allowed else "not allowed for this user")


def _seccomp() -> Finding:
    path = Path("/proc/sys/kernel/seccomp/actions_avail")
    found = path.exists()
    return Finding("seccomp filters", found, path.read_text().strip() if found else "not in this kernel")


def _landlock() -> Finding:
    call: Callable[..., int] = ctypes.CDLL(None, use_errno=True).syscall
    version = call(LANDLOCK_CREATE_RULESET, None, ctypes.c_size_t(0), LANDLOCK_CREATE_RULESET_VERSION)
    return Finding("landlock", version > 0, f"version {version}" if version > 0 else "not in this kernel")
