"""Compares the predictions of a server with those of BigML's own local predictor; run by the client's interpreter.

    python remote_parity.py URL CSV OBJECTIVE ARGUMENTS

Makes a source, a dataset and a model of a CSV file, with ARGUMENTS (a JSON object) for the model, asks the server for
a prediction of every row with both missing strategies, one request each, and asks the local predictor for the same.
Prints a JSON report and ends with status 1 if anything differs in the fifth decimal.
"""

import csv
import json
import sys
from pathlib import Path
from urllib.parse import urlsplit

from bigml.api import BigML
from bigml.domain import Domain
from bigml.model import Model

STRATEGIES = (0, 1)
DIFFERENCES_SHOWN = 10


def main(url: str, path: Path, objective: str, arguments: dict) -> int:
    """The exit status for the file."""
    host = urlsplit(url).netloc
    domain = Domain(
        domain=host, protocol="http", prediction_domain=host, prediction_protocol="http", api_version="andromeda"
    )
    api = BigML(domain=domain)
    source = api.create_source(str(path))
    dataset = api.create_dataset(source, {"objective_field": {"id": objective}})
    model = api.create_model(dataset, arguments)
    assert api.ok(model, query_string="limit=-1"), model
    local = Model(model, api=api)
    with path.open() as lines:
        rows = [{name: cell for name, cell in row.items() if name != objective} for row in csv.DictReader(lines)]
    compared, differences = 0, []
    for number, row in enumerate(rows):
        for strategy in STRATEGIES:
            made = api.create_prediction(model, row, {"missing_strategy": strategy})
            assert made["code"] == 201, made
            there, here = made["object"], local.predict(row, missing_strategy=strategy, full=True)
            for name, mine in answers(local, row, strategy, here).items():
                compared += 1
                if not same(there.get(name), mine):
                    differences.append({"row": number, "strategy": strategy, name: [there.get(name), mine]})
    nodes = count(model["object"]["model"]["root"])
    report = {"rows": len(rows), "compared": compared, "nodes": nodes, "differences": differences[:DIFFERENCES_SHOWN]}
    print(json.dumps(report))
    return 1 if differences else 0


def answers(local: Model, row: dict, strategy: int, full: dict) -> dict:
    """What the local predictor says, under the names of the server's documents."""
    said = {"output": full["prediction"], "confidence": full["confidence"]}
    if not local.regression:
        said["probability"] = full["probability"]
        said["probabilities"] = local.predict_probability(row, strategy, compact=True)
        said["confidences"] = local.predict_confidence(row, strategy, compact=True)
    return said


def same(theirs: object, mine: object) -> bool:
    """Whether two answers agree to five decimals; of lists of classes with scores, the local ones are only scores."""
    if isinstance(theirs, list) and isinstance(mine, list):
        scores = [each[1] if isinstance(each, list) else each for each in theirs]
        return len(scores) == len(mine) and all(map(same, scores, mine))
    if isinstance(theirs, (int, float)) and isinstance(mine, (int, float)):
        return abs(theirs - mine) < 1e-5
    return theirs == mine


def count(node: dict) -> int:
    """The nodes of a tree."""
    return 1 + sum(map(count, node.get("children", ())))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], Path(sys.argv[2]), sys.argv[3], json.loads(sys.argv[4])))
