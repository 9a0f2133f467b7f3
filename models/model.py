"""A trained predictor."""

import enum
from typing import Annotated, Any

from sqlalchemy import BigInteger
from sqlmodel import Field

from models.columns import BIG, CONTENT, FILTER, HIDDEN, LOOKUP, ORDER, Json, StringList, words
from models.resource import BuiltResource


class Algorithm(enum.Enum):
    """What trained a model."""

    DECISION_TREE = "DECISION_TREE"
    CATBOOST = "CATBOOST"


ALGORITHM_MEANINGS = {
    Algorithm.DECISION_TREE: "One white-box tree whose every node can be read.",
    Algorithm.CATBOOST: "Gradient boosting over many trees, by CatBoost.",
}


class Model(BuiltResource, table=True):
    """A predictor of one column from others, trained on a dataset."""

    kind = "model"

    algorithm: Annotated[Algorithm, FILTER, ORDER] = Field(
        default=Algorithm.DECISION_TREE, sa_type=words(Algorithm), description="What trains it."
    )
    task: Annotated[str | None, HIDDEN, FILTER] = Field(default=None, description="Classification or regression.")
    dataset_id: Annotated[str | None, HIDDEN, FILTER, ORDER, LOOKUP] = Field(
        default=None, description="The dataset that it learns from."
    )
    dataset_ids: Annotated[list[str], HIDDEN] = Field(
        default_factory=list,
        sa_type=StringList,
        description="The datasets that it learns from, when there are several.",
    )
    source_id: Annotated[str | None, HIDDEN, FILTER, ORDER] = Field(
        default=None, description="The source behind its dataset."
    )
    objective_id: Annotated[str | None, FILTER] = Field(
        default=None, description="The id of the field that it predicts."
    )
    objective_name: Annotated[str | None, FILTER, ORDER] = Field(
        default=None, description="The name of the field that it predicts."
    )
    input_ids: Annotated[list[str], HIDDEN] = Field(
        default_factory=list, sa_type=StringList, description="The ids of the fields that it learns from."
    )
    parameters: Annotated[dict[str, Any], HIDDEN] = Field(
        default_factory=dict, sa_type=Json, description="How it is trained."
    )
    arguments: Annotated[dict[str, Any], HIDDEN] = Field(
        default_factory=dict, sa_type=Json, description="Which rows it learns from, and other choices."
    )
    row_count: Annotated[int, FILTER, ORDER, BIG] = Field(
        default=0, sa_type=BigInteger, description="The rows that it learned from."
    )
    column_count: Annotated[int, FILTER, ORDER] = Field(default=0, description="The columns of its dataset.")
    importance: Annotated[list[Any], HIDDEN] = Field(default_factory=list, sa_type=Json)
    metrics: Annotated[dict[str, Any] | None, HIDDEN] = Field(default=None, sa_type=Json)
    libraries: Annotated[dict[str, Any], HIDDEN] = Field(default_factory=dict, sa_type=Json)
    is_white_box: bool = Field(default=False, description="Whether readers of a public model see its inside.")
    content: Annotated[str | None, HIDDEN, CONTENT] = Field(default=None)
