import asyncio
import os
import re
import signal
import time
from collections import Counter
from pathlib import Path

import pytest
import pytest_asyncio

from graph.jobs.executor import (
    Failed,
    FailureCode,
    Finished,
    Hardware,
    Killed,
    Level,
    Log,
    Message,
    Progress,
    Started,
    Task,
)
from graph.jobs.local import LocalExecutor

HERE = Path(__file__).parent
NAMES = re.findall(r"(?m)^def (\w+)", (HERE / "tiny_work.py").read_text())
FUNCTIONS = {f"tiny_work:{name}" for name in [*NAMES, "missing"]}
ANY = Hardware()

pytestmark = pytest.mark.asyncio(loop_scope="module")


def new_executor(preload=("tiny_work",)):
    return LocalExecutor(functions=FUNCTIONS, preload=preload)


@pytest.fixture(autouse=True, scope="module")
def _tiny_work():
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(HERE)
        patch.setenv("MODELGRAPH_BOOTSTRAP", "user:secret")
        yield


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def executor(_tiny_work):
    executor = new_executor()
    await executor.start()
    yield executor
    await executor.close()


@pytest.fixture
def new_task(tmp_path):
    def make(function, *, job_id="job/1", attempt=1, hardware=ANY, **arguments):
        directory = tmp_path if job_id == "job/1" else tmp_path / job_id
        directory.mkdir(parents=True, exist_ok=True)
        return Task(
            job_id=job_id,
            function=f"tiny_work:{function}",
            arguments=arguments,
            directory=directory,
            attempt=attempt,
            hardware=hardware,
        )

    return make


class Run:
    """A task that runs beside the test, and what it said so far."""

    def __init__(self, executor, task):
        self.messages: list[Message] = []
        self.times: list[float] = []
        self._news = asyncio.Event()
        self.task = asyncio.create_task(executor.run(task, self._hear))

    def _hear(self, message):
        self.messages.append(message)
        self.times.append(time.monotonic())
        self._news.set()

    async def first(self, kind):
        while not (found := [message for message in self.messages if isinstance(message, kind)]):
            self._news.clear()
            await asyncio.wait_for(self._news.wait(), 20)
        return found[0]

    async def pid(self):
        return (await self.first(Started)).pid

    async def outcome(self):
        return await asyncio.wait_for(self.task, 20)


def lines(messages):
    return [(message.level, message.line) for message in messages if isinstance(message, Log)]


def exists(pid):
    return Path(f"/proc/{pid}").exists()


def descriptors(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


def children(pid):
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()


async def test_a_function_gets_its_arguments_and_gives_its_result(executor, new_task):
    run = Run(executor, new_task("add", a=1, b=2, attempt=3))

    assert await run.outcome() == Finished({"sum": 3, "attempt": 3})
    assert run.messages == [Started(await run.pid())]
    assert executor.active() == {}
    assert not exists(await run.pid())


async def test_progress_arrives_in_order_at_most_ten_times_a_second_and_the_last_always(executor, new_task):
    run = Run(executor, new_task("steps"))

    assert await run.outcome() == Finished({})
    started, *progress = run.messages
    assert isinstance(started, Started)
    shares = [message.share for message in progress]
    assert shares == sorted(shares)
    assert shares[0] == 0.0
    assert shares[-1] == 1.0
    assert progress[0].metrics == {"step": 0, "loss": None}
    assert progress[-1].metrics["step"] == 60
    elapsed = progress[-1].at - progress[0].at
    assert elapsed >= 0.3
    assert 3 <= len(progress) <= elapsed * 10 + 2


async def test_progress_that_was_held_back_arrives_while_the_job_goes_on(executor, new_task):
    run = Run(executor, new_task("hold"))

    await run.outcome()
    _, first, second = run.messages
    assert (first.share, first.metrics) == (0.1, {"first": 1})
    assert (second.share, second.metrics) == (0.2, {"second": 2})
    assert 0.05 < run.times[2] - run.times[1] < 0.35


async def test_threads_of_a_job_may_report_at_once(executor, new_task):
    run = Run(executor, new_task("many_threads_report"))

    assert await run.outcome() == Finished({})
    progress = [message for message in run.messages if isinstance(message, Progress)]
    assert progress[-1].metrics.keys() <= {"t0", "t1", "t2", "t3"}


async def test_what_a_job_says_and_prints_becomes_log_lines(executor, new_task, capfd):
    run = Run(executor, new_task("talk"))

    assert await run.outcome() == Finished({})
    said = lines(run.messages)
    warned = said.pop(7)
    assert warned[0] == Level.WARNING
    assert "UserWarning: warned" in warned[1]
    assert said == [
        (Level.DEBUG, "said"),
        (Level.ERROR, "two"),
        (Level.ERROR, "lines"),
        (Level.INFO, "printed"),
        (Level.INFO, "a bar 10%"),
        (Level.INFO, "a bar 20%"),
        (Level.WARNING, "complained"),
        (Level.WARNING, '  warnings.warn("warned", stacklevel=1)'),
        (Level.WARNING, "logged"),
        (Level.INFO, "x" * 2_000 + "… (1000 more characters)"),
        (Level.INFO, "no line end"),
    ]
    assert capfd.readouterr() == ("", "")


async def test_a_flood_of_lines_is_cut_and_counted(executor, new_task):
    run = Run(executor, new_task("flood", lines=20_000))

    assert await run.outcome() == Finished({})
    said = lines(run.messages)
    assert len(said) < 1_000
    left_out = sum(int(line.split()[0]) for level, line in said if level == Level.WARNING)
    assert left_out + sum(level == Level.INFO for level, _ in said) == 20_000


async def test_a_large_result_arrives_whole(executor, new_task):
    outcome = await Run(executor, new_task("large", rows=20_000)).outcome()

    assert outcome == Finished({"rows": ["é" * 100] * 20_000})


async def test_large_arguments_arrive_whole(executor, new_task):
    text = "ü" * 3_000_000

    assert await Run(executor, new_task("add", a=text, b="")).outcome() == Finished({"sum": text, "attempt": 1})


async def test_a_result_of_too_many_bytes_is_refused(executor, new_task):
    outcome = await Run(executor, new_task("large", rows=200_000)).outcome()

    assert (outcome.code, outcome.exception) == (FailureCode.EXCEPTION, "ValueError")
    assert outcome.message.endswith("write it to a file.")


async def test_a_data_error_keeps_its_message_and_path(executor, new_task):
    outcome = await Run(executor, new_task("refuse")).outcome()

    assert outcome.log.startswith("Traceback")
    assert outcome == Failed(
        message="The bytes are no table.",
        code=FailureCode.INVALID_DATA,
        path=("input", "file"),
        exception="ml.errors.UnreadableError",
        log=outcome.log,
    )


async def test_another_exception_keeps_its_type_and_traceback(executor, new_task):
    outcome = await Run(executor, new_task("divide", by=0)).outcome()

    assert 'return {"quotient": 1 / context.arguments["by"]}' in outcome.log
    assert outcome == Failed(
        message="division by zero", code=FailureCode.EXCEPTION, exception="ZeroDivisionError", log=outcome.log
    )


@pytest.mark.parametrize(
    ("function", "exception", "message"),
    [
        ("not_a_dict", "TypeError", "A job's function returns a dict, not list."),
        ("not_json", "TypeError", "Type is not JSON serializable: object"),
        ("bad_metric", "TypeError", "Type is not JSON serializable: object"),
        ("leave", "SystemExit", "3"),
        ("missing", "AttributeError", "module 'tiny_work' has no attribute 'missing'"),
    ],
)
async def test_a_function_that_breaks_the_rules_fails(executor, new_task, function, exception, message):
    outcome = await Run(executor, new_task(function)).outcome()

    assert (outcome.code, outcome.is_retryable) == (FailureCode.EXCEPTION, False)
    assert (outcome.exception, outcome.message) == (exception, message)


async def test_a_function_outside_the_table_is_refused(executor, tmp_path):
    task = Task(job_id="job/1", function="os:getcwd", directory=tmp_path)

    outcome = await Run(executor, task).outcome()

    assert outcome == Failed(message="There is no function 'os:getcwd' for jobs.", code=FailureCode.UNKNOWN_FUNCTION)


async def test_a_missing_directory_fails_the_job(executor, tmp_path):
    task = Task(job_id="job/1", function="tiny_work:add", directory=tmp_path / "none")

    assert (await Run(executor, task).outcome()).exception == "FileNotFoundError"


@pytest.mark.parametrize(
    ("function", "hardware", "code", "is_retryable", "message"),
    [
        ("exit_at_once", Hardware(), FailureCode.CRASHED, False, "ended with status 3 before it gave a result"),
        ("abort", Hardware(), FailureCode.CRASHED, True, "crashed (SIGABRT)"),
        ("crash", Hardware(), FailureCode.CRASHED, True, "crashed (SIGSEGV)"),
        ("kill_itself", Hardware(), FailureCode.KILLED, True, "was killed from outside"),
        ("abort", Hardware(memory_mb=64), FailureCode.OUT_OF_MEMORY, False, "more memory than the 64 MB"),
        ("grow", Hardware(memory_mb=64), FailureCode.OUT_OF_MEMORY, False, "more memory than the 64 MB"),
        ("refuse_memory", Hardware(), FailureCode.OUT_OF_MEMORY, False, "more memory than there is"),
    ],
)
async def test_the_way_a_process_ends_decides(executor, new_task, function, hardware, code, is_retryable, message):
    outcome = await Run(executor, new_task(function, hardware=hardware)).outcome()

    assert (outcome.code, outcome.is_retryable) == (code, is_retryable)
    assert message in outcome.message


async def test_a_crash_leaves_its_last_words_in_the_log(executor, new_task):
    assert (await Run(executor, new_task("exit_at_once")).outcome()).log == "last words"
    assert "in crash" in (await Run(executor, new_task("crash")).outcome()).log


async def test_a_job_sees_its_bounds_and_nothing_of_the_server(executor, new_task, tmp_path):
    outcome = await Run(executor, new_task("environment", hardware=Hardware(cores=1))).outcome()

    seen = outcome.result
    assert (seen["cores"], seen["variable"]) == (1, "1")
    assert seen["nice"] == min(19, os.nice(0) + 10)
    assert (seen["directory"], seen["current"]) == (str(tmp_path), str(tmp_path))
    assert seen["temporary"] == str(tmp_path / "temporary")
    assert seen["settings"] == []
    assert seen["leads"] is True
    assert seen["main"] is None
    assert not {"sqlalchemy", "sqlmodel", "models", "starlette", "strawberry", "asyncio"} & set(seen["modules"])
    # /dev/null, two ends of the console, the channel, and the folder that is being listed
    del seen["descriptors"]["0"], seen["descriptors"]["1"], seen["descriptors"]["2"]
    assert sorted(Counter(seen["descriptors"].values()).items()) == [("gone", 1), ("socket", 1)]


async def test_without_hardware_a_job_may_use_every_core(executor, new_task):
    outcome = await Run(executor, new_task("environment")).outcome()

    assert outcome.result["cores"] == len(os.sched_getaffinity(0))


async def test_signals_do_not_end_a_job_but_the_programs_it_starts(executor, new_task):
    outcome = await Run(executor, new_task("ignore_signals")).outcome()

    assert outcome == Finished({"child_can_be_terminated": "True"})


async def test_a_directory_is_kept_between_attempts(executor, new_task):
    first = await Run(executor, new_task("keep")).outcome()
    second = await Run(executor, new_task("keep", attempt=2)).outcome()

    assert (first.code, first.is_retryable) == (FailureCode.KILLED, True)
    assert second == Finished({"attempts": 2, "attempt": 2})


@pytest.mark.parametrize("function", ["wait", "compute"])
async def test_kill_returns_when_the_process_is_gone(executor, new_task, function):
    run = Run(executor, new_task(function))
    await run.first(Progress)
    await asyncio.sleep(0.2)
    begin = time.monotonic()

    await executor.kill("job/1")

    assert time.monotonic() - begin < 1
    assert not exists(await run.pid())
    assert await run.outcome() == Killed()


async def test_kill_takes_everything_along_that_the_job_has_started(executor, new_task, tmp_path):
    run = Run(executor, new_task("family"))
    await run.first(Progress)
    pids = [int(pid) for pid in (tmp_path / "pids").read_text().split()]
    assert all(map(exists, pids))
    begin = time.monotonic()

    await executor.kill("job/1")

    assert time.monotonic() - begin < 1
    assert [pid for pid in pids if exists(pid)] == []


async def test_a_job_that_ends_leaves_nothing_running(executor, new_task, tmp_path):
    outcome = await Run(executor, new_task("family", seconds=0)).outcome()

    assert outcome == Finished({})
    pids = [int(pid) for pid in (tmp_path / "pids").read_text().split()]
    assert [pid for pid in pids if exists(pid)] == []


async def test_what_one_job_leaves_behind_does_not_touch_another(executor, new_task, tmp_path):
    other = Run(executor, new_task("family", job_id="job/2"))
    await other.first(Progress)
    pids = [int(pid) for pid in (tmp_path / "job/2/pids").read_text().split()]

    await Run(executor, new_task("family", seconds=0)).outcome()

    assert all(map(exists, pids))
    await executor.kill("job/2")


async def test_killing_a_job_that_does_not_run_does_nothing(executor):
    await executor.kill("job/none")


async def test_a_job_is_killed_before_it_has_a_process(new_task):
    executor = new_executor()
    await executor.start()
    run = Run(executor, new_task("wait"))
    await asyncio.sleep(0)
    assert executor.active() == {"job/1": None}

    await executor.kill("job/1")

    assert await run.outcome() == Killed()
    assert run.messages == []
    await executor.close()


async def test_a_process_killed_from_outside_fails_and_may_be_tried_again(executor, new_task):
    run = Run(executor, new_task("wait"))
    os.kill(await run.pid(), signal.SIGKILL)

    outcome = await run.outcome()

    assert (outcome.code, outcome.is_retryable) == (FailureCode.KILLED, True)


async def test_a_cancelled_run_kills_its_process_first(executor, new_task):
    run = Run(executor, new_task("wait"))
    await run.first(Progress)

    run.task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run.task

    assert not exists(await run.pid())
    assert executor.active() == {}


async def test_a_listener_that_fails_ends_the_job_and_is_heard_of(executor, new_task):
    pids = []

    def listen(message):
        pids.append(message.pid)
        raise LookupError("nobody listens")

    with pytest.raises(LookupError, match="nobody listens"):
        await executor.run(new_task("wait"), listen)
    assert not exists(pids[0])


async def test_a_job_runs_once_at_a_time(executor, new_task):
    run = Run(executor, new_task("wait"))
    await run.pid()

    with pytest.raises(ValueError, match="job/1 is running already"):
        await executor.run(new_task("wait"), lambda _: None)

    assert executor.active() == {"job/1": await run.pid()}
    await executor.kill("job/1")


async def test_jobs_run_beside_each_other(executor, new_task):
    begin = time.monotonic()
    runs = [Run(executor, new_task("wait", job_id=f"job/{number}", seconds=0.4)) for number in range(4)]

    outcomes = [await run.outcome() for run in runs]

    assert outcomes == [Finished({})] * 4
    assert time.monotonic() - begin < 1.2
    assert len({await run.pid() for run in runs}) == 4


async def test_fifty_jobs_leave_no_descriptor_and_no_zombie(executor, new_task):
    await Run(executor, new_task("add", a=1, b=1)).outcome()
    before = descriptors(os.getpid()), descriptors(executor._link.pid)

    for start in range(0, 50, 5):
        runs = [Run(executor, new_task("add", job_id=f"job/{start + n}", a=n, b=0)) for n in range(5)]
        assert [(await run.outcome()).result["sum"] for run in runs] == list(range(5))

    assert (descriptors(os.getpid()), descriptors(executor._link.pid)) == before
    assert children(executor._link.pid) == []


async def test_a_killed_forkserver_ends_its_jobs_and_is_replaced_by_the_next_run(executor, new_task, caplog):
    run = Run(executor, new_task("wait"))
    pid, forkserver = await run.pid(), executor._link.pid
    os.kill(forkserver, signal.SIGKILL)

    outcome = await run.outcome()

    assert (outcome.code, outcome.is_retryable) == (FailureCode.KILLED, True)
    # The system's first process may take its time to notice the end of what it has inherited.
    assert not exists(pid) or Path(f"/proc/{pid}/stat").read_text().split()[2] == "Z"
    assert f"The forkserver {forkserver} ended" in caplog.text
    assert await Run(executor, new_task("add", a=1, b=1)).outcome() == Finished({"sum": 2, "attempt": 1})
    assert executor._link.pid != forkserver
    assert not exists(forkserver)


async def test_close_kills_what_runs_and_the_executor_can_start_again(new_task):
    executor = new_executor()
    await executor.start()
    run = Run(executor, new_task("wait"))
    pid, forkserver = await run.pid(), executor._link.pid

    await executor.close()

    assert await run.outcome() == Killed()
    assert not exists(pid)
    assert not exists(forkserver)
    with pytest.raises(RuntimeError, match="not started"):
        await executor.run(new_task("add"), lambda _: None)
    await executor.start()
    assert await Run(executor, new_task("add", a=1, b=1)).outcome() == Finished({"sum": 2, "attempt": 1})
    await executor.close()


async def test_close_does_not_wait_for_libraries_to_be_imported(new_task):
    executor = new_executor(preload=("sklearn.ensemble",))
    await executor.start()
    run = Run(executor, new_task("add"))
    await asyncio.sleep(0.05)
    begin = time.monotonic()

    await executor.close()

    assert time.monotonic() - begin < 0.5
    assert await run.outcome() == Killed()


async def test_start_does_not_wait_for_libraries_to_be_imported():
    executor = new_executor(preload=("catboost",))
    begin = time.monotonic()

    await executor.start()

    assert time.monotonic() - begin < 0.1
    await executor.close()


async def test_a_library_that_cannot_be_imported_is_named_and_jobs_run(new_task, caplog):
    executor = new_executor(preload=("no_such_library", "tiny_work"))
    await executor.start()

    assert await Run(executor, new_task("add", a=1, b=1)).outcome() == Finished({"sum": 2, "attempt": 1})
    assert "could not import no_such_library: ModuleNotFoundError" in caplog.text
    await executor.close()


async def test_the_libraries_work_after_the_fork_within_their_bounds(new_task):
    executor = new_executor(preload=("tiny_work", "threadpoolctl", "pyarrow.compute", "duckdb", "catboost"))
    await executor.start()

    numeric = await Run(executor, new_task("numeric", hardware=Hardware(cores=2))).outcome()
    fit = await Run(executor, new_task("fit", iterations=10)).outcome()
    starved = await Run(executor, new_task("fit", rows=300_000, hardware=Hardware(memory_mb=90))).outcome()

    assert numeric == Finished({"total": 499_999_500_000, "groups": 7, "rounds": 3, "arrow_threads": 2})
    assert fit == Finished({"trees": 10})
    assert (starved.code, starved.is_retryable) == (FailureCode.OUT_OF_MEMORY, False)
    assert os.listdir(f"/proc/{executor._link.pid}/task") == [str(executor._link.pid)]

    run = Run(executor, new_task("fit"))
    assert (await run.first(Progress)).metrics["loss"] < 1
    begin = time.monotonic()
    await executor.kill("job/1")
    assert time.monotonic() - begin < 1
    assert not exists(await run.pid())
    await executor.close()


async def test_nothing_warns_when_warnings_are_errors(new_task, monkeypatch):
    monkeypatch.setenv("PYTHONWARNINGS", "error")
    executor = new_executor()
    await executor.start()
    run = Run(executor, new_task("steps"))

    assert await run.outcome() == Finished({})
    assert lines(run.messages) == []
    await executor.close()
