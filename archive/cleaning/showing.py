"""A cleaned page as one HTML file: what was kept and what was removed, in page order, and by whom.

The file asks for nothing from outside and runs no script; archived text stands in it as text only.
Colours are never the only sign.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Sequence
from hashlib import sha256
from html import escape
from importlib.resources import files
from itertools import groupby
from typing import NamedTuple

from archive.browse.wording import family, judge, stated
from archive.cleaning.explaining import (
    Tally,
    judged_by,
    line_of,
    place_of,
    tally,
    telling_of,
)
from archive.cleaning.kinds import PageKind
from archive.cleaning.ledger import KEEP, Verdict
from archive.cleaning.page import PageReading
from archive.terminal import readable

STYLE = (files("archive.cleaning") / "showing.css").read_text("utf-8")
POLICY = (
    "default-src 'none'; base-uri 'none'; form-action 'none'; "
    f"style-src 'sha256-{b64encode(sha256(STYLE.encode()).digest()).decode()}'"
)

SHOWN = 6
"""Removed lines of a run shown at first; the others are folded away."""

SIGNS = {"kept": ("+", "behållet"), "removed": ("−", "borttaget"), "moved": ("→", "flyttat")}
"""What became of blocks, in a sign and a word; colours only repeat it."""

PLACES = {"landmark": "Inom landmärket", "hidden by": "Dolt av"}

KINDS = {
    "error": "en felsida",
    "blocked": "en spärr (brandvägg, kontroll eller inloggning)",
    "shell": "ett skal som ett skript ska fylla",
    "listing": "en lista över andra sidor",
    "start": "en startsida",
    "redirect": "en hänvisning till en annan sida",
    "other": "utan egen text",
}
"""Kinds of pages that are no documents, in Swedish."""


class Run(NamedTuple):
    """Blocks beside each other that one rule removed, or that were kept."""

    number: int
    """From 1, in page order."""
    rule: str
    verdicts: Sequence[Verdict]
    following: int
    """Number of the next run that the same rule removed, 0 if there is none."""

    @property
    def kind(self) -> str:
        """Key of `SIGNS`."""
        if self.rule == KEEP:
            return "kept"
        return "moved" if self.rule.startswith("field:") else "removed"

    @property
    def words(self) -> int:
        """How many words the blocks hold."""
        return sum(len(v.block.text.split()) for v in self.verdicts)


def shown(reading: PageReading, *, url: str = "", kind: PageKind | None = None) -> str:
    """Return a page for a browser about what became of another page; its `kind`, if it is told."""
    runs = _runs(reading)
    title = reading.title or "Sida utan rubrik"
    return f"""<!doctype html>
<html lang="sv">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{_said(POLICY)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="robots" content="noindex">
<title>Rensad: {_said(title)}</title>
<style>{STYLE}</style>
</head>
<body>
<header>
<p class="quiet">Så läste Kommunarkiv sidan</p>
<h1>{_said(title)}</h1>
{_address(url)}{_notice(kind)}{_counts(tally(reading))}
</header>
<div class="columns">
<aside>
<p class="jump"><a href="#page">Till sidans stycken ↓</a></p>
{_views()}{_legend(runs)}{_fields(reading)}</aside>
<main>
<h2>Sidan, stycke för stycke</h2>
<ol class="page" id="page">
{"".join(map(_run, runs))}</ol>
</main>
</div>
</body>
</html>
"""


def _runs(reading: PageReading) -> list[Run]:
    groups = [
        (rule, [*verdicts])
        for (rule, _), verdicts in groupby(reading.cleaned.verdicts, lambda v: (v.rule, v.judge))
    ]
    runs: list[Run] = []
    latest: dict[str, int] = {}
    for number in range(len(groups), 0, -1):
        rule, verdicts = groups[number - 1]
        runs.append(Run(number, rule, verdicts, latest.get(rule, 0)))
        latest[rule] = number
    return runs[::-1]


# ---- above and beside the page


def _address(url: str) -> str:
    if not url:
        return ""
    if url.lower().startswith(("http://", "https://")):
        link = f'<a href="{_said(url)}" rel="noreferrer noopener">{_said(url)}</a>'
        return f'<p class="address">{link}</p>\n'
    return f'<p class="address">{_said(url)}</p>\n'


def _notice(kind: PageKind | None) -> str:
    if kind is None:
        return ""
    said = f"Sidan ser ut att vara {KINDS[kind.kind]}, inte ett dokument"
    return f'<p class="notice">{said} (<code>{_said(kind.evidence)}</code>).</p>\n'


def _counts(counted: Tally) -> str:
    removed = counted.total - counted.kept
    return (
        f'<p class="counts"><meter min="0" max="{counted.total or 1}" value="{counted.kept}">'
        f"</meter> <strong>{_number(counted.kept)}</strong> av {_number(counted.total)} ord "
        f"behölls, <strong>{_number(removed)}</strong> togs bort</p>"
    )


def _views() -> str:
    views = {"all": "Allt", "kept": "Bara det behållna", "removed": "Bara det borttagna"}
    choices = "".join(
        f'<label><input type="radio" name="view" id="view-{key}"'
        f"{' checked' if key == 'all' else ''}> {label}</label>"
        for key, label in views.items()
    )
    return f'<fieldset class="views"><legend>Visa</legend>{choices}</fieldset>\n'


def _legend(runs: Sequence[Run]) -> str:
    """Return what removed something, the family that took most first; links lead to the page."""
    families: dict[str, list[Run]] = {}
    for run in runs:
        if run.rule != KEEP:
            families.setdefault(family(run.rule), []).append(run)
    largest_first = sorted(families.items(), key=lambda item: -sum(r.words for r in item[1]))
    groups = "".join(
        f"<dt>{_said(name)}</dt>{''.join(_legend_rows(group))}" for name, group in largest_first
    )
    key = f'<p class="key">{" ".join(map(_sign, SIGNS))}</p>'
    body = f"<dl>{groups}</dl>" if groups else "<p>Ingenting togs bort.</p>"
    return f'<section class="legend"><h2>Borttaget, per regel</h2>{key}{body}</section>\n'


def _sign(kind: str) -> str:
    sign, word = SIGNS[kind]
    return f'<span class="sign {kind}"><b>{sign}</b> {word}</span>'


def _legend_rows(runs: Sequence[Run]) -> Iterator[str]:
    for rule in sorted({run.rule for run in runs}):
        same = [run for run in runs if run.rule == rule]
        words = sum(run.words for run in same)
        yield (
            f'<dd><a href="#b{same[0].number}"><code>{_said(rule)}</code></a> '
            f"<span>{_number(words)} ord, {_places(len(same))}</span></dd>"
        )


def _fields(reading: PageReading) -> str:
    rows = "".join(
        f"<dt>{_said(stated(name))} <span>{_source(found_at)}</span></dt><dd>{_said(value)}</dd>"
        for name, value, found_at in ((f.name, f.value, f.found_at) for f in reading.fields)
        if value
    )
    body = f"<dl>{rows}</dl>" if rows else "<p>Inga fält hittades.</p>"
    return f'<section class="fields"><h2>Fält</h2>{body}</section>\n'


def _source(found_at: str) -> str:
    """Return where a field stood, in Swedish where it is no selector."""
    line = found_at.removeprefix("line ")
    return f"rad {_said(line)}" if line != found_at else f"ur <code>{_said(found_at)}</code>"


# ---- the page


def _run(run: Run) -> str:
    return (
        f'<li class="{run.kind}" id="b{run.number}" tabindex="0"{_hint(run)}>'
        f"{_label(run)}{_blocks(run)}{_details(run)}</li>\n"
    )


def _label(run: Run) -> str:
    said = _sign(run.kind)
    if run.rule != KEEP:
        said += f" <code>{_said(run.rule)}</code> <span>{_said(family(run.rule))}</span>"
    if run.following and run.rule != KEEP:
        said += f' <a href="#b{run.following}">nästa ↓</a>'
    return f'<p class="label">{said}</p>'


def _blocks(run: Run) -> str:
    if run.rule == KEEP:
        return f'<div class="text">{"".join(_paragraphs(run.verdicts))}</div>'
    lines = [
        f"<p{_place(v)}>{_said(t)}</p>" for v in run.verdicts for t in v.block.text.split("\n")
    ]
    if len(lines) <= SHOWN + 1:
        return f'<div class="text">{"".join(lines)}</div>'
    rest = "".join(lines[SHOWN:])
    more = f"<details><summary>{len(lines) - SHOWN} rader till</summary>{rest}</details>"
    return f'<div class="text">{"".join(lines[:SHOWN])}{more}</div>'


def _paragraphs(verdicts: Sequence[Verdict]) -> Iterator[str]:
    """Yield the paragraphs of kept blocks, parted within as the text is."""
    for _, group in groupby(verdicts, lambda v: v.block.paragraph):
        said, line = "", None
        for verdict in group:
            first, last = verdict.block.lines
            said += "" if line is None else " " if line == first else "\n"
            said += f"<span{_place(verdict)}>{_said(verdict.block.text)}</span>"
            line = last
        yield f"<p>{said}</p>"


def _details(run: Run) -> str:
    """Return what is shown of a run's reason when it has the focus."""
    said = [*_reasons(run)]
    return f'<p class="details">{"<br>".join(map(_said, said))}</p>' if said else ""


def _hint(run: Run) -> str:
    said = [*([run.rule] if run.rule != KEEP else []), *_reasons(run)]
    return f' title="{_said(chr(10).join(said))}"' if said else ""


def _reasons(run: Run) -> Iterator[str]:
    """Yield who decided, what was seen, where it stands, and what tells of its place."""
    first = run.verdicts[0]
    if run.rule != KEEP:
        yield f"Avgjorde: {judge(first.judge)} ({first.judge})"
    seen = [*dict.fromkeys(v.evidence for v in run.verdicts if v.evidence)]
    yield from seen[:SHOWN]
    if len(seen) > SHOWN:
        yield f"… och {len(seen) - SHOWN} skäl till"
    yield f"Står i {_where(first)}"
    for name, what in telling_of(first.block.element).items():
        yield f"{PLACES[name]} {what}"


def _place(verdict: Verdict) -> str:
    said = [verdict.rule if verdict.rule != KEEP else "", judged_by(verdict), _where(verdict)]
    return f' title="{_said(chr(10).join(filter(None, said)))}"'


def _where(verdict: Verdict) -> str:
    line = line_of(verdict.block.element)
    return f"rad {line}" if line else place_of(verdict.block.element)


def _places(count: int) -> str:
    return "ett ställe" if count == 1 else f"{_number(count)} ställen"


def _number(count: int) -> str:
    """Return a number as Swedish writes it: 12 345 with a no-break space."""
    return f"{count:,}".replace(",", "\u00a0")


def _said(text: str) -> str:
    return escape(readable(text))
