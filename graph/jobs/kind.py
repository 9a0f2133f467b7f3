"""A kind of job: what is computed, from which inputs, and what becomes of the result."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlmodel import Session

from models.blob import Stored
from models.job import Job

if TYPE_CHECKING:
    from graph.context import Services


@dataclass(frozen=True, slots=True)
class JobKind:
    """One function that jobs can run.

    `work` names the function as `module:name`; it runs in a process of its own and knows nothing but `inputs`, which a
    read transaction makes when the job starts. It returns `{"values": …, "files": {name: path}}`; the files are stored
    and `finish` writes the outcome to the row, in the transaction that ends the job. `done` is the message of the end.
    """

    name: str
    work: str
    inputs: Callable[[Session, "Services", Any, Job], dict[str, Any]]
    finish: Callable[[Session, Any, Job, dict[str, Any], Mapping[str, Stored]], None]
    done: str
