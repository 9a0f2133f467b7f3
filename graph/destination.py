"""Which addresses the server may send requests to: public ones, and its own; checked before anything is sent.

A host name is resolved once. What it resolves to is checked, and whoever sends the request connects to exactly those
addresses, so a name that resolves to something else a moment later gains nothing.
"""

import ipaddress
import re
import socket
from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

from graph.settings import Settings
from models.errors import InvalidInput, Unavailable

if TYPE_CHECKING:
    import httpx2

PORTS = {"http": 80, "https": 443}

_NAME = re.compile(r"(?!-)[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*\.?", re.IGNORECASE)
_TRANSLATED = ipaddress.ip_network("64:ff9b::/96")
"""RFC 6052: an IPv4 address in the last 32 bits."""
_LOCAL = (
    ipaddress.ip_network("64:ff9b:1::/48"),  # RFC 8215: translation to IPv4 inside one network
    ipaddress.ip_network("192.0.0.0/24"),  # RFC 6890
    ipaddress.ip_network("192.88.99.0/24"),  # RFC 7526
    ipaddress.ip_network("2001::/23"),  # RFC 2928, with Teredo
    ipaddress.ip_network("3fff::/20"),  # RFC 9637
)

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True, slots=True)
class Destination:
    """A URL that may be requested: its host in lower-case ASCII, its Host header, the addresses that were checked."""

    url: str
    host: str
    authority: str
    addresses: tuple[str, ...]


def check(url: str, *, allow_private: bool, own_origins: Collection[str] = ()) -> Destination:
    """The checked destination of a URL; looks its host up, which may take seconds.

    `own_origins` are the origins of this server (`https://host:port`); those are allowed whatever their address is.
    Raises InvalidInput for what may not be requested, Unavailable when the host cannot be looked up.
    """
    parsed, host, port = well_formed(url)
    addresses = _resolve(host, port)
    is_own = origin(url) in {origin(own) for own in own_origins}
    if not (allow_private or is_own or all(map(_is_public, addresses))):
        raise InvalidInput(f"{host} is not a public address")
    return Destination(url=str(parsed), host=host, authority=parsed.netloc.decode("ascii"), addresses=addresses)


def well_formed(url: str) -> tuple["httpx2.URL", str, int]:
    """The parts of a URL that could be requested, with its host and port; nothing is looked up. Raises InvalidInput."""
    parsed = parse(url)
    host = parsed.raw_host.decode("ascii").lower()
    if parsed.scheme not in PORTS:
        raise InvalidInput("the address must begin with http:// or https://")
    if parsed.userinfo:
        raise InvalidInput("the address must not contain a user name or a password")
    if not _is_address(host) and not _NAME.fullmatch(host):
        raise InvalidInput("the address has no valid host name")
    port = PORTS[parsed.scheme] if parsed.port is None else parsed.port
    if not 0 < port < 65536:
        raise InvalidInput(f"{port} is not a port")
    return parsed, host, port


def check_form(url: str, path: tuple[str, ...]) -> None:
    """Raises InvalidInput, naming the argument, for what could never be requested; nothing is looked up."""
    try:
        well_formed(url)
    except InvalidInput as problem:
        raise InvalidInput(problem.message, path) from problem


def origin(url: str) -> str:
    """Scheme, host and port of a URL, such as `https://example.org:443`. Raises InvalidInput when it is no URL."""
    parsed = parse(url)
    host = parsed.raw_host.decode("ascii").lower()
    return f"{parsed.scheme}://{bracketed(host)}:{parsed.port or PORTS.get(parsed.scheme, 0)}"


def base_url(settings: Settings) -> str:
    """The address at which the server itself answers on this machine, without a slash at its end."""
    host = {"0.0.0.0": "127.0.0.1", "": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)
    scheme = "http" if settings.tls == "off" else "https"
    return f"{scheme}://{bracketed(host)}:{settings.port}"


def own_origins(settings: Settings) -> frozenset[str]:
    """The origins under which clients of this server may know it."""
    scheme = base_url(settings).partition(":")[0]
    hosts = {settings.host}
    if settings.host in ("", "0.0.0.0", "::"):
        hosts = {"localhost", "127.0.0.1", "::1", socket.gethostname().lower()}
    elif settings.host == "localhost" or (_is_address(settings.host) and _address(settings.host).is_loopback):
        hosts |= {"localhost", "127.0.0.1", "::1"}
    urls = {f"{scheme}://{bracketed(host)}:{settings.port}" for host in hosts}
    return frozenset(urls | ({origin(settings.public_url)} if settings.public_url else set()))


def bracketed(host: str) -> str:
    """A host as it is written in a URL: IPv6 addresses in brackets."""
    return f"[{host}]" if ":" in host else host


def parse(url: str) -> "httpx2.URL":
    """The parts of a URL. Raises InvalidInput when it is none."""
    import httpx2

    try:
        return httpx2.URL(url.strip())
    except httpx2.InvalidURL as problem:
        raise InvalidInput("this is not a valid address") from problem


def _is_address(host: str) -> bool:
    try:
        _address(host)
    except ValueError:
        return False
    return True


def _address(text: str) -> Address:
    address = ipaddress.ip_address(text)
    if isinstance(address, ipaddress.IPv6Address) and address.scope_id:
        raise ValueError("an address with a zone is not one of the internet")
    return address


def _resolve(host: str, port: int) -> tuple[str, ...]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as problem:
        raise Unavailable(f"the host {host} cannot be found") from problem
    return tuple(dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in found))


def _is_public(text: str) -> bool:
    """Whether anybody on the internet could reach an address, so that reaching it from here discloses nothing."""
    try:
        address = _address(text)
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if address in _TRANSLATED:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return _is_public(str(inner))
        if address.is_site_local:
            return False
    if any(address.version == network.version and address in network for network in _LOCAL):
        return False
    return address.is_global and not (address.is_multicast or address.is_reserved)
