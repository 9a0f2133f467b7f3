"""The certificate that the server shows: none, one of the operator's, or a self-signed one kept in the data folder."""

import datetime as dt
import ipaddress
import os
import re
import socket
import ssl
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from graph.errors import OperatorError
from graph.settings import Settings

if TYPE_CHECKING:
    from cryptography import x509

OFF, AUTO = "off", "auto"
LIFETIME = dt.timedelta(days=800)
"""Browsers refuse server certificates that are valid for more than 825 days."""
RENEWAL = dt.timedelta(days=60)
"""A certificate is made anew at a start when it expires within this time."""
CLOCK_SLACK = dt.timedelta(days=1)
COMMON_NAME = "Modelgraph"

_HOST = re.compile(r"[\w:-]{1,63}(\.[\w-]{1,63})*")


class TlsError(OperatorError):
    """The certificate or the key that was asked for cannot be used; the message says why."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """Two PEM files: the certificate with its chain, and its private key."""

    chain: Path
    key: Path


def certificate(settings: Settings) -> Certificate | None:
    """The certificate to serve with, made where `--tls auto` needs it; None without TLS. Raises TlsError."""
    if settings.tls == OFF:
        return None
    if settings.tls == AUTO:
        return _kept(settings)
    chain, comma, key = settings.tls.partition(",")
    if not (chain and comma and key):
        raise TlsError(f"--tls must be off, auto, or two files CERT,KEY; not {settings.tls!r}")
    given = Certificate(Path(chain.strip()), Path(key.strip()))
    _check(given)
    return given


def own_certificate(settings: Settings) -> Path | None:
    """The certificate that must be trusted besides the usual authorities when the server calls itself, if any."""
    return _files(settings).chain if settings.tls == AUTO else None


def _check(given: Certificate) -> None:
    for name, path in (("certificate", given.chain), ("key", given.key)):
        try:
            path.open("rb").close()
        except OSError as problem:
            raise TlsError(f"the TLS {name} {path} cannot be read: {problem.strerror}") from problem
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(given.chain, given.key, password=_no_password)
    except (ssl.SSLError, TlsError) as problem:
        if "MISMATCH" in str(problem):
            raise TlsError(f"the TLS key {given.key} does not belong to {given.chain}") from problem
        raise TlsError(f"{given.chain} and {given.key} are not a PEM certificate and its key: {problem}") from problem


def _no_password() -> str:
    raise TlsError("a key with a password cannot be used")


def _files(settings: Settings) -> Certificate:
    folder = settings.data_dir / "tls"
    return Certificate(folder / "certificate.pem", folder / "key.pem")


def _kept(settings: Settings) -> Certificate:
    """The self-signed certificate of the data folder, made anew when it is not there, too old, or for other names."""
    files, names = _files(settings), _names(settings)
    if not _is_usable(files, names):
        _make(files, names)
    return files


def _names(settings: Settings) -> list[str]:
    """The host names and addresses that clients may use."""
    hosts = ["localhost", "127.0.0.1", "::1", socket.gethostname(), settings.host]
    hosts.append(urlsplit(settings.public_url).hostname or "")
    return sorted({host.lower() for host in hosts if _HOST.fullmatch(host)} - {"0.0.0.0", "::"})


def _is_usable(files: Certificate, names: Iterable[str]) -> bool:
    from cryptography import x509

    try:
        _check(files)
    except TlsError:  # the first start, or files that somebody has damaged: new ones mend both
        return False
    known = x509.load_pem_x509_certificate(files.chain.read_bytes())
    if known.not_valid_after_utc - dt.datetime.now(dt.UTC) < RENEWAL:
        return False
    shown = known.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return set(_general_names(names)) <= set(shown)


def _general_names(names: Iterable[str]) -> "list[x509.GeneralName]":
    from cryptography import x509

    general: list[x509.GeneralName] = []
    for name in names:
        try:
            general.append(x509.IPAddress(ipaddress.ip_address(name)))
        except ValueError:
            general.append(x509.DNSName(name.encode("idna").decode("ascii")))
    return general


def _make(files: Certificate, names: Iterable[str]) -> None:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, COMMON_NAME)])
    start = dt.datetime.now(dt.UTC) - CLOCK_SLACK
    usage = x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=False,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
    # No authority: whoever trusts this certificate trusts this server, and nothing that its key may have signed.
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + LIFETIME)
        .add_extension(x509.SubjectAlternativeName(_general_names(names)), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    files.key.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    _write(files.key, secret, mode=0o600)
    _write(files.chain, made.public_bytes(serialization.Encoding.PEM), mode=0o644)


def _write(path: Path, content: bytes, *, mode: int) -> None:
    """Puts a file in place as a whole; it never has wider permissions than `mode`."""
    temporary = path.with_suffix(".new")
    temporary.unlink(missing_ok=True)
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
