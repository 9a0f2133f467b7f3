"""The planned executor gives what graphql-core gives, on ordinary data and on every surprise."""

import asyncio
import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from inspect import isawaitable
from typing import Any

import pytest
import strawberry
from graphql import ExecutionResult, execute, parse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strawberry.execution import optimized_is_awaitable
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from graph.execution import Limits, make_schema
from graph.execution.planned import PlannedExecutor, Plans
from tests.graph.execution.library import Author, Book, Chapter, ChapterRow, Disc, Genre, book, library_schema


@strawberry.type
class Shelf:
    best: Book | None
    books: list[Book]
    first: Book
    things: list[Book | Disc]

    @strawberry.field
    def size(self) -> int:
        return len(self.books)

    @strawberry.field
    async def later(self) -> Book | None:
        await asyncio.sleep(0)
        return self.best


@strawberry.type
class Query:
    shelf: Shelf


SCHEMA = make_schema(Query, types=[Book, Disc], limits=Limits())._schema


async def answer(executor: type, root: object, document: str, variables: dict[str, Any] | None = None, **more: Any):
    result = execute(
        SCHEMA,
        parse(document),
        root,
        variable_values=variables,
        executor_class=executor,
        is_awaitable=optimized_is_awaitable,
        operation_extensions=None,
        **more,
    )
    result = await result if isawaitable(result) else result
    assert isinstance(result, ExecutionResult)
    return comparable(result)


def comparable(result: ExecutionResult) -> tuple[str, str]:
    """A result as text, so that the order of fields counts, and addresses of objects do not."""
    errors = [error.formatted for error in result.errors or ()]
    return json.dumps(result.data), re.sub("0x[0-9a-f]+", "0x", json.dumps(errors))


async def assert_same(make_root: Callable[[], object], document: str, variables: dict[str, Any] | None = None) -> None:
    expected = await answer(StrawberryGraphQLCoreExecutionContext, make_root(), document, variables)
    plans = Plans()

    assert await answer(PlannedExecutor, make_root(), document, variables) == expected
    assert await answer(PlannedExecutor, make_root(), document, variables, plans=None) == expected
    if "@" not in document:
        # The second request finds the first one's plans only where the document is the same object.
        parsed = parse(document)
        for _ in range(2):
            result = execute(
                SCHEMA, parsed, make_root(), variable_values=variables, executor_class=PlannedExecutor,
                is_awaitable=optimized_is_awaitable, operation_extensions=None, plans=plans,
            )  # fmt: skip
            result = await result if isawaitable(result) else result
            assert comparable(result) == expected
    # What an error left behind is settled in the background.
    await asyncio.sleep(0.001)


class Awaitable:
    """A value that is only there after waiting, as a lazy attribute may be."""

    def __init__(self, value: object) -> None:
        self.value = value

    def __await__(self):
        yield from asyncio.sleep(0).__await__()
        return self.value


TYPES = {
    "Book": {
        **dict.fromkeys(("id", "title", "pages", "rating", "weight", "genre", "isLent", "tags", "grades"), None),
        **dict.fromkeys(("published", "echo", "worn", "echo(times: 2)"), None),
        "author": "Author",
        "chapters": "Chapter",
        "sequel": "Book",
    },
    "Author": {"name": None, "born": None},
    "Chapter": {"heading": None, "page": None},
    "Disc": {"id": None, "title": None, "minutes": None},
    "Shelf": {"best": "Book", "books": "Book", "first": "Book", "size": None, "later": "Book", "things": "Thing"},
}


@st.composite
def selections(draw: st.DrawFn, kind: str, depth: int = 3) -> str:
    """A selection set on a type: fields, aliases, fragments, conditions, in any order."""
    if kind == "Thing":
        book, disc = draw(selections("Book", depth - 1)), draw(selections("Disc", depth - 1))
        return f"{{ __typename ... on Book {book} ... on Disc {disc} }}"
    fields = {name: below for name, below in TYPES[kind].items() if below is None or depth > 0}
    parts = []
    for index, name in enumerate(draw(st.lists(st.sampled_from(sorted(fields)), min_size=2, max_size=9))):
        below = fields[name]
        text = name + (" " + draw(selections(below, depth - 1)) if below else "")
        # Aliased where arguments or sub-selections could clash.
        alias = draw(st.booleans()) or below is not None or "(" in name
        text = f"a{depth}{index}: {text}" if alias else text
        match draw(st.integers(0, 9)):
            case 0:
                text = f"... on {kind} {{ {text} }}"
            case 1:
                text = f"... @include(if: $yes) {{ {text} }}"
            case 2:
                text = f"... @skip(if: $yes) {{ {text} }}"
        parts.append(text)
    if draw(st.booleans()):
        parts.append("__typename")
    return "{ " + " ".join(parts) + " }"


class Refusal(Exception):
    """An error that a resolver returns instead of raising it."""


def late(value: object) -> Callable[[], object]:
    return lambda: Awaitable(value)


def given_as(*values: object) -> list[Callable[[], object]]:
    return [lambda value=value: value for value in values]


NEW_YEAR = datetime(2024, 1, 1, tzinfo=UTC)
NOWHERE = given_as(None, strawberry.UNSET, Refusal("returned, not raised"), b"bytes", object, {"a": 1})
SURPRISES: dict[str, list[Callable[[], object]]] = {
    "id": [*given_as(7, 2**70, True, 1.5), late("book/late")],
    "title": [*given_as(7, "", True, 1.5, Genre.MANUAL, ["a"]), late("Late"), late(None)],
    "pages": [*given_as(0, 2**31 - 1, 2**31, -(2**31), 2**70, 1.0, 1.5, "5", "five", True), late(5), late("five")],
    "rating": [*given_as(float("nan"), float("inf"), -float("inf"), 1, 2**70, "1.5", "x", False), late(float("nan"))],
    "weight": [*given_as(float("nan"), 3, "1.5"), late(1.5)],
    "genre": [*given_as("novel", "NOVEL", Genre.MANUAL, 5, []), late(Genre.MANUAL)],
    "is_lent": [*given_as(0, 1, 0.5, "yes"), late(True)],
    "tags": [*given_as((), ("a",), "ab", {"a"}, ["a", 1, None]), lambda: iter("ab"), lambda: ["a", Awaitable("b")]],
    "grades": [*given_as([], [None], [1, 2**31, None], 5), lambda: [Awaitable(1), 2]],
    "published": [*given_as("yesterday", 5, NEW_YEAR.date()), late(NEW_YEAR)],
    "author": [*given_as(book(3), [Author(name="A")]), late(Author(name="Late")), late(None)],
    "chapters": [
        *given_as([None], [ChapterRow("Row", 1), "none"], (ChapterRow("Row", 1),), ChapterRow("Row", 1)),
        lambda: [Chapter(heading="C", page=1), Awaitable(ChapterRow("Late", 2))],
        lambda: iter([ChapterRow("Row", 1)]),
    ],
    "sequel": [*given_as(Disc(id=strawberry.ID("disc/9"), title="D"), Author(name="A")), late(book(4))],
}  # fmt: skip
MISSING = object()


@st.composite
def books(draw: st.DrawFn) -> Callable[[], Book]:
    """A maker of a book in which some attributes are surprising, or missing."""
    names = draw(st.sets(st.sampled_from(sorted(SURPRISES)), max_size=3))
    changes = {name: draw(st.sampled_from([*SURPRISES[name], *NOWHERE, lambda: MISSING])) for name in sorted(names)}

    def make() -> Book:
        made = replace(book(1), sequel=book(2))
        for name, change in changes.items():
            value = change()
            if value is MISSING:
                delattr(made, name)
            else:
                setattr(made, name, value)
        return made

    return make


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(query=selections("Shelf"), makers=st.lists(books(), min_size=1, max_size=3), yes=st.booleans())
def test_any_selection_of_any_data_is_answered_as_graphql_core_does(
    query: str, makers: list[Callable[[], Book]], yes: bool
) -> None:
    def root() -> Query:
        made = [make() for make in makers]
        disc = Disc(id=strawberry.ID("disc/1"), title="D", minutes=2**40)
        return Query(shelf=Shelf(best=made[0], books=made, first=makers[-1](), things=[makers[0](), disc]))

    uses_variable = "$yes" in query
    document = f"query{'($yes: Boolean!)' if uses_variable else ''} {{ shelf {query} }}"

    asyncio.run(assert_same(root, document, {"yes": yes} if uses_variable else None))


def one_shelf(*books: Book) -> Callable[[], Query]:
    return lambda: Query(shelf=Shelf(best=books[0], books=list(books), first=books[0], things=list(books)))


@pytest.mark.parametrize(
    ("attribute", "value"),
    [
        pytest.param("rating", float("nan"), id="NaN in a nullable float"),
        pytest.param("weight", float("inf"), id="infinity in a float that must be"),
        pytest.param("pages", 2**31, id="an integer beyond 32 bits"),
        pytest.param("title", None, id="null where none may be"),
        pytest.param("genre", "novel", id="a string for an enum"),
        pytest.param("published", "yesterday", id="a string for a date"),
        pytest.param("tags", "ab", id="a string for a list"),
        pytest.param("tags", ("a", "b"), id="a tuple for a list"),
        pytest.param("chapters", [ChapterRow("One", 1), "no chapter"], id="a stranger among objects"),
        pytest.param("author", Refusal("returned"), id="an exception for an object"),
        pytest.param("title", Refusal("returned"), id="an exception for a string"),
        pytest.param("sequel", Disc(id=strawberry.ID("disc/1"), title="D"), id="an object of another type"),
        pytest.param("title", Awaitable("Late"), id="a string that is still to come"),
        pytest.param("author", Awaitable(Author(name="Late")), id="an object that is still to come"),
        pytest.param("chapters", [Awaitable(ChapterRow("Late", 2))], id="an item that is still to come"),
        pytest.param("tags", iter([]), id="an iterator for a list"),
    ],
)
async def test_surprises_give_the_errors_of_graphql_core(attribute: str, value: object) -> None:
    surprising = book(1)
    setattr(surprising, attribute, value)
    document = (
        "{ shelf { books { id rating weight pages title genre published tags chapters { heading } author { name } "
        "sequel { id } } } }"
    )

    await assert_same(one_shelf(book(0), surprising), document)


async def test_the_first_of_several_errors_is_that_of_graphql_core() -> None:
    broken = replace(book(1), title=None, tags=None)  # type: ignore[arg-type]  # what a bug does

    await assert_same(one_shelf(broken), "{ shelf { best { pages title worn tags } } }")
    await assert_same(one_shelf(broken), "{ shelf { best { tags worn title } } }")


async def test_fields_with_and_without_resolvers_keep_the_order_of_the_selection() -> None:
    document = parse("{ shelf { size best { title echo id worn pages } first { id } } }")

    result = await execute(
        SCHEMA, document, one_shelf(book(1))(), executor_class=PlannedExecutor,
        is_awaitable=optimized_is_awaitable, operation_extensions=None,
    )  # fmt: skip

    assert list(result.data["shelf"]) == ["size", "best", "first"]
    assert list(result.data["shelf"]["best"]) == ["title", "echo", "id", "worn", "pages"]


async def test_an_unusable_condition_is_an_error_of_the_field_it_is_in() -> None:
    document = "query($yes: Boolean = true) { shelf { best { id } first { author { name @include(if: $yes) } } } }"

    await assert_same(one_shelf(book(1)), document, {"yes": None})


async def test_plans_of_a_document_serve_all_its_requests() -> None:
    plans = Plans()
    document = parse("{ shelf { books { id chapters { heading } } } }")

    async def run(*books: Book) -> object:
        result = execute(
            SCHEMA, document, one_shelf(*books)(), executor_class=PlannedExecutor,
            is_awaitable=optimized_is_awaitable, operation_extensions=None, plans=plans,
        )  # fmt: skip
        return (await result if isawaitable(result) else result).data

    await run(book(1))
    made = len(plans.planned), len(plans.collected), len(plans.roots)
    data = await run(book(2), book(3))

    assert (len(plans.planned), len(plans.collected), len(plans.roots)) == made
    assert [found["id"] for found in data["shelf"]["books"]] == ["book/2", "book/3"]


async def test_attributes_are_read_without_calling_graphql_core_for_them(monkeypatch: pytest.MonkeyPatch) -> None:
    fields: list[str] = []
    stock = PlannedExecutor.execute_field

    def counted(self, parent_type, source, details, path, context):
        fields.append(details[0].node.name.value)
        return stock(self, parent_type, source, details, path, context)

    monkeypatch.setattr(PlannedExecutor, "execute_field", counted)

    answer = await library_schema().execute(
        "{ books(first: 3) { edges { cursor node { __typename id title author { name } chapters { page } } } } }"
    )

    assert answer.errors is None
    assert fields == ["books"]
