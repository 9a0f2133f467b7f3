"""A tiny schema of our own, the same for the tests of execution, of HTTP and of foreign clients: a library.

It has what matters to them: plain attributes and resolvers, connections, an interface, a union, problems as union
members, a value of every awkward kind, and streams that count, fail, or never come.
"""

import asyncio
import math
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum
from typing import Annotated, Generic, NewType, TypeVar

import orjson
import strawberry

from graph.execution import ErrorCode, GraphSchema, Limits, PublicError, make_schema
from models.errors import InvalidInput, NotFound, NotPermitted, Unauthenticated

JSON = NewType("JSON", object)
Node = TypeVar("Node")


@dataclass
class Reader:
    """The context of an operation: who reads, and what happened."""

    name: str = "ada"
    log: list[str] = field(default_factory=list)


#: What streams did, for tests that cannot see their context.
LOG: list[str] = []


@strawberry.enum(description="What a book is about.")
class Genre(Enum):
    NOVEL = "novel"
    MANUAL = "manual"


@strawberry.interface(description="Something that can be borrowed.")
class Item:
    id: strawberry.ID
    title: str


@strawberry.type(description="A person who writes.")
class Author:
    name: str
    born: datetime | None = None


@dataclass
class ChapterRow:
    """How chapters are stored: no class of the schema."""

    heading: str
    page: int


@strawberry.type(description="A part of a book.")
class Chapter:
    heading: str
    page: int

    @classmethod
    def is_type_of(cls, value: object, _info: object) -> bool:
        return isinstance(value, Chapter | ChapterRow)


@strawberry.type(description="Printed matter.")
class Book(Item):
    pages: int | None = None
    rating: float | None = None
    weight: float = 0.5
    genre: Genre = Genre.NOVEL
    is_lent: bool = False
    tags: list[str] = strawberry.field(default_factory=list)
    grades: list[int | None] | None = None
    published: datetime | None = None
    author: Author | None = None
    chapters: list[Chapter] = strawberry.field(default_factory=list)
    sequel: "Book | None" = None

    @strawberry.field(description="The title, so many times.")
    async def echo(self, times: int = 1) -> str:
        await asyncio.sleep(0)
        return self.title * times

    @strawberry.field(description="Always fails, with a secret.")
    def worn(self) -> str | None:
        raise ValueError(f"secret of {self.id}")


@strawberry.type(description="Recorded sound.")
class Disc(Item):
    minutes: int = 40


@strawberry.type(description="A page of a list, without its items.")
class PageInfo:
    has_next_page: bool
    has_previous_page: bool = False
    start_cursor: str | None = None
    end_cursor: str | None = None


@strawberry.type(description="An item and where it stands.")
class Edge(Generic[Node]):
    cursor: str
    node: Node


@strawberry.type(description="Items in order.")
class Connection(Generic[Node]):
    edges: list[Edge[Node]]
    nodes: list[Node]
    page_info: PageInfo
    total_count: int


@strawberry.interface(description="Why something was not done.")
class Problem:
    message: str
    code: str
    path: list[str]


@strawberry.type(description="A value does not fit.")
class InvalidInputProblem(Problem):
    pass


class InvalidInputHandler(strawberry.ExceptionHandler[InvalidInput, InvalidInputProblem]):
    def handle(self, exception: InvalidInput, **_where: object) -> InvalidInputProblem:
        return InvalidInputProblem(
            message=exception.message, code=exception.code, path=[str(part) for part in exception.path]
        )


AddBookResult = Annotated[Book | InvalidInputProblem, strawberry.union("AddBookResult")]
SearchResult = Annotated[Book | Disc | Author, strawberry.union("SearchResult")]


@strawberry.input(description="A book to add.")
class BookCreateInput:
    title: str
    pages: int | None = None


def book(number: int) -> Book:
    """A book with a value for everything."""
    return Book(
        id=strawberry.ID(f"book/{number}"),
        title=f"Book {number}",
        pages=100 + number,
        rating=4.5,
        tags=["a", "b"],
        grades=[1, None, 3],
        published=datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC),
        author=Author(name="Ada"),
        chapters=[ChapterRow("One", 1), ChapterRow("Two", 20)],  # type: ignore[list-item]  # rows are what stores give
    )


@strawberry.type(description="What can be read.")
class Query:
    @strawberry.field(description="A greeting.")
    def hello(self, name: str = "world") -> str:
        return f"hello {name}"

    @strawberry.field(description="One book.")
    async def book(self, id: strawberry.ID) -> Book | None:
        number = id.partition("/")[2]
        return book(int(number)) if number.isdecimal() else None

    @strawberry.field(description="Books in order.")
    async def books(
        self, first: int | None = None, after: str | None = None, last: int | None = None, before: str | None = None
    ) -> Connection[Book]:
        size = first or last or 20
        start = int(after) + 1 if after else int(before) - size if before else 0
        found = [book(number) for number in range(start, start + size)]
        edges = [Edge(cursor=str(start + index), node=item) for index, item in enumerate(found)]
        page = PageInfo(has_next_page=True, start_cursor=str(start), end_cursor=str(start + len(found) - 1))
        return Connection(edges=edges, nodes=found, page_info=page, total_count=1_000)

    @strawberry.field(description="Something with that id.")
    def item(self, id: strawberry.ID) -> Item | None:
        return Disc(id=id, title="Disc") if id.startswith("disc/") else book(1)

    @strawberry.field(description="One of everything.")
    def search(self, text: str) -> list[SearchResult]:
        return [book(1), Disc(id=strawberry.ID("disc/1"), title=text), Author(name=text)]

    @strawberry.field(description="A value that is no JSON, inside JSON.")
    def measurements(self) -> JSON:
        return JSON({"nan": math.nan, "large": 2**70, "raw": orjson.Fragment(b'{"a":\n1}')})

    @strawberry.field(description="A value that has no JSON at all.")
    def unsendable(self) -> JSON:
        return JSON({"secret": object()})

    @strawberry.field(description="Who reads.")
    def reader(self, info: strawberry.Info) -> str:
        return str(info.context.name)

    @strawberry.field(description="Fails as asked.")
    async def fail(self, how: str) -> str | None:
        raise {
            "bug": RuntimeError("password 123"),
            "missing": NotFound("There is no such book.", ("id",)),
            "forbidden": NotPermitted("Only editors may do this."),
            "stranger": Unauthenticated("Who are you?"),
            "public": PublicError("Come back later.", code=ErrorCode.UNAVAILABLE, retryAfter=2),
        }[how]

    @strawberry.field(description="Nothing, although it must be something.")
    def nothing(self) -> str:
        return None  # type: ignore[return-value]  # what a bug does


@strawberry.type(description="What can be changed.")
class Mutation:
    @strawberry.mutation(description="Add a book.")
    async def add_book(self, input: BookCreateInput) -> AddBookResult:
        if not input.title:
            raise InvalidInput("A title must not be empty.", ("input", "title"))
        return Book(id=strawberry.ID("book/new"), title=input.title, pages=input.pages)


@strawberry.type(description="What can be followed.")
class Subscription:
    @strawberry.subscription(description="Numbers from one.")
    async def count(self, to: int, seconds: float = 0.0) -> AsyncGenerator[int, None]:
        for number in range(1, to + 1):
            await asyncio.sleep(seconds)
            yield number

    @strawberry.subscription(description="A number, and then nothing for ever.")
    async def wait(self) -> AsyncGenerator[int, None]:
        LOG.append("waiting")
        try:
            yield 1
            await asyncio.Event().wait()
        finally:
            LOG.append("closed")

    @strawberry.subscription(description="A number, and then a failure.")
    async def breaks(self, how: str) -> AsyncGenerator[int, None]:
        yield 1
        raise {"bug": RuntimeError("password 123"), "missing": NotFound("It is gone.", ("id",))}[how]

    @strawberry.subscription(description="Does not begin.")
    async def refuses(self) -> AsyncGenerator[int, None]:
        raise NotPermitted("Not for you.")
        yield 1

    @strawberry.subscription(description="Books one by one.")
    async def new_books(self) -> AsyncGenerator[Book, None]:
        for number in range(3):
            yield book(number)


def library_schema(limits: Limits | None = None, **options: object) -> GraphSchema:
    """The schema, with limits and options of `make_schema`."""
    return make_schema(
        Query,
        Mutation,
        Subscription,
        [Book, Disc, InvalidInputProblem],
        limits=limits or Limits(),
        exception_handlers=[InvalidInputHandler()],
        scalar_map={
            JSON: strawberry.scalar(name="JSON", serialize=lambda value: value, parse_value=lambda value: value)
        },
        **options,  # type: ignore[arg-type]  # keyword arguments of make_schema
    )
