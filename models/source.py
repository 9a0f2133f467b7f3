"""Raw data as it was given to the server, and how to read it."""

from typing import Annotated, Any

from sqlalchemy import String
from sqlmodel import Field

from models.columns import CONTENT, CREATE, FILTER, HIDDEN, ORDER, PATCH, Json, StringList
from models.resource import BuiltResource


class Source(BuiltResource, table=True):
    """Raw bytes and how to read them as a table."""

    kind = "source"

    file_name: Annotated[str, CREATE, FILTER, ORDER] = Field(
        default="", max_length=500, sa_type=String, description="The name of the file that it came from."
    )
    content_type: Annotated[str, FILTER, ORDER] = Field(default="", description="The media type of the content.")
    charset: str = Field(default="", description="The encoding of its text.")
    format: Annotated[str, FILTER] = Field(default="", description="How the table is written, such as `csv` or `arff`.")
    md5: str = Field(default="", description="MD5 of the content, in hexadecimal digits.")
    remote_url: Annotated[str | None, HIDDEN, FILTER] = Field(
        default=None, description="The address that it was fetched from."
    )
    content: Annotated[str | None, HIDDEN, CONTENT] = Field(default=None)
    parser: Annotated[dict[str, Any], HIDDEN, PATCH] = Field(
        default_factory=dict, sa_type=Json, description="How the text is read; what is absent is detected."
    )
    is_datetime_disabled: Annotated[bool, CREATE, PATCH] = Field(
        default=False, description="Whether dates and times stay plain text."
    )
    fields: Annotated[list[dict[str, Any]], HIDDEN] = Field(
        default_factory=list, sa_type=Json, description="Its columns."
    )
    is_closed: Annotated[bool, FILTER] = Field(
        default=False, description="Whether its reading is settled, because a dataset was made from it."
    )
    component_ids: Annotated[list[str], HIDDEN] = Field(
        default_factory=list, sa_type=StringList, description="The sources that it puts together, in order."
    )
