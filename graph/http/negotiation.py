"""Which of our content types a client accepts, after RFC 9110 (section 12.5.1) and GraphQL over HTTP."""

from dataclasses import dataclass
from functools import lru_cache

GRAPHQL_RESPONSE = "application/graphql-response+json"
JSON = "application/json"
EVENT_STREAM = "text/event-stream"
HTML = "text/html"


@dataclass(frozen=True, slots=True)
class Accepted:
    """What a client can read: the JSON type to answer with if any, event streams, pages; and what it likes better."""

    json: str | None
    stream: bool
    prefers_stream: bool
    html: bool


@lru_cache(maxsize=256)
def accepted(header: str) -> Accepted:
    """What an Accept header allows. Without one, or with a wildcard, answers are plain `application/json`."""
    ranges = _ranges(header or "*/*")
    # A client that knows the newer type names it; a wildcard comes from one that may not.
    newer = ranges.get(GRAPHQL_RESPONSE, 0.0)
    plain = _quality(ranges, JSON)
    # Streams and pages are for those that ask for them by name.
    stream = ranges.get(EVENT_STREAM, ranges.get("text/*", 0.0))
    return Accepted(
        json=None if newer == plain == 0.0 else GRAPHQL_RESPONSE if newer >= plain else JSON,
        stream=stream > 0.0,
        prefers_stream=stream > max(newer, plain),
        html=ranges.get(HTML, 0.0) > 0.0,
    )


def _ranges(header: str) -> dict[str, float]:
    """Media ranges with their quality; a part that cannot be read counts as not accepted."""
    ranges: dict[str, float] = {}
    for part in header.split(","):
        kind, *parameters = (piece.strip().lower() for piece in part.split(";"))
        quality = 1.0
        for parameter in parameters:
            name, _, value = parameter.partition("=")
            if name.strip() == "q":
                quality = _number(value)
        if kind:
            ranges[kind] = max(quality, ranges.get(kind, 0.0))
    return ranges


def _number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        return 0.0
    return value if 0.0 <= value <= 1.0 else 0.0


def _quality(ranges: dict[str, float], kind: str) -> float:
    """The quality of a type: that of the most specific range it falls in."""
    family = kind.split("/", 1)[0] + "/*"
    return next((ranges[candidate] for candidate in (kind, family, "*/*") if candidate in ranges), 0.0)
