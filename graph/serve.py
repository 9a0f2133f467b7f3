"""The server process: what it takes before it answers, the line that says so, and how it ends."""

import asyncio
import contextlib
import errno
import gc
import logging
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from sqlalchemy import make_url
from uvicorn.config import Config
from uvicorn.server import Server

from graph.destination import base_url
from graph.errors import OperatorError
from graph.lock import locked
from graph.settings import Settings
from graph.tls import certificate
from models.database import is_postgres

if TYPE_CHECKING:
    from starlette.applications import Starlette

REQUEST_GRACE_SECONDS = 5
"""How long requests in flight may go on after a signal to stop; streams are cut then."""
STOP_SECONDS = 9.5
"""When the process ends after a signal to stop, whatever is still going on."""
KEEP_ALIVE_SECONDS = 65
"""Longer than the minute for which proxies keep idle connections, so that it is they who close them."""

MakeApp = Callable[[Settings], "Starlette"]

log = logging.getLogger(__name__)


class StartError(OperatorError):
    """The server cannot start; the message says why, and what to do about it."""


def serve(settings: Settings, make_app: MakeApp, *, prepare: Callable[[Settings], None]) -> None:
    """Serves until a signal says stop; prints `ready <base url>` on standard output once requests are answered.

    `prepare` sees to the database while the data folder is locked. `state.first_key` of the app, the key of an
    administrator that its start has made, is shown on standard error. Raises OperatorError when it cannot start;
    SystemExit when the app's own start fails.
    """
    with _locked(settings), _own_output() as output:
        prepare(settings)
        shown = certificate(settings)
        sockets = bind(settings.host, settings.port)
        bound = replace(settings, port=sockets[0].getsockname()[1])
        app = make_app(bound)
        config = Config(
            app,
            loop="uvloop",
            http="httptools",
            ws="websockets-sansio",
            lifespan="on",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=REQUEST_GRACE_SECONDS,
            ssl_certfile=shown.chain if shown else None,
            ssl_keyfile=shown.key if shown else None,
        )

        def announce() -> None:
            if key := getattr(app.state, "first_key", None):
                print(f"admin key {key}", file=sys.stderr, flush=True)
            print(f"ready {base_url(bound)}", file=output, flush=True)
            # What the start has made stays; collections need not look at it again, so their pauses are short.
            gc.freeze()
            gc.enable()

        logging.getLogger("uvicorn.error").addFilter(_is_no_cut)
        _Process(config, announce).run(sockets)


def bind(host: str, port: int) -> list[socket.socket]:
    """Sockets for all addresses of a host, on one port; port 0 takes a free one. Raises StartError."""
    try:
        found = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except OSError as problem:
        raise StartError(f"the host {host} cannot be found: {problem.strerror}") from problem
    sockets: list[socket.socket] = []
    # IPv4 first: it decides which port is free.
    for family, kind, protocol, _, address in sorted(set(found), key=lambda each: each[0] != socket.AF_INET):
        wanted = sockets[0].getsockname()[1] if sockets else port
        made = socket.socket(family, kind, protocol)
        try:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, host != "::")
            made.bind((address[0], wanted, *address[2:]))
        except OSError as problem:
            made.close()
            if problem.errno == errno.EADDRNOTAVAIL and sockets:
                continue  # IPv6 is switched off, though the host has such an address
            for each in sockets:
                each.close()
            raise StartError(f"cannot listen on {host} port {wanted}: {problem.strerror}") from problem
        sockets.append(made)
    return sockets


class _Process(Server):
    """Uvicorn's server with our line and our end: a signal to stop is an order to follow, not a way to die."""

    def __init__(self, config: Config, announce: Callable[[], None]) -> None:
        super().__init__(config)
        self._announce = announce

    async def startup(self, sockets: Sequence[socket.socket] | None = None) -> None:
        await super().startup(None if sockets is None else list(sockets))
        if self.started and not self.should_exit:
            self._announce()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop, number)
        yield

    def _stop(self, number: int) -> None:
        if not self.should_exit:
            log.info("stops: %s", signal.Signals(number).name)
            last = threading.Timer(STOP_SECONDS, _end)
            last.daemon = True
            last.start()
            # Streams would otherwise keep the server waiting for its requests to end.
            if (app_state := getattr(self.config.app, "state", None)) is not None:
                getattr(app_state, "end_streams", lambda: None)()
        self.handle_exit(number, None)


def _end() -> None:
    # Everything that was acknowledged is committed, and jobs are resumed by the next start: nothing is lost.
    log.error("it took longer than %s s to stop; what was still going on is cut off", STOP_SECONDS)
    os._exit(0)


@contextlib.contextmanager
def _locked(settings: Settings) -> Iterator[None]:
    """Holds the data folder, and the folder of a SQLite file elsewhere: two servers would resume each other's jobs."""
    shared = is_postgres(settings.database)
    folders = {settings.data_dir.resolve()}
    if not shared and (path := make_url(settings.database).database):
        folders.add(Path(path).resolve().parent)
    with contextlib.ExitStack() as stack:
        for folder in sorted(folders):
            stack.enter_context(locked(folder, shared=shared))
        yield


@contextlib.contextmanager
def _own_output() -> Iterator[TextIO]:
    """Standard output for the one line; whatever else prints there, libraries and child processes, goes to errors."""
    sys.stdout.flush()
    with os.fdopen(os.dup(1), "w") as output:
        os.dup2(2, 1)
        try:
            yield output
        finally:
            sys.stdout.flush()
            os.dup2(output.fileno(), 1)


def _is_no_cut(record: logging.LogRecord) -> bool:
    """Whether a record is anything else than a request that was cut off at the end, which is no error."""
    return record.exc_info is None or not isinstance(record.exc_info[1], asyncio.CancelledError)
