"""A source undoes a rule by one line: its blocks stay, its name stands in who read the page."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from archive.cleaning import visible_text
from archive.records import Document
from archive.text import words
from crawler.page import Page, PageFault
from crawler.products.common import own_rules, product_rules
from tests.conftest import Street, open_street
from tests.test_fixtures import CASES, page_of

UNDONE = "sitevision:contents"


def documents(page: Page) -> list[Document]:
    """Return what a page says, nothing for a page that is refused."""
    try:
        page.check()
    except PageFault:
        return []
    return [document for document in page.records() if document.text_is_read]


def undoing(page: Page, rule: str) -> Page:
    """Return the same page of a source that undoes `rule`."""
    return type(page)(replace(page.site, undo_rules=(rule,)), page.fetched)


def rules_at_work() -> list[tuple[Path, str]]:
    """Return the fixtures with each rule that takes something out of them, claims among them."""
    return [
        (case, rule)
        for case in CASES
        for document in documents(page_of(case))
        for rule in sorted({removal.rule for removal in document.removals})
    ]


@pytest.mark.parametrize(
    ("case", "rule"), rules_at_work(), ids=lambda value: getattr(value, "name", value)
)
def test_an_undone_rule_removes_nothing_and_no_word_is_lost(case: Path, rule: str) -> None:
    """Of pages of every product, with every rule that works on them: laws 2 and 3."""
    page = undoing(page_of(case), rule)
    [before] = documents(page_of(case))
    for document in documents(page):
        removed = "\n".join(removal.text for removal in document.removals)
        said = "".join(sorted((words(document.text) + words(removed)).elements()))
        visible = "".join(sorted(words(visible_text(page.tree)).elements()))

        assert rule not in {removal.rule for removal in document.removals}
        assert document.extractor != before.extractor
        assert sorted(said) == sorted(visible)


def test_the_rules_of_a_product_are_undone_in_its_page_object_too() -> None:
    """MeetingPlus pages ask their own phrases before they are cleaned."""
    [case] = [c for c in CASES if c.name == "seed-002-button-titles"]
    [before] = documents(page_of(case))
    [after] = documents(undoing(page_of(case), "meetingplus:tab"))
    tabs = [r.text for r in before.removals if r.rule == "meetingplus:tab"]

    assert tabs[:2] == ["Kallelse", "Protokoll"]
    assert after.text == f"Kallelse\nProtokoll\n\n{before.text}"


def test_rules_are_compiled_once_for_all_pages_of_a_source() -> None:
    assert product_rules("notified", ("alt:image",)) is product_rules("notified", ("alt:image",))
    assert own_rules("notified", ("alt:image",)).digest == own_rules("notified").digest


@pytest.fixture
def town(tmp_path: Path) -> Street:
    """A site that was crawled twice, the second time with a rule undone."""
    for street in open_street(tmp_path, ["nyheter-hudiksvall"], pages=62):
        assert street.crawl().returncode == 0
        path = tmp_path / "kommuner" / "staden.toml"
        line = f'[[sources]]\nundo_rules = ["{UNDONE}"]\n'
        path.write_text(path.read_text("utf-8").replace("[[sources]]\n", line), "utf-8")
        assert street.crawl().returncode == 0
    return street


def test_a_crawl_honours_it_and_so_does_a_rereading(town: Street) -> None:
    """Same bytes, another extractor: a version with that cause, and the archive verifies."""
    kept = town.rows(
        "SELECT after.text, before.text AS less, removals.text AS block, after.cause, "
        "after.extractor, before.extractor AS earlier FROM versions AS after "
        "JOIN versions AS before ON before.document_id = after.document_id AND before.number = 1 "
        "JOIN removals ON removals.version_id = before.id AND rule = ? WHERE after.number = 2 "
        "AND removals.text != 'Sidans innehåll'",  # which the rule for such lines takes now
        UNDONE,
    )
    [left] = town.rows(
        "SELECT count(*) AS n FROM removals JOIN documents ON current_version_id = version_id "
        "WHERE rule = ?",
        UNDONE,
    )
    verified = town.run("verify")

    assert kept
    assert {row["cause"] for row in kept} == {"extractor"}
    assert all(row["text"].count(row["block"]) > row["less"].count(row["block"]) for row in kept)
    assert len({row["extractor"] for row in kept} | {row["earlier"] for row in kept}) == 2
    assert left["n"] == 0
    assert town.rows("SELECT undo_rules FROM sources")[0][0] == f'["{UNDONE}"]'
    assert (verified.returncode, verified.stderr) == (0, "")
    assert "0 read by an older extractor" not in verified.stdout
