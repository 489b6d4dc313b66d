"""What the contest comes to: tables for people, all figures as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from rich.table import Table

from tests.bench.cleaning.contest import Contest
from tests.bench.cleaning.contestants import OURS, PEERS, TRAFILATURA
from tests.bench.cleaning.gold import Page, digest
from tests.bench.cleaning.scoring import MEASURES, Extract, Score, failures, pieces, score, total
from tests.bench.display import machine, surroundings, table


@dataclass(frozen=True, slots=True)
class SetResult:
    """What the contestants made of one set of pages."""

    name: str
    pages: Sequence[Page]
    extracts: Mapping[str, Sequence[Extract]]
    """By contestant."""

    @property
    def digest(self) -> str:
        """Of pages and gold."""
        return digest(self.pages)

    def score(self, contestant: str = OURS) -> Score:
        """Return what a contestant scored."""
        read = zip(self.pages, self.extracts[contestant], strict=True)
        return total(score(page.gold, extract) for page, extract in read)

    def by_site(self) -> Iterator[tuple[str, int, Score]]:
        """Yield each site, the number of its pages, and our score there."""
        read = zip(self.pages, self.extracts[OURS], strict=True)
        for site, group in groupby(sorted(read, key=_site), key=_site):
            scores = [score(page.gold, extract) for page, extract in group]
            yield site, len(scores), total(scores)

    def failures(self) -> Iterator[str]:
        """Yield what we got wrong, a line each."""
        for page, extract in zip(self.pages, self.extracts[OURS], strict=True):
            for line in failures(page.gold, extract):
                yield f"{self.name}: {page.id}: {line}"


def _site(read: tuple[Page, Extract]) -> str:
    return read[0].site


def set_results(contest: Contest, sets: dict[str, list[Page]]) -> list[SetResult]:
    """Return the contest's extracts by set; it read the sets' pages one set after the other."""
    found = []
    begin = 0
    for name, pages in sets.items():
        part = slice(begin, begin := begin + len(pages))
        extracts = {contestant: all_[part] for contestant, all_ in contest.extracts.items()}
        found.append(SetResult(name, pages, extracts))
    return found


def quality_table(result: SetResult) -> Table:
    """Return the scores of all contestants on one set."""
    title = f"{result.name}: {len(result.pages)} pages"
    rows = table(title, *MEASURES, "kept", "leaked", "F1")
    for name in result.extracts:
        found = result.score(name)
        rows.add_row(name, *_counts(found), *(f"{share:.2f}" for share in pieces(found)))
    return rows


def sites_table(results: Sequence[SetResult]) -> Table:
    """Return our scores, a row for each site of each set."""
    rows = table(f"{OURS} by site", "pages", *MEASURES)
    for result in results:
        for site, pages, found in result.by_site():
            rows.add_row(f"{result.name}: {site}", str(pages), *_counts(found))
    return rows


def speed_table(contest: Contest) -> Table:
    """Return how fast all contestants were; ratios where trafilatura was among them."""
    rows = table("speed", "ms, median page", "pages/s", "× median page", "× whole set")
    for contestant in contest.contestants:
        pace = contest.pace(contestant.name)
        found = contest.ratios(contestant.name) if TRAFILATURA in contest.best_s else ()
        ratios = [f"{ratio:.2f}" for ratio in found]
        rows.add_row(contestant.name, f"{pace.median_ms:.1f}", f"{pace.pages_per_s:.1f}", *ratios)
    return rows


def notes(rounds: int, *, with_peers: bool) -> str:
    """Return how the figures were come by."""
    lines = []
    if rounds:
        lines.append(
            f"speed: bytes to text, for {OURS} with title, dates and ledger; best of {rounds} "
            f"round(s) a page, all in turn; × is pages per second ÷ those of {TRAFILATURA}, "
            "at the median page the lesser of ratio of medians and median of ratios"
        )
    lines.append(surroundings(machine(*(PEERS if with_peers else ()))))
    return "\n".join(lines)


def as_json(results: Sequence[SetResult], contest: Contest, rounds: int) -> dict[str, Any]:
    """Return all figures."""
    with_peers = TRAFILATURA in contest.extracts
    figures: dict[str, Any] = {
        "rounds": rounds,
        "machine": machine(*(PEERS if with_peers else ())),
        "sets": {result.name: _set_as_json(result) for result in results},
    }
    if rounds:
        figures["speed"] = {name: _speed_as_json(contest, name) for name in contest.best_s}
    return figures


def _set_as_json(result: SetResult) -> dict[str, Any]:
    return {
        "pages": len(result.pages),
        "digest": result.digest,
        "contestants": {name: _score_as_json(result.score(name)) for name in result.extracts},
        "sites": {
            site: {"pages": pages, **_score_as_json(found)}
            for site, pages, found in result.by_site()
        },
    }


def _score_as_json(found: Score) -> dict[str, Any]:
    counts = {measure: count._asdict() for measure, count in found.items()}
    return {**counts, "pieces": pieces(found)._asdict()}


def _speed_as_json(contest: Contest, name: str) -> dict[str, Any]:
    seconds = zip(contest.pages, contest.best_s[name], strict=True)
    return {
        **contest.pace(name)._asdict(),
        "ratios": contest.ratios(name)._asdict() if TRAFILATURA in contest.best_s else None,
        "ms_by_page": {page.id: second * 1000 for page, second in seconds},
    }


def _counts(found: Score) -> list[str]:
    return [f"{found[m].right}/{found[m].of}" if m in found else "" for m in MEASURES]
