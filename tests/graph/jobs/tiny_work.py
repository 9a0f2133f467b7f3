"""Functions for jobs that tests run."""

import ctypes
import logging
import os
import signal
import subprocess
import sys
import threading
import time
import warnings
from pathlib import Path

from graph.jobs.executor import Level
from graph.jobs.worker import WorkContext
from ml.errors import UnreadableError


class OutOfMemoryException(Exception):  # named like DuckDB's
    pass


def add(context: WorkContext) -> dict:
    return {"sum": context.arguments["a"] + context.arguments["b"], "attempt": context.attempt}


def steps(context: WorkContext) -> dict:
    for step in range(60):
        context.progress(step / 60, step=step, loss=float("nan"))
        time.sleep(0.005)
    context.progress(1, step=60)
    return {}


def hold(context: WorkContext) -> dict:
    context.progress(0.1, first=1)
    context.progress(0.2, second=2)
    time.sleep(0.4)
    return {}


def wait(context: WorkContext) -> dict:
    context.progress(0.5)
    time.sleep(context.arguments.get("seconds", 60))
    return {}


def compute(context: WorkContext) -> dict:
    """Holds the interpreter's lock for minutes, so that no other thread of the process runs."""
    context.progress(0.5)
    time.sleep(0.15)
    return {"size": ((1 << 200_000_000) // ((1 << 100_000_000) - 1)).bit_length()}


def fit(context: WorkContext) -> dict:
    import numpy as np
    from catboost import CatBoostClassifier

    class Listener:
        def after_iteration(self, info):
            context.progress(info.iteration / iterations, loss=info.metrics["learn"]["Logloss"][-1])
            return True

    rows = context.arguments.get("rows", 2_000)
    iterations = context.arguments.get("iterations", 1_000_000)
    table = np.random.default_rng(0).normal(size=(rows, 20)).astype("f4")
    model = CatBoostClassifier(iterations=iterations, thread_count=context.cores, verbose=0, allow_writing_files=False)
    model.fit(table, table[:, 0] > 0, callbacks=[Listener()])
    return {"trees": model.tree_count_}


def numeric(context: WorkContext) -> dict:
    """Uses the thread pools of DuckDB, Arrow, OpenMP and BLAS, which must work after a fork."""
    import duckdb
    import numpy as np
    import pyarrow as pa
    from sklearn.ensemble import HistGradientBoostingClassifier

    with duckdb.connect() as connection:
        total = connection.execute("select sum(range)::bigint from range(1000000)").fetchall()[0][0]
    table = pa.table({"a": np.arange(1000) % 7}).group_by("a").aggregate([("a", "count")])
    square = np.random.default_rng(0).normal(size=(300, 300))
    forest = HistGradientBoostingClassifier(max_iter=3).fit(square[:, :5], (square @ square)[:, 0] > 0)
    return {"total": total, "groups": table.num_rows, "rounds": forest.n_iter_, "arrow_threads": pa.cpu_count()}


def family(context: WorkContext) -> dict:
    """Starts one program in the job's group, one in a session of its own, one that outlives its parent; forks one."""
    program = "import time; time.sleep(60)"
    pids = [
        subprocess.Popen([sys.executable, "-c", program]).pid,
        subprocess.Popen([sys.executable, "-c", program], start_new_session=True).pid,
    ]
    start = f"subprocess.Popen([sys.executable, '-c', {program!r}], start_new_session=True, stdout=subprocess.DEVNULL)"
    launcher = f"import subprocess, sys; print({start}.pid)"
    pids.append(int(subprocess.run([sys.executable, "-c", launcher], stdout=subprocess.PIPE, check=True).stdout))
    forked = os.fork()
    if forked == 0:
        print("a forked process uses none of our channel", flush=True)
        time.sleep(60)
    pids.append(forked)
    (context.directory / "pids").write_text(" ".join(map(str, pids)))
    context.progress(0.5)
    time.sleep(context.arguments.get("seconds", 60))
    return {}


def environment(context: WorkContext) -> dict:
    return {
        "cores": context.cores,
        "variable": os.environ["OMP_NUM_THREADS"],
        "nice": os.nice(0),
        "directory": str(context.directory),
        "current": os.getcwd(),
        "temporary": os.environ["TMPDIR"],
        "settings": [name for name in os.environ if name.startswith("MODELGRAPH_")],
        "modules": sorted(sys.modules),
        "descriptors": {name: _target(name) for name in os.listdir("/proc/self/fd")},
        "leads": os.getpid() == os.getpgid(0) == os.getsid(0),
        "main": getattr(sys.modules["__main__"], "__file__", None),
    }


def _target(descriptor: str) -> str:
    try:
        return os.readlink(f"/proc/self/fd/{descriptor}").partition(":")[0]
    except FileNotFoundError:
        return "gone"


def talk(context: WorkContext) -> dict:
    context.log("said", Level.DEBUG)
    context.log("two\nlines", Level.ERROR)
    print("printed")
    print("a bar 10%\ra bar 20%\r", end="")
    print("complained", file=sys.stderr)
    warnings.warn("warned", stacklevel=1)
    logging.getLogger("tiny").warning("logged")
    os.write(1, b"written behind Python's back\n")
    print("x" * 3_000)
    print("no line end", end="")
    return {}


def flood(context: WorkContext) -> dict:
    for number in range(context.arguments["lines"]):
        print(number)
        os.write(2, b"y" * 100)
    return {}


def large(context: WorkContext) -> dict:
    return {"rows": ["é" * 100] * context.arguments["rows"]}


def not_a_dict(context: WorkContext) -> list:
    return [1]


def not_json(context: WorkContext) -> dict:
    return {"value": object()}


def bad_metric(context: WorkContext) -> dict:
    context.progress(0.5, value=object())
    return {}


def refuse(context: WorkContext) -> dict:
    raise UnreadableError("The bytes are no table.", ("input", "file"))


def divide(context: WorkContext) -> dict:
    return {"quotient": 1 / context.arguments["by"]}


def leave(context: WorkContext) -> dict:
    raise SystemExit(3)


def exit_at_once(context: WorkContext) -> dict:
    os.write(2, b"last words")
    os._exit(3)


def abort(context: WorkContext) -> dict:
    os.abort()


def crash(context: WorkContext) -> dict:
    ctypes.string_at(0)
    return {}


def kill_itself(context: WorkContext) -> dict:
    os.kill(os.getpid(), signal.SIGKILL)
    return {}


def grow(context: WorkContext) -> dict:
    kept = [str(number) * 10 for number in range(100_000_000)]
    return {"kept": len(kept)}


def refuse_memory(context: WorkContext) -> dict:
    raise OutOfMemoryException("Out of Memory Error: failed to allocate")


def ignore_signals(context: WorkContext) -> dict:
    """Sends itself what a terminal and an operator send, and says how programs it starts would take it."""
    os.kill(os.getpid(), signal.SIGINT)
    os.kill(os.getpid(), signal.SIGTERM)
    program = "import signal; print(signal.getsignal(signal.SIGTERM) is signal.SIG_DFL)"
    answer = subprocess.run([sys.executable, "-c", program], stdout=subprocess.PIPE, check=True, text=True).stdout
    return {"child_can_be_terminated": answer.strip()}


def many_threads_report(context: WorkContext) -> dict:
    def report() -> None:
        for number in range(200):
            context.progress(number / 200, **{threading.current_thread().name: number})
            print(number)

    threads = [threading.Thread(target=report, name=f"t{number}") for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return {}


def keep(context: WorkContext) -> dict:
    """Counts its attempts in a file; the first one dies."""
    path = Path("attempts")
    before = int(path.read_text()) if path.exists() else 0
    path.write_text(str(before + 1))
    if before == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return {"attempts": before + 1, "attempt": context.attempt}


def flood_a_little(context: WorkContext) -> dict:
    context.progress(0.5)
    print("printed")
    os.write(1, b"written")
    time.sleep(0.3)
    return {}
