"""What the forkserver asks of the Linux kernel: whose child is whose, who has ended, which memory is needed."""

import contextlib
import ctypes
import os
import re
import signal
from pathlib import Path

OOM_SCORE = 500
"""What a job adds to its badness, in thousandths of the machine's memory."""

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_MADV_DONTNEED = 4
_MAPPING = re.compile(r"(?P<start>[0-9a-f]+)-(?P<end>[0-9a-f]+) (?P<mode>\S{4}) \S+ \S+ (?P<inode>\d+)")


def die_with_parent(parent: int) -> None:
    """Have the kernel kill this process when its parent has ended. Raises ProcessLookupError when it has already."""
    _control(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        raise ProcessLookupError(f"the parent {parent} has ended before this process could be bound to it")


def adopt_orphans() -> None:
    """Become the parent of descendants whose own parent ends, so that they can be found."""
    _control(_PR_SET_CHILD_SUBREAPER, 1)


def go_first_when_memory_is_short() -> None:
    """Have the kernel kill this process rather than the server when memory runs out: a job can be run again."""
    score = Path("/proc/self/oom_score_adj")
    # Only root may lower it, and containers may have started with more.
    if int(score.read_text()) < OOM_SCORE:
        score.write_text(str(OOM_SCORE))


def children() -> list[int]:
    """Return the children of this process, adopted ones and those that ended but were not waited for included."""
    return [int(pid) for path in Path("/proc/self/task").glob("*/children") for pid in path.read_text().split()]


def group_exists(leader: int) -> bool:
    """Whether a process group has any process, be it one that ended and was not waited for."""
    try:
        os.killpg(leader, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # there are only processes of another user
        return True
    return True


def ended_child() -> int | None:
    """Return a child that has ended and was not waited for yet, and leave it so."""
    try:
        found = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return None
    return None if found is None else found.si_pid


def kill_group(leader: int) -> None:
    """Kill a job, which nobody has waited for yet, and the processes of its group."""
    try:
        os.killpg(leader, signal.SIGKILL)
    except ProcessLookupError:  # it was forked so recently that it has no group of its own yet
        kill_process(leader)
    except PermissionError:  # all that is left of it has become another user, who has to end it
        return


def kill_process(pid: int) -> None:
    """Kill a child of this process, unless it has become another user's."""
    with contextlib.suppress(PermissionError):
        os.kill(pid, signal.SIGKILL)


def give_back_code() -> None:
    """Take the pages of program files out of this process; the kernel maps those that are used again.

    A process that has imported large libraries and waits needs none of them: they are about half of its memory. The
    processes forked from it map file pages themselves in any case, so they lose nothing. Only mappings which cannot
    be written to and hold no page that differs from the file are touched. A kernel may decline: nothing is lost then.
    """
    smaps = Path("/proc/self/smaps")
    if not smaps.exists():
        return
    advise = ctypes.CDLL(None).madvise
    advise.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
    for start, size in _unchanged(smaps.read_text()):
        advise(start, size, _MADV_DONTNEED)


def _unchanged(smaps: str) -> list[tuple[int, int]]:
    """Return address and size of the read-only mappings of files without changed pages. Format: proc_pid_smaps(5)."""
    found = []
    mapping: re.Match[str] | None = None
    for line in smaps.splitlines():
        mapping = _MAPPING.match(line) or mapping
        if mapping is None or line.split() != ["Anonymous:", "0", "kB"]:
            continue
        if mapping["inode"] != "0" and "w" not in mapping["mode"] and mapping["mode"].endswith("p"):
            start = int(mapping["start"], 16)
            found.append((start, int(mapping["end"], 16) - start))
    return found


def _control(option: int, value: int) -> None:
    """Call prctl(2)."""
    if ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0):
        raise OSError(ctypes.get_errno(), f"prctl {option} failed")
