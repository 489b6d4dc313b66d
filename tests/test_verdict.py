"""A crawl's verdict and the exit code."""

from __future__ import annotations

import pytest

from crawler.job import Stop, Tally
from crawler.verdict import FAULT_NAMES, Judgement, exit_code, judge


def tally(
    documents: int = 1, listings: int = 1, outcomes: tuple[str, ...] = ("ok",), **faults: int
) -> Tally:
    seen = Tally(documents=documents, held=documents, listings=listings)
    seen.outcomes.update(outcomes)
    seen.fault_counts.update(faults)
    seen.faults.update(dict.fromkeys(faults, "https://example.se/x"))
    return seen


def test_a_clean_crawl_is_ok() -> None:
    assert judge(tally(), "finished", []) == Judgement("ok", "")


@pytest.mark.parametrize("rule", sorted(FAULT_NAMES))
def test_every_kind_of_fault_keeps_the_verdict_from_ok(rule: str) -> None:
    """And names the first page it met."""
    found = judge(tally(**{rule: 2}), "finished", [])

    assert found.verdict == "degraded"
    assert found.exit_code == 1
    assert "2 " + FAULT_NAMES[rule] in found.reason
    assert "https://example.se/x" in found.reason


@pytest.mark.parametrize(
    "reason", ["start_error", "closespider_timeout", "closespider_pagecount", "shutdown"]
)
def test_a_crawl_that_stopped_early_is_not_ok(reason: str) -> None:
    """Scrapy's exit code is 0 for each of these."""
    assert judge(tally(), reason, []).verdict == "degraded"


def test_errors_in_the_log_are_not_ok() -> None:
    assert judge(tally(), "finished", ["pipeline broke"]).reason.endswith("pipeline broke")


def test_finding_nothing_is_a_failure_unless_declared() -> None:
    """Law 7."""
    assert judge(tally(documents=0), "finished", []).verdict == "failed"
    assert judge(tally(documents=0), "finished", [], may_be_empty=True).verdict == "ok"


def test_a_source_whose_listings_could_not_be_read_has_failed_whatever_is_held() -> None:
    assert judge(tally(listings=0, error=1), "finished", []).verdict == "failed"
    assert judge(tally(listings=0), "finished", [], may_be_empty=True).verdict == "failed"


def test_nothing_due_is_no_failure() -> None:
    assert judge(Tally(held=12, listings=1), "finished", []).verdict == "ok"


def test_nothing_but_walls_is_blocked() -> None:
    assert judge(tally(documents=0, blocked=1), "finished", []).verdict == "blocked"


def test_a_site_that_never_answers_is_unreachable() -> None:
    silent = judge(tally(documents=0, outcomes=("error",), error=1), "finished", [])

    assert (silent.verdict, silent.exit_code) == ("failed", 69)


def test_the_reason_to_stop_is_the_verdict() -> None:
    seen = tally()
    seen.stop = Stop("failed", "robots.txt answered 503", is_unreachable=True)

    assert judge(seen, "finished", []) == Judgement("failed", "robots.txt answered 503", True)


@pytest.mark.parametrize(
    ("verdicts", "code"),
    [
        ([("ok", False)], 0),
        ([("ok", False), ("degraded", False)], 1),
        ([("degraded", False), ("failed", True)], 69),
        ([("blocked", False)], 1),
    ],
)
def test_the_gravest_verdict_gives_the_exit_code(
    verdicts: list[tuple[str, bool]], code: int
) -> None:
    assert exit_code([Judgement(v, "", is_unreachable=u) for v, u in verdicts]) == code
