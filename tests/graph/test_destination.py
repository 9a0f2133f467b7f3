import socket

import pytest

from graph.destination import base_url, check, origin, own_origins
from graph.settings import Settings
from models.errors import InvalidInput, Unavailable


def resolve_to(monkeypatch, **hosts):
    """Names of tests resolve to what the test says; everything else is looked up as ever."""
    real, asked = socket.getaddrinfo, []

    def look_up(host, port, *args, **kwargs):
        if isinstance(host, str) and host.replace(".", "_") in hosts:
            asked.append(host)
            return [
                (socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))
                for address in hosts[host.replace(".", "_")]
            ]
        return real(host, port, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return asked


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("ftp://example.org/a.csv", "the address must begin with http:// or https://"),
        ("file:///etc/passwd", "the address must begin with http:// or https://"),
        ("/etc/passwd", "the address must begin with http:// or https://"),
        ("gopher://127.0.0.1:25/", "the address must begin with http:// or https://"),
        ("http://user:secret@example.org/", "the address must not contain a user name or a password"),
        ("http://example.org@127.0.0.1/", "the address must not contain a user name or a password"),
        ("http://example.org\\@127.0.0.1/", "the address must not contain a user name or a password"),
        ("http:///a", "the address has no valid host name"),
        ("http://ex%61mple.org/", "the address has no valid host name"),
        ("http://a..b/", "the address has no valid host name"),
        ("http://-a.example/", "the address has no valid host name"),
        (f"http://{'a' * 64}.example/", "the address has no valid host name"),
        ("http://[fe80::1%25eth0]/", "the address has no valid host name"),
        ("http://１２７.0.0.1/", "this is not a valid address"),
        ("http://0177.0.0.1/", "this is not a valid address"),
        ("http://example.org/\x00", "this is not a valid address"),
        ("http://8.8.8.8:0/", "0 is not a port"),
        ("http://8.8.8.8:65536/", "65536 is not a port"),
    ],
)
def test_what_is_no_plain_web_address_is_refused(url, message):
    with pytest.raises(InvalidInput) as refused:
        check(url, allow_private=True)

    assert refused.value.message == message


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f.0.0.1",
        "localhost",
        "0.0.0.0",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "192.0.0.8",
        "192.88.99.1",
        "198.18.0.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "[::]",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:a9fe:a9fe]",
        "[::127.0.0.1]",
        "[64:ff9b::127.0.0.1]",
        "[64:ff9b:1::808:808]",
        "[2002:7f00:1::]",
        "[2001::1]",
        "[2001:db8::1]",
        "[fc00::1]",
        "[fe80::1]",
        "[fec0::1]",
        "[ff02::1]",
    ],
)
def test_an_address_that_is_not_public_is_refused(host):
    with pytest.raises(InvalidInput, match="is not a public address"):
        check(f"http://{host}/", allow_private=False)


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("8.8.8.8", "8.8.8.8"),
        ("[2606:4700::1111]", "2606:4700::1111"),
        ("[64:ff9b::808:808]", "64:ff9b::808:808"),
        ("[::ffff:8.8.8.8]", "::ffff:8.8.8.8"),
    ],
)
def test_a_public_address_is_allowed(host, address):
    assert check(f"https://{host}/a", allow_private=False).addresses == (address,)


def test_a_name_is_refused_when_any_of_its_addresses_is_private(monkeypatch):
    resolve_to(monkeypatch, mixed_example=["8.8.8.8", "10.0.0.1"])

    with pytest.raises(InvalidInput) as refused:
        check("https://mixed.example/", allow_private=False)

    assert refused.value.message == "mixed.example is not a public address"


def test_a_checked_destination_has_all_that_a_connection_needs(monkeypatch):
    asked = resolve_to(monkeypatch, data_example=["8.8.8.8", "2606:4700::1111", "8.8.8.8"])

    found = check(" HTTPS://Data.Example:8443/ä?q=1#part", allow_private=False)

    assert found.url == "https://data.example:8443/%C3%A4?q=1#part"
    assert (found.host, found.authority) == ("data.example", "data.example:8443")
    assert found.addresses == ("8.8.8.8", "2606:4700::1111")
    assert asked == ["data.example"]


def test_a_name_that_does_not_resolve_is_unavailable(monkeypatch):
    def fail(*_args, **_kwargs):
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    monkeypatch.setattr(socket, "getaddrinfo", fail)

    with pytest.raises(Unavailable) as missing:
        check("http://nowhere.example/", allow_private=False)

    assert missing.value.message == "the host nowhere.example cannot be found"


def test_own_origins_are_allowed_and_nothing_beside_them():
    own = {"http://127.0.0.1:8000"}

    assert check("http://127.0.0.1:8000/a", allow_private=False, own_origins=own).addresses == ("127.0.0.1",)
    for other in ("http://127.0.0.1:8001/a", "https://127.0.0.1:8000/a", "http://127.0.0.2:8000/a"):
        with pytest.raises(InvalidInput):
            check(other, allow_private=False, own_origins=own)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("HTTP://Example.org", "http://example.org:80"),
        ("https://example.org/a?b", "https://example.org:443"),
        ("http://[::1]:8000/", "http://[::1]:8000"),
    ],
)
def test_origins_are_compared_in_one_spelling(url, expected):
    assert origin(url) == expected


@pytest.mark.parametrize(
    ("settings", "base"),
    [
        (Settings(port=8000), "http://127.0.0.1:8000"),
        (Settings(host="0.0.0.0", port=80), "http://127.0.0.1:80"),
        (Settings(host="::", port=1, tls="auto"), "https://[::1]:1"),
        (Settings(host="ml.example", port=443, tls="a,b"), "https://ml.example:443"),
    ],
)
def test_the_base_url_can_be_reached_on_this_machine(settings, base):
    assert base_url(settings) == base


def test_a_loopback_server_knows_all_its_names():
    settings = Settings(port=8000, public_url="https://ml.example/models")

    assert own_origins(settings) == {
        "http://127.0.0.1:8000",
        "http://localhost:8000",
        "http://[::1]:8000",
        "https://ml.example:443",
    }
    assert own_origins(Settings(host="192.0.2.1")) == {"http://192.0.2.1:8000"}
