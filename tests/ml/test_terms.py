import random
import re
from dataclasses import asdict

import pytest

from ml.errors import ArgumentError
from ml.fields import ItemAnalysis, TermAnalysis, TokenMode
from ml.terms import count_item, count_term, items, terms

TOKENS = TermAnalysis(token_mode=TokenMode.TOKENS_ONLY)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", []),
        ("Hello, World!", ["hello", "world"]),
        ("a b a", ["a", "b", "a"]),
        ("well-known", ["well", "-", "known"]),
        ("call_me", ["call"]),
        ("Straße éa", ["straße", "éa"]),
        ("  \n ", []),
    ],
)
def test_terms_are_the_words_of_a_text(text, found):
    assert terms(text, TOKENS) == found


def test_terms_keep_their_case_when_case_matters():
    assert terms("Hello World", TermAnalysis(case_sensitive=True, token_mode=TokenMode.TOKENS_ONLY)) == [
        "Hello",
        "World",
    ]


def test_the_whole_text_is_the_only_full_term():
    assert terms("Hello World", TermAnalysis(token_mode=TokenMode.FULL_TERMS_ONLY)) == ["hello world"]


def test_all_terms_are_words_and_the_whole_text_unless_it_is_the_first_word():
    assert terms("Hello World", TermAnalysis()) == ["hello", "world", "hello world"]
    assert terms("Hello", TermAnalysis()) == ["hello"]
    assert terms("!", TermAnalysis()) == ["!"]


def test_a_missing_text_has_no_terms():
    assert terms(None, TermAnalysis()) == []
    assert count_term(None, "a", [], TermAnalysis()) == 0
    assert items(None, ItemAnalysis()) == []
    assert count_item(None, "a", ItemAnalysis()) == 0


@pytest.mark.parametrize(
    ("text", "term", "forms", "count"),
    [
        ("call me, called you, CALLS", "call", ["called", "calls"], 3),
        ("recall", "call", [], 0),
        ("call_me", "me", [], 1),
        ("a.b", ".", [], 1),
        ("c++ c", "c++", [], 0),
    ],
)
def test_terms_are_counted_as_whole_words_in_all_their_forms(text, term, forms, count):
    assert count_term(text, term, forms, TOKENS) == count


def test_a_full_term_counts_once_when_it_is_the_whole_text():
    full = TermAnalysis(token_mode=TokenMode.FULL_TERMS_ONLY)

    assert count_term("New York", "new york", [], full) == 1
    assert count_term("New York City", "new york", [], full) == 0
    assert count_term("New York", "new york", [], TermAnalysis(True, True, token_mode=TokenMode.FULL_TERMS_ONLY)) == 0


def test_items_are_what_stands_between_separators():
    assert items("a,b c,,a", ItemAnalysis()) == ["a", "b c", "", "a"]
    assert items("a; b ;c", ItemAnalysis(separator_regexp=r"\s*;\s*")) == ["a", "b", "c"]
    assert items("a1b", ItemAnalysis(separator_regexp="(1)|(2)")) == ["a", "1", "b"]


def test_items_are_counted_whole():
    assert count_item("ab,b,cb", "b", ItemAnalysis()) == 1
    assert count_item("b,b,b", "b", ItemAnalysis()) == 2
    assert count_item("a|b", "b", ItemAnalysis(separator="|")) == 1


def test_a_broken_separator_expression_is_refused():
    with pytest.raises(ArgumentError, match="is not a regular expression"):
        items("a", ItemAnalysis(separator_regexp="("))
    with pytest.raises(ArgumentError):
        count_item("a", "a", ItemAnalysis(separator_regexp="("))


def client_count(text: str, forms: list[str], options: dict) -> int:
    """How the client's local predictor counts, restated from its documented regular expression."""
    if options["token_mode"] == "full_terms_only":
        sides = (text, forms[0]) if options["case_sensitive"] else (text.lower(), forms[0].lower())
        return int(sides[0] == sides[1])
    pattern = r"(\b|_)" + r"(\b|_)|(\b|_)".join(map(re.escape, forms)) + r"(\b|_)"
    return len(re.findall(pattern, text, flags=re.U if options["case_sensitive"] else re.U | re.I))


def test_counts_equal_those_of_the_client():
    generator = random.Random(0)
    signs = "ab A_-.,' éß\n1+"

    for _ in range(2000):
        text = "".join(generator.choices(signs, k=generator.randint(0, 12)))
        forms = ["".join(generator.choices(signs, k=generator.randint(1, 3))) for _ in range(generator.randint(1, 3))]
        for mode in TokenMode:
            for case_sensitive in (True, False):
                analysis = TermAnalysis(case_sensitive=case_sensitive, token_mode=mode)
                expected = client_count(text, forms, asdict(analysis))
                assert count_term(text, forms[0], forms[1:], analysis) == expected, (text, forms, mode)
