"""One CatBoost fit that survives its process: snapshots in a folder, progress read from the engine's own logs.

CatBoost can call back after each iteration, but copies the whole history of metrics into Python every time, which
costs a fit of a thousand iterations 0.3 s and one of four thousand 3 s. It also writes each iteration's loss to a small
file at once; a thread that reads on there costs nothing.
"""

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ml.errors import DataError

if TYPE_CHECKING:
    from catboost import CatBoost, Pool

Progress = Callable[[float, dict[str, Any]], None]
"""Called with the share done (0 to 1) and `{"iteration", "iterations", "metrics": {"learn.<name>": value}}`.

The metrics are those known after the iteration, under `learn.` and, with a held-out share, `validation.`. Calls come
one at a time, in order of iterations, from a thread beside the fit.
"""

SNAPSHOT = "training.snapshot"
"""The file in the job's folder from which a killed fit goes on."""

SNAPSHOT_SECONDS = 5
"""How much work a killed fit may lose."""

POLL_SECONDS = 0.1

_LOGS = {"learn": "learn_error.tsv", "validation": "test_error.tsv"}
_LOCATION = re.compile(r"^(?:\S+\.(?:cpp|h):\d+: )+")


def fit(
    settings: dict[str, Any], learn: "Pool", validation: "Pool | None", *, directory: Path, progress: Progress
) -> "CatBoost":
    """The trained engine; if `directory` holds a snapshot of the same fit, it goes on from there.

    A snapshot of other data or settings is deleted and the fit starts over. What CatBoost refuses is a DataError.
    """
    from catboost import CatBoost, CatBoostError

    snapshot = directory / SNAPSHOT
    parts = ["learn"] if validation is None else list(_LOGS)
    settings = {
        **settings,
        "train_dir": str(directory),
        "save_snapshot": True,
        "snapshot_file": SNAPSHOT,
        "snapshot_interval": SNAPSHOT_SECONDS,
        "logging_level": "Silent",
    }
    while True:
        resumed = snapshot.exists()
        watch = _Watch(directory, parts, settings["iterations"], progress, resumed=resumed)
        engine = CatBoost(settings)
        try:
            with watch.running():
                engine.fit(learn, eval_set=validation)
        except CatBoostError as error:
            if resumed and not watch.has_begun:
                snapshot.unlink()
                continue
            raise DataError(f"CatBoost cannot learn from this data: {_LOCATION.sub('', str(error))}") from error
        return engine


class _Watch:
    """Reads the logs of a running fit and reports each iteration once.

    A fit that goes on from a snapshot logs its old iterations again; those that an earlier process has logged in the
    same folder are not reported again.
    """

    def __init__(
        self, directory: Path, parts: list[str], iterations: int, progress: Progress, *, resumed: bool
    ) -> None:
        self.has_begun = False
        self._logs = {part: _Log(directory / name) for part, name in _LOGS.items() if part in parts}
        self._reported = max(self._logs["learn"].read(), default=-1) + 1 if resumed else 0
        for log in self._logs.values():
            log.restart()
        self._known: dict[str, dict[int, dict[str, float]]] = {part: {} for part in parts}
        self._iterations = iterations
        self._progress = progress
        self._over = threading.Event()
        self._failure: BaseException | None = None

    @contextmanager
    def running(self) -> Iterator[None]:
        """Watches while the block runs; an error of the progress function is raised at the end of the block."""
        thread = threading.Thread(target=self._watch, name="training-progress", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._over.set()
            thread.join()
        if self._failure is not None:
            raise self._failure

    def _watch(self) -> None:
        try:
            while not self._over.wait(POLL_SECONDS):
                self._report()
            self._report()
        except BaseException as failure:  # raised again by the thread that waits for the fit
            self._failure = failure

    def _report(self) -> None:
        for part, log in self._logs.items():
            self._known[part] |= log.read()
        self.has_begun = self.has_begun or bool(self._known["learn"])
        while all(self._reported in known for known in self._known.values()):
            iteration = self._reported
            self._reported += 1
            metrics = {
                f"{part}.{name}": value
                for part, known in self._known.items()
                for name, value in known[iteration].items()
            }
            done = iteration + 1
            self._progress(
                done / self._iterations, {"iteration": done, "iterations": self._iterations, "metrics": metrics}
            )


class _Log:
    """A table of metrics by iteration that grows line by line; only whole lines are read."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._position = 0
        self._names: list[str] = []

    def restart(self) -> None:
        """Forgets what is there."""
        self._path.unlink(missing_ok=True)
        self._position = 0

    def read(self) -> dict[int, dict[str, float]]:
        """The iterations written since the last call, from 0, with their metrics."""
        try:
            with self._path.open("rb") as file:
                file.seek(self._position)
                text = file.read()
        except FileNotFoundError:
            return {}
        whole = text[: text.rfind(b"\n") + 1]
        self._position += len(whole)
        found = {}
        for line in whole.decode().splitlines():
            first, *values = line.split("\t")
            if first.isdigit():
                found[int(first)] = dict(zip(self._names, map(float, values), strict=False))
            else:
                self._names = values
        return found
