"""How well a model predicts a dataset whose answers are known."""

from typing import Annotated, Any

from sqlalchemy import BigInteger
from sqlmodel import Field

from models.columns import BIG, CONTENT, CREATE, FILTER, HIDDEN, LOOKUP, ORDER, Json, Number
from models.resource import BuiltResource


class Evaluation(BuiltResource, table=True):
    """The quality of a model on a dataset, beside that of two trivial ones."""

    kind = "evaluation"

    model_id: Annotated[str, HIDDEN, CREATE, FILTER, ORDER, LOOKUP] = Field(
        default="", description="The model that is measured."
    )
    dataset_id: Annotated[str, HIDDEN, CREATE, FILTER, ORDER, LOOKUP] = Field(
        default="", description="The dataset whose answers are known."
    )
    task: Annotated[str | None, HIDDEN, FILTER] = Field(default=None, description="`classification` or `regression`.")
    options: Annotated[dict[str, Any], HIDDEN] = Field(
        default_factory=dict, sa_type=Json, description="Which rows are used, and how they are predicted."
    )
    fields_map: Annotated[dict[str, Any], HIDDEN, CREATE] = Field(
        default_factory=dict,
        sa_type=Json,
        description="Field ids of the dataset by field ids of the model, where they differ.",
    )
    row_count: Annotated[int, FILTER, ORDER, BIG] = Field(
        default=0, sa_type=BigInteger, description="The rows that were predicted."
    )
    performance: Annotated[float | None, FILTER, ORDER] = Field(
        default=None, sa_type=Number, description="The average F-measure of classes, or the R squared of numbers."
    )
    result: Annotated[str | None, HIDDEN, CONTENT] = Field(default=None)
