"""Made-up Swedish: words put together from parts as the language does it, and texts of them.

Words follow Zipf's law; half of them are compounds with a binding s, each in all its endings, so
that an index over such texts has about as many words as one over real ones. Each text comes back
to a few words of its own, as texts do.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from itertools import accumulate, product
from random import Random

FUNCTION_WORDS = (
    "och i att som för på av till med är den det en ett om har inte vid kan ska från eller de "
    "så vi under över efter inom mellan samt även ej enligt blir var när hur mot utan genom alla "
    "andra denna detta dessa varje minst högst senast mer än där man sig sin sitt sina får bör"
).split()

_NOUNS = {  # what binds in a compound, then the endings; a root stands before each
    ("", "a", "an", "or", "orna"): "skol gat fråg brygg kyrk lamp trapp gräns flagg klag vård bok",
    ("s", "", "en", "ar", "arna"): (
        "väg park hall skog tävling samling bostad ordning prövning ledning byggnad förening "
        "anläggning utredning handling redovisning sättning lösning hantering verkning sändning"
    ),
    ("s", "", "en", "er", "erna"): (
        "nämnd kommun plan region avgift person rätt tomt budget natur trafik miljö kultur taxa "
        "paragraf process rutin metod kvalitet organisation station funktion verksamhet säkerhet"
    ),
    ("s", "", "et", "en", "s"): (
        "beslut förslag avtal underlag bidrag uppdrag tillstånd ansvar bolag reglement protokoll "
        "program samråd skydd hus vatten stöd råd bygg land torg bad moment dokument system"
    ),
    ("", "", "n", "r", "rna"): "linje område ärende boende möte arbete läge kontrakte ställe färje",
    ("", "", "en", "ar", "arnas"): "bil båt sten stol vagn eld is hamn ström sand kust berg dal",
}
_ADJECTIVES = (
    "kommunal ekonomisk social teknisk allmän särskild ny långsiktig årlig gemensam öppen trygg "
    "hållbar tidig offentlig regional muntlig skriftlig lokal digital central enskild möjlig"
).split()
_VERBS = (
    "besluta föreslå godkänna bevilja ansöka hantera planera bygga beta ändra stödja samla "
    "behandla redovisa anmäla bordlägga överlämna utreda samordna inleda avsluta granska"
).split()
_STARTS = "b bl br d f fl g gr h j k kl kr l m n p r s sk sl sn st str t tr v".split()
_CORES = "a e i o u y å ä ö".split()
_ENDS = "l ld lm m n nd ng nn r rd rg rk rn rs rt s sk st t v".split()
_PLACES = "by torp ås köping stad hult ryd sjö vik berga näs fors lunda bo".split()
_OWN_WORDS = 12
"""How many words a text comes back to."""
_ROOTS, _COMPOUNDS, _NAMES = 500, 36_000, 1_500


@cache
def vocabulary() -> tuple[list[str], list[float]]:
    """Return all words, the most frequent first, and their frequencies added up."""
    random = Random("ordförråd")
    simple = _simple_words(random)
    compounds = _compounds(random)
    numbers = [str(n) for n in range(1, 400)] + [f"{n},{n % 10}" for n in range(1, 99)]
    rest = [*compounds, *(name.lower().title() for name in names(_NAMES)), *_diary(random)]
    random.shuffle(simple)
    random.shuffle(rest)
    words = [*FUNCTION_WORDS, *_mixed(simple, numbers, 12), *rest]
    words = list(dict.fromkeys(words))
    return words, list(accumulate((rank + 2.7) ** -1.1 for rank in range(len(words))))


@cache
def names(count: int) -> list[str]:
    """Return made-up names of places, each another."""
    random = Random("orter")
    made: dict[str, None] = {}
    while len(made) < count:
        made[(_syllable(random) + random.choice(_PLACES)).capitalize()] = None
    return list(made)


def words(random: Random, count: int) -> list[str]:
    """Return words as they come in texts."""
    known, frequency = vocabulary()
    return random.choices(known, cum_weights=frequency, k=count)


def rare_words(random: Random, count: int) -> list[str]:
    """Return words as somebody may look for: no function words, the rarer the longer the list."""
    known, _ = vocabulary()
    last = len(known) - 1
    return [known[int(len(FUNCTION_WORDS) * (last / 60) ** random.random())] for _ in range(count)]


def heading(random: Random) -> str:
    """Return a title without a full stop."""
    said = " ".join([*rare_words(random, random.randint(1, 3)), *words(random, 2)])
    return said[0].upper() + said[1:]


def prose(random: Random, letters: int) -> str:
    """Return about so many letters of paragraphs, with a heading or a list here and there."""
    said = words(random, max(6, letters // 8))
    own = rare_words(random, _OWN_WORDS)
    said[::8] = random.choices(own, k=len(said[::8]))
    return "\n\n".join(_paragraphs(random, [*_sentences(random, said)]))


def _sentences(random: Random, said: Sequence[str]) -> Iterator[str]:
    at = 0
    while at < len(said):
        length = random.randrange(5, 19)
        sentence = " ".join(said[at : at + length])
        yield f"{sentence[0].upper()}{sentence[1:]}."
        at += length


def _paragraphs(random: Random, sentences: Sequence[str]) -> Iterator[str]:
    at = 0
    while at < len(sentences):
        length, chance = random.randrange(2, 7), random.random()
        some = sentences[at : at + length]
        if chance < 0.1:
            yield heading(random)
        yield "\n".join(f"– {one}" for one in some) if chance > 0.93 else " ".join(some)
        at += length


def _simple_words(random: Random) -> list[str]:
    forms = [form for root, (_, *ends) in _nouns(random) for form in _with(root, ends)]
    forms += [form for root in _ADJECTIVES for form in _with(root, ("", "t", "a"))]
    return forms + [form for root in _VERBS for form in _with(root, ("", "r", "de", "t", "s"))]


def _compounds(random: Random) -> list[str]:
    nouns = _nouns(random)
    pairs = random.sample([*product(nouns, nouns)], _COMPOUNDS)
    made = []
    for (first, (bind, *_)), (last, (_, *ends)) in pairs:
        made += _with(first + bind + last, ends)
    return made


@cache
def _roots() -> list[tuple[str, tuple[str, ...]]]:
    random = Random("rötter")
    known = [(root, ends) for ends, roots in _NOUNS.items() for root in roots.split()]
    made = [
        (_syllable(random) + random.choice(("", "", "el", "er", "ing")), random.choice([*_NOUNS]))
        for _ in range(_ROOTS - len(known))
    ]
    return [*dict([*made, *known]).items()]


def _nouns(random: Random) -> list[tuple[str, tuple[str, ...]]]:
    return random.sample(_roots(), len(_roots()))


def _with(root: str, ends: Sequence[str]) -> list[str]:
    return [root + end for end in ends]


def _syllable(random: Random) -> str:
    return random.choice(_STARTS) + random.choice(_CORES) + random.choice(_ENDS)


def _diary(random: Random) -> list[str]:
    offices = ("KS", "SN", "BUN", "MN", "KFN")
    return [
        f"{random.choice(offices)}/{random.randrange(2015, 2027)}:{random.randrange(1, 900)}"
        for _ in range(2_000)
    ]


def _mixed(many: Sequence[str], few: Sequence[str], every: int) -> Iterator[str]:
    """Yield `many` with one of `few` after each `every` of them."""
    left = iter(few)
    for n, word in enumerate(many, 1):
        yield word
        if n % every == 0:
            yield from (next(left, word),)
