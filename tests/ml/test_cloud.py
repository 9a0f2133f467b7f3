from ml.cloud import TERM_LIMIT, Cloud, cloud
from ml.fields import TermAnalysis

PLAIN = TermAnalysis(stem_words=False, use_stopwords=True)


def test_words_of_one_stem_are_one_term():
    found = cloud([("call", 5), ("calls", 7), ("called", 1), ("dog", 2)], [], TermAnalysis(language="en"))

    assert found == Cloud([("calls", 13), ("dog", 2)], {"calls": ["call", "called"]})


def test_without_stems_every_word_is_a_term():
    assert cloud([("call", 5), ("calls", 7)], [], PLAIN) == Cloud([("calls", 7), ("call", 5)], {})


def test_stop_words_count_only_if_they_are_used():
    words = [("the", 9), ("dog", 2)]

    assert cloud(words, [], TermAnalysis(language="en")).terms == [("dog", 2)]
    assert cloud(words, [], TermAnalysis(language="en", use_stopwords=True)).terms == [("the", 9), ("dog", 2)]


def test_single_letters_are_no_terms_but_digits_and_signs_of_other_scripts_are():
    assert cloud([("s", 5), ("7", 3), ("漢", 2)], [], PLAIN).terms == [("7", 3), ("漢", 2)]


def test_whole_texts_are_terms_beside_words():
    assert cloud([("new", 5), ("york", 3)], [("new york", 3)], PLAIN).terms == [
        ("new", 5),
        ("new york", 3),
        ("york", 3),
    ]


def test_equally_frequent_terms_are_in_the_order_of_their_names():
    assert [term for term, _ in cloud([("bb", 1), ("cc", 2), ("aa", 1)], [], PLAIN).terms] == ["cc", "aa", "bb"]


def test_a_cloud_has_a_limit():
    words = [(f"w{number}", 10_000 - number) for number in range(3000)]

    assert len(cloud(words, [], PLAIN).terms) == TERM_LIMIT
