"""Fields as BigML describes them, a page of them at a time, and what clients may change on them.

Source: BigML.io API documentation, sources and datasets, fields.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graph.resolvers.arguments import FieldChange, ItemAnalysis, TermAnalysis
from graph.rest.arguments import Path, an_object, text
from graph.rest.bigml.wire import integer
from graph.rest.dialect import Query
from ml.decimals import plain_numbers
from models.errors import InvalidInput

Descriptor = Mapping[str, Any]
"""An `ml.fields.Field` as JSON values."""

FIELDS_LIMIT = 1000
"""How many fields are shown unless the caller says how many."""

OPTYPES = ("categorical", "datetime", "items", "numeric", "text")
CHANGEABLE = frozenset(FieldChange.model_fields) - {"id", "term_analysis", "item_analysis"}


@dataclass(frozen=True, slots=True)
class FieldPage:
    """Which fields are shown, and which of their members are not. A limit of -1 is none."""

    limit: int = FIELDS_LIMIT
    offset: int = 0
    optype: str = ""
    without: frozenset[str] = frozenset()

    @classmethod
    def of(cls, query: Query) -> "FieldPage":
        """What a query string asks for. Raises InvalidInput."""
        return cls(
            limit=integer(query, "limit", default=FIELDS_LIMIT, low=-1),
            offset=integer(query, "offset", default=0, low=0),
            optype=query.get("optype", ""),
            without=frozenset(filter(None, query.get("exclude", "").split(","))),
        )

    def select(self, fields: Sequence[Descriptor]) -> list[Descriptor]:
        """The fields of the page."""
        chosen = [each for each in fields if not self.optype or each["optype"] == self.optype]
        return chosen[self.offset :] if self.limit < 0 else chosen[self.offset : self.offset + self.limit]

    def meta(self, fields: Sequence[Descriptor]) -> dict[str, int]:
        """`fields_meta`: which part of the fields is shown."""
        matching = [each for each in fields if not self.optype or each["optype"] == self.optype]
        return {
            "count": len(self.select(fields)),
            "limit": self.limit,
            "offset": self.offset,
            "query_total": len(matching),
            "total": len(fields),
        }


ALL_FIELDS = FieldPage(limit=-1)


def described(field: Descriptor, children: Sequence[Descriptor] = ()) -> dict[str, Any]:
    """One field, without its summary."""
    found: dict[str, Any] = {
        "name": field["name"],
        "optype": field["optype"],
        "datatype": field["datatype"],
        "column_number": field["column_number"],
        "order": field["order"],
        "preferred": field["preferred"],
        "label": field["label"],
        "description": field["description"],
    }
    for name in ("term_analysis", "item_analysis"):
        if field.get(name):
            found[name] = {key: value for key, value in field[name].items() if value is not None}
    for name in ("locale", "missing_tokens"):
        if field.get(name) is not None:
            found[name] = field[name]
    if field.get("time_formats"):
        found["time_formats"] = list(field["time_formats"])
    if field.get("generated"):
        found["generated"] = True
    if field.get("parent_id"):
        found |= {"auto_generated": True, "parent_optype": "datetime", "parent_ids": [field["parent_id"]]}
    if children:
        found["child_ids"] = [child["id"] for child in children]
    return found


def field_map(
    fields: Sequence[Descriptor], page: FieldPage, summaries: Mapping[str, Any] | None = None
) -> dict[str, dict[str, Any]]:
    """The fields of a page by their ids; with their summaries, in five decimals, unless the page leaves those out."""
    children: dict[str, list[Descriptor]] = {}
    for field in fields:
        if field.get("parent_id"):
            children.setdefault(field["parent_id"], []).append(field)
    found = {}
    for field in page.select(fields):
        description = described(field, children.get(field["id"], ()))
        if summaries is not None and "summary" not in page.without:
            description["summary"] = plain_numbers(summaries.get(field["id"], {}))
        found[field["id"]] = description
    return found


def field_types(fields: Iterable[Descriptor]) -> dict[str, int]:
    """How many fields there are of each type, preferred ones, and in total."""
    fields = list(fields)
    counts = Counter(each["optype"] for each in fields)
    return {
        **{optype: counts[optype] for optype in OPTYPES},
        "preferred": sum(each["preferred"] for each in fields),
        "total": len(fields),
    }


def read_changes(value: Any, path: Path) -> list[dict[str, Any]]:
    """Partial descriptors by id or name, as changes of fields; members that cannot be changed are passed over."""
    return [_change(id, partial, (*path, id)) for id, partial in an_object(value, path).items()]


def _change(id: str, partial: Any, path: Path) -> dict[str, Any]:
    given = an_object(partial, path)
    change: dict[str, Any] = {"id": id}
    change.update((name, given[name]) for name in CHANGEABLE & given.keys())
    if "optype" in change and change["optype"] not in OPTYPES:
        raise InvalidInput(f"must be one of {', '.join(OPTYPES)}", (*path, "optype"))
    for name, read in (("term_analysis", read_term_analysis), ("item_analysis", read_item_analysis)):
        if given.get(name) is not None:
            change[name] = read(given[name], (*path, name))
    return change


def read_term_analysis(value: Any, path: Path) -> dict[str, Any]:
    """How text is cut into terms; what is not known here is passed over."""
    return _known(value, path, TermAnalysis.model_fields)


def read_item_analysis(value: Any, path: Path) -> dict[str, Any]:
    """How cells are cut into items; what is not known here is passed over."""
    return _known(value, path, ItemAnalysis.model_fields)


def _known(value: Any, path: Path, members: Mapping[str, Any]) -> dict[str, Any]:
    return {name: each for name, each in an_object(value, path).items() if name in members and each is not None}


def read_objective(value: Any, path: Path) -> str:
    """The objective field: its id or name, or an object with its `id`."""
    if isinstance(value, dict):
        return text(value.get("id"), (*path, "id"))
    return text(value, path)
