"""The question an inner node asks of one field, and the two predicates by which its branches are written."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from functools import partial
from typing import Any

from ml.errors import DataError
from ml.fields import Field, ItemAnalysis, Optype, TermAnalysis
from ml.terms import count_item, count_term

Counter = Callable[[str | None], int]
"""How often the term of a split occurs in a text."""


class Question(Enum):
    """What is asked of a value."""

    GREATER = "is the number greater"
    EQUAL = "is it that category"
    MISSING = "is it missing"
    TERM = "does the term occur more often"


_OPERATORS = {
    Question.GREATER: (">", "<="),
    Question.EQUAL: ("=", "!="),
    Question.MISSING: ("=", "!="),
    Question.TERM: (">", "<="),
}


@dataclass(frozen=True, slots=True)
class Split:
    """One question with two answers: the first branch takes the values of which it is true, the second the others.

    `missing_side` is the branch (0 or 1) that rows without a value take, None when they stop at the node. A text or
    items field is asked how often `term` occurs, by `count`; in a missing text it occurs 0 times.
    """

    field_id: str
    question: Question
    value: Any = None  # Any: a number, or a category
    term: str | None = None
    missing_side: int | None = None
    count: Counter | None = field(default=None, compare=False, repr=False)

    def side(self, value: Any) -> int | None:  # Any: a number or a text, by the type of the field
        """The branch that a value takes: 0, 1, or None where a missing one (None) stops."""
        if self.count is not None:
            return 0 if self.count(value) > self.value else 1
        if value is None:
            return self.missing_side
        if self.question is Question.GREATER:
            return 0 if value > self.value else 1
        if self.question is Question.EQUAL:
            return 0 if value == self.value else 1
        return 1

    def predicates(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """The predicates of the two branches as a model's JSON has them; a `*` says that missing values go there."""
        return self._predicate(0), self._predicate(1)

    def _predicate(self, side: int) -> dict[str, Any]:
        operator = _OPERATORS[self.question][side]
        if self.missing_side == side and self.question is not Question.MISSING:
            operator += "*"
        predicate = {"field": self.field_id, "operator": operator, "value": self.value}
        return predicate if self.term is None else {**predicate, "term": self.term}


def missing_split(field_id: str) -> Split:
    """The split of rows without a value from those with one."""
    return Split(field_id, Question.MISSING, missing_side=0)


def term_split(item: Field, term: str, occurrences: int, forms: Sequence[str] = ()) -> Split:
    """The split of rows in which a term of a text or items field, or one of its other forms, occurs more often."""
    counter: Counter
    if item.optype is Optype.ITEMS:
        counter = partial(count_item, item=term, analysis=item.item_analysis or ItemAnalysis())
    else:
        counter = partial(count_term, term=term, forms=tuple(forms), analysis=item.term_analysis or TermAnalysis())
    return Split(item.id, Question.TERM, occurrences, term, None, counter)


def read_split(
    first: Mapping[str, Any], second: Mapping[str, Any], fields: Mapping[str, Field], forms: Mapping[str, Any]
) -> Split:
    """The split whose two predicates these are; `forms` holds the `term_forms` of each text field by its id.

    Raises DataError when the two are not a question's answers as `predicates` writes them.
    """
    field_id, value, term = first["field"], first["value"], first.get("term")
    sides = [side for side, predicate in enumerate((first, second)) if predicate["operator"].endswith("*")]
    if term is not None:
        split = term_split(fields[field_id], term, value, forms.get(field_id, {}).get(term, ()))
    elif value is None:
        split = missing_split(field_id)
    else:
        question = Question.GREATER if first["operator"].startswith(">") else Question.EQUAL
        split = Split(field_id, question, value, missing_side=sides[0] if sides else None)
    if split.predicates() != (first, second):
        raise DataError(f"The branches {first} and {second} do not complement each other.")
    return split
