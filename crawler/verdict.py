"""A crawl ends with a verdict of its own: Scrapy's exit code is 0 whatever happened (law 10)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from archive.exit_codes import EXIT_NOT_OK, EXIT_OK, EXIT_UNREACHABLE, worst
from archive.store import Verdict
from crawler.job import Tally

FAULT_NAMES = {
    "blocked": "page(s) behind a wall",
    "soft_404": "error page(s) with status 200",
    "wrong_type": "file(s) that are something else",
    "unknown_layout": "page(s) of unknown layout",
    "empty_listing": "empty listing(s)",
    "not_found": "listed page(s) not found",
    "listing_shrunk": "listing(s) that lost nearly all their rows",
    "outage": "source(s) of which nearly everything is missing",
    "too_large": "answer(s) over the size limit",
    "truncated": "answer(s) cut short",
    "damaged": "answer(s) that cannot be unpacked",
    "error": "request(s) without a good answer",
    "unread": "page(s) whose reader failed",
    "bad_address": "listed address(es) that cannot be asked for",
    "unreadable_warc": "held answer(s) that could not be read",
}


@dataclass(frozen=True, slots=True)
class Judgement:
    """How a crawl ended."""

    verdict: Verdict
    reason: str
    """One line; empty when all is well."""
    is_unreachable: bool = False

    @property
    def exit_code(self) -> int:
        """Exit code of a command that ran only this crawl."""
        if self.is_unreachable:
            return EXIT_UNREACHABLE
        return EXIT_OK if self.verdict == "ok" else EXIT_NOT_OK


def judge(
    tally: Tally, finish_reason: str, errors: Sequence[str], *, may_be_empty: bool = False
) -> Judgement:
    """Return the verdict on a crawl.

    `finish_reason` is Scrapy's; `errors` are log lines of level ERROR and above; `may_be_empty`
    says that the whole source was declared empty.
    """
    if tally.stop:
        return Judgement(tally.stop.verdict, tally.stop.reason, tally.stop.is_unreachable)
    reasons = list(_reasons(tally, finish_reason, errors))
    if not tally.listings or not (tally.held or may_be_empty):
        verdict: Verdict = "blocked" if tally.fault_counts["blocked"] else "failed"
        return Judgement(verdict, "; ".join(["no document was found", *reasons]), _unheard(tally))
    return Judgement("degraded" if reasons else "ok", "; ".join(reasons))


def exit_code(judgements: Sequence[Judgement]) -> int:
    """Return the exit code for several crawls: the gravest one counts."""
    return worst(judgement.exit_code for judgement in judgements)


def _reasons(tally: Tally, finish_reason: str, errors: Sequence[str]) -> list[str]:
    reasons = [
        f"{count} {FAULT_NAMES[rule]}, first: {tally.faults[rule]}"
        for rule, count in tally.fault_counts.most_common()
    ]
    if finish_reason != "finished":
        reasons.append(f"stopped early: {finish_reason}")
    if errors and not tally.fault_counts["unread"]:
        reasons.append(f"{len(errors)} error(s) in the log, first: {errors[0]}")
    return reasons


def _unheard(tally: Tally) -> bool:
    """Say whether the site never answered at all."""
    return bool(tally.outcomes) and set(tally.outcomes) <= {"error"}
