"""Compares predictions made by BigML's own local predictor with recorded ones; run by the client's interpreter.

    python local_parity.py FOLDER

FOLDER holds `model.json` (a model resource), `rows.json` (a list of inputs) and `outcomes.json`, a list of
`{"missing_strategy", "operating_kind", "operating_point", "outcomes": [...]}`, each outcome with `output`,
`confidence`, `probability`, `probabilities`, `confidences`, `path_length` for the row at its place. Prints a
JSON report and ends with status 1 if anything differs. Numbers must be equal once rounded to five decimals, as the
client writes them.
"""

import io
import json
import math
import sys
from collections.abc import Callable
from pathlib import Path

from bigml.api import BigML
from bigml.generators.model import rules, summarize
from bigml.model import Model
from bigml.version import __version__

DIFFERENCES_SHOWN = 20
PRINTERS = {"rules": rules, "summary": summarize}


def main(folder: Path) -> int:
    """The exit status for the folder."""
    api = BigML("parity", "0" * 40, storage=str(folder / "storage"))
    model = Model(json.loads((folder / "model.json").read_text()), api=api)
    rows = json.loads((folder / "rows.json").read_text())
    compared, differences = 0, []
    for request in json.loads((folder / "outcomes.json").read_text()):
        asked = {key: request[key] for key in ("missing_strategy", "operating_kind", "operating_point")}
        for number, (row, ours) in enumerate(zip(rows, request["outcomes"], strict=True)):
            try:
                theirs = answer(model, row, asked)
            except Exception as problem:
                differences.append({"row": number, **asked, "inputs": row, "raised": repr(problem)})
                continue
            for key, value in theirs.items():
                compared += 1
                if not same(value, ours[key]):
                    differences.append({"row": number, **asked, "inputs": row, key: [ours[key], value]})
    report = {
        "client": __version__,
        "printed": {name: len(printed(model, write)) for name, write in PRINTERS.items()},
        "rows": len(rows),
        "compared": compared,
        "different": len(differences),
        "differences": differences[:DIFFERENCES_SHOWN],
    }
    print(json.dumps(report))
    return 1 if differences else 0


def answer(model: Model, row: dict, asked: dict) -> dict:
    """What the client says of a row, under the names of the recorded outcomes."""
    full = model.predict(dict(row), full=True, **asked)
    said = {"output": full["prediction"]}
    said |= {key: full[key] for key in ("confidence", "probability") if key in full}
    if "path" in full:
        said["path_length"] = len(full["path"])
    if model.regression:
        error = full.get("confidence", math.nan)
        said["confidence"] = None if math.isnan(error) else error
    elif not asked["operating_kind"] and not asked["operating_point"]:
        strategy = asked["missing_strategy"]
        said["probabilities"] = model.predict_probability(dict(row), strategy, compact=True)
        said["confidences"] = model.predict_confidence(dict(row), strategy, compact=True)
    return said


def printed(model: Model, write: Callable) -> str:
    """What the client prints of a model."""
    out = io.StringIO()
    write(model, out=out)
    return out.getvalue()


def same(theirs: object, ours: object) -> bool:
    """Whether two answers agree to five decimals."""
    if isinstance(theirs, list) and isinstance(ours, list):
        return len(theirs) == len(ours) and all(map(same, theirs, ours))
    if isinstance(theirs, (int, float)) and isinstance(ours, (int, float)):
        return round(theirs, 5) == round(ours, 5)
    return theirs == ours


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
