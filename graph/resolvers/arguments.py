"""What clients say besides columns: how to read, which rows, how to train, how to predict. Shapes and bounds only."""

import re
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, field_validator

from ml.fields import Optype, TokenMode
from ml.predictor import Kind, MissingStrategy


class Argument(BaseModel):
    """The base of nested inputs: nothing unknown is accepted."""

    model_config = ConfigDict(extra="forbid", use_enum_values=False)


class SourceParser(Argument):
    """How the text of a source is read; what is left out is detected."""

    header: bool | None = Field(None, description="Whether the first row holds the names of the columns.")
    separator: str | None = Field(None, max_length=1, description="What stands between cells; empty for items files.")
    quote: str | None = Field(None, max_length=1, description="What encloses cells that hold separators.")
    locale: str | None = Field(None, max_length=20, description="How numbers are written, such as `en_US`.")
    missing_tokens: list[str] | None = Field(
        None, max_length=200, description="The texts that mean that nothing is known."
    )
    trim: bool | None = Field(None, description="Whether spaces around cells are dropped.")
    format: str | None = Field(None, max_length=20, description="How the table is written, such as `csv` or `arff`.")
    encoding: str | None = Field(None, max_length=40, description="How the text is encoded, such as `utf-8`.")


class TermAnalysis(Argument):
    """How a text column is cut into terms."""

    enabled: bool = Field(True, description="Whether terms are looked for.")
    case_sensitive: bool = Field(False, description="Whether upper and lower case make different terms.")
    stem_words: bool = Field(True, description="Whether forms of one word count as one term.")
    use_stopwords: bool = Field(False, description="Whether the most common words count as terms.")
    language: str | None = Field(None, max_length=20, description="The language of the text; detected when left out.")
    token_mode: TokenMode = Field(TokenMode.ALL, description="What counts as a term.")


class ItemAnalysis(Argument):
    """How a cell of an items column is cut into items."""

    separator: str = Field(",", max_length=20, description="What stands between items.")
    separator_regexp: str | None = Field(None, max_length=200, description="The same as a regular expression.")

    @field_validator("separator_regexp")
    @classmethod
    def _is_regexp(cls, value: str | None) -> str | None:
        try:
            re.compile(value or "")
        except re.error as problem:
            raise ValueError(f"this is not a regular expression: {problem}") from problem
        return value


class FieldChange(Argument):
    """What to change on one column."""

    id: str = Field(description="The id or the name of the column.")
    name: str | None = Field(None, max_length=500, description="Its new name.")
    label: str | None = Field(None, max_length=500, description="A longer name for people.")
    description: str | None = Field(None, max_length=10_000, description="What it means.")
    optype: Optype | None = Field(None, description="How its values behave.")
    preferred: bool | None = Field(None, description="Whether models learn from it unless they are told otherwise.")
    locale: str | None = Field(None, max_length=20, description="How its numbers are written.")
    missing_tokens: list[str] | None = Field(
        None, max_length=200, description="The texts that mean that nothing is known."
    )
    time_formats: list[str] | None = Field(None, max_length=20, description="How its moments are written.")
    term_analysis: TermAnalysis | None = Field(None, description="How its text is cut into terms.")
    item_analysis: ItemAnalysis | None = Field(None, description="How its cells are cut into items.")


class Sampling(Argument):
    """Which rows to take: first a range, then a share of it."""

    range: Annotated[list[int], Field(min_length=2, max_length=2)] | None = Field(
        None, description="The first and the last row, counted from 1."
    )
    rate: float = Field(1.0, gt=0, le=1, description="The share of the rows, more than 0 and at most 1.")
    seed: str | None = Field(None, max_length=500, description="Equal seeds take equal rows.")
    replacement: bool = Field(False, description="Whether a row may be taken more than once.")
    out_of_bag: bool = Field(False, description="Whether to take exactly the rows that would be left.")


class Parent(Sampling):
    """One of the datasets that something is made from, and which of its rows."""

    id: str = Field(description="The id of the dataset.")


class OperatingPoint(Argument):
    """When the positive class wins: when its score is greater than the threshold."""

    positive_class: str = Field(description="The class in question.")
    threshold: float = Field(0.5, ge=0, le=1, description="The score that it must exceed.")
    kind: Kind = Field(Kind.PROBABILITY, description="Which score.")


class PredictionOptions(Argument):
    """How rows are predicted."""

    missing_strategy: MissingStrategy = Field(
        MissingStrategy.LAST, description="What a tree does when the value that a split asks for is missing."
    )
    kind: Kind | None = Field(None, description="The score by which the winning class is chosen.")
    operating_point: OperatingPoint | None = Field(None, description="When the positive class wins.")


class OutputOptions(Argument):
    """Which columns a batch prediction writes, and how."""

    header: bool = Field(True, description="Whether the first row holds the names of the columns.")
    separator: str = Field(
        ",", min_length=1, max_length=1, pattern=r'^[^"\r\n]$', description="What stands between cells."
    )
    newline: str = Field("LF", pattern="^(LF|CRLF)$", description="How lines end: `LF` or `CRLF`.")
    all_fields: bool = Field(False, description="Whether all columns of the dataset come first.")
    output_fields: list[str] = Field(
        default_factory=list, max_length=10_000, description="The columns of the dataset that come first."
    )
    confidence: bool = Field(False, description="Whether the confidence is written.")
    probability: bool = Field(False, description="Whether the probability is written.")
    confidences: bool = Field(False, description="Whether the confidence of every class is written.")
    probabilities: bool = Field(False, description="Whether the probability of every class is written.")
    prediction_name: str | None = Field(None, max_length=500, description="The name of the predicted column.")
    confidence_name: str | None = Field(None, max_length=500, description="The name of the confidence column.")
    probability_name: str | None = Field(None, max_length=500, description="The name of the probability column.")


def plain(argument: Any) -> Any:
    """An argument as JSON values, with what the caller left out left out."""
    if isinstance(argument, BaseModel):
        return argument.model_dump(mode="json", exclude_unset=True)
    if isinstance(argument, list):
        return [plain(item) for item in argument]
    return argument
