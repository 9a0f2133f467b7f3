"""A vendor's document of one resource type: which of its names are our columns, and how the others are found."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar

from graph.rest.arguments import Arguments, read_arguments
from graph.rest.dialect import Document
from graph.spec import Spec, Values

ABSENT: Any = object()
"""What a computed member gives to stay out of the document."""


class View(Protocol):
    """A row with whatever a dialect has looked up to show it."""

    row: Any  # Any: a row of the table of the shape


V = TypeVar("V", bound=View)
V_in = TypeVar("V_in", bound=View, contravariant=True)


class Compute(Protocol[V_in]):
    """Finds one member of a document."""

    def __call__(self, view: V_in, /) -> Any:
        """The value, or ABSENT."""


Complete = Callable[[Values, Document], Values]
"""Settles what several arguments say together: gets the inputs read so far, and the document that they came from."""


def as_read(values: Values, _document: Document) -> Values:
    """The inputs as they are."""
    return values


@dataclass(frozen=True, eq=False)
class Shape(Generic[V]):
    """How one resource type looks on a vendor's wire, and what that vendor's clients may say about it.

    `columns` are members that are columns of ours under the vendor's name, `constants` those that are the same in all
    documents, `computed` all others; a later one counts. `heavy` members are left out of brief documents. `create` and
    `update` are the arguments of those calls; `complete_create` and `complete_update` settle what single arguments
    cannot.
    """

    spec: Spec
    columns: Mapping[str, str]
    computed: Mapping[str, Compute[V]]
    constants: Mapping[str, Any] = field(default_factory=dict)
    heavy: frozenset[str] = frozenset()
    create: Arguments = field(default_factory=dict)
    update: Arguments = field(default_factory=dict)
    complete_create: Complete = as_read
    complete_update: Complete = as_read

    @property
    def kind(self) -> str:
        """The word that ids of this type begin with."""
        return self.spec.kind

    def render(self, view: V, *, without: Collection[str] = ()) -> Document:
        """The document of a row, without some of its members."""
        # The attributes that a row has in memory, past the instrumentation, which counts in answers of a hundred rows.
        values = vars(view.row)
        document = dict(self.constants)
        for name, column in self.columns.items():
            document[name] = values[column]
        for name, compute in self.computed.items():
            if name not in without:
                value = compute(view)
                if value is not ABSENT:
                    document[name] = value
        for name in without:
            document.pop(name, None)
        return document

    def create_values(self, document: Document) -> Values:
        """Our inputs for a create call. Raises InvalidInput naming the first argument that is wrong."""
        return self.complete_create(read_arguments(document, self.create), document)

    def update_values(self, document: Document) -> Values:
        """Our inputs for a change. Raises InvalidInput naming the first argument that is wrong."""
        return self.complete_update(read_arguments(document, self.update), document)
