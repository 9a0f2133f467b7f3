"""Languages that texts may be in: their stop words, their stemmers, and how one is recognised."""

from collections.abc import Callable, Iterable
from functools import lru_cache

STEMMERS = {
    "ar": "arabic", "ca": "catalan", "cs": "czech", "da": "danish", "de": "german", "el": "greek", "en": "english",
    "eo": "esperanto", "es": "spanish", "et": "estonian", "eu": "basque", "fa": "persian", "fi": "finnish",
    "fr": "french", "ga": "irish", "hi": "hindi", "hu": "hungarian", "hy": "armenian", "id": "indonesian",
    "it": "italian", "lt": "lithuanian", "ne": "nepali", "nl": "dutch", "nn": "norwegian", "no": "norwegian",
    "pl": "polish", "pt": "portuguese", "ro": "romanian", "ru": "russian", "sr": "serbian", "sv": "swedish",
    "ta": "tamil", "tr": "turkish", "yi": "yiddish",
}  # fmt: skip
"""Snowball's algorithm for a two-letter language code."""

_STOP_WORDS = {
    "ca": "a al amb aquest aquesta com de del dels el els en és era ha han i la les li més no o per però que què se"
    " seu si són també un una unes uns va",
    "de": "aber als am an auch auf aus bei bin bis das dass dem den der des die doch du durch ein eine einem einen"
    " einer er es für hat hatte ich ihr im in ist ja kann mein mich mir mit nach nicht noch nur oder sehr sein sich"
    " sie sind so über um und uns von vor war was wenn wie wir wird zu zum zur",
    "en": "a about above after again all also am an and any are as at be because been before being but by can could"
    " did do does doing down each few for from further had has have having he her here hers him his how i if in into is"
    " it its just me more most my no nor not now of off on once only or other our out over own same she should so some"
    " such than that the their them then there these they this those through to too under until up very was we were"
    " what when where which while who whom why will with would you your",
    "es": "a al algo como con cuando de del desde donde el ella ellos en entre era es esta este esto ha hay la las le"
    " les lo los más me mi mucho muy ni no nos o para pero por porque que qué se ser si sí sin sobre son su sus"
    " también te tiene todo tu un una uno unos y ya yo",
    "fr": "à au aux avec ce ces cette dans de des du elle en est et était être eu il ils je la le les leur lui ma"
    " mais me mes même mon ne nos notre nous on ont ou par pas plus pour qu que qui sa sans se ses si son sont sur ta"
    " te tu un une vos votre vous y",
    "it": "a ad ai al alla anche che chi ci come con da dal dalla dei del della delle di e è ed era gli ha hanno ho i"
    " il in io la le lo loro ma mi mia mio ne nei nel nella no non o per più quando quello questa questo se si sono su"
    " sua suo tra tu un una uno",
    "nl": "aan al als bij dan dat de der deze die dit door een en er haar had heb heeft het hij hoe ik in is ja je kan"
    " maar me met mijn naar niet nog nu of om ook op over te tot uit u van veel voor was wat we werd wie wordt zal ze"
    " zich zij zijn zo",
    "pt": "a ao aos as até com como da das de dela dele do dos e é ela ele eles em entre era essa esse esta este eu foi"
    " há isso já lhe mais mas me mesmo meu minha muito na nas não nem no nos o os ou para pela pelo por qual quando que"
    " quem se sem ser seu seus só sua também te tem um uma você",
}  # fmt: skip

_WORDS_NEEDED = 0.05


@lru_cache(maxsize=64)
def stop_words(language: str | None) -> frozenset[str]:
    """Words of a language too common to tell anything; none for a language without a list."""
    return frozenset(_STOP_WORDS.get(_code(language), "").split())


def detect_language(words: Iterable[str]) -> str | None:
    """The code of the language whose common words make up the largest share of the words, if that is one in twenty."""
    lowered = [word.lower() for word in words]
    hits = {code: sum(word in stop_words(code) for word in lowered) for code in _STOP_WORDS}
    # English first among equals: `in`, `a` and `me` are common in several languages.
    best = max(hits, key=lambda code: (hits[code], code == "en"))
    return best if lowered and hits[best] >= _WORDS_NEEDED * len(lowered) else None


def word_stems(words: list[str], language: str | None) -> list[str]:
    """The stem of each word by Snowball's algorithm of the language; English without one, the words as they are if
    there is no algorithm for it."""
    algorithm = STEMMERS.get(_code(language) or "en")
    if algorithm is None:
        return words
    import snowballstemmer

    stem: Callable[[list[str]], list[str]] = snowballstemmer.stemmer(algorithm).stemWords
    return stem(words)


def _code(language: str | None) -> str:
    return (language or "").lower().replace("-", "_").partition("_")[0]
