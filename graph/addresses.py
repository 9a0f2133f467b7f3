"""Requests that the server sends: sources fetched from elsewhere, messages posted to receivers.

Connections go to the addresses that `graph.destination` has checked, while the name of the host stays in the Host
header and in TLS. Redirects are checked like the first address.
"""

import asyncio
import functools
import re
import ssl
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from email.message import Message
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urljoin

from graph.destination import Destination, base_url, check, own_origins, parse
from models.errors import InvalidInput, LimitReached, Unavailable

if TYPE_CHECKING:
    import httpx2

__all__ = ["Destination", "Downloaded", "Progress", "base_url", "check", "download", "own_origins", "post"]

REDIRECTS = frozenset({301, 302, 303, 307, 308})
REDIRECT_LIMIT = 5
FILE_NAME_LIMIT = 200
AGENT = "Modelgraph"

Progress = Callable[[int, int | None], None]
"""Told the bytes that have arrived, and how many there will be where the sender says so."""


@dataclass(frozen=True, slots=True)
class Downloaded:
    """A file that was fetched: what it is called (may be empty), its media type (may be empty), its size in bytes."""

    file_name: str
    content_type: str
    size: int


def download(
    url: str,
    to: Path,
    *,
    limit_bytes: int,
    timeout: float,
    allow_private: bool,
    own_origins: Collection[str] = (),
    progress: Progress | None = None,
    certificate: Path | None = None,
) -> Downloaded:
    """Fetches a URL into a file, following up to five redirects; blocks, so it belongs into a job's process.

    `timeout` is how many seconds the other side may be silent. `certificate` is a PEM file that is trusted besides the
    system's authorities: the server's own, when it fetches from itself. Raises InvalidInput when the address may not be
    fetched or its host refuses, LimitReached beyond `limit_bytes`, Unavailable when it may work another time; nothing
    is left of the file then.
    """
    import httpx2

    with httpx2.Client(verify=_trust(certificate), trust_env=False, limits=_separate()) as client:
        for _ in range(REDIRECT_LIMIT + 1):
            destination = check(url, allow_private=allow_private, own_origins=own_origins)
            response = _get(client, destination, timeout)
            try:
                if response.status_code in REDIRECTS and "location" in response.headers:
                    url = urljoin(destination.url, response.headers["location"])
                    continue
                _check_status(destination, response)
                size = _save(response, to, destination, limit_bytes, progress)
            finally:
                response.close()
            return Downloaded(_file_name(response, destination), _content_type(response), size)
    raise InvalidInput(f"the address redirects more than {REDIRECT_LIMIT} times")


async def post(
    url: str,
    *,
    headers: Mapping[str, str],
    body: bytes,
    timeout: float,
    allow_private: bool,
    own_origins: Collection[str] = (),
    resolver: Executor | None = None,
) -> int:
    """Posts a body and returns the status of the answer, within `timeout` seconds; the rest of the answer is not read.

    Redirects are not followed. The host is looked up on a thread of `resolver`. Raises InvalidInput when the address
    may not be posted to, Unavailable when there is no answer.
    """
    import httpx2

    def prepare() -> tuple[Destination, ssl.SSLContext]:
        return check(url, allow_private=allow_private, own_origins=own_origins), _trust(None)

    try:
        async with asyncio.timeout(timeout):
            destination, trust = await asyncio.get_running_loop().run_in_executor(resolver, prepare)
            requests = _requests("POST", destination, headers, timeout=timeout, body=body)
            async with httpx2.AsyncClient(verify=trust, trust_env=False, limits=_separate()) as client:
                response = await _post(client, destination, requests)
                await response.aclose()
                return response.status_code
    except TimeoutError as problem:
        raise Unavailable(f"there was no answer within {timeout:g} s") from problem


@functools.cache
def _trust(certificate: Path | None) -> ssl.SSLContext:
    """The certificate authorities that are trusted. Reading them takes milliseconds, so it is done once."""
    import httpx2

    context = httpx2.create_ssl_context()
    if certificate is not None:
        context.load_verify_locations(certificate)
    return context


def _separate() -> "httpx2.Limits":
    """No connection is used twice: two hosts may share an address, and each must show a certificate of its own."""
    import httpx2

    return httpx2.Limits(max_keepalive_connections=0)


def _requests(
    method: str, destination: Destination, headers: Mapping[str, str], *, timeout: float, body: bytes | None = None
) -> "list[httpx2.Request]":
    """The same request to each address of a host; certificates are checked against the host that was asked for."""
    import httpx2

    # An address that swallows packets must leave time for the others.
    waiting = httpx2.Timeout(timeout, connect=timeout / len(destination.addresses))
    return [
        httpx2.Request(
            method,
            parse(destination.url).copy_with(host=address),
            headers={"User-Agent": AGENT, "Accept": "*/*", **headers, "Host": destination.authority},
            content=body,
            extensions={"sni_hostname": destination.host.rstrip("."), "timeout": waiting.as_dict()},
        )
        for address in destination.addresses
    ]


def _get(client: "httpx2.Client", destination: Destination, timeout: float) -> "httpx2.Response":
    import httpx2

    failure: httpx2.RequestError | None = None
    for request in _requests("GET", destination, {"Accept-Encoding": "identity"}, timeout=timeout):
        try:
            return client.send(request, stream=True)
        except (httpx2.ConnectError, httpx2.ConnectTimeout) as problem:
            failure = problem
        except httpx2.RequestError as problem:
            raise _unavailable(destination, problem) from problem
    raise _unavailable(destination, failure) from failure


async def _post(
    client: "httpx2.AsyncClient", destination: Destination, requests: "list[httpx2.Request]"
) -> "httpx2.Response":
    import httpx2

    failure: httpx2.RequestError | None = None
    for request in requests:
        try:
            return await client.send(request, stream=True)
        except (httpx2.ConnectError, httpx2.ConnectTimeout) as problem:
            failure = problem
        except httpx2.RequestError as problem:
            raise _unavailable(destination, problem) from problem
    raise _unavailable(destination, failure) from failure


def _unavailable(destination: Destination, problem: Exception | None) -> Unavailable:
    import httpx2

    cause: BaseException | None = problem
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return Unavailable(f"the certificate of {destination.host} is not valid: {cause.verify_message}")
        cause = cause.__cause__ or cause.__context__
    if isinstance(problem, httpx2.TimeoutException):
        return Unavailable(f"{destination.host} did not answer in time")
    if isinstance(problem, httpx2.ConnectError):
        return Unavailable(f"{destination.host} cannot be reached")
    return Unavailable(f"the connection to {destination.host} broke")


def _check_status(destination: Destination, response: "httpx2.Response") -> None:
    if response.is_success:
        return
    sentence = f"{destination.host} answered {response.status_code} {response.reason_phrase}".rstrip()
    if response.is_server_error or response.status_code in (408, 425, 429):
        raise Unavailable(sentence)
    raise InvalidInput(sentence)


def _save(
    response: "httpx2.Response", to: Path, destination: Destination, limit_bytes: int, progress: Progress | None
) -> int:
    import httpx2

    announced = response.headers.get("content-length", "")
    total = int(announced) if announced.isdecimal() and "content-encoding" not in response.headers else None
    size = 0
    try:
        if total is not None and total > limit_bytes:
            raise LimitReached(f"the file has {total} bytes, more than the {limit_bytes} that are allowed")
        with to.open("wb") as file:
            for chunk in response.iter_bytes():
                size += len(chunk)
                if size > limit_bytes:
                    raise LimitReached(f"the file has more than the {limit_bytes} bytes that are allowed")
                file.write(chunk)
                if progress is not None:
                    progress(size, total)
    except httpx2.RequestError as problem:
        to.unlink(missing_ok=True)
        raise _unavailable(destination, problem) from problem
    except BaseException:
        to.unlink(missing_ok=True)
        raise
    return size


def _content_type(response: "httpx2.Response") -> str:
    return str(response.headers.get("content-type", "")).partition(";")[0].strip().lower()


def _file_name(response: "httpx2.Response", destination: Destination) -> str:
    """What the sender calls the file, or else the last part of the path, without folders and control characters."""
    header = Message()
    header["Content-Disposition"] = response.headers.get("content-disposition", "")
    name = header.get_filename() or unquote(parse(destination.url).path.rpartition("/")[2])
    name = re.sub(r"[\x00-\x1f\x7f]", "", name.replace("\\", "/").rpartition("/")[2]).strip()
    return "" if name in (".", "..") else name[:FILE_NAME_LIMIT]
