"""A process that imports slow libraries once and forks each job from there, so that a job starts in milliseconds.

It has one thread, speaks with one server through one socket, and knows neither database nor network. `multiprocessing`
offers the like, but runs the server's main module again in every job, shares the server's process group and its one
forkserver with the rest of the program, and lets jobs outlive a server that was killed.

From the server come `{"do": "fork", "job": n}` with one descriptor, the job's end of its own socket, and
`{"do": "kill", "job": n}`. To it go `{"is": "ready", "missing": [...]}` and, when a job and all that it had started
are gone, `{"is": "gone", "job": n, "status": ..., "console": ...}`.
"""

import contextlib
import gc
import importlib
import os
import resource
import selectors
import signal
import socket
import sys
import time
import traceback
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import FrameType
from typing import Any, NoReturn, TypedDict

from graph.jobs.frame import FrameBuffer, encode
from graph.jobs.kernel import (
    adopt_orphans,
    children,
    die_with_parent,
    ended_child,
    give_back_code,
    go_first_when_memory_is_short,
    group_exists,
    kill_group,
    kill_process,
)
from graph.jobs.worker import ThreadPools, work

CONSOLE_LIMIT = 32_768
"""Bytes kept of the last that a job and its programs wrote to their descriptors 1 and 2."""
FAREWELL = 0.8
"""Seconds that a forkserver without a server waits for its killed jobs to disappear."""
SERVER_CHECK = 0.2
"""Seconds between two looks for the server while libraries are imported."""


class Setup(TypedDict):
    """What a forkserver is told when it starts: its socket, its server, its import path, libraries, niceness."""

    control: int
    server: int
    path: list[str]
    preload: list[str]
    nice: int


@dataclass(slots=True)
class Child:
    """A job as the forkserver knows it."""

    job: int
    pid: int
    console: int | None
    tail: bytearray = field(default_factory=bytearray)
    status: int | None = None


class ForkServer:
    """Forks jobs, kills them, and tells when they are gone."""

    def __init__(self, control: socket.socket, pools: ThreadPools | None) -> None:
        self._control = control
        self._pools = pools
        self._pid = os.getpid()
        self._frames = FrameBuffer()
        self._channels: deque[int] = deque()
        self._children: dict[int, Child] = {}
        self._selector = selectors.DefaultSelector()
        self._woken, self._wake = socket.socketpair()
        self._woken.setblocking(False)
        self._wake.setblocking(False)

    def serve(self) -> None:
        """Do what the server says until its end of the socket is closed; then nothing of a job is left."""
        signal.set_wakeup_fd(self._wake.fileno(), warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, _do_nothing)
        self._selector.register(self._woken, selectors.EVENT_READ)
        self._selector.register(self._control, selectors.EVENT_READ)
        while True:
            for key, _ in self._selector.select():
                if key.fileobj is self._control:
                    if not self._obey():
                        self._bury_all()
                        return
                elif key.fileobj is self._woken:
                    with contextlib.suppress(BlockingIOError):
                        self._woken.recv(4096)
                    self._reap()
                else:
                    self._read_console(key.data)

    def _obey(self) -> bool:
        """Read what the server says and do it; false when there is no server any more."""
        try:
            data, descriptors, _, _ = socket.recv_fds(self._control, 1 << 16, 64)
        except ConnectionResetError:
            return False
        self._channels.extend(descriptors)
        for command in self._frames.feed(data):
            if command["do"] == "fork":
                self._fork(command["job"], self._channels.popleft())
            else:
                self._kill(command["job"])
        return bool(data)

    def _fork(self, job: int, channel: int) -> None:
        with contextlib.ExitStack() as closing:
            closing.callback(os.close, channel)
            try:
                read_end, write_end = os.pipe()
                closing.callback(os.close, write_end)
                pid = os.fork()
            except OSError as error:
                console = f"The system allows no process: {error}"
                self._tell({"is": "gone", "job": job, "status": None, "console": console})
                return
            if pid == 0:
                self._become(channel, read_end, write_end)
        os.set_blocking(read_end, False)
        self._children[pid] = child = Child(job, pid, read_end)
        self._selector.register(read_end, selectors.EVENT_READ, child)

    def _become(self, channel: int, read_end: int, write_end: int) -> NoReturn:
        """Turn this freshly forked process into a job, without anything of the forkserver, and end with it."""
        status = 1
        try:
            os.setsid()
            os.dup2(write_end, 1)
            os.dup2(write_end, 2)
            os.close(write_end)
            adopt_orphans()
            die_with_parent(self._pid)
            go_first_when_memory_is_short()
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            self._selector.close()
            for other in (self._control, self._woken, self._wake):
                other.close()
            # A channel that waits for its own fork must not stay open here: its server would miss the end of that job.
            consoles = (child.console for child in self._children.values() if child.console is not None)
            for descriptor in (read_end, *self._channels, *consoles):
                os.close(descriptor)
            gc.enable()
            work(socket.socket(fileno=channel), self._pools)
            status = 0
        except BaseException:
            traceback.print_exc(file=sys.__stderr__)
        finally:
            # No handlers at exit: they belong to the forkserver, and libraries take their time in them.
            os._exit(status)

    def _kill(self, job: int) -> None:
        for child in self._children.values():
            if child.job == job and child.status is None:
                kill_group(child.pid)

    def _reap(self) -> None:
        """Take leave of processes that ended; those which a job left behind are killed and end here as well."""
        while (pid := ended_child()) is not None:
            child = self._children.get(pid)
            if child is not None and child.status is None:
                # Until it is waited for, the dead leader keeps the number of its group from being given away.
                kill_group(pid)
                child.status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
            else:
                os.waitpid(pid, 0)
        strays = [pid for pid in children() if pid not in self._children]
        for pid in strays:
            kill_process(pid)
        for child in list(self._children.values()):
            if child.status is not None and not strays and not group_exists(child.pid):
                self._bury(child)

    def _bury(self, child: Child) -> None:
        while self._read_console(child):
            pass
        self._close_console(child)
        del self._children[child.pid]
        console = child.tail.decode(errors="replace")
        self._tell({"is": "gone", "job": child.job, "status": child.status, "console": console})

    def _read_console(self, child: Child) -> bool:
        """Read one piece of what a job wrote; false when there is none."""
        if child.console is None:
            return False
        try:
            piece = os.read(child.console, 1 << 16)
        except BlockingIOError:
            return False
        child.tail += piece
        del child.tail[:-CONSOLE_LIMIT]
        if not piece:
            self._close_console(child)
        return bool(piece)

    def _close_console(self, child: Child) -> None:
        if child.console is not None:
            self._selector.unregister(child.console)
            os.close(child.console)
            child.console = None

    def _bury_all(self) -> None:
        for pid, child in self._children.items():
            if child.status is None:
                kill_group(pid)
        deadline = time.monotonic() + FAREWELL
        while (self._children or children()) and time.monotonic() < deadline:
            self._reap()
            time.sleep(0.005)

    def _tell(self, message: dict[str, Any]) -> None:
        # A server that is gone is noticed at the other end of this socket, where everything is ended.
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self._control.sendall(encode(message))


def main(setup: Setup) -> NoReturn:
    """Import what is to be shared, then fork jobs for as long as the server lives."""
    # Only the server decides when a job ends. Jobs inherit this; no SIG_IGN, for programs they start would inherit it.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _do_nothing)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.nice(setup["nice"])
    adopt_orphans()
    # What is never freed here is never written to there: the collector would touch, and so copy, every page.
    gc.disable()
    with _leaving_with(setup["server"]):
        missing = _preload(setup["preload"])
        pools = _thread_pools()
    gc.collect()
    gc.freeze()
    give_back_code()
    with socket.socket(fileno=setup["control"]) as control:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            control.sendall(encode({"is": "ready", "missing": missing}))
        ForkServer(control, pools).serve()
    # Not by way of the interpreter's end: libraries count their frozen objects there and complain.
    os._exit(0)


def _preload(modules: list[str]) -> list[str]:
    """Import modules and return what did not work: the jobs that need it will say so themselves, and more exactly."""
    missing = []
    for name in modules:
        try:
            importlib.import_module(name)
        except Exception as error:  # a library may raise anything while it is imported
            missing.append(f"{name}: {error!r}")
    return missing


def _thread_pools() -> ThreadPools | None:
    """Return the thread pools of what was imported: finding them takes too long to do it in each job."""
    if "threadpoolctl" not in sys.modules:
        return None
    pools: ThreadPools = sys.modules["threadpoolctl"].ThreadpoolController()
    return pools


@contextlib.contextmanager
def _leaving_with(server: int) -> Iterator[None]:
    """End this process soon after its server has, although it is busy; no thread does, for jobs are forked later."""

    def check(_number: int, _frame: FrameType | None) -> None:
        if os.getppid() != server:
            os._exit(1)

    signal.signal(signal.SIGALRM, check)
    signal.setitimer(signal.ITIMER_REAL, SERVER_CHECK, SERVER_CHECK)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, signal.SIG_DFL)


def _do_nothing(_number: int, _frame: FrameType | None) -> None:
    return None
