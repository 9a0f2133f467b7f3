"""The BigML.io dialect: its addresses, and what is done at each of them."""

from collections.abc import Iterator

from graph.rest.bigml.account import show_status
from graph.rest.bigml.batchprediction import BATCH_PREDICTION
from graph.rest.bigml.dataset import DATASET
from graph.rest.bigml.download import download
from graph.rest.bigml.evaluation import EVALUATION
from graph.rest.bigml.manner import MANNER
from graph.rest.bigml.model import MODEL
from graph.rest.bigml.noun import Noun
from graph.rest.bigml.prediction import PREDICTION
from graph.rest.bigml.problem import error
from graph.rest.bigml.project import PROJECT
from graph.rest.bigml.sharing import show_public, show_shared
from graph.rest.bigml.source import COMPOSITE, SOURCE, SOURCE_MANNER, delete_source, update_source
from graph.rest.bigml.wire import identify, parse_query
from graph.rest.crud import create, delete, list_page, show, update
from graph.rest.dialect import Dialect, Endpoint, Parameter

NOUNS = (PROJECT, SOURCE, DATASET, MODEL, PREDICTION, EVALUATION, BATCH_PREDICTION)
DOWNLOADABLE = (SOURCE, DATASET, BATCH_PREDICTION)

NOT_BUILT = (
    "anomaly", "anomalyscore", "association", "associationset", "batchanomalyscore", "batchcentroid",
    "batchprojection", "batchtopicdistribution", "centroid", "cluster", "configuration", "correlation",
    "deepnet", "ensemble", "execution", "externalconnector", "forecast", "fusion", "library", "linearregression",
    "logisticregression", "optiml", "pca", "projection", "sample", "script", "statisticaltest", "timeseries",
    "topicdistribution", "topicmodel",
)  # fmt: skip
"""Types of BigML that are not there: their addresses answer 404 whatever is asked of them."""

FULL = Parameter("full", "Whether the document is complete; `false` leaves out what is large.")
SHOWING = (
    FULL,
    Parameter("limit", "How many fields are shown; -1 shows all."),
    Parameter("offset", "How many fields are passed over."),
    Parameter("optype", "Only fields of this type are shown."),
    Parameter("exclude", "Members of the document to leave out, with commas between them."),
)
LISTING = (
    Parameter("limit", "How many resources the page has, 20 if not given and at most 200."),
    Parameter("offset", "How many resources are passed over."),
    Parameter("order_by", "The property to order by, with `-` in front for descending; `-created` if not given."),
    FULL,
)


def _listing(noun: Noun) -> tuple[Parameter, ...]:
    suffixes = "`__gt`, `__gte`, `__lt`, `__lte`, `__contains`, `__icontains`, `__startswith`, `__istartswith`, `__in`"
    filters = (
        Parameter(name, f"Only resources whose {name} is this; also with {suffixes}, and with `!` in front for not.")
        for name in noun.properties
    )
    return (*LISTING, *filters)


def _composites() -> Iterator[Endpoint]:
    yield Endpoint("POST", "/composite", create(SOURCE_MANNER, COMPOSITE), "Create a composite source", status=201)
    yield Endpoint(
        "GET", "/composite", list_page(SOURCE_MANNER, COMPOSITE), "List composite sources", _listing(COMPOSITE)
    )
    yield Endpoint("GET", "/composite/{id}", show(SOURCE_MANNER, COMPOSITE), "Retrieve a composite source", SHOWING)
    yield Endpoint("PUT", "/composite/{id}", update_source, "Update a composite source", status=202)
    yield Endpoint("DELETE", "/composite/{id}", delete_source, "Delete a composite source", status=204)


def _endpoints(noun: Noun) -> Iterator[Endpoint]:
    kind = noun.kind
    manner = SOURCE_MANNER if noun is SOURCE else MANNER
    change, remove = (update_source, delete_source) if noun is SOURCE else (update(manner, noun), delete(manner, noun))
    yield Endpoint("POST", f"/{kind}", create(manner, noun), f"Create a {kind}", status=201)
    yield Endpoint("GET", f"/{kind}", list_page(manner, noun), f"List {kind}s", _listing(noun))
    yield Endpoint("GET", f"/{kind}/{{id}}", show(manner, noun), f"Retrieve a {kind}", SHOWING)
    yield Endpoint("PUT", f"/{kind}/{{id}}", change, f"Update a {kind}", status=202)
    yield Endpoint("DELETE", f"/{kind}/{{id}}", remove, f"Delete a {kind}", status=204)
    if noun in DOWNLOADABLE:
        yield Endpoint("GET", f"/{kind}/{{id}}/download", download(noun), f"Download the file of a {kind}")
    if noun is not PROJECT:
        yield Endpoint(
            "GET", f"/public/{kind}/{{id}}", show_public(noun), f"Retrieve a public {kind}", SHOWING, is_open=True
        )
        yield Endpoint(
            "GET", f"/shared/{kind}/{{hash}}", show_shared(noun), f"Retrieve a shared {kind}", SHOWING, is_open=True
        )


BIGML = Dialect(
    name="bigml",
    title="BigML.io",
    prefixes=("", "/andromeda", "/andromeda/andromeda"),
    identify=identify,
    error=error,
    endpoints=(
        *(endpoint for noun in NOUNS for endpoint in _endpoints(noun)),
        *_composites(),
        Endpoint(
            "GET",
            "/status",
            show_status,
            "Show the state of the account",
            (Parameter("include", "Not used: everything is included."),),
        ),
    ),
    reserved=tuple(f"/{kind}" for kind in NOT_BUILT),
    parse_query=parse_query,
)
