import asyncio
import json
import os
import resource
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
import uvloop

from graph.jobs.executor import Finished, Killed, Started, Task
from graph.jobs.local import LocalExecutor

HERE = Path(__file__).parent
SERVER = HERE / "executor_server.py"


@contextmanager
def server(command, *functions, folder):
    """A server whose jobs run; gives its process and the ids of the forkserver, the jobs, and what these started."""
    path = os.pathsep.join([str(HERE), *(place for place in sys.path if place)])
    process = subprocess.Popen(
        [*command, str(folder), *functions],
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env={**os.environ, "PYTHONPATH": path, "PYTHONUNBUFFERED": "1"},
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


def pids_of(process):
    assert process.stdout.readline() == "main module runs\n"
    return json.loads(process.stdout.readline())


def state_of(pid):
    """The letter of proc_pid_stat(5); Z, as for one that nobody has waited for yet, when there is no such process."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return "Z"


def is_alive(pid):
    return state_of(pid) != "Z"


def wait_for_end(pids, seconds):
    deadline = time.monotonic() + seconds
    while (alive := [pid for pid in pids if is_alive(pid)]) and time.monotonic() < deadline:
        time.sleep(0.02)
    return alive


@pytest.fixture
def python():
    return [sys.executable, str(SERVER)]


def test_nothing_outlives_a_killed_server(python, tmp_path):
    with server(python, "fit", "compute", "family", folder=tmp_path) as process:
        pids = pids_of(process)
        assert len(pids) == 8
        assert all(map(is_alive, pids))

        process.kill()

        assert wait_for_end(pids, 1) == []
        assert process.stdout.read() == ""


def test_a_fit_ends_by_itself_when_even_its_forkserver_hangs(python, tmp_path):
    with server(python, "fit", folder=tmp_path) as process:
        forkserver, job = pids_of(process)
        os.kill(forkserver, signal.SIGSTOP)

        process.kill()

        assert wait_for_end([job], 1) == []
        os.kill(forkserver, signal.SIGCONT)
        assert wait_for_end([forkserver], 1) == []


def test_nothing_outlives_a_server_that_is_killed_together_with_its_forkserver(python, tmp_path):
    with server(python, "compute", folder=tmp_path) as process:
        forkserver, job = pids_of(process)

        process.kill()
        os.kill(forkserver, signal.SIGKILL)

        assert wait_for_end([forkserver, job], 1) == []


def test_a_forkserver_leaves_with_a_server_that_is_killed_while_libraries_are_imported(tmp_path):
    program = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n"
        "import asyncio, graph.jobs.local as local\n"
        "async def main():\n"
        "    executor = local.LocalExecutor(functions=[], preload=['slow_to_import'])\n"
        "    await executor.start()\n"
        "    print(executor._link.pid, flush=True)\n"
        "    await asyncio.sleep(60)\n"
        "asyncio.run(main())\n"
    )
    (tmp_path / "slow_to_import.py").write_text("import time\ntime.sleep(30)\n")
    with server([sys.executable, "-c", program], folder="") as process:
        forkserver = int(process.stdout.readline())
        time.sleep(0.3)
        assert is_alive(forkserver)

        process.kill()

        assert wait_for_end([forkserver], 1) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signals_to_the_group_of_the_server_reach_neither_forkserver_nor_jobs(python, tmp_path, number):
    with server(python, "wait", folder=tmp_path) as process:
        forkserver, job = pids_of(process)
        process.send_signal(signal.SIGSTOP)
        while state_of(process.pid) != "T":
            time.sleep(0.01)
        os.killpg(process.pid, number)
        os.kill(forkserver, number)
        os.kill(job, number)
        time.sleep(0.2)
        assert is_alive(forkserver)
        assert is_alive(job)

        process.send_signal(signal.SIGCONT)

        assert process.wait(5) != 0
        assert wait_for_end([forkserver, job], 1) == []


CONSOLE_SCRIPT = "import sys\nfrom executor_server import main\nsys.exit(main())\n"


@pytest.mark.parametrize("entry", ["script", "module", "console script"])
def test_jobs_do_not_run_the_main_module_again(python, tmp_path, entry):
    script = tmp_path / "serve"
    script.write_text(CONSOLE_SCRIPT)
    command = {
        "script": python,
        "module": [sys.executable, "-m", "executor_server"],
        "console script": [sys.executable, str(script)],
    }[entry]

    with server(command, "steps", "flood_a_little", folder=tmp_path) as process:
        pids = pids_of(process)
        assert process.stdout.read() == ""
        assert process.wait(5) == 0

    assert len(pids) == 3
    assert wait_for_end(pids, 0) == []


def test_the_executor_runs_on_uvloop(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(HERE)
    text = "ü" * 3_000_000

    async def scenario():
        executor = LocalExecutor(functions={"tiny_work:add", "tiny_work:wait"}, preload=("tiny_work",))
        await executor.start()
        adding = Task(job_id="job/1", function="tiny_work:add", arguments={"a": text, "b": ""}, directory=tmp_path)
        added = await executor.run(adding, lambda _: None)
        started = asyncio.Event()
        waiting = Task(job_id="job/2", function="tiny_work:wait", directory=tmp_path)
        run = asyncio.create_task(executor.run(waiting, lambda message: isinstance(message, Started) and started.set()))
        await started.wait()
        await executor.kill("job/2")
        killed = await run
        await executor.close()
        return added, killed

    assert uvloop.run(scenario()) == (Finished({"sum": text, "attempt": 1}), Killed())


def test_a_full_process_table_is_a_failure_that_may_be_tried_again(tmp_path, monkeypatch):
    """The limit of open files stands in for it: it holds for root as well, and stops the fork at the same place."""
    monkeypatch.syspath_prepend(HERE)

    async def scenario():
        executor = LocalExecutor(functions={"tiny_work:add"}, preload=("tiny_work",))
        await executor.start()
        task = Task(job_id="job/1", function="tiny_work:add", arguments={"a": 1, "b": 1}, directory=tmp_path)
        first = await executor.run(task, lambda _: None)
        limits = resource.prlimit(executor._link.pid, resource.RLIMIT_NOFILE)
        used = len(os.listdir(f"/proc/{executor._link.pid}/fd"))
        resource.prlimit(executor._link.pid, resource.RLIMIT_NOFILE, (used + 1, limits[1]))
        refused = await executor.run(task, lambda _: None)
        resource.prlimit(executor._link.pid, resource.RLIMIT_NOFILE, limits)
        last = await executor.run(task, lambda _: None)
        await executor.close()
        return first, refused, last

    first, refused, last = asyncio.run(scenario())

    assert first == last == Finished({"sum": 2, "attempt": 1})
    assert refused.is_retryable
    assert "The system allows no process" in refused.log
