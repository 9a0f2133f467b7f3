"""Typed columns, ready to learn from."""

from typing import Annotated, Any

from sqlalchemy import BigInteger
from sqlmodel import Field

from models.columns import BIG, CONTENT, CREATE, FILTER, HIDDEN, LOOKUP, ORDER, PATCH, Json, StringList
from models.resource import BuiltResource


class Dataset(BuiltResource, table=True):
    """Typed columns with a summary each, made from a source or from other datasets."""

    kind = "dataset"

    source_id: Annotated[str | None, HIDDEN, CREATE, FILTER, ORDER, LOOKUP] = Field(
        default=None, description="The source that it is made from."
    )
    parent_ids: Annotated[list[str], HIDDEN] = Field(
        default_factory=list, sa_type=StringList, description="The datasets that it is made from, in order."
    )
    row_count: Annotated[int, FILTER, ORDER, BIG] = Field(
        default=0, sa_type=BigInteger, description="The number of its rows."
    )
    column_count: Annotated[int, FILTER, ORDER] = Field(default=0, description="The number of its columns.")
    objective_id: Annotated[str | None, PATCH, FILTER] = Field(
        default=None, description="The id of the field that models learn to predict unless they are told another."
    )
    content: Annotated[str | None, HIDDEN, CONTENT] = Field(default=None)
    summaries: Annotated[str | None, HIDDEN, CONTENT] = Field(default=None)
    fields: Annotated[list[dict[str, Any]], HIDDEN] = Field(
        default_factory=list, sa_type=Json, description="Its columns."
    )
    arguments: Annotated[dict[str, Any], HIDDEN] = Field(
        default_factory=dict, sa_type=Json, description="Which rows and columns of its parents it takes."
    )
    field_errors: Annotated[dict[str, Any], HIDDEN] = Field(
        default_factory=dict, sa_type=Json, description="Values that did not fit their column, by field id."
    )
    row_format_errors: int = Field(default=0, description="The rows that did not have the right number of cells.")
