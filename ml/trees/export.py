"""A stored tree as the `model` object of a BigML model, so that BigML's local predictors can score with it."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

from ml.fields import Field, ItemAnalysis, Optype, TermAnalysis
from ml.inputs import unique_names

_EMPTY_SUMMARIES: Mapping[Optype, Mapping[str, Any]] = {
    Optype.CATEGORICAL: {"categories": []},
    Optype.TEXT: {"tag_cloud": [], "term_forms": {}},
    Optype.ITEMS: {"items": []},
}


def bigml_model(document: Mapping[str, Any]) -> dict[str, Any]:
    """The inner `model` of a tree document: everything but ids, arguments and the envelope.

    `fields` describes all inputs and the objective with their summaries, `model_fields` those that the tree asks
    about and the objective, without (BigML.io API documentation, models).
    """
    objective = Field.from_dict(document["objective"])
    fields = {item["id"]: Field.from_dict(item) for item in document["inputs"]} | {objective.id: objective}
    summaries = {id_: content["summary"] for id_, content in document["fields"].items()}
    if objective.optype is Optype.CATEGORICAL:
        summaries[objective.id] = _with_all_classes(summaries[objective.id], document["distribution"]["training"])
    names = unique_names([*fields.values()], objective)
    described = {id_: _described(item, names[id_]) for id_, item in fields.items()}
    used = {*_split_fields(document["root"]), objective.id}
    parameters = document["parameters"]
    return {
        "kind": "mtree",
        "root": document["root"],
        "fields": {
            id_: {**content, "summary": {**_EMPTY_SUMMARIES.get(fields[id_].optype, {}), **summaries[id_]}}
            for id_, content in described.items()
        },
        "model_fields": {id_: dict(content) for id_, content in described.items() if id_ in used},
        "distribution": document["distribution"],
        "importance": document["importance"],
        "missing_tokens": document["missing_tokens"],
        "node_threshold": parameters["node_threshold"],
        "depth_threshold": parameters["depth_threshold"],
        "support_threshold": parameters["support_threshold"],
    }


def _described(item: Field, name: str) -> dict[str, Any]:
    content: dict[str, Any] = {
        "name": name,
        "optype": item.optype.value,
        "datatype": item.datatype,
        "column_number": item.column_number,
        "order": item.order,
        "preferred": True,
        "label": item.label,
        "description": item.description,
    }
    if item.optype is Optype.TEXT:
        content["term_analysis"] = asdict(item.term_analysis or TermAnalysis())
    if item.optype is Optype.ITEMS:
        content["item_analysis"] = asdict(item.item_analysis or ItemAnalysis())
    return content


def _with_all_classes(summary: Mapping[str, Any], training: Mapping[str, Any]) -> dict[str, Any]:
    """A summary whose categories name every class of the tree: readers break ties by their place in it."""
    listed = summary.get("categories", [])
    known = {name for name, _ in listed}
    return {**summary, "categories": [*listed, *(entry for entry in training["categories"] if entry[0] not in known)]}


def _split_fields(node: Mapping[str, Any]) -> Iterator[str]:
    for child in node.get("children", ()):
        yield child["predicate"]["field"]
        yield from _split_fields(child)
