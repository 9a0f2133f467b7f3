"""BigML's own local predictor, fed with our JSON, says exactly what our predictor says, on every row."""

import csv
import itertools
import json
import random
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from ml.fields import ItemAnalysis, Optype, TermAnalysis, TokenMode
from ml.predictor import Kind, MissingStrategy, OperatingPoint, Options, Outcome, Task
from ml.trees import TreeModel, TreePredictor, bigml_model
from tests.ml.trees.tables import Dataset, dataset

# The client is installed on first use.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

CLIENT = ("bigml==9.8.3",)
IRIS = Path(__file__).parents[2] / "data" / "bigml" / "iris.csv"
COMPARISON = Path(__file__).with_name("local_parity.py")
WORDS = (
    "free", "Free", "prize", "prizes", "call", "calls", "calling", "now", "meeting", "report_final", "urgent", "it's",
)  # fmt: skip


def iris(folder: Path) -> Dataset:
    """Numbers only, nothing missing."""
    with IRIS.open() as lines:
        header, *rows = csv.reader(lines)
    numbers = [[float(row[place]) for row in rows] for place in range(4)]
    return dataset(folder, dict(zip(header, [*numbers, [row[4] for row in rows]], strict=True)))


def shop(terms: TermAnalysis | None = None, items: ItemAnalysis | None = None) -> Callable[[Path], Dataset]:
    """Numbers, categories, a two-valued one, missing values, text, items; classes of unequal size, and a number."""
    terms, items = terms or TermAnalysis(), items or ItemAnalysis()
    longest = 3 if terms.token_mode is TokenMode.FULL_TERMS_ONLY else 9
    separator = "; " if items.separator_regexp else items.separator

    def make(folder: Path) -> Dataset:
        draw = random.Random(7)
        titles = ("amount", "city", "member", "note", "basket", "spend", "class")
        columns: dict[str, list[Any]] = {title: [] for title in titles}
        for _ in range(600):
            amount, city = (
                round(draw.lognormvariate(3, 1), 3),
                draw.choice(["Lima", "Oslo", "São Paulo", "Delhi", "x y"]),
            )
            member, words = draw.choice(["true", "false"]), draw.choices(WORDS, k=draw.randrange(0, longest))
            basket = draw.choices(["milk", "bread", "tea", "rice cake", "a+b"], k=draw.randrange(1, 4))
            score = (amount > 20) + 2 * ("free" in words) - (member == "true") + ("tea" in basket) + draw.gauss(0, 0.6)
            spend = amount * (1.5 if city in ("Oslo", "Delhi") else 1) + 20 * ("prizes" in words) + draw.gauss(0, 4)
            label = "high" if score > 2 else "medium" if score > 0.5 else "low"
            note, cell = " ".join(words), separator.join(basket)
            for title, value in zip(titles, (amount, city, member, note, cell, round(spend, 2), label), strict=True):
                columns[title].append(value if title in ("spend", "class") or draw.random() > 0.12 else None)
        return dataset(folder, columns, {"note": Optype.TEXT, "basket": Optype.ITEMS}, note=terms, basket=items)

    return make


def bundled(name: str) -> Callable[[Path], Dataset]:
    """A real dataset that comes with scikit-learn, with a tenth of its values taken out."""

    def make(folder: Path) -> Dataset:
        from sklearn import datasets

        bunch, draw = getattr(datasets, f"load_{name}")(), random.Random(11)
        columns: dict[str, list[Any]] = {
            str(title): [float(value) if draw.random() > 0.1 else None for value in values]
            for title, values in zip(bunch.feature_names, bunch.data.T, strict=True)
        }
        is_number = not hasattr(bunch, "target_names")
        columns["goal"] = [float(value) if is_number else str(bunch.target_names[value]) for value in bunch.target]
        return dataset(folder, columns)

    return make


CASES: dict[str, tuple[Callable[[Path], Dataset], str, dict[str, Any]]] = {
    "iris": (iris, "species", {}),
    "iris-regression": (iris, "petal width", {}),
    "breast-cancer": (bundled("breast_cancer"), "goal", {}),
    "breast-cancer-missing-splits": (bundled("breast_cancer"), "goal", {"missing_splits": True}),
    "wine-mean": (bundled("wine"), "goal", {"default_numeric_value": "mean"}),
    "diabetes": (bundled("diabetes"), "goal", {}),
    "diabetes-missing-splits": (bundled("diabetes"), "goal", {"missing_splits": True}),
    "shop-class": (shop(), "class", {}),
    "shop-class-missing-splits": (shop(), "class", {"missing_splits": True}),
    "shop-class-balanced": (shop(), "class", {"balance_objective": True}),
    "shop-class-weights": (shop(), "class", {"objective_weights": [["low", 0.3], ["high", 7]]}),
    "shop-class-unpruned": (shop(), "class", {"stat_pruning": False, "node_threshold": 2000}),
    "shop-class-words": (
        shop(TermAnalysis(token_mode=TokenMode.TOKENS_ONLY, case_sensitive=True), ItemAnalysis(separator="|")),
        "class",
        {},
    ),
    "shop-class-whole-texts": (
        shop(TermAnalysis(token_mode=TokenMode.FULL_TERMS_ONLY), ItemAnalysis(separator_regexp=r"\s*;\s*")),
        "class",
        {},
    ),
    "shop-spend": (shop(), "spend", {}),
    "shop-spend-missing-splits": (shop(), "spend", {"missing_splits": True}),
    "shop-spend-weighted": (shop(), "spend", {"weight_field": "amount"}),
}


@pytest.mark.parametrize("case", CASES)
def test_the_client_predicts_what_we_predict(case: str, tmp_path: Path, client_python: Callable[..., Path]) -> None:
    interpreter = client_python("bigml", CLIENT)
    make, objective, arguments = CASES[case]
    table = make(tmp_path)
    model = table.grow(objective, **arguments)
    rows = [
        {key: value for key, value in row.items() if value is not None and key != objective}
        for row in (*table.rows, *altered(table, objective))
    ]

    (tmp_path / "model.json").write_text(json.dumps(resource(model)))
    (tmp_path / "rows.json").write_text(json.dumps(rows))
    (tmp_path / "outcomes.json").write_text(json.dumps([recorded(model, rows, options) for options in asked(model)]))
    run = subprocess.run([interpreter, COMPARISON, tmp_path], capture_output=True, text=True, check=False)

    report = json.loads(run.stdout) if run.stdout else {"failed": run.stderr[-2000:]}
    assert (report.get("different"), report.get("differences"), run.returncode) == (0, [], 0), report
    assert report["rows"] == len(rows)
    assert report["compared"] >= 2 * len(rows) * len(asked(model))
    assert all(report["printed"].values())


def altered(table: Dataset, objective: str) -> list[dict[str, Any]]:
    """The rows again, each with values taken out, spelled otherwise, or unknown to the training."""
    draw = random.Random(3)
    tokens = ("?", "", "NULL", None)
    rows = []
    for row in table.rows:
        changed: dict[str, Any] = {"not a field": 1}
        for key, value in row.items():
            if key == objective or value is None or draw.random() < 0.25:
                continue
            name = table.id(key) if draw.random() < 0.5 else key
            is_number = isinstance(value, float)
            spellings = [value, value, str(value), value + draw.gauss(0, 1e-5)] if is_number else [value, value.upper()]
            changed[name] = draw.choice([*spellings, draw.choice(tokens)])
            if value in ("true", "false") and draw.random() < 0.3:
                changed[name] = value == "true"
        rows.append(changed)
    return [{}, *rows]


def asked(model: TreeModel) -> list[Options]:
    """Both strategies by the model's own rule and, for classes, by each kind and by points for two classes."""
    both = list(MissingStrategy)
    if model.task is Task.REGRESSION:
        return [Options(strategy) for strategy in both]
    kinds = (Kind.PROBABILITY, Kind.CONFIDENCE)
    names = [name for name, _ in model.training["categories"]]
    points = [
        OperatingPoint(name, threshold, kind)
        for name, threshold, kind in itertools.product((names[0], names[-1]), (0.2, 0.75), kinds)
    ]
    return [
        *(Options(strategy) for strategy in both),
        *(Options(strategy, kind) for strategy, kind in itertools.product(both, kinds)),
        *(Options(strategy, None, point) for strategy, point in itertools.product(both, points)),
    ]


def recorded(model: TreeModel, rows: Sequence[dict[str, Any]], options: Options) -> dict[str, Any]:
    """Our outcomes in the form that the comparison reads."""
    point = options.operating_point
    return {
        "missing_strategy": int(options.missing_strategy),
        "operating_kind": options.kind,
        "operating_point": point
        and {"kind": point.kind, "threshold": point.threshold, "positive_class": point.positive_class},
        "outcomes": [spelled(outcome) for outcome in TreePredictor(model).predict(rows, options)],
    }


def spelled(outcome: Outcome) -> dict[str, Any]:
    """One of our outcomes under the names of the comparison."""
    return {
        "output": outcome.output,
        "confidence": outcome.confidence,
        "probability": outcome.probability,
        "probabilities": [score for _, score in outcome.probabilities],
        "confidences": [score for _, score in outcome.confidences],
        "path_length": len(outcome.path),
    }


def resource(model: TreeModel) -> dict[str, Any]:
    """The model resource as a server would answer it, with what the client needs around the tree."""
    document = json.loads(json.dumps(model.to_document()))
    return {
        "resource": "model/65f000000000000000000001",
        "name": "tree",
        "description": "",
        "status": {"code": 5},
        "dataset": "dataset/65f000000000000000000002",
        "objective_fields": [model.objective.id],
        "objective_field": model.objective.id,
        "input_fields": [item.id for item in model.inputs],
        "locale": "en_US",
        "boosted_ensemble": False,
        "boosting": {},
        "default_numeric_value": model.parameters.default_numeric_value,
        "model": bigml_model(document),
    }
