"""Alerts: what is wrong with a source, judged against its own history.

The rules are data, `alerts.toml`, with a function each here. A rule finds something, finds that
all is well, or cannot judge today; only then does its alert open, close, or stay as it is. The
faults of a crawl are alerts too, under the names of their outcomes.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from itertools import groupby, pairwise, takewhile
from statistics import median, quantiles
from typing import Literal

import msgspec

from archive.errors import BadRules
from archive.health import Health, history, measure, publishing_days, standing_faults
from archive.quiet import Quiet
from archive.store import Message, Store
from archive.times import utc_now

ALERTS_FILE = files("archive") / "alerts.toml"
HISTORY_ROWS = 90
"""Crawled days that a judgement looks back on."""
SILENT = frozenset(("error", "not_found", "truncated"))
"""Faults that an outage of the site shows in."""

Found = Mapping[str, object]
"""What a rule found, for its wording."""
WELL: Found = {}


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One rule of `alerts.toml`, which says what the keys are."""

    name: str
    group: Literal["listing", "content"]
    numbers: dict[str, float]
    en: str
    sv: str
    means: str
    needs_complete: bool = True
    yields_to_faults: bool = False


class Fault(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is said of one kind of fault."""

    sv: str
    means: str


class Rules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All of `alerts.toml`."""

    forget_days: int
    fault_share: float
    quiet: Quiet
    rules: list[Rule]
    faults: dict[str, Fault] = {}

    def meaning(self, name: str) -> str:
        """Return in Swedish what the alert of a rule or a fault means; nothing for another."""
        said = {fault: about.means for fault, about in self.faults.items()}
        return {**said, **{rule.name: rule.means for rule in self.rules}}.get(name, "")


@cache
def shipped_rules() -> Rules:
    """Return the rules of `alerts.toml`. Raises `BadRules` with file and reason."""
    return load_rules(ALERTS_FILE.read_bytes(), ALERTS_FILE.name)


def load_rules(data: bytes, name: str) -> Rules:
    """Return rules from TOML `data`; `name` stands in messages. Raises `BadRules`."""
    try:
        rules = msgspec.convert(tomllib.loads(data.decode()), Rules)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError) as error:
        raise BadRules(f"{name}: {error}") from error
    if (names := [rule.name for rule in rules.rules]) != [*_JUDGES]:
        raise BadRules(f"{name}: expected the rules {', '.join(_JUDGES)}, found {', '.join(names)}")
    return rules


@dataclass(frozen=True, slots=True)
class Case:
    """What is known of a source when it is judged."""

    health: Health
    is_complete: bool
    """Whether the crawl that just ended walked all listings."""
    may_be_empty: bool = False
    """Whether the whole source was declared empty."""
    past: Sequence[Health] = ()
    """Crawled days before today, the oldest first."""
    published: Sequence[date] = ()
    """Days up to today when something came out, the oldest first."""
    faults: Mapping[str, str] = field(default_factory=dict)
    """Of the crawl that just ended: outcome and the first case."""
    standing: frozenset[str] = frozenset()
    """Faults that listed addresses last answered with."""
    opened: Mapping[str, date] = field(default_factory=dict)
    """Rules that have an alert open."""

    @property
    def today(self) -> date:
        """The day that is judged."""
        return date.fromisoformat(self.health.date)

    @property
    def is_declared_empty(self) -> bool:
        """Whether nothing is listed, and nothing needs to be."""
        return self.may_be_empty and not self.health.listed

    def before(self, rule: str, forget_days: int) -> Case:
        """Return the case with the past that `rule` compares with: the time before its alert."""
        opened = self.opened.get(rule)
        if opened is None or self.today - opened > timedelta(forget_days):
            return self
        return replace(self, past=[day for day in self.past if day.date < opened.isoformat()])

    def past_values(self, column: str, window: float, *, complete: bool = False) -> list[float]:
        """Return a column of the latest days that have it, at most `window` of them."""
        days = [day for day in self.past if day.is_complete or not complete]
        values = [value for day in days if (value := getattr(day, column)) is not None]
        return values[-int(window) :]


@dataclass(frozen=True, slots=True)
class Findings:
    """What a judgement says of a source's alerts."""

    fired: Mapping[str, Message]
    """Open from today, if they were not before."""
    mended: frozenset[str]
    """No longer open. What is in neither stays as it is."""


def judge_health(
    store: Store,
    source_id: int,
    crawl_id: int,
    today: date,
    faults: Mapping[str, str],
    *,
    is_complete: bool,
    may_be_empty: bool = False,
) -> None:
    """Measure a source at the end of a crawl, keep the row of the day, raise and close alerts.

    `faults`: the crawl's, outcome to first case; `is_complete`: it walked all listings;
    `may_be_empty`: the whole source was declared empty. To be called when the crawl's row has its
    verdict, and its listings are written; `today` in UTC.
    """
    health = measure(store.db, source_id, crawl_id, today)
    store.put_health(health)
    opened = store.open_alerts(source_id)
    findings = judge(
        Case(
            health=health,
            is_complete=is_complete,
            may_be_empty=may_be_empty,
            past=history(store.db, source_id, today, HISTORY_ROWS),
            published=publishing_days(store.db, source_id, today),
            faults=faults,
            standing=standing_faults(store.db, source_id),
            opened={rule: date.fromisoformat(at[:10]) for rule, at in opened.items()},
        ),
        shipped_rules(),
    )
    store.raise_alerts(source_id, findings.fired, findings.mended, utc_now())


def judge(case: Case, rules: Rules) -> Findings:
    """Return which alerts a source should have open, and which no longer."""
    found = {rule.name: _found(case, rule, rules) for rule in rules.rules}
    chosen: list[Rule] = []
    for _, group in groupby(rules.rules, lambda rule: rule.group):
        chosen += _one_of([*group], found, case.opened)
    fired = {rule.name: _message(rule, found[rule.name] or WELL) for rule in chosen}
    faults = {} if "outage" in fired else case.faults
    mended = {name for name, values in found.items() if values == WELL} | _mended_faults(case)
    return Findings(
        fired | {name: _fault_message(rules, name, said) for name, said in faults.items()},
        frozenset(mended & case.opened.keys()),
    )


def _found(case: Case, rule: Rule, rules: Rules) -> Found | None:
    """Return what a rule found, None when it could not judge."""
    if rule.needs_complete and not case.is_complete:
        return None
    is_faulty = case.health.faulty > rules.fault_share * case.health.listed
    if rule.yields_to_faults and is_faulty:
        return None
    return _JUDGES[rule.name](case.before(rule.name, rules.forget_days), rule.numbers)


def _one_of(
    group: Sequence[Rule], found: Mapping[str, Found | None], opened: Mapping[str, date]
) -> list[Rule]:
    """Return the rules of a group that fire: the one that is open already, else the first."""
    firing = [rule for rule in group if found[rule.name]]
    staying = [r.name for r in group if r.name in opened and found[r.name] != WELL]
    return [rule for rule in firing if rule.name in staying] if staying else firing[:1]


def _mended_faults(case: Case) -> set[str]:
    """Return faults with an alert that a complete crawl did not meet, and no page stands at."""
    if not case.is_complete:
        return set()
    return case.opened.keys() - _JUDGES.keys() - case.faults.keys() - case.standing


def _message(rule: Rule, values: Found) -> Message:
    swedish = {key: _SWEDISH.get(str(value), value) for key, value in values.items()}
    return Message(rule.en.format(**values), rule.sv.format(**swedish))


def _fault_message(rules: Rules, name: str, first: str) -> Message:
    """Return the first case, which quotes the site, and in Swedish what it is a case of."""
    fault = rules.faults.get(name)
    return Message(first, f"{fault.sv}, först: {first}" if fault else "")


_SWEDISH = {
    "the number of listed pages": "antalet listade sidor",
    "the number of listed pages that are held": "antalet listade sidor som finns i arkivet",
    "title": "rubrik",
    "date": "datum",
    "text": "text",
}

# The rules: each takes a case, with the past it compares with, and its numbers.


def _failing(case: Case, numbers: Mapping[str, float]) -> Found | None:
    if case.health.verdict != "failed":
        return WELL
    failed = [*takewhile(lambda day: day.verdict == "failed", reversed(case.past))]
    if case.faults or len(failed) + 1 < numbers["days"]:
        return None
    return {"since": failed[-1].date}


def _outage(case: Case, numbers: Mapping[str, float]) -> Found | None:
    health = case.health
    if case.opened.keys() & SILENT:
        return None
    failed = health.failed if case.faults and case.faults.keys() <= SILENT else 0
    for missing, asked in ((failed, health.requests), (health.missing, health.listed)):
        if asked >= numbers["least"] and missing >= numbers["share"] * asked:
            return {"missing": missing, "asked": asked}
    return WELL if case.is_complete else None


def _zero(case: Case, numbers: Mapping[str, float]) -> Found | None:
    past = case.past_values("listed", numbers["window"], complete=True)
    if case.is_declared_empty:
        return WELL
    if not past:
        return None
    usual = round(median(past))
    return {"usual": usual} if usual and not case.health.listed else WELL


def _drop(case: Case, numbers: Mapping[str, float]) -> Found | None:
    health = case.health
    if case.is_declared_empty:
        return WELL
    for column, found, what in (
        ("listed", health.listed, "the number of listed pages"),
        ("held", health.held + health.unread, "the number of listed pages that are held"),
    ):
        past = case.past_values(column, numbers["window"], complete=True)
        if len(past) < numbers["history"]:
            return None
        usual = round(median(past))
        if usual >= numbers["least"] and found < numbers["share"] * usual:
            return {"what": what, "usual": usual, "found": found}
    return WELL


def _coverage(case: Case, numbers: Mapping[str, float]) -> Found | None:
    health = case.health
    apart = health.explained + health.unread + (health.waiting if _grows(case, numbers) else 0)
    promised = health.listed - apart
    lacking = promised - health.held
    if lacking < numbers["least"] or health.held >= numbers["share"] * promised:
        return WELL
    return {"held": health.held, "promised": promised, "explained": health.explained}


def _grows(case: Case, numbers: Mapping[str, float]) -> bool:
    """Tell whether a backlog is being fetched: what waits is not lacking."""
    past = case.past_values("held", numbers["patience"])
    return len(past) < numbers["patience"] or case.health.held > past[0]


def _stale(case: Case, numbers: Mapping[str, float]) -> Found | None:
    quiet = shipped_rules().quiet
    gaps = [quiet.counted(one, other) for one, other in pairwise(case.published)]
    is_known = case.past and case.today - date.fromisoformat(case.past[0].date) >= timedelta(
        numbers["history"]
    )
    if not is_known or len(gaps) < numbers["intervals"]:
        return None
    since, limit = case.published[-1], _patience(gaps, numbers)
    days = quiet.counted(since, case.today)
    return {"since": since, "days": days, "limit": limit} if days > limit else WELL


def _patience(gaps: Sequence[int], numbers: Mapping[str, float]) -> int:
    """Return how many days may pass without anything new."""
    a_day = 1 / max(median(gaps), 1)
    bands = ("often", "weekly", "monthly")
    band = next((name for name in bands if a_day > numbers[name]), "rare")
    long = quantiles(gaps, n=10, method="inclusive")[-1]
    return math.ceil(max(numbers[f"days_{band}"], numbers["longest"] * long))


def _emptied(case: Case, numbers: Mapping[str, float]) -> Found | None:
    past = _content("median_letters", case, numbers)
    found = case.health.median_letters
    if past is None or found is None:
        return None
    usual = round(median(past))
    return {"found": found, "usual": usual} if found < numbers["share"] * usual else WELL


def _boilerplate(case: Case, numbers: Mapping[str, float]) -> Found | None:
    past = _content("shared_lines", case, numbers)
    found = case.health.shared_lines
    if past is None or found is None:
        return None
    usual = median(past)
    spread = median(abs(value - usual) for value in past)
    rise = max(numbers["rise"], numbers["spread"] * spread)
    return {"found": found, "usual": usual} if found - usual > rise else WELL


def _null_fields(case: Case, numbers: Mapping[str, float]) -> Found | None:
    for name in ("title", "date", "text"):
        past = _content(f"without_{name}", case, numbers)
        found = getattr(case.health, f"without_{name}")
        if past is None or found is None:
            return None
        usual = median(past)
        if found - usual > numbers["rise"]:
            return {"field": name, "found": found, "usual": usual}
    return WELL


def _content(column: str, case: Case, numbers: Mapping[str, float]) -> list[float] | None:
    """Return the past of a column about texts, None where today's cannot be compared with it.

    While a backlog is fetched, the newest texts of the archive are old ones of the site.
    """
    past = case.past_values(column, numbers["window"])
    is_backlog = case.health.waiting > numbers["backlog"] * case.health.listed
    return None if is_backlog or len(past) < numbers["history"] else past


_JUDGES: Mapping[str, Callable[[Case, Mapping[str, float]], Found | None]] = {
    "failing": _failing,
    "outage": _outage,
    "zero": _zero,
    "drop": _drop,
    "coverage": _coverage,
    "stale": _stale,
    "emptied": _emptied,
    "boilerplate": _boilerplate,
    "null_fields": _null_fields,
}
"""The rules by name, in the order of `alerts.toml`."""
