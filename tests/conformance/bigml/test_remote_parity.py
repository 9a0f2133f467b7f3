"""The predictions of a running server equal those that BigML's local predictor makes from our JSON, on every row."""

import csv
import json
import os
import random
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.server import KEY, USER, Server

# The client is installed on first use, and every row is two requests.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

CLIENT = ("bigml==9.8.3",)
COMPARISON = Path(__file__).with_name("remote_parity.py")
IRIS = Path(__file__).parents[2] / "data" / "bigml" / "iris.csv"


def bundled(name: str, *, categories: Sequence[int], objective: str) -> list[list[Any]]:
    """A dataset of scikit-learn: some columns cut into categories, a tenth of the values missing, the header first."""
    from sklearn import datasets

    bunch = getattr(datasets, f"load_{name}")()
    draw = random.Random(f"holes in {name}")
    titles = [str(title) for title in bunch.feature_names]
    middles = bunch.data.mean(axis=0)
    labels = getattr(bunch, "target_names", None)
    table: list[list[Any]] = [[*titles, "goal"]]
    for values, target in zip(bunch.data, bunch.target, strict=True):
        cells: list[Any] = [
            ("low", "middle", "high")[int(value > middles[place]) + int(value > 1.2 * abs(middles[place]))]
            if place in categories
            else repr(float(value))
            for place, value in enumerate(values)
        ]
        goal = repr(float(target)) if labels is None else str(labels[int(target)])
        holed = [
            cell if title == objective or draw.random() > 0.1 else draw.choice(["", "?", "NA"])
            for title, cell in zip(titles, cells, strict=True)
        ]
        table.append([*holed, goal])
    return table


def iris() -> list[list[Any]]:
    with IRIS.open() as lines:
        return list(csv.reader(lines))


CASES: dict[str, tuple[Callable[[], list[list[Any]]], str, dict[str, Any]]] = {
    "iris": (iris, "species", {}),
    "wine": (
        lambda: bundled("wine", categories=(0, 5, 9), objective="goal"),
        "goal",
        {},
    ),
    "breast cancer, missing splits": (
        lambda: bundled("breast_cancer", categories=(1, 7), objective="goal"),
        "goal",
        {"missing_splits": True},
    ),
    "diabetes, number": (
        lambda: bundled("diabetes", categories=(1, 4), objective="goal"),
        "goal",
        {},
    ),
    "breast cancer, number": (
        lambda: bundled("breast_cancer", categories=(1, 7), objective="mean area"),
        "mean area",
        {"stat_pruning": False},
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_remote_and_local_predictions_are_equal(
    case: str, shared_server: Server, tmp_path: Path, client_python: Callable[..., Path]
) -> None:
    make, objective, arguments = CASES[case]
    path = tmp_path / "table.csv"
    with path.open("w", newline="") as file:
        csv.writer(file).writerows(make())
    environment = {**os.environ, "BIGML_USERNAME": USER, "BIGML_API_KEY": KEY}

    run = subprocess.run(
        [client_python("bigml", CLIENT), COMPARISON, shared_server.url, path, objective, json.dumps(arguments)],
        capture_output=True,
        text=True,
        env=environment,
        check=False,
        cwd=tmp_path,
    )

    report = (
        json.loads(run.stdout) if run.stdout.startswith("{") else {"failed": run.stdout[-500:] + run.stderr[-3000:]}
    )
    assert (report.get("differences"), run.returncode) == ([], 0), report
    assert report["nodes"] > 5, report
    assert report["compared"] >= 4 * report["rows"], report
