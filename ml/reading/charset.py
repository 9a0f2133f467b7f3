"""Which encoding a text is in, and whether bytes are a text at all."""

import codecs

UTF8, LATIN, WINDOWS = "utf-8", "latin-1", "cp1252"

_MARKS = (
    (codecs.BOM_UTF8, UTF8),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SHOWN = {
    "utf-8": "UTF-8", "ascii": "UTF-8", "utf-16": "UTF-16", "utf-16-le": "UTF-16LE", "utf-16-be": "UTF-16BE",
    "utf-32": "UTF-32", "iso8859-1": "ISO-8859-1", "cp1252": "windows-1252",
}  # fmt: skip
_CONTROLS = bytes(sorted(set(range(32)) - set(b"\t\n\r\f\x00\x1a\x1b")))
_BINARY_SHARE = 0.01
_TELLING_BYTES = 4


def detect_encoding(head: bytes, *, is_whole: bool) -> str:
    """The name of the encoding of a text that begins with `head`.

    A byte order mark decides; then zero bytes in every other place (UTF-16); then whether the bytes are UTF-8. What
    is none of these is Windows-1252 if it uses that page's own characters, else Latin-1.
    """
    for mark, name in _MARKS:
        if head.startswith(mark):
            return name
    zeros_even, zeros_odd = head[::2].count(0), head[1::2].count(0)
    if len(head) < _TELLING_BYTES:
        zeros_even = zeros_odd = 0
    if zeros_odd > len(head) * 0.2 and zeros_even < zeros_odd * 0.1:
        return "utf-16-le"
    if zeros_even > len(head) * 0.2 and zeros_odd < zeros_even * 0.1:
        return "utf-16-be"
    if is_mostly_utf8(head, is_whole=is_whole):
        return UTF8
    return WINDOWS if any(head.find(byte) >= 0 for byte in range(0x80, 0xA0)) else LATIN


def is_mostly_utf8(piece: bytes, *, is_whole: bool) -> bool:
    """Whether bytes are UTF-8, apart from damage that is rarer than the characters beyond ASCII that came out well.

    Unless they are a whole text, the bytes may end within a character.
    """
    if piece.isascii():
        return True
    text = codecs.getincrementaldecoder(UTF8)("replace").decode(piece, final=is_whole)
    damaged = text.count("\ufffd")
    return damaged == 0 or damaged < (len(text) - len(text.encode("ascii", "ignore"))) / 2


def is_text(head: bytes, encoding: str) -> bool:
    """Whether bytes in that encoding can be a table in text form: hardly any control characters in them."""
    if encoding.startswith(("utf-16", "utf-32")):
        text = head.decode(encoding, "replace")
        controls = sum(text.count(chr(code)) for code in _CONTROLS)
        return text.count("\ufffd") + controls <= 1 + len(text) * _BINARY_SHARE
    strange = len(head) - len(head.translate(None, _CONTROLS))
    zeros = head.count(0)
    return max(strange, zeros) <= 2 + len(head) * _BINARY_SHARE


def shown_charset(encoding: str) -> str:
    """The name of an encoding as internet registries spell it."""
    name = codecs.lookup(encoding).name
    return _SHOWN.get(name, name.upper())
