"""All rows of a dataset scored at once."""

from typing import Annotated, Any

from sqlalchemy import BigInteger
from sqlmodel import Field

from models.columns import BIG, CONTENT, CREATE, FILTER, HIDDEN, LOOKUP, ORDER, Json
from models.resource import BuiltResource


class BatchPrediction(BuiltResource, table=True):
    """The predictions of a model for every row of a dataset, as one CSV file."""

    __tablename__ = "batch_prediction"
    kind = "batchprediction"

    model_id: Annotated[str, HIDDEN, CREATE, FILTER, ORDER, LOOKUP] = Field(
        default="", description="The model that scores."
    )
    dataset_id: Annotated[str, HIDDEN, CREATE, FILTER, ORDER, LOOKUP] = Field(
        default="", description="The dataset whose rows are scored."
    )
    options: Annotated[dict[str, Any], HIDDEN] = Field(
        default_factory=dict, sa_type=Json, description="Which columns are written, and how rows are predicted."
    )
    fields_map: Annotated[dict[str, Any], HIDDEN, CREATE] = Field(
        default_factory=dict,
        sa_type=Json,
        description="Field ids of the dataset by field ids of the model, where they differ.",
    )
    row_count: Annotated[int, FILTER, ORDER, BIG] = Field(
        default=0, sa_type=BigInteger, description="The rows that were scored."
    )
    content: Annotated[str | None, HIDDEN, CONTENT] = Field(default=None)
    output_dataset_id: Annotated[str | None, HIDDEN, FILTER] = Field(
        default=None, description="The dataset that the result became."
    )
