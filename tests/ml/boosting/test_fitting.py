import json
import os
import signal
import subprocess
import sys

import pytest

from ml.boosting import BoostedModel, BoostedPredictor, BoostingParameters, train
from ml.boosting.fitting import SNAPSHOT

SCRIPT = """
import json, sys, time
from pathlib import Path
import ml.boosting.fitting as fitting
from ml.boosting import BoostingParameters, train
from ml.fields import Field

fitting.SNAPSHOT_SECONDS = 0
data, folder = Path(sys.argv[1]), Path(sys.argv[2])
fields, parameters = json.loads(sys.argv[3]), json.loads(sys.argv[4])
fields = [Field.from_dict(item) for item in fields]
model = train(data, fields, {}, objective="000006", inputs=["000000", "000001", "000002"],
              parameters=BoostingParameters(**parameters), directory=folder,
              progress=lambda share, report: print(report["iteration"], flush=True))
(folder / "done").write_bytes(model.to_bytes())
"""

PARAMETERS = {"iterations": 400, "depth": 6, "thread_count": 1, "learning_rate": 0.02, "validation_share": 0.2,
              "early_stopping_rounds": 390}  # fmt: skip


def start(data, folder):
    fields = json.dumps([item.to_dict() for item in data.fields])
    command = [sys.executable, "-c", SCRIPT, str(data.path), str(folder), fields, json.dumps(PARAMETERS)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)


def test_a_killed_training_goes_on_and_predicts_the_same(data, tmp_path):
    uninterrupted = data.train(tmp_path / "whole", objective="kind", inputs=["width", "colour", "height"], **PARAMETERS)
    folder = tmp_path / "killed"
    process = start(data, folder)
    reached = 0
    for line in process.stdout:
        reached = int(line)
        if reached >= 100:
            os.kill(process.pid, signal.SIGKILL)
            break
    process.stdout.close()
    assert process.wait() == -signal.SIGKILL
    assert not (folder / "done").exists()

    seen = []
    resumed = train(
        data.path,
        data.fields,
        {},
        objective="000006",
        inputs=["000000", "000001", "000002"],
        parameters=BoostingParameters(**PARAMETERS),
        directory=folder,
        progress=lambda _, report: seen.append(report["iteration"]),
    )

    assert reached < 400
    assert seen[0] >= 100
    assert seen == list(range(seen[0], seen[-1] + 1))
    assert len(seen) <= 300
    rows = data.rows(600)
    assert BoostedPredictor(resumed).predict(rows) == BoostedPredictor(uninterrupted).predict(rows)
    assert resumed.document["metrics"] == uninterrupted.document["metrics"]


@pytest.fixture
def finished(data, tmp_path):
    folder = tmp_path / "job"
    data.train(folder, objective="sign", iterations=10)
    return folder


def predictions(model: BoostedModel, data):
    return BoostedPredictor(model).predict(data.rows(50))


def test_a_finished_training_that_runs_again_gives_the_same_model(data, finished):
    again = data.train(finished, objective="sign", iterations=10)
    fresh = data.train(finished / "fresh", objective="sign", iterations=10)

    assert predictions(again, data) == predictions(fresh, data)
    assert again.document["metrics"] == fresh.document["metrics"]


@pytest.mark.parametrize(
    "changed", [{"depth": 3}, {"rows": range(300)}, {"inputs": ["width"]}, {"objective": "kind"}], ids=str
)
def test_a_snapshot_of_another_training_is_thrown_away(data, finished, changed):
    arguments = {"objective": "sign", "iterations": 10, **changed}
    data.reports.clear()

    model = data.train(finished, **arguments)

    assert [report["iteration"] for _, report in data.reports] == list(range(1, 11))
    fresh = data.train(finished / "fresh", **arguments)
    assert predictions(model, data) == predictions(fresh, data)


@pytest.mark.parametrize("content", [b"", bytes(500), None], ids=["empty", "zeros", "half"])
def test_a_damaged_snapshot_does_no_harm(data, finished, content):
    snapshot = finished / SNAPSHOT
    whole = snapshot.read_bytes()
    snapshot.write_bytes(whole[: len(whole) // 2] if content is None else content)

    model = data.train(finished, objective="sign", iterations=10)

    fresh = data.train(finished / "fresh", objective="sign", iterations=10)
    assert predictions(model, data) == predictions(fresh, data)


def test_more_iterations_go_on_from_the_snapshot(data, finished):
    data.reports.clear()

    model = data.train(finished, objective="sign", iterations=30)

    assert [report["iteration"] for _, report in data.reports] == list(range(11, 31))
    assert model.document["iterations"] == 30
