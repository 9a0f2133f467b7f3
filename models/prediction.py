"""One scored row that was kept."""

from typing import Annotated, Any

from sqlmodel import Field

from models.columns import CREATE, FILTER, HIDDEN, LOOKUP, ORDER, Json, Number
from models.resource import Resource


class Prediction(Resource, table=True):
    """What a model says about one row of input values."""

    kind = "prediction"

    model_id: Annotated[str, HIDDEN, CREATE, FILTER, ORDER, LOOKUP] = Field(
        default="", description="The model that scores."
    )
    dataset_id: Annotated[str | None, HIDDEN, FILTER, ORDER] = Field(
        default=None, description="The dataset that the model learned from."
    )
    source_id: Annotated[str | None, HIDDEN, FILTER, ORDER] = Field(
        default=None, description="The source behind its dataset."
    )
    input_data: Annotated[dict[str, Any], HIDDEN, CREATE] = Field(
        default_factory=dict, sa_type=Json, description="The values to score, by field name or id."
    )
    options: Annotated[dict[str, Any], HIDDEN] = Field(
        default_factory=dict, sa_type=Json, description="How missing values and classes are treated."
    )
    objective_id: Annotated[str | None, FILTER] = Field(
        default=None, description="The id of the field that is predicted."
    )
    objective_name: str | None = Field(default=None, description="The name of the field that is predicted.")
    task: Annotated[str | None, HIDDEN] = Field(default=None, description="`classification` or `regression`.")
    output: Annotated[str | None, FILTER, ORDER] = Field(
        default=None, description="The predicted class, or the predicted number as text."
    )
    value: Annotated[float | None, FILTER, ORDER] = Field(
        default=None, sa_type=Number, description="The predicted number; null for classes."
    )
    confidence: Annotated[float | None, FILTER, ORDER] = Field(
        default=None,
        sa_type=Number,
        description="For classes the lower bound of their share, for numbers the expected error.",
    )
    probability: Annotated[float | None, FILTER, ORDER] = Field(
        default=None, sa_type=Number, description="The probability of the predicted class; null for numbers."
    )
    details: Annotated[dict[str, Any], HIDDEN] = Field(default_factory=dict, sa_type=Json)
