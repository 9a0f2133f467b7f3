import json

import pytest

from ml.errors import ArgumentError
from ml.fields import MISSING_TOKENS
from ml.reading import Format, ParserOptions


def test_options_survive_being_json():
    options = ParserOptions(header=True, separator=";", missing_tokens=("x",), format=Format.ARFF, encoding="utf-8")

    assert ParserOptions.from_dict(json.loads(json.dumps(options.to_dict()))) == options


def test_what_is_not_said_is_the_default():
    assert ParserOptions.from_dict({}) == ParserOptions()
    assert ParserOptions.from_dict({"missing_tokens": None}).missing_tokens == MISSING_TOKENS


@pytest.mark.parametrize(
    ("wrong", "argument"),
    [
        ({"separator": "ab"}, "separator"),
        ({"separator": "\n"}, "separator"),
        ({"quote": "''"}, "quote"),
        ({"quote": ",", "separator": ","}, "quote"),
        ({"encoding": "utf-99"}, "encoding"),
        ({"format": "word"}, "format"),
    ],
)
def test_options_that_cannot_be_are_refused(wrong, argument):
    with pytest.raises(ArgumentError) as refusal:
        ParserOptions.from_dict(wrong)

    assert refusal.value.path == (argument,)
