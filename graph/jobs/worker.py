"""The process of one job: takes its task from the server, runs the function within its bounds, reports the end."""

import contextlib
import faulthandler
import importlib
import os
import resource
import select
import shutil
import signal
import socket
import sys
import tempfile
import threading
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from graph.jobs.console import LineStream
from graph.jobs.executor import FailureCode, Json, Level
from graph.jobs.frame import encode, receive
from graph.jobs.progress import PROGRESS_INTERVAL, Reporter, shorten
from ml.errors import DataError

RESULT_LIMIT = 16 << 20
"""Bytes of JSON that a result may have; what is bigger belongs into a file of the job's directory."""
LOG_LIMIT = 20_000
"""Characters of a traceback that are kept, counted from its end."""
MESSAGE_LIMIT = 4_000
"""Characters of an exception's text that are kept."""
THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "LOKY_MAX_CPU_COUNT")
"""What numeric libraries read when they are loaded to find out how many threads they may use."""

MEBIBYTE = 1 << 20


class ThreadPools(Protocol):
    """The thread pools of the libraries that were loaded before: threadpoolctl's controller is one."""

    def limit(self, *, limits: int) -> object:
        """Give each pool so many threads."""


@dataclass(frozen=True, slots=True)
class WorkContext:
    """What a job's function is given: its arguments, its place, its bounds, and whom to tell how far it is.

    `directory` is the folder of the job, absolute, kept between attempts, and the current directory while the
    function runs; its folder `temporary` is emptied before each attempt. `cores` is the number of threads to use:
    OpenMP, BLAS and Arrow are bound to it already, CatBoost and DuckDB have to be told. `memory_mb` (MiB beyond what
    an idle job has) is None without a limit.
    """

    arguments: Json
    directory: Path
    attempt: int
    cores: int
    memory_mb: int | None
    reporter: Reporter

    def progress(self, share: float, **metrics: Any) -> None:  # Any: JSON values, numbers as a rule
        """Say which share of the work is done, 0 to 1, and figures that go with it. Costs microseconds."""
        self.reporter.progress(share, metrics)

    def log(self, line: str, level: Level = Level.INFO) -> None:
        """Say something for the job's log."""
        self.reporter.log(line, level)


def work(channel: socket.socket, pools: ThreadPools | None = None) -> None:
    """Run the one task that comes through the channel, and send its messages and its end back through it.

    Belongs into a process of its own that leads its process group, whose descriptors 1 and 2 may be printed to and
    which ends afterwards. When the server goes away the whole process group is killed. `pools` are thread pools of
    libraries that were loaded before.
    """
    task = receive(channel)
    if task is None:
        return
    sending = threading.Lock()

    def send(message: Json) -> None:
        frame = encode(message)
        try:
            with sending:
                channel.sendall(frame)
        except (BrokenPipeError, ConnectionResetError):
            _end_all()

    reporter = Reporter(send)
    threading.Thread(target=_watch, args=(channel, reporter), name="watch", daemon=True).start()
    reporter.state({"kind": "started", "pid": os.getpid()})
    reporter.close(_outcome(task, reporter, pools))


def _outcome(task: Json, reporter: Reporter, pools: ThreadPools | None) -> Json:
    """Run the function and return the last message of the job. Whatever it raises is a failure of the job."""
    try:
        context = _prepare(task, reporter, pools)
        with _printing_to(reporter):
            result = _function(task["function"])(context)
        message = {"kind": "finished", "result": _checked(result)}
    except BaseException as error:  # a job that exits or interrupts itself has failed too
        _unbound_memory()
        return _failure(error)
    return message


def _prepare(task: Json, reporter: Reporter, pools: ThreadPools | None) -> WorkContext:
    """Set the bounds of this process and return what the function is told of them."""
    faulthandler.enable(file=2)
    directory = Path(task["directory"])
    os.chdir(directory)
    _use_temporary(directory / "temporary")
    cores: int = task["cores"] or len(os.sched_getaffinity(0))
    _bound_threads(cores, pools)
    memory_mb: int | None = task["memory_mb"]
    if memory_mb is not None:
        _bound_memory(memory_mb)
    return WorkContext(
        arguments=task["arguments"],
        directory=directory,
        attempt=task["attempt"],
        cores=cores,
        memory_mb=memory_mb,
        reporter=reporter,
    )


def _use_temporary(folder: Path) -> None:
    """Have temporary files made in an empty folder of the job: a killed process cannot clean up behind itself."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    tempfile.tempdir = str(folder)
    os.environ["TMPDIR"] = os.environ["JOBLIB_TEMP_FOLDER"] = str(folder)


def _bound_threads(cores: int, pools: ThreadPools | None) -> None:
    for variable in THREAD_VARIABLES:
        os.environ[variable] = str(cores)
    if pools is not None:
        pools.limit(limits=cores)
    if "pyarrow" in sys.modules:
        sys.modules["pyarrow"].set_cpu_count(cores)


def _bound_memory(memory_mb: int) -> None:
    """Limit the address space to what is mapped now plus the given MiB.

    The libraries of an idle job take several hundred MiB of addresses but little memory of its own. Only this limit
    makes CatBoost, DuckDB and Arrow report the lack of memory; limiting the data segment crashes DuckDB.
    """
    mapped_pages = int(Path("/proc/self/statm").read_text().split()[0])
    limit = mapped_pages * resource.getpagesize() + memory_mb * MEBIBYTE
    _, most = resource.getrlimit(resource.RLIMIT_AS)
    if most != resource.RLIM_INFINITY:
        limit = min(limit, most)
    resource.setrlimit(resource.RLIMIT_AS, (limit, most))


def _unbound_memory() -> None:
    """Lift the limit again, for the report of a failure takes memory too."""
    _, most = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (most, most))


@contextlib.contextmanager
def _printing_to(reporter: Reporter) -> Iterator[None]:
    """Make log lines of what is printed, the last one too when its line end is missing."""
    sys.stdout = output = LineStream(reporter, level=Level.INFO, descriptor=1)
    sys.stderr = errors = LineStream(reporter, level=Level.WARNING, descriptor=2)
    try:
        yield
    finally:
        output.finish()
        errors.finish()


def _function(name: str) -> Callable[[WorkContext], object]:
    module, _, attribute = name.partition(":")
    function: Callable[[WorkContext], object] = getattr(importlib.import_module(module), attribute)
    return function


def _checked(result: object) -> object:
    """Return the result if it can be sent. Raises TypeError or ValueError saying what is wrong with it."""
    if not isinstance(result, dict):
        raise TypeError(f"A job's function returns a dict, not {type(result).__name__}.")
    size = len(encode(result))
    if size > RESULT_LIMIT:
        raise ValueError(f"The result has {size} bytes of JSON, more than {RESULT_LIMIT}: write it to a file.")
    return result


def _failure(error: BaseException) -> Json:
    kind = type(error)
    name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
    return {
        "kind": "failed",
        "code": _code(error),
        "message": shorten(str(error), MESSAGE_LIMIT),
        "path": list(error.path) if isinstance(error, DataError) else [],
        "exception": name,
        "log": "".join(traceback.format_exception(error))[-LOG_LIMIT:],
    }


def _code(error: BaseException) -> FailureCode:
    if isinstance(error, DataError):
        return FailureCode.INVALID_DATA
    # DuckDB's error of that name is no MemoryError; its class is not imported for jobs that do without DuckDB.
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryException":
        return FailureCode.OUT_OF_MEMORY
    return FailureCode.EXCEPTION


def _watch(channel: socket.socket, reporter: Reporter) -> None:
    """Send progress that was held back, and end everything when the server's end of the channel is closed.

    The server sends nothing after the task, so there is something to read only when its end is closed: by a server
    that was killed, too. Compiled code releases the interpreter while it computes, so this runs beside a fit.
    """
    poll = select.poll()
    poll.register(channel, select.POLLIN)
    while not poll.poll(PROGRESS_INTERVAL * 1000):
        reporter.flush()
    _end_all()


def _end_all() -> None:
    """Kill this process and those it started: nobody is left who wants to know how they end."""
    os.killpg(0, signal.SIGKILL)
