"""One job of the local executor, seen from the server: its messages, its processes, and how it ended."""

import asyncio
import os
import signal
import socket
from collections.abc import Callable

from graph.jobs.executor import Json, Killed, Level, Log, Message, Outcome, Progress, Started, Task
from graph.jobs.frame import FrameBuffer, encode
from graph.jobs.link import Link
from graph.jobs.verdict import judge

PIECE = 1 << 18
"""Bytes read from a job at a time."""


class JobProcess:
    """The server's end of one job: hands on its messages, remembers its report, and finds out how it ended."""

    def __init__(self, task: Task, *, number: int, on_message: Callable[[Message], None]) -> None:
        self.task = task
        self.number = number
        self.pid: int | None = None
        self.is_killed = False
        self.link: Link | None = None
        self.error: Exception | None = None
        self._loop = asyncio.get_running_loop()
        self.outcome: asyncio.Future[Outcome] = self._loop.create_future()
        self._on_message = on_message
        self._frames = FrameBuffer()
        self._report: Json | None = None
        self._channel: socket.socket | None = None
        self._unsent = memoryview(b"")
        self._exit: tuple[int | None, str] | None = None

    def start(self, link: Link) -> None:
        """Have the process forked and send it its task."""
        self._unsent = memoryview(encode(_order(self.task)))
        self._channel, theirs = socket.socketpair()
        self._channel.setblocking(False)
        self._loop.add_reader(self._channel, self._read, self._channel)
        self._loop.add_writer(self._channel, self._write, self._channel)
        self.link = link
        link.fork(self.number, theirs)

    def kill(self) -> None:
        """Begin to end the process; `outcome` is set when it is gone."""
        self.is_killed = True
        if self.link is not None:
            self.link.kill(self.number)
        elif not self.outcome.done():
            self.outcome.set_result(Killed())

    def gone(self, status: int | None, console: str) -> None:
        """Take notice that none of the job's processes is left."""
        self._exit = (status, console)
        self._settle()

    def orphaned(self) -> None:
        """End the job after its forkserver has ended: the kernel killed its process, but not those it had started."""
        if self.pid is None:
            self._hang_up()  # the process, if there is one, ends when it notices
            self.gone(None, "")
            return
        try:
            process = os.pidfd_open(self.pid)
        except ProcessLookupError:
            self.gone(None, "")
            return
        self._loop.add_reader(process, self._ended, process)
        _kill_group(self.pid)

    def _ended(self, process: int) -> None:
        self._loop.remove_reader(process)
        os.close(process)
        self.gone(None, "")

    def _write(self, channel: socket.socket) -> None:
        """Send what fits of the task; a process that is gone already needs no more of it."""
        try:
            self._unsent = self._unsent[channel.send(self._unsent) :]
        except BlockingIOError:
            pass
        except (BrokenPipeError, ConnectionResetError):
            self._unsent = memoryview(b"")
        if not self._unsent:
            self._loop.remove_writer(channel)

    def _read(self, channel: socket.socket) -> None:
        try:
            data = channel.recv(PIECE)
        except BlockingIOError:
            return
        except ConnectionResetError:  # it ended without reading its task
            data = b""
        if data:
            self._hear(data)
        else:
            self._hang_up()
            self._settle()

    def _hear(self, data: bytes) -> None:
        """Hand on the messages that are complete. When the listener fails, so does the job."""
        for message in self._frames.feed(data):
            if message["kind"] in ("finished", "failed"):
                self._report = message
            elif self.error is None:
                try:
                    self._on_message(self._decode(message))
                except Exception as error:  # it is raised again where the job is awaited
                    self.error = error
                    self.kill()

    def _decode(self, message: Json) -> Message:
        match message["kind"]:
            case "progress":
                return Progress(message["share"], message["metrics"], message["at"])
            case "log":
                return Log(Level(message["level"]), message["line"])
            case _:
                self.pid = message["pid"]
                return Started(message["pid"])

    def _hang_up(self) -> None:
        if self._channel is not None:
            self._loop.remove_reader(self._channel)
            self._loop.remove_writer(self._channel)
            self._channel.close()
            self._channel = None

    def _settle(self) -> None:
        """Set the outcome when the processes are gone and everything they said was read."""
        if self._exit is None or self._channel is not None or self.outcome.done():
            return
        status, console = self._exit
        if self.is_killed:
            self.outcome.set_result(Killed())
        else:
            hardware = self.task.hardware
            self.outcome.set_result(judge(hardware, report=self._report, status=status, console=console))


def _order(task: Task) -> Json:
    """The task as the worker reads it."""
    return {
        "function": task.function,
        "arguments": task.arguments,
        "directory": str(task.directory.absolute()),
        "attempt": task.attempt,
        "cores": task.hardware.cores,
        "memory_mb": task.hardware.memory_mb,
    }


def _kill_group(leader: int) -> None:
    try:
        os.killpg(leader, signal.SIGKILL)
    except ProcessLookupError:
        return
