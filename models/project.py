"""A shared room for resources, with roles for the people in it."""

import enum
from typing import Annotated

from sqlmodel import Field

from models.columns import CREATE, FILTER, words
from models.resource import Resource


class ProjectKind(enum.Enum):
    """What a project is for."""

    PROJECT = "PROJECT"
    SPACE = "SPACE"


PROJECT_KIND_MEANINGS = {
    ProjectKind.PROJECT: "Where data is prepared and models are trained.",
    ProjectKind.SPACE: "Where models are deployed.",
}


class Project(Resource, table=True):
    """A room for resources. Everything made from something in a project belongs to that project as well."""

    kind = "project"

    purpose: Annotated[ProjectKind, CREATE, FILTER] = Field(
        default=ProjectKind.PROJECT, sa_type=words(ProjectKind), description="What the project is for."
    )
