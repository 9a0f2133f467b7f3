import gzip

import pytest

from ml.errors import UnreadableError
from ml.reading import Format, ParserOptions, open_table
from tests.ml.tables import written


@pytest.mark.parametrize(
    ("content", "name", "form"),
    [
        ("a,b\n1,2\n", "x.csv", Format.CSV),
        ("a,b\n1,2\n", "", Format.CSV),
        ('[{"a": 1}]', "", Format.JSON),
        ('  {"a": 1}\n', "x.txt", Format.JSON),
        ('{"a": 1}', "x.jsonl", Format.JSON),
        ("[1, 2]\n[3, 4]\n", "", Format.JSON),
        ("[id],[name]\n1,2\n", "", Format.CSV),
        ("% c\n@RELATION r\n@attribute a numeric\n@data\n1\n", "", Format.ARFF),
        ("@attribute a numeric\n@data\n1\n", "x.arff", Format.ARFF),
        ("@handle,name\n@a,b\n", "", Format.CSV),
    ],
)
@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["bare", "gzip"])
def test_the_format_is_found(tmp_path, content, name, form, pack):
    path = written(tmp_path, pack(content.encode()))

    assert open_table(path, ParserOptions(), file_name=name and f"{name}.gz").options.format is form


def test_a_format_that_is_named_is_taken(tmp_path):
    path = written(tmp_path, '["a","b"]\n[1,2]\n')

    assert open_table(path, ParserOptions(format=Format.CSV)).options.format is Format.CSV


def test_a_file_that_is_not_in_the_named_format_is_refused(tmp_path):
    with pytest.raises(UnreadableError, match="The ARFF header"):
        open_table(written(tmp_path, "a,b\n1,2\n"), ParserOptions(format=Format.ARFF))


@pytest.mark.parametrize(
    "content",
    [
        b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00",
        bytes(range(256)) * 100,
    ],
)
def test_what_is_no_table_is_refused(tmp_path, content):
    with pytest.raises(UnreadableError, match="neither text nor"):
        open_table(written(tmp_path, content), ParserOptions())


def test_an_archive_that_is_no_workbook_is_refused(tmp_path):
    with pytest.raises(UnreadableError, match="an archive, but not a workbook"):
        open_table(written(tmp_path, b"PK\x03\x04 no archive"), ParserOptions())


def test_an_empty_file_is_refused(tmp_path):
    with pytest.raises(UnreadableError, match="The file is empty"):
        open_table(written(tmp_path, b""), ParserOptions())


def test_damaged_gzip_is_refused(tmp_path):
    with pytest.raises(UnreadableError, match="The gzip data is damaged"):
        open_table(written(tmp_path, gzip.compress(b"a,b\n" * 1000)[:-12]), ParserOptions())


def test_an_encoding_that_shows_late_in_the_file_is_found(tmp_path):
    path = written(tmp_path, b"a,b\n" + b"1,2\n" * 400_000 + "é,ü\n".encode("latin-1"))

    assert open_table(path, ParserOptions()).options.encoding == "latin-1"
