import datetime as dt
import ssl
import stat

import pytest
from cryptography import x509

from graph import tls
from graph.settings import Settings
from graph.tls import Certificate, TlsError, certificate, own_certificate


@pytest.fixture
def auto(tmp_path):
    return Settings(data_dir=tmp_path / "data", tls="auto", host="ML.example")


def shown(made):
    return x509.load_pem_x509_certificate(made.chain.read_bytes())


def names(made):
    found = shown(made).extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return {str(name.value) for name in found}


def test_off_means_no_certificate(tmp_path):
    assert certificate(Settings(data_dir=tmp_path)) is None
    assert list(tmp_path.iterdir()) == []


def test_auto_makes_a_certificate_for_the_names_of_the_server(auto, monkeypatch):
    monkeypatch.setattr(tls.socket, "gethostname", lambda: "machine")

    made = certificate(auto)

    assert made == Certificate(auto.data_dir / "tls" / "certificate.pem", auto.data_dir / "tls" / "key.pem")
    assert names(made) == {"localhost", "127.0.0.1", "::1", "ml.example", "machine"}
    assert own_certificate(auto) == made.chain
    assert stat.S_IMODE(made.key.stat().st_mode) == 0o600
    assert stat.S_IMODE(made.key.parent.stat().st_mode) == 0o700
    assert {path.name for path in made.key.parent.iterdir()} == {"certificate.pem", "key.pem"}


def test_auto_makes_a_certificate_that_strict_clients_accept(auto):
    lifetime = shown(certificate(auto)).not_valid_after_utc - dt.datetime.now(dt.UTC)
    usage = shown(certificate(auto)).extensions.get_extension_for_class(x509.ExtendedKeyUsage).value

    assert dt.timedelta(days=700) < lifetime <= dt.timedelta(days=825)
    assert list(usage) == [x509.oid.ExtendedKeyUsageOID.SERVER_AUTH]


def test_auto_keeps_its_certificate(auto):
    first = certificate(auto).chain.read_bytes()

    assert certificate(auto).chain.read_bytes() == first


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda _made, patch: patch.setattr(tls, "RENEWAL", dt.timedelta(days=801)), id="about to expire"),
        pytest.param(
            lambda _made, patch: patch.setattr(tls.socket, "gethostname", lambda: "renamed"), id="another name"
        ),
        pytest.param(lambda made, _: made.key.unlink(), id="key lost"),
        pytest.param(lambda made, _: made.chain.write_text("damaged"), id="certificate damaged"),
        pytest.param(lambda made, _: made.key.write_text(""), id="key empty"),
    ],
)
def test_auto_makes_a_new_certificate_when_the_old_one_cannot_serve(auto, monkeypatch, change):
    made = certificate(auto)
    serial = shown(made).serial_number
    change(made, monkeypatch)

    assert shown(certificate(auto)).serial_number != serial

    ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(made.chain, made.key)
    assert stat.S_IMODE(made.key.stat().st_mode) == 0o600


def test_the_name_behind_a_proxy_is_in_the_certificate(tmp_path):
    settings = Settings(data_dir=tmp_path, tls="auto", host="0.0.0.0", public_url="https://Models.example:8443/a")

    assert "models.example" in names(certificate(settings))
    assert "0.0.0.0" not in names(certificate(settings))


def test_the_files_of_the_operator_are_used_as_they_are(auto, tmp_path):
    made = certificate(auto)
    settings = Settings(data_dir=tmp_path / "other", tls=f"{made.chain}, {made.key}")

    assert certificate(settings) == made
    assert own_certificate(settings) is None
    assert not (tmp_path / "other").exists()


def test_files_that_cannot_serve_are_named(auto, tmp_path):
    made = certificate(auto)
    other = certificate(Settings(data_dir=tmp_path / "other", tls="auto"))
    missing = tmp_path / "missing.pem"
    text = tmp_path / "text.pem"
    text.write_text("hello")

    def message(option):
        with pytest.raises(TlsError) as refused:
            certificate(Settings(tls=option))
        return str(refused.value)

    assert message("on") == "--tls must be off, auto, or two files CERT,KEY; not 'on'"
    assert message(f"{made.chain},") == f"--tls must be off, auto, or two files CERT,KEY; not '{made.chain},'"
    assert (
        message(f"{missing},{made.key}") == f"the TLS certificate {missing} cannot be read: No such file or directory"
    )
    assert message(f"{made.chain},{missing}") == f"the TLS key {missing} cannot be read: No such file or directory"
    assert message(f"{made.chain},{other.key}") == f"the TLS key {other.key} does not belong to {made.chain}"
    assert message(f"{text},{made.key}").startswith(f"{text} and {made.key} are not a PEM certificate and its key")


def test_a_key_with_a_password_is_refused_without_asking_for_it(auto, tmp_path):
    from cryptography.hazmat.primitives import serialization

    made = certificate(auto)
    key = serialization.load_pem_private_key(made.key.read_bytes(), None)
    locked = tmp_path / "locked.pem"
    locked.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"secret"),
        )
    )

    with pytest.raises(TlsError, match="a key with a password cannot be used"):
        certificate(Settings(tls=f"{made.chain},{locked}"))
