"""Personal identity numbers in texts: found by spelling, date, check digit and what stands near.

What is looked for, and how sure one has to be, is data: `identity_numbers.toml`.
"""

from __future__ import annotations

import calendar
import re
import sys
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from itertools import chain
from typing import Literal
from unicodedata import decimal

import msgspec

RULES_FILE = files("archive.publish") / "identity_numbers.toml"

Spelling = Literal["hyphen", "spaced", "parted", "bare"]
Kind = Literal["person", "birth", "organisation", "other"]


class SpellingRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is asked of one way to write a number."""

    in_addresses: bool
    doubts: list[str]


class Doubt(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a candidate may be instead: regular expressions that must all match; empty ones do."""

    before: str = ""
    number: str = ""
    after: str = ""


class Rules(msgspec.Struct, frozen=True, forbid_unknown_fields=True, dict=True):
    """All of `identity_numbers.toml`, which says what the keys are."""

    version: int
    sign: str
    before: int
    gap: int
    after: int
    hyphens: list[str]
    spaces: list[str]
    invisible: list[str]
    temporary: str
    spellings: dict[Spelling, SpellingRule]
    doubts: dict[str, list[Doubt]]
    labels: dict[Kind, list[str]]

    @cached_property
    def label(self) -> re.Pattern[str]:
        """Finds labels in small letters; the group that matched is the kind."""
        kinds = (f"(?P<{kind}>{'|'.join(words)})" for kind, words in self.labels.items())
        return re.compile(rf"(?!(?<=\[){re.escape(self.sign[1:])})(?:{'|'.join(kinds)})")

    @cached_property
    def doubted(self) -> Mapping[str, list[tuple[re.Pattern[str], ...]]]:
        """Of each doubt, sets of what must match before, the digits, and after."""
        return {
            name: [tuple(map(re.compile, (d.before, d.number, d.after))) for d in sets]
            for name, sets in self.doubts.items()
        }


RULES = msgspec.convert(tomllib.loads(RULES_FILE.read_text("utf-8")), Rules)
SIGN = RULES.sign


@dataclass(frozen=True, slots=True)
class Found:
    """A candidate that is masked, or that is doubtful."""

    start: int
    end: int
    number: str
    is_doubtful: bool


def _candidate(signs: Callable[[list[str]], list[str]] = list) -> str:
    """Return the regular expression for every spelling, over `signs` of the rules' lists.

    Every repetition is bounded or possessive: a text is read in a time that grows with its
    length. It begins with a class, so that text without digits is skipped at full speed.
    """
    lists = [signs(those) for those in (RULES.hyphens, RULES.spaces, RULES.invisible)]
    hyphen, space, unseen = map(_any_of, lists)
    letters = sorted({*"0123456789./TF", *RULES.temporary, *chain(*chain(*lists))})
    goes_on = f"(?=[{''.join(map(re.escape, letters))}]{{9}})"
    unseen = f"{unseen}*+"
    digit = f"{unseen}(?P=spread){unseen}[0-9]"
    spaces = f"{unseen}(?:{space}{unseen}){{0,3}}+"
    part = f"{unseen}(?P<part>[./]|{hyphen}|{space}|)"
    return (
        rf"(?P<year>[0-9](?<![0-9][0-9]){goes_on}{unseen}(?P<spread>{space}(?=[0-9]{space})|)"
        rf"(?:[089]{digit}{unseen}(?P=spread){unseen})?[0-9]){part}"
        rf"(?P<month>{digit}{digit}){unseen}(?P=part)(?P<day>{digit}{digit})"
        rf"(?P<gap>{spaces}(?P<hyphen>(?:{hyphen}{spaces})?))"
        rf"(?P<serial>[0-9]{digit}{digit}{digit}|[{RULES.temporary}]{digit}{digit}{digit}"
        rf"|T{unseen}F{digit}{digit})(?![0-9])"
    )


def _any_of(signs: list[str]) -> str:
    """Return what matches one of the signs: a class, and the longer ones behind a look ahead."""
    short = "".join(re.escape(sign) for sign in signs if len(sign) == 1)
    long = [re.escape(sign) for sign in signs if len(sign) > 1]
    begins = "".join(sorted({re.escape(sign[0]) for sign in signs if len(sign) > 1}))
    parts = [f"[{short}]"] if short else []
    return (
        f"(?:{'|'.join([*parts, f'(?=[{begins}])(?:{chr(124).join(long)})'] if long else parts)})"
    )


def _as_bytes(signs: list[str]) -> list[str]:
    """Return signs as their bytes in UTF-8, each a letter of its own."""
    return [sign.encode().decode("latin-1") for sign in signs]


_CANDIDATE = re.compile(_candidate())
CANDIDATE_BYTES = re.compile(_candidate(_as_bytes).encode("latin-1"))
"""The same in UTF-8, for a file's bytes; of digits only those of ASCII."""
_DIGITS = {
    place: str(digit)
    for place in range(128, sys.maxunicode + 1)
    if (digit := decimal(chr(place), None)) is not None
}
_MAY_BE_DIGIT = re.compile("[\u0660-\u1fff\ua620-\U0010ffff]")
"""Where other scripts have theirs: a search for just those takes fifty times as long."""
_ADDRESS = re.compile(r"[^\s:/]*+[:/]\S*+")


def masked(text: str, noted: set[str] | None = None) -> str:
    """Return `text` with a sign in place of every number that is not doubtful.

    Masking it once more changes nothing. The numbers are added to `noted`, as `number_of` has it.
    """
    while sure := [found for found in finds(text) if not found.is_doubtful]:
        if noted is not None:
            noted.update(found.number for found in sure)
        ends = [0, *(found.end for found in sure)]
        starts = [*(found.start for found in sure), len(text)]
        text = SIGN.join(text[a:b] for a, b in zip(ends, starts, strict=True))
    return text


def finds(text: str) -> Iterator[Found]:
    """Yield what is to be masked, or doubtful, in the order of the text.

    A text of one word with a colon or a slash in it is an address or a key: in those a number
    counts only as far as its spelling does, see the rules.
    """
    if _MAY_BE_DIGIT.search(text):
        text = text.translate(_DIGITS)
    place, is_address = 0, None
    while match := _CANDIDATE.search(text, place):
        if is_address is None:
            is_address = _ADDRESS.fullmatch(text) is not None
        verdict = _verdict(match, is_address=is_address)
        if verdict is not None:
            yield Found(match.start(), match.end(), number_of(match), verdict)
        place = match.start() + 1 if verdict is None else match.end()


def _verdict(match: re.Match[str], *, is_address: bool) -> bool | None:
    """Return whether a candidate is doubtful; None for what is no number of a person."""
    digits, serial = "".join(_plain(match[part]) for part in _DATE), _plain(match["serial"])
    spelling = _spelling(match)
    has_date = _is_date(digits)
    kind, is_close = _label(match)
    if kind == "person" and is_close and not _is_organisation(digits, serial):
        return False
    if not has_date or (is_address and not RULES.spellings[spelling].in_addresses):
        return None
    if not serial.isdigit():
        return None if spelling == "bare" or is_address else False
    is_checked = _is_checked(digits[-6:] + serial)
    doubts = RULES.spellings[spelling].doubts
    is_odd = any(_holds(name, match, digits + serial) for name in doubts)
    if kind in ("person", "birth") and (is_checked or (is_close and not is_address) or not is_odd):
        return False
    if not is_checked:
        return None
    return is_odd or (kind == "other" and (is_close or spelling != "hyphen"))


def _spelling(match: re.Match[str]) -> Spelling:
    if match["part"] or match["spread"]:
        # Two digits, two, two and four are a telephone number unless a hyphen says otherwise.
        return "parted"
    return "hyphen" if match["hyphen"] else "spaced" if match["gap"] else "bare"


_DATE = ("year", "month", "day")


def number_of(match: re.Match[str] | re.Match[bytes]) -> str:
    """Return the ten signs of a candidate, in text or in bytes, without what parts them."""
    day = "".join(_plain(match[part]) for part in _DATE)
    return day[-6:] + _plain(match["serial"])


def _plain(part: str | bytes) -> str:
    text = part if isinstance(part, str) else part.decode("latin-1")
    return "".join(letter for letter in text if letter.isascii() and letter.isalnum())


@cache
def _is_date(digits: str) -> bool:
    """Tell whether six or eight digits are a day; a samordningsnummer has sixty more."""
    year, month, day = int(digits[:-4]), int(digits[-4:-2]), int(digits[-2:])
    if len(digits) == 6:
        year += 2000  # its leap years are those of the century before
    day -= 60 * (day > 60)
    return (
        1800 <= year < 2100 and 1 <= month <= 12 and 1 <= day <= calendar.monthrange(year, month)[1]
    )


def _is_checked(digits: str) -> bool:
    """Tell whether the last of ten digits is the check digit of the nine before (Luhn)."""
    doubled = (int(digit) * (2 - place % 2) for place, digit in enumerate(digits))
    return sum(number - 9 * (number > 9) for number in doubled) % 10 == 0


def _is_organisation(digits: str, serial: str) -> bool:
    """Tell whether it is the number of an organisation: where a month would be, 20 or more."""
    return serial.isdigit() and digits[-4] >= "2" and _is_checked(digits[-6:] + serial)


def _label(match: re.Match[str]) -> tuple[str, bool]:
    """Return the kind of the nearest label, and whether only a few words stand between."""
    text, start, end = match.string, match.start(), match.end()
    after = text[end : end + RULES.after].lower().lstrip(" \n\t(,:")
    label = RULES.label.match(after)
    if label and label.lastgroup == "person":
        return "person", True
    before = text[max(0, start - RULES.before) : start].lower()
    labels = [*RULES.label.finditer(before)]
    if not labels:
        return "", False
    between = before[labels[-1].end() :]
    is_close = len(between) <= RULES.gap and not re.search(r"[0-9]|[.!?;]\s", between)
    return str(labels[-1].lastgroup), is_close


def _holds(name: str, match: re.Match[str], digits: str) -> bool:
    text, start, end = match.string, match.start(), match.end()
    near = (text[max(0, start - RULES.before) : start], digits, text[end : end + RULES.after])
    return any(
        all(pattern.search(part) for pattern, part in zip(patterns, near, strict=True))
        for patterns in RULES.doubted[name]
    )
