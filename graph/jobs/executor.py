"""What runs a job, seen from outside: the task it gets, the messages it sends, how it can end. No executor itself."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol, TypeAlias

Json: TypeAlias = dict[str, Any]  # Any: a JSON object has values of every JSON type, nested


class Level(StrEnum):
    """How much a line of a job's log matters."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class FailureCode(StrEnum):
    """Why a job failed, in terms of what can be done about it."""

    INVALID_DATA = "invalid_data"
    """The function refused its data or an argument: `Failed.path` names the argument."""
    EXCEPTION = "exception"
    """The function raised: `Failed.exception` names the type and `Failed.log` holds the traceback."""
    OUT_OF_MEMORY = "out_of_memory"
    """The function asked for more memory than its hardware allows, or than there is."""
    KILLED = "killed"
    """Somebody else killed the process: an operator, the system short of memory, a forkserver that went away."""
    CRASHED = "crashed"
    """The process ended by itself, by a signal or with a status, before it gave a result."""
    UNKNOWN_FUNCTION = "unknown_function"
    """The task names a function that is not in the executor's table."""


@dataclass(frozen=True, slots=True)
class Hardware:
    """The bounds of one job; None leaves the machine's own.

    `cores` bounds the threads of numeric libraries and is told to the function; `memory_mb` (MiB) bounds what
    the process may allocate beyond the libraries it starts with.
    """

    cores: int | None = None
    memory_mb: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One computation: a function by name, its arguments and the folder that it may write to.

    `function` is "module:callable" and must be in the table of the executor. `arguments` are JSON values; paths
    among them are absolute texts, for the process works in `directory`. That folder belongs to the job, exists
    before the run and is kept between attempts: snapshots and outputs lie there. `attempt` counts from 1.
    """

    job_id: str
    function: str
    directory: Path
    arguments: Json = field(default_factory=dict)
    attempt: int = 1
    hardware: Hardware = Hardware()


@dataclass(frozen=True, slots=True)
class Started:
    """The process of the job exists and has its task; `pid` is also its process group."""

    pid: int


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the job is: `share` from 0 to 1, metrics by name, and when, on the clock of `time.monotonic()`.

    A metric that was not a finite number is None. At most ten arrive a second; the latest before the end always does.
    """

    share: float
    metrics: Json
    at: float


@dataclass(frozen=True, slots=True)
class Log:
    """One line that the job said or printed, without its line end, shortened where it was huge."""

    level: Level
    line: str


Message: TypeAlias = Started | Progress | Log


@dataclass(frozen=True, slots=True)
class Finished:
    """The function returned; `result` is the JSON object it gave. Files it made lie in the job's directory."""

    result: Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """The function or its process failed.

    `message` is one or a few sentences; for code EXCEPTION it is the text of the exception and may hold details
    that are not for everyone. `exception` is the qualified type name, empty where nothing was raised. `log` is
    the traceback, or the last that the process wrote to its console. With `is_retryable` the same task may succeed
    when it is run again, from its snapshot where there is one.
    """

    message: str
    code: FailureCode
    is_retryable: bool = False
    path: tuple[str, ...] = ()
    exception: str = ""
    log: str = ""


@dataclass(frozen=True, slots=True)
class Killed:
    """The job was ended because `Executor.kill` or `Executor.close` asked for it."""


Outcome: TypeAlias = Finished | Failed | Killed


class Executor(Protocol):
    """A place where tasks run, each in a process of its own; whoever calls it owns the queue and the database."""

    async def start(self) -> None:
        """Make ready to run tasks, without waiting for slow preparations."""

    async def close(self) -> None:
        """Kill what still runs and give everything back; the executor may be started again."""

    async def run(self, task: Task, on_message: Callable[[Message], None]) -> Outcome:
        """Run a task and return how it ended, when its process and all it had started are gone.

        Messages arrive in the event loop while it runs. A cancelled call kills the process before it returns.
        Raises ValueError when a task of that job is running already.
        """

    async def kill(self, job_id: str) -> None:
        """Kill the task of a job; return when its processes are gone, at once when there is none."""

    def active(self) -> Mapping[str, int | None]:
        """Every running job and the id of its process, None while there is no process yet."""
