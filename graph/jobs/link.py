"""The server's end of one forkserver: starts the process, sends it its orders, and hears which jobs are gone."""

import asyncio
import json
import os
import socket
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Sequence

from graph.jobs.executor import Json
from graph.jobs.forkserver import Setup
from graph.jobs.frame import FrameBuffer, encode

BOOT = (
    "import json, sys; setup = json.loads(sys.argv[1]); sys.path[:] = setup['path']; "
    "from graph.jobs.forkserver import main; main(setup)"
)
"""The program of a forkserver. It finds our modules where this process found them, and has no main module to repeat."""
ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "JE_ARROW_MALLOC_CONF": "background_thread:false",
}
"""Keeps libraries from starting threads when they are imported: a process should be forked while it has one."""
PATIENCE = 3.0
"""Seconds that a forkserver without a server may take to end."""
OWN_PREFIX = "MODELGRAPH_"
"""Our own settings, credentials among them, are not for jobs: they learn what they need from their arguments."""


class Link:
    """One forkserver process, seen from an event loop. Make it in the loop that will use it.

    `on_gone(job, status, console)` is called for each job when none of its processes is left, `on_lost()` once when the
    forkserver has ended for whatever reason. `ready` becomes true when it can fork, false when it never will.
    """

    def __init__(
        self,
        *,
        preload: Sequence[str],
        nice: int,
        on_gone: Callable[[int, int | None, str], None],
        on_lost: Callable[[], None],
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._on_gone = on_gone
        self._on_lost = on_lost
        self._frames = FrameBuffer()
        self._orders: deque[tuple[bytes, socket.socket | None]] = deque()
        self._end: asyncio.Task[None] | None = None
        self.ready: asyncio.Future[bool] = self._loop.create_future()
        self.missing: list[str] = []
        self._control, self._process = _start(preload, nice)
        self._loop.add_reader(self._control, self._read)

    @property
    def pid(self) -> int:
        """The id of the forkserver process."""
        return self._process.pid

    @property
    def is_lost(self) -> bool:
        """Whether the forkserver has ended."""
        return self._end is not None

    def fork(self, job: int, channel: socket.socket) -> None:
        """Have a job forked that holds the given socket. The socket is closed here when it has been handed over."""
        self._order({"do": "fork", "job": job}, channel)

    def kill(self, job: int) -> None:
        """Have a job killed with all that it has started; nothing happens when it is gone already."""
        self._order({"do": "kill", "job": job}, None)

    async def close(self) -> None:
        """End the forkserver, and with it the jobs that it still has; return when the process is gone."""
        if not self.ready.done():
            # It is importing and hears nothing; there cannot be jobs yet.
            self._process.kill()
        self._lose()
        if self._end is not None:
            await asyncio.shield(self._end)

    def _order(self, order: Json, channel: socket.socket | None) -> None:
        if self.is_lost:
            if channel is not None:
                channel.close()
            return
        self._orders.append((encode(order), channel))
        self._send()

    def _send(self) -> None:
        """Send the orders that wait. Each is far smaller than the socket's buffer, so it goes whole or not at all."""
        while self._orders:
            frame, channel = self._orders[0]
            try:
                socket.send_fds(self._control, [frame], [] if channel is None else [channel.fileno()])
            except BlockingIOError:
                self._loop.add_writer(self._control, self._send)
                return
            except OSError:  # it is gone, or cannot be spoken to: the next job starts another
                self._lose()
                return
            self._orders.popleft()
            if channel is not None:
                channel.close()
        self._loop.remove_writer(self._control)

    def _read(self) -> None:
        try:
            data = self._control.recv(1 << 16)
        except BlockingIOError:
            return
        except ConnectionResetError:
            data = b""
        if not data:
            self._lose()
            return
        for message in self._frames.feed(data):
            if message["is"] == "ready":
                self.missing = message["missing"]
                self.ready.set_result(True)
            else:
                self._on_gone(message["job"], message["status"], message["console"])

    def _lose(self) -> None:
        if self.is_lost:
            return
        self._loop.remove_reader(self._control)
        self._loop.remove_writer(self._control)
        self._control.close()
        for _, channel in self._orders:
            if channel is not None:
                channel.close()
        self._orders.clear()
        self._end = self._loop.create_task(asyncio.to_thread(_wait, self._process))
        if not self.ready.done():
            self.ready.set_result(False)
        self._on_lost()


def _start(preload: Sequence[str], nice: int) -> tuple[socket.socket, subprocess.Popen[bytes]]:
    """Start a forkserver in a session of its own, which signals to the server's process group do not reach.

    It inherits standard error and its socket, no other descriptor; what it or a job prints never appears in the
    standard output of the server. Returns our end of the socket and the process.
    """
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    # Jobs work in folders of their own: a relative place to import from would come to mean that folder.
    path = [os.path.abspath(place) for place in sys.path]
    setup = Setup(control=theirs.fileno(), server=os.getpid(), path=path, preload=list(preload), nice=nice)
    environment = {name: value for name, value in os.environ.items() if not name.startswith(OWN_PREFIX)}
    with theirs:
        try:
            process = subprocess.Popen(
                [sys.executable, "-P", "-c", BOOT, json.dumps(setup)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
                env={**environment, **ONE_THREAD},
            )
        except OSError:
            ours.close()
            raise
    return ours, process


def _wait(process: subprocess.Popen[bytes]) -> None:
    """Wait for a forkserver that should be ending, and kill one that does not."""
    try:
        process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
