"""A page block by block, for a person at a terminal: kept or removed, by whom, why, from where."""

from __future__ import annotations

import re
import textwrap
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from rich.console import Console
from rich.text import Text

from archive.cleaning.element import Element
from archive.cleaning.flattened import LINE
from archive.cleaning.kinds import PageKind, kind_of
from archive.cleaning.ledger import KEEP, Verdict
from archive.cleaning.page import PageReading
from archive.terminal import readable

NEAREST = 3
"""Elements named of those around a block, from the inside."""
MOST_AROUND = 60
"""How far out is looked for what hides a block, and for its landmark."""
LONGEST_NAME = 28
INDENT = 7

KINDS = {
    "error": "an error page",
    "blocked": "a wall (a firewall, a challenge or a login)",
    "shell": "a shell that a script has yet to fill",
    "listing": "a list of other pages",
    "start": "a start page",
    "redirect": "a page that leads elsewhere",
    "other": "no page of its own",
}

LANDMARKS = frozenset("header nav main aside footer form search dialog article".split())
ROLES = frozenset(
    "banner navigation main complementary contentinfo form search dialog alertdialog".split()
)
_HIDING_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_HIDING_CLASS = re.compile(
    r"(^|[_-])(sr-only|screen-?reader\S*|visually-?hidden|assistive-text|hidden)\b", re.IGNORECASE
)


class Tally(NamedTuple):
    """How many words of a page were kept, and how many each rule removed."""

    kept: int
    removed: Counter[str]

    @property
    def total(self) -> int:
        """All words of the page."""
        return self.kept + self.removed.total()


def tally(reading: PageReading) -> Tally:
    """Count the words of a page by what became of them."""
    kept, removed = 0, Counter[str]()
    for verdict in reading.cleaned.verdicts:
        count = len(verdict.block.text.split())
        if verdict.rule == KEEP:
            kept += count
        else:
            removed[verdict.rule] += count
    return Tally(kept, removed)


def summary(reading: PageReading) -> str:
    """Return one line: `kept 281 of 343 words; removed 62: 50 feedback, 8 field, 4 date`."""
    counted = tally(reading)
    families: Counter[str] = Counter()
    for rule, count in counted.removed.items():
        families[rule.partition(":")[0]] += count
    said = ", ".join(f"{count} {family}" for family, count in families.most_common())
    removed = f"{counted.removed.total()}: {said}" if said else "nothing"
    return f"kept {counted.kept} of {counted.total} words; removed {removed}"


def unlike_document(reading: PageReading, url: str = "") -> PageKind | None:
    """Return what a page is that looks like no document, None for a document or a text."""
    if reading.tree is None:
        return None
    kind = kind_of(reading.tree, reading, url=url)
    return None if kind.kind == "document" else kind


def notice(kind: PageKind) -> str:
    """Return one line: `looks like an error page, not a document: called '404'`."""
    return f"looks like {KINDS[kind.kind]}, not a document: {kind.evidence}"


def explained(reading: PageReading, console: Console, kind: PageKind | None = None) -> None:
    """Print every block in page order, with what became of it; first its `kind`, if it is told.

    Lines are folded at a terminal only.
    """
    width = console.width if console.is_terminal else 0
    if kind:
        _print(console, f"   ! {notice(kind)}", "yellow", width)
    for field in reading.fields:
        said = f"   = {field.name}: {field.value} ({field.found_at})".replace("\n", " / ")
        _print(console, said, "cyan", width)
    for verdict in reading.cleaned.verdicts:
        is_kept = verdict.rule == KEEP
        said, style = ("+ kept", "green") if is_kept else (f"− removed by {verdict.rule}", "red")
        _print(console, f"{verdict.block.position:>4} {said}", style, width)
        _print(console, verdict.block.text, "" if is_kept else "dim", width, INDENT)
        _print(console, f"└ {_details(verdict)}", "bright_black", width, INDENT)


def judged_by(verdict: Verdict) -> str:
    """Return the judge, and what it saw: `root: div.cookies`."""
    return ": ".join(part for part in (verdict.judge, verdict.evidence) if part)


def place_of(element: Element) -> str:
    """Return the elements nearest around a block, or the number of its line in a text."""
    if line := line_of(element):
        return f"line {line}"
    around = [element, *element.iterancestors()][:MOST_AROUND]
    named = [_named(e) for e in around if e.tag not in ("html", "body")]
    path = [*reversed(named[:NEAREST])] or ["body"]
    return " > ".join(["…", *path] if len(named) > NEAREST else path)


def line_of(element: Element) -> str:
    """Return the number of a line in a text that had no elements, empty for a page's element."""
    root = element.getroottree().getroot()
    return (element.get(LINE) or "") if root.tag == "body" else ""


def telling_of(element: Element) -> dict[str, str]:
    """Return the landmark around a block, and the element that hides it, where there are any."""
    around = [element, *element.iterancestors()][:MOST_AROUND]
    landmark = next(filter(None, map(_landmark, around)), "")
    hiding = next(filter(None, map(_hiding, around)), "")
    return {name: e for name, e in (("landmark", landmark), ("hidden by", hiding)) if e}


def _details(verdict: Verdict) -> str:
    """Return `root: div.feedback; in main > div; landmark main; hidden by div[aria-hidden]`."""
    element = verdict.block.element
    by = judged_by(verdict)
    telling = (f"{name} {what}" for name, what in telling_of(element).items())
    return "; ".join([*([by] if by else []), f"in {place_of(element)}", *telling])


def _print(console: Console, text: str, style: str, width: int, indent: int = 0) -> None:
    for line in readable(text).split("\n"):
        for row in _folded(line, width, indent):
            console.print(Text(row, style), soft_wrap=True)


def _folded(line: str, width: int, indent: int) -> Iterator[str]:
    first, later = " " * indent, " " * INDENT
    if not width:
        yield first + line
        return
    yield from textwrap.wrap(
        line, max(width, INDENT * 2), initial_indent=first, subsequent_indent=later
    ) or [first]


def _named(element: Element) -> str:
    """Return an element as a selector would name it, cut to what is read at a glance."""
    name = element.get("id") or ""
    classes = (element.get("class") or "").split()[:1]
    said = f"{element.tag}{f'#{name}' if name else ''}{''.join(f'.{c}' for c in classes)}"
    return said if len(said) <= LONGEST_NAME else said[: LONGEST_NAME - 1] + "…"


def _landmark(element: Element) -> str:
    role = (element.get("role") or "").lower()
    if role in ROLES:
        return role
    return element.tag if element.tag in LANDMARKS else ""


def _hiding(element: Element) -> str:
    """Return an element that hides what it holds, as a selector would name it; else nothing."""
    if element.get("hidden") is not None:
        return f"{element.tag}[hidden]"
    if (element.get("aria-hidden") or "").lower() == "true":
        return f"{element.tag}[aria-hidden]"
    if _HIDING_STYLE.search(element.get("style") or ""):
        return f"{element.tag}[style]"
    hiding = (c for c in (element.get("class") or "").split() if _HIDING_CLASS.search(c))
    return next((f"{element.tag}.{name}"[:LONGEST_NAME] for name in hiding), "")
