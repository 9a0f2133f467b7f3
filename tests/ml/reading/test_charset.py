import codecs

import pytest

from ml.reading.charset import detect_encoding, is_text, shown_charset

GERMAN = "Größe,Maß\nüber,äöß\n" * 5


@pytest.mark.parametrize(
    ("head", "encoding"),
    [
        (b"plain,text\n", "utf-8"),
        (GERMAN.encode(), "utf-8"),
        (GERMAN.encode("utf-8-sig"), "utf-8"),
        (GERMAN.encode("latin-1"), "latin-1"),
        ("price,€\n“quoted”\n".encode("cp1252"), "cp1252"),
        (GERMAN.encode("utf-16"), "utf-16"),
        (codecs.BOM_UTF16_BE + GERMAN.encode("utf-16-be"), "utf-16"),
        (GERMAN.encode("utf-16-le"), "utf-16-le"),
        (GERMAN.encode("utf-16-be"), "utf-16-be"),
        (GERMAN.encode("utf-32"), "utf-32"),
        (GERMAN.encode() + b"\xff", "utf-8"),
        (b"", "utf-8"),
    ],
)
def test_the_encoding_of_a_text_is_found(head, encoding):
    assert detect_encoding(head, is_whole=True) == encoding


def test_a_character_cut_at_the_end_is_no_damage():
    assert detect_encoding("ab é".encode()[:-1], is_whole=False) == "utf-8"


@pytest.mark.parametrize(
    ("head", "verdict"),
    [
        (b"a,b\n1,2\n", True),
        (b"\x00a,b\n", True),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x01", False),
        (bytes(range(256)) * 4, False),
        (b"\x00" * 100, False),
    ],
)
def test_binary_data_is_no_text(head, verdict):
    assert is_text(head, "utf-8") is verdict


def test_charsets_are_shown_by_their_registered_names():
    assert [shown_charset(name) for name in ("utf-8", "latin-1", "cp1252", "utf-16")] == [
        "UTF-8",
        "ISO-8859-1",
        "windows-1252",
        "UTF-16",
    ]
