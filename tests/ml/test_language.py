import pytest

from ml.language import detect_language, stop_words, word_stems


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("the cat sat on the mat and looked at me", "en"),
        ("el perro y la gata están en la casa de los vecinos", "es"),
        ("der Hund und die Katze sind nicht in dem Haus", "de"),
        ("le chien et le chat ne sont pas dans la maison", "fr"),
        ("o cão e o gato não estão na casa do vizinho", "pt"),
        ("xyzzy plugh frobnicate", None),
        ("", None),
    ],
)
def test_a_language_is_known_by_its_common_words(text, language):
    assert detect_language(text.split()) == language


def test_words_are_cut_to_their_stems():
    assert word_stems(["calls", "called", "running"], "en") == ["call", "call", "run"]
    assert word_stems(["casas", "casa"], "es-ES") == ["cas", "cas"]


def test_without_a_language_the_stems_are_english():
    assert word_stems(["calls"], None) == ["call"]


def test_words_of_a_language_without_stemmer_stay_as_they_are():
    assert word_stems(["calls"], "xx") == ["calls"]
    assert stop_words("xx") == frozenset()
