"""What a BigML resource type is to this dialect, and how its rows are made ready to be shown."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from graph.context import Context
from graph.resolvers import resource as resolvers
from graph.resolvers.access import may_write
from graph.resolvers.counting import Made, numbers_made
from graph.resolvers.webhook import attached
from graph.rest.bigml.fields import ALL_FIELDS, FieldPage
from graph.rest.bigml.listing import Properties
from graph.rest.dialect import Document
from graph.rest.shape import Compute, Shape
from models.job import Job
from models.query import Condition
from models.resource import BuiltResource, Resource, State
from models.webhook import Webhook, WebhookDelivery

KEPT = frozenset({"resource", "code", "status", "name", "description"})
"""Members that no caller can leave out of a document."""


@dataclass(eq=False, slots=True)
class Seen:
    """A row with what was looked up to show it.

    `code` is that of the answer. `related` holds rows that it was made from, by their ids, `existing` the ids of those
    that are there, and `content` whatever the type keeps outside the row; these are only there in full documents.
    `is_closed_box` hides the inside of a model; `is_by_word` says that the caller knows the word of the shared address.
    """

    row: Any  # Any: a row of whatever type
    context: Context
    code: int = 200
    is_full: bool = True
    page: FieldPage = ALL_FIELDS
    job: Job | None = None
    hook: tuple[Webhook, WebhookDelivery | None] | None = None
    related: Mapping[str, Resource | None] = field(default_factory=dict)
    existing: frozenset[str] = frozenset()
    numbers: Mapping[str, int] = field(default_factory=dict)
    content: Any = None
    is_closed_box: bool = False
    is_by_word: bool = False

    @property
    def is_own(self) -> bool:
        """Whether the caller may change the row, and so see what is secret about it."""
        identity = self.context.identity
        return identity is not None and may_write(identity, self.row)

    def parent(self, id: str | None) -> Any:
        """The row with that id, if it is there and the caller may see it."""
        return None if id is None else self.related.get(id)

    def is_there(self, id: str | None) -> bool:
        """Whether a row that this one mentions exists."""
        return id is not None and (id in self.existing or self.related.get(id) is not None)


async def _nothing(_context: Context, _seen: Seen) -> Any:
    return None


def _no_parents(_row: Any) -> Sequence[str | None]:
    return ()


@dataclass(frozen=True, eq=False)
class Noun(Shape[Seen]):
    """One BigML resource type.

    `properties` is what lists can be filtered and ordered by, and `scope` what must hold for all that is listed.
    `parents` names the rows whose values a document shows, also a brief one, and `mentioned` those of which it says
    whether they exist. `made` are the counters, and `load` reads what is kept outside the row; `is_large` says that
    rendering this takes so long that it is done beside the event loop, and `is_sure_when_new` that a new row was made
    from what it mentions a moment ago, so nobody looks.
    """

    properties: Properties = field(default_factory=dict)
    scope: Condition | None = None
    parents: Callable[[Any], Sequence[str | None]] = _no_parents
    mentioned: Callable[[Any], Sequence[str | None]] = _no_parents
    made: Mapping[str, Made] = field(default_factory=dict)
    load: Callable[[Context, Seen], Awaitable[Any]] = _nothing
    is_large: bool = False
    is_sure_when_new: bool = False


CREATED = 201


@dataclass(frozen=True, slots=True)
class Wish:
    """How much of a document is wanted, and what is known of it already.

    `is_one` says that it is a document of its own and not one of a list. `has_hook` False spares the look-up of a
    webhook that cannot be there.
    """

    code: int = 200
    is_full: bool = True
    is_one: bool = True
    has_hook: bool = True
    page: FieldPage = ALL_FIELDS


async def look_up(context: Context, noun: Noun, rows: Sequence[Any], wish: Wish) -> list[Seen]:
    """Rows with all that their documents need, looked up for all of them together."""
    seen = [Seen(row, context, wish.code, wish.is_full, wish.page) for row in rows]
    if not seen:
        return seen
    ids = {id for row in rows if (id := getattr(row, "job_id", None)) is not None}
    if wish.is_full or wish.is_one:
        ids |= {id for row in rows for id in noun.parents(row) if id is not None}
    found = dict(zip(ids, await resolvers.nodes(context, list(ids)), strict=True)) if ids else {}
    hooks = await attached(context, [row.id for row in rows]) if wish.has_hook else {}
    is_sure = wish.code == CREATED and noun.is_sure_when_new
    looks = wish.is_full and not is_sure
    mentioned = {id for row in rows for id in noun.mentioned(row) if id is not None} if looks else set()
    existing = await resolvers.existing(context, mentioned - found.keys()) if mentioned else frozenset()
    for each in seen:
        job = found.get(getattr(each.row, "job_id", None) or "")
        each.job = job if isinstance(job, Job) else None
        each.hook = hooks.get(each.row.id)
        each.related, each.existing = found, existing
        if wish.is_full:
            if noun.made:
                counted = await numbers_made(context, list(noun.made.values()), each.row.id)
                each.numbers = dict(zip(noun.made, counted, strict=True))
            if not isinstance(each.row, BuiltResource) or each.row.state is State.FINISHED:
                each.content = await noun.load(context, each)
    return seen


def document(noun: Noun, seen: Seen) -> Document:
    """The document of one row."""
    left_out = seen.page.without - KEPT if seen.is_full else noun.heavy
    return noun.render(seen, without=left_out)


def made_numbers(names: Iterable[str]) -> dict[str, Compute[Seen]]:
    """Members that are counters."""

    def counter(name: str) -> Compute[Seen]:
        return lambda seen: seen.numbers.get(name, 0)

    return {name: counter(name) for name in names}
