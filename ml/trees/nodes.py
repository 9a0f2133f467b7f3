"""The nodes of a grown tree, their JSON form, and the walks from the root that every use of a tree is made of."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, Self, TypeVar

from ml.fields import Field
from ml.inputs import Values
from ml.trees.split import Split, read_split

GROUPS = ("categories", "counts", "bins")
"""The keys under which a summary may hold its distribution."""


class Branching(Protocol):
    """What a walk needs of a node: its question, and its branches in the order of the answers. Leaves have neither."""

    @property
    def split(self) -> Split | None:
        """The question, None in a leaf."""
        ...

    @property
    def children(self) -> Sequence[Self]:
        """Two nodes, or none in a leaf."""
        ...


N = TypeVar("N", bound=Branching)


@dataclass(slots=True, eq=False)
class Node:
    """What is known of the training rows that reach one node; every number is rounded as it is written out.

    `summary` is the distribution of the objective (`categories`, `counts` or `bins`, and more for numbers); weighted
    trees have `weighted_summary` and `weight` beside it. `confidence` is the Wilson bound of a class, or the expected
    error of a number. Rows without a value for the split stop here, so branches may have fewer rows together.
    """

    id: int
    count: int
    output: Any  # Any: a class or a number
    confidence: float
    summary: Mapping[str, Any]
    weighted_summary: Mapping[str, Any] | None = None
    weight: float | None = None
    split: Split | None = None
    children: Sequence["Node"] = ()
    distribution: Sequence[tuple[Any, float]] = field(init=False, repr=False)
    """What scores are made of: class or value with its rows, or its weight in a weighted tree."""

    def __post_init__(self) -> None:
        self.distribution = entries(self.summary if self.weighted_summary is None else self.weighted_summary)

    def to_dict(self, predicate: Mapping[str, Any] | bool = True) -> dict[str, Any]:
        """The node and all below it as JSON values with BigML's keys; `predicate` leads to it, `True` to the root."""
        content: dict[str, Any] = {
            "id": self.id,
            "predicate": predicate,
            "count": self.count,
            "output": self.output,
            "confidence": self.confidence,
            "objective_summary": self.summary,
        }
        if self.weighted_summary is not None:
            content |= {"weighted_objective_summary": self.weighted_summary, "weight": self.weight}
        if self.split is not None:
            branches = zip(self.children, self.split.predicates(), strict=True)
            content["children"] = [child.to_dict(answer) for child, answer in branches]
        return content

    @classmethod
    def from_dict(
        cls, content: Mapping[str, Any], fields: Mapping[str, Field], forms: Mapping[str, Mapping[str, Any]]
    ) -> Self:
        """The nodes that `to_dict` wrote; `forms` holds the `term_forms` of the text fields. Raises DataError."""
        branches = content.get("children", ())
        return cls(
            content["id"],
            content["count"],
            content["output"],
            content["confidence"],
            content["objective_summary"],
            content.get("weighted_objective_summary"),
            content.get("weight"),
            _split(branches, fields, forms) if branches else None,
            [cls.from_dict(branch, fields, forms) for branch in branches],
        )


def _split(
    branches: Sequence[Mapping[str, Any]], fields: Mapping[str, Field], forms: Mapping[str, Mapping[str, Any]]
) -> Split:
    first, second = (branch["predicate"] for branch in branches)
    return read_split(first, second, fields, forms)


def entries(summary: Mapping[str, Any]) -> list[tuple[Any, float]]:
    """The distribution inside a summary, whichever key it is under."""
    group = next(key for key in GROUPS if key in summary)
    return [(value, amount) for value, amount in summary[group]]


def preorder(root: N) -> Iterator[N]:
    """Every node, parents first, first branch before second: the order of node ids."""
    pending = [root]
    while pending:
        node = pending.pop()
        yield node
        pending.extend(reversed(node.children))


def trail(root: N, values: Values) -> list[N]:
    """The nodes from the root to where the values lead: a leaf, or a node whose question they cannot answer."""
    node = root
    nodes = [node]
    while (split := node.split) is not None:
        side = split.side(values.get(split.field_id))
        if side is None:
            break
        node = node.children[side]
        nodes.append(node)
    return nodes


def reach(root: N, values: Values) -> N:
    """The last node of the trail."""
    node = root
    while (split := node.split) is not None:
        side = split.side(values.get(split.field_id))
        if side is None:
            return node
        node = node.children[side]
    return node


def leaves(root: N, values: Values) -> Iterator[N]:
    """The leaves that the values may lead to: both branches of every question that they do not answer."""
    pending = [root]
    while pending:
        node = pending.pop()
        if node.split is None:
            yield node
            continue
        side = node.split.side(values.get(node.split.field_id))
        pending.extend(reversed(node.children) if side is None else (node.children[side],))
