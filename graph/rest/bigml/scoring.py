"""How rows are predicted: the arguments that predictions, evaluations and batch predictions share.

Source: BigML.io API documentation, predictions, evaluations and batch predictions.
"""

from collections.abc import Mapping
from typing import Any

from graph.rest.arguments import (
    Argument,
    Arguments,
    Path,
    an_object,
    anything,
    number,
    one_of,
    only_checked,
    text,
    whole,
)
from graph.rest.bigml.noun import Seen
from graph.rest.dialect import Document
from graph.rest.shape import Compute
from graph.spec import Values
from models.errors import InvalidInput

KINDS = {"probability": "probability", "confidence": "confidence", "votes": "votes"}


def read_point(value: Any, path: Path) -> Values:
    """When the positive class wins."""
    given = an_object(value, path)
    if given.get("positive_class") is None:
        raise InvalidInput("needs a positive_class", path)
    point: Values = {"positive_class": text(given["positive_class"], (*path, "positive_class"))}
    if given.get("threshold") is not None:
        point["threshold"] = number(low=0, high=1)(given["threshold"], (*path, "threshold"))
    if given.get("kind") is not None:
        point["kind"] = one_of(KINDS)(given["kind"], (*path, "kind"))
    return point


OPTIONS: Arguments = {
    "missing_strategy": Argument(
        one_of({0: 0, 1: 1}), "options.missing_strategy", "0 stops where a value is missing, 1 follows all branches."
    ),
    "operating_kind": Argument(one_of(KINDS), "options.kind", "The score by which the class is chosen."),
    "operating_point": Argument(read_point, "options.operating_point", "When the positive class wins."),
    # Combiners are about the votes of many trees; a single tree has none to combine.
    "combiner": Argument(only_checked(whole(low=0, high=3)), description="Not used for single trees."),
    "threshold": Argument(only_checked(anything), description="Not used for single trees."),
}


def _options(seen: Seen) -> Document:
    """What was said, as it is stored: in a part of its own where there are other choices besides."""
    stored: Document = seen.row.options
    return stored if seen.row.kind == "prediction" else stored.get("options", {})


OPTIONS_SAID: Mapping[str, Compute[Seen]] = {
    "missing_strategy": lambda seen: int(_options(seen).get("missing_strategy", 0)),
    "operating_kind": lambda seen: _options(seen).get("kind") or "probability",
    "operating_point": lambda seen: _options(seen).get("operating_point"),
    "combiner": lambda _seen: None,
}
"""The arguments as documents repeat them."""
