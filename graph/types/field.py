"""Columns of sources and datasets in the graph, with what is known of their values."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, Any, Union

import strawberry
from strawberry.scalars import JSON

from graph.types.words import Optype

Summary = Mapping[str, Any]
"""The summary of one column as `ml.summaries` writes it."""


@strawberry.type(description="How often a value occurs.")
class ValueCount:
    """A value and its number."""

    value: float = strawberry.field(description="The value, or the mean of the values that were put together.")
    count: int = strawberry.field(description="How many rows have it.")


@strawberry.type(description="How often a word occurs.")
class NameCount:
    """A category, term or item and its number."""

    name: str = strawberry.field(description="The category, term or item.")
    count: int = strawberry.field(description="How many rows have it.")


@strawberry.type(description="Equally wide bars over the range of a column.")
class Histogram:
    """Bars of equal width."""

    start: float = strawberry.field(description="Where the first bar begins.")
    width: float = strawberry.field(description="How wide each bar is.")
    populations: list[int] = strawberry.field(description="How many rows fall into each bar.")


@strawberry.type(description="What is known of a column of numbers.")
class NumericSummary:
    """Moments, extremes and distribution."""

    population: int = strawberry.field(description="How many rows have a number.")
    missing_count: int = strawberry.field(description="How many rows have none.")
    minimum: float | None = strawberry.field(description="The smallest number.")
    maximum: float | None = strawberry.field(description="The largest number.")
    mean: float | None = strawberry.field(description="The arithmetic mean.")
    median: float | None = strawberry.field(description="The number in the middle.")
    sum: float | None = strawberry.field(description="The sum.")
    sum_squares: float | None = strawberry.field(description="The sum of the squares.")
    variance: float | None = strawberry.field(description="The sample variance, with n - 1.")
    standard_deviation: float | None = strawberry.field(description="The square root of the variance.")
    skewness: float | None = strawberry.field(description="The third standardised population moment.")
    kurtosis: float | None = strawberry.field(description="The fourth standardised population moment, less 3.")
    counts: list[ValueCount] = strawberry.field(description="Every distinct number, when there are 32 at most.")
    bins: list[ValueCount] = strawberry.field(description="At most 32 groups of neighbours, when there are more.")
    histogram: Histogram | None = strawberry.field(description="The distribution in bars of equal width.")


@strawberry.type(description="What is known of a column of categories.")
class CategoricalSummary:
    """The categories and their numbers."""

    missing_count: int = strawberry.field(description="How many rows have no category.")
    categories: list[NameCount] = strawberry.field(description="The categories, the most frequent first.")


@strawberry.type(description="The other forms of a term that count as it.")
class TermForms:
    """Forms of one term."""

    term: str = strawberry.field(description="The term.")
    forms: list[str] = strawberry.field(description="Its other forms.")


@strawberry.type(description="What is known of a column of text.")
class TextSummary:
    """The terms and their numbers."""

    missing_count: int = strawberry.field(description="How many rows have no text.")
    terms: list[NameCount] = strawberry.field(description="The terms, the most frequent first.")
    term_forms: list[TermForms] = strawberry.field(description="Terms that occur in several forms.")


@strawberry.type(description="What is known of a column of items.")
class ItemsSummary:
    """The items and their numbers."""

    missing_count: int = strawberry.field(description="How many rows have no items.")
    items: list[NameCount] = strawberry.field(description="The items, the most frequent first.")


@strawberry.type(description="What is known of a column of moments; its parts have summaries of their own.")
class DatetimeSummary:
    """How many moments are missing."""

    missing_count: int = strawberry.field(description="How many rows have no moment.")


FieldSummary = Annotated[
    Union[NumericSummary, CategoricalSummary, TextSummary, ItemsSummary, DatetimeSummary],  # noqa: UP007
    strawberry.union("FieldSummary", description="What is known of the values of a column, by its type."),
]


@strawberry.type(description="One column, known by a six-digit hexadecimal id that never changes.")
class Field:
    """A column and, when somebody asks, its summary."""

    id: str = strawberry.field(description="Its id within the source or dataset.")
    name: str = strawberry.field(description="Its name.")
    label: str = strawberry.field(description="A longer name for people.")
    description: str = strawberry.field(description="What it means.")
    optype: Optype = strawberry.field(description="How its values behave.")
    datatype: str = strawberry.field(description="How its values are written, such as `double` or `string`.")
    column_number: int = strawberry.field(description="Its place among the columns, from 0.")
    is_preferred: bool = strawberry.field(description="Whether models learn from it unless they are told otherwise.")
    is_generated: bool = strawberry.field(description="Whether it was computed from another column.")
    parent_id: str | None = strawberry.field(description="The column that it is a part of.")
    locale: str | None = strawberry.field(description="How its numbers are written.")
    time_formats: list[str] = strawberry.field(description="How its moments are written.")
    load: strawberry.Private[Callable[[], Awaitable[Mapping[str, Summary]]] | None] = None

    @strawberry.field(description="What is known of its values; null until the dataset is finished.")
    async def summary(self) -> FieldSummary | None:
        """The summary by the type of the column."""
        found = await self._found()
        return None if found is None else SUMMARIES[self.optype](found)

    @strawberry.field(description="The summary as one value, for programs that want many at once.")
    async def summary_json(self) -> JSON | None:
        """The summary as it is stored."""
        found = await self._found()
        return None if found is None else dict(found)

    async def _found(self) -> Summary | None:
        return None if self.load is None else (await self.load()).get(self.id)


def fields_of(
    descriptors: list[dict[str, Any]], load: Callable[[], Awaitable[Mapping[str, Summary]]] | None = None
) -> list[Field]:
    """Columns as the graph shows them; `load` gives the summaries, and is only called for a selected one."""
    return [
        Field(
            id=each["id"],
            name=each["name"],
            label=each["label"],
            description=each["description"],
            optype=Optype(each["optype"]),
            datatype=each["datatype"],
            column_number=each["column_number"],
            is_preferred=each["preferred"],
            is_generated=each["generated"],
            parent_id=each["parent_id"],
            locale=each["locale"],
            time_formats=list(each["time_formats"]),
            load=load,
        )
        for each in descriptors
    ]


def _numeric(found: Summary) -> NumericSummary:
    histogram = found.get("exact_histogram")
    names = (
        "minimum", "maximum", "mean", "median", "sum", "sum_squares", "variance", "standard_deviation", "skewness",
        "kurtosis",
    )  # fmt: skip
    return NumericSummary(
        population=found.get("population", 0),
        missing_count=found["missing_count"],
        counts=[ValueCount(value=value, count=count) for value, count in found.get("counts", ())],
        bins=[ValueCount(value=value, count=count) for value, count in found.get("bins", ())],
        histogram=Histogram(**histogram) if histogram else None,
        **{name: found.get(name) for name in names},
    )


def _names(pairs: Any) -> list[NameCount]:
    return [NameCount(name=name, count=count) for name, count in pairs]


SUMMARIES: dict[Optype, Callable[[Summary], Any]] = {
    Optype.NUMERIC: _numeric,
    Optype.CATEGORICAL: lambda found: CategoricalSummary(
        missing_count=found["missing_count"], categories=_names(found.get("categories", ()))
    ),
    Optype.TEXT: lambda found: TextSummary(
        missing_count=found["missing_count"],
        terms=_names(found.get("tag_cloud", ())),
        term_forms=[TermForms(term=term, forms=forms) for term, forms in found.get("term_forms", {}).items()],
    ),
    Optype.ITEMS: lambda found: ItemsSummary(
        missing_count=found["missing_count"], items=_names(found.get("items", ()))
    ),
    Optype.DATETIME: lambda found: DatetimeSummary(missing_count=found["missing_count"]),
}
