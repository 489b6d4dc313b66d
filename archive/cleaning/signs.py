"""What kinds of pages are told by, as data: loaded from `kinds.toml`, checked and compiled."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

import msgspec
from cssselect import HTMLTranslator, SelectorError
from lxml import etree

from archive.errors import BadRules

KINDS_FILE = files("archive.cleaning") / "kinds.toml"

Name = Literal[
    "site",
    "aside",
    "missing",
    "trouble",
    "firewall",
    "login",
    "moved",
    "start",
    "welcome",
    "search",
]
Text = Literal["missing", "firewall", "empty", "script"]
Path = Literal["login", "error", "start", "search"]
Script = Literal["moved"]
Mark = Literal["app"]

_PIECE = re.compile(r"<(\w+)>")


class _KindsFile(msgspec.Struct, forbid_unknown_fields=True):
    words: dict[str, str]
    names: dict[Name, list[str]]
    texts: dict[Text, list[str]]
    paths: dict[Path, list[str]]
    scripts: dict[Script, list[str]]
    marks: dict[Mark, str]


@dataclass(frozen=True)
class Signs:
    """What pages of each kind are called, what they say, where they lie; see `kinds.toml`."""

    names: Mapping[Name, re.Pattern[str]]
    texts: Mapping[Text, re.Pattern[str]]
    paths: Mapping[Path, re.Pattern[str]]
    scripts: Mapping[Script, re.Pattern[str]]
    marks: Mapping[Mark, etree.XPath]
    lead: re.Pattern[str]
    """A number before an error's name: the beginning of "404 Not Found"."""

    def is_named(self, part: str, name: Name) -> bool:
        """Tell whether a part of a title or heading is a name of this sort, numbered or not."""
        pattern = self.names[name]
        lead = self.lead.match(part)
        return bool(pattern.fullmatch(part) or (lead and pattern.fullmatch(part[lead.end() :])))


@cache
def shipped_signs() -> Signs:
    """Return the signs of `kinds.toml`. Raises `BadRules` with file and reason."""
    return load_signs(KINDS_FILE.read_bytes(), KINDS_FILE.name)


def load_signs(data: bytes, name: str) -> Signs:
    """Return compiled signs from TOML `data`; `name` stands in messages. Raises `BadRules`."""
    try:
        stated = msgspec.convert(tomllib.loads(data.decode()), _KindsFile)
        words = stated.words
        return Signs(
            names={key: _union(patterns, words) for key, patterns in stated.names.items()},
            texts={key: _union(patterns, words) for key, patterns in stated.texts.items()},
            paths={key: _union(patterns, words) for key, patterns in stated.paths.items()},
            scripts={key: _union(patterns, words) for key, patterns in stated.scripts.items()},
            marks={key: _xpath(selector) for key, selector in stated.marks.items()},
            lead=_union(["<lead>"], words),
        )
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError) as error:
        raise BadRules(f"{name}: {error}") from error
    except (re.error, SelectorError) as error:
        raise BadRules(f"{name}: bad pattern or selector: {error}") from error
    except KeyError as error:
        raise BadRules(f"{name}: expected a piece of [words], found <{error.args[0]}>") from error


def _union(patterns: Sequence[str], words: Mapping[str, str]) -> re.Pattern[str]:
    """Return one pattern for several, each <piece> put in. Raises `re.error`, `KeyError`."""
    joined = "|".join(f"(?:{pattern})" for pattern in patterns)
    return re.compile(_PIECE.sub(lambda piece: f"(?:{words[piece[1]]})", joined), re.IGNORECASE)


def _xpath(selector: str) -> etree.XPath:
    return etree.XPath(HTMLTranslator().css_to_xpath(selector))
