"""A stored tree as plain Python source that needs nothing but the standard library."""

import keyword
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from ml.fields import Field, ItemAnalysis, Optype, TermAnalysis, TokenMode
from ml.inputs import prepare_inputs
from ml.predictor import Task
from ml.trees.document import TreeModel
from ml.trees.nodes import Node, preorder
from ml.trees.split import Question, Split

_NESTING = 16
"""So many questions are nested before the rest becomes a function: Python stops reading at 100 levels."""

_HEAD = '''\
"""Predicts {objective} with a decision tree of {nodes} nodes, grown from {rows} rows.

`predict(row)` takes a mapping by field name or id and answers the prediction with {certainty}.
Unknown keys and missing values are ignored: a question that cannot be answered ends the way through the tree.
"""

import re

MISSING = frozenset({missing!r})
FIELDS = {fields!r}
BOOLEANS = {booleans!r}
DEFAULTS = {defaults!r}
{terms}

def predict(row):
    """The prediction for a row, with {certainty}."""
    values = dict(DEFAULTS)
    for key, value in row.items():
        if key not in FIELDS or value is None or value != value:
            continue
        if isinstance(value, str) and value in MISSING:
            continue
        name, is_number = FIELDS[key]
        if is_number and isinstance(value, bool):
            raise TypeError(f"{{key}} needs a number, not {{value!r}}")
        if is_number:
            number = float(value) if isinstance(value, str) else round(float(value), 5)
            if number == number:
                values[name] = number
        elif isinstance(value, bool) and name in BOOLEANS:
            values[name] = BOOLEANS[name][value]
        else:
            values[name] = str(value)
    return node_0(values)
'''


def python_source(document: Mapping[str, Any]) -> str:
    """The source of a module whose function `predict(row)` answers what the predictor answers by default.

    The answer is a pair: the class and its Wilson bound, or the number and its expected error.
    """
    model = TreeModel.from_document(document)
    writer = _Writer(model)
    functions = "".join(f"\n\n{function}\n" for function in writer.functions())
    inputs = prepare_inputs(
        model.inputs,
        objective=model.objective,
        summaries=model.summaries,
        missing_tokens=model.missing_tokens,
        default_numeric_value=model.parameters.default_numeric_value,
    )
    known = [(key, target) for key, target in inputs.known.items() if target[0] in writer.names]
    is_class = model.task is Task.CLASSIFICATION
    head = _HEAD.format(
        objective=_one_line(model.objective.name),
        nodes=sum(1 for _ in preorder(model.root)),
        rows=model.rows,
        certainty="the lower bound of its probability" if is_class else "its expected error",
        missing=sorted(model.missing_tokens),
        fields={key: (writer.names[id_], is_number) for key, (id_, is_number, _) in known},
        booleans={writer.names[id_]: dict(truth) for _, (id_, _, truth) in known if truth},
        defaults={writer.names[id_]: value for id_, value in inputs.defaults.items() if id_ in writer.names},
        terms="".join(f"{name} = {pattern}\n" for pattern, name in writer.patterns.items()),
    )
    return head + functions


class _Scope(NamedTuple):
    """What the function that is being written leaves to later ones, and which fields it reads."""

    later: list[Node]
    fields: dict[str, None]


class _Writer:
    """Writes the functions of one tree; `names` and `patterns` are what they refer to."""

    def __init__(self, model: TreeModel) -> None:
        self._root = model.root
        self._fields = {item.id: item for item in model.inputs}
        self._forms = {id_: summary.get("term_forms", {}) for id_, summary in model.summaries.items()}
        used = {node.split.field_id for node in preorder(model.root) if node.split}
        self.names = _identifiers([item for item in model.inputs if item.id in used])
        self.patterns: dict[str, str] = {}

    def functions(self) -> Iterator[str]:
        """One function for the root, and one for each node at which nesting became too deep."""
        pending = [self._root]
        while pending:
            top = pending.pop()
            fields: dict[str, None] = {}
            body = [*self._lines(top, 0, _Scope(pending, fields), frozenset())]
            values = [f"    {self.names[id_]} = values.get({self.names[id_]!r}{self._absent(id_)})" for id_ in fields]
            yield "\n".join([f"def node_{top.id}(values):", *values, *body])

    def _lines(self, node: Node, depth: int, scope: "_Scope", present: frozenset[str]) -> Iterator[str]:
        indent = "    " * (depth + 1)
        split = node.split
        if split is None:
            yield f"{indent}return {node.output!r}, {node.confidence!r}"
            return
        if depth == _NESTING:
            scope.later.append(node)
            yield f"{indent}return node_{node.id}(values)"
            return
        scope.fields[split.field_id] = None
        name = self.names[split.field_id]
        if split.missing_side is None and split.question is not Question.TERM and split.field_id not in present:
            yield f"{indent}if {name} is None:"
            yield f"{indent}    return {node.output!r}, {node.confidence!r}"
            present |= {split.field_id}
        yield f"{indent}if {self._condition(split, name)}:"
        yield from self._lines(node.children[0], depth + 1, scope, present)
        yield from self._lines(node.children[1], depth, scope, present)

    def _condition(self, split: Split, name: str) -> str:
        if split.question is Question.MISSING:
            return f"{name} is None"
        if split.question is Question.TERM:
            return f"{self._count(self._fields[split.field_id], str(split.term), name)} > {split.value!r}"
        test = f"{name} > {split.value!r}" if split.question is Question.GREATER else f"{name} == {split.value!r}"
        if split.missing_side is None:
            return test
        return f"{name} is None or {test}" if split.missing_side == 0 else f"{name} is not None and {test}"

    def _count(self, item: Field, term: str, name: str) -> str:
        """An expression for the number of times a term occurs; the rules are those of `ml.terms`."""
        if item.optype is Optype.ITEMS:
            analysis = item.item_analysis or ItemAnalysis()
            between = analysis.separator_regexp
            between = re.escape(analysis.separator) if between is None else between
            return self._found(f"(?:^|{between}){re.escape(term)}(?:$|{between})", False, name)
        terms = item.term_analysis or TermAnalysis()
        if terms.token_mode is TokenMode.FULL_TERMS_ONLY:
            return f"({name} == {term!r})" if terms.case_sensitive else f"({name}.lower() == {term.lower()!r})"
        forms = [term, *self._forms.get(item.id, {}).get(term, ())]
        words = "|".join(rf"(?:\b|_){re.escape(form)}(?:\b|_)" for form in forms)
        return self._found(words, not terms.case_sensitive, name)

    def _found(self, pattern: str, ignores_case: bool, name: str) -> str:
        compiled = f"re.compile({pattern!r}{', re.IGNORECASE' if ignores_case else ''})"
        constant = self.patterns.setdefault(compiled, f"TERM_{len(self.patterns)}")
        return f"len({constant}.findall({name}))"

    def _absent(self, id_: str) -> str:
        return ', ""' if self._fields[id_].optype in (Optype.TEXT, Optype.ITEMS) else ""


def _identifiers(fields: list[Field]) -> dict[str, str]:
    """A name for a variable for each field: its own as far as Python allows."""
    names: dict[str, str] = {}
    for item in fields:
        name = re.sub(r"\W+", "_", item.name.lower(), flags=re.ASCII).strip("_")
        if not name or name[0].isdigit() or keyword.iskeyword(name) or name in ("values", "re", "len"):
            name = f"field_{name}".rstrip("_")
        if name.startswith("node_") or name in names.values():
            name = f"{name}_{item.id.replace('-', '_')}"
        names[item.id] = name
    return names


def _one_line(text: str) -> str:
    return repr(text).replace("\\", "/").replace('"', "'")
