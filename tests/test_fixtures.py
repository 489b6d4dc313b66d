"""Saved pages and what they say: every folder of `fixtures/` is one test per promise.

    fixtures/<product>.<PageClass>/<what is special>/
        page.html       the bytes as received
        meta.json       url, content type, site; `glued`: words that the page prints without a space
                        between, though they are two things
        expected.json   {"links": …, "records": …} or {"fault": …}, without empty fields

A folder without expected.json gets one, and fails until a person has read it.
"""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from archive.cleaning import visible_text
from archive.cleaning.html import parse_html
from archive.records import Document
from archive.text import words
from crawler.page import Fetched, Link, Page, PageFault, Site, charset_of

FIXTURES = Path(__file__).parent / "fixtures"
CASES = sorted(path.parent for path in FIXTURES.glob("*.*/*/page.html"))


def page_of(case: Path) -> Page:
    """Return the page object that a fixture folder describes."""
    product, _, name = case.parent.name.partition(".")
    meta = meta_of(case)
    site = {key: tuple(v) if isinstance(v, list) else v for key, v in meta["site"].items()}
    fetched = Fetched(meta["url"], (case / "page.html").read_bytes(), meta["content_type"])
    reader: type[Page] = getattr(import_module(f"crawler.products.{product}"), name)
    return reader(Site(product=product, **site), fetched)


def meta_of(case: Path) -> dict[str, Any]:
    """Return what is known of a fixture's page beside its bytes."""
    meta: dict[str, Any] = json.loads((case / "meta.json").read_text())
    return meta


def answer(page: Page) -> dict[str, Any]:
    """Return what a page says, as JSON: its links and records, or the fault it raises."""
    try:
        page.check()
    except PageFault as fault:
        return {"fault": type(fault).__name__}
    return {"links": list(map(plain, page.links())), "records": list(map(plain, page.records()))}


def plain(value: Any) -> Any:
    """Return a record as JSON, without empty fields and without who read it."""
    if isinstance(value, Link):
        listing = " (listing)" if value.is_listing else ""
        return f"{value.reader.__name__}{listing} {value.url}"
    if is_dataclass(value):
        stated = {f.name: plain(getattr(value, f.name)) for f in fields(value)}
        stated.pop("extractor", None)
        return {name: v for name, v in stated.items() if v not in ("", [], None)}
    return list(map(plain, value)) if isinstance(value, (tuple, list)) else value


def documents(case: Path) -> list[Document]:
    """Return the documents of a fixture that have text of their own."""
    page = page_of(case)
    try:
        page.check()
    except PageFault:
        return []
    return [document for document in page.records() if document.text_is_read]


@pytest.mark.parametrize("case", CASES, ids=lambda c: f"{c.parent.name}/{c.name}")
def test_a_page_says_what_a_person_checked(case: Path) -> None:
    """Links and records of a saved page are those in its expected.json."""
    expected = case / "expected.json"
    found = answer(page_of(case))
    if not expected.exists():
        text = json.dumps(found, ensure_ascii=False, indent=2, sort_keys=True)
        expected.write_text(text + "\n")
        pytest.fail(f"read it through and keep it if it is right: {expected}")

    assert json.loads(expected.read_text()) == found


@pytest.mark.parametrize("case", CASES, ids=lambda c: f"{c.parent.name}/{c.name}")
def test_nothing_vanishes(case: Path) -> None:
    """Law 2: words kept and words removed are the words a reader could see."""
    meta = meta_of(case)
    body = (case / "page.html").read_bytes()
    for document in documents(case):
        seen = visible_text(parse_html(body, charset_of(meta["content_type"])))
        for glued, parted in meta.get("glued", {}).items():
            seen = seen.replace(glued, parted)
        found = words("\n".join([document.text, *(r.text for r in document.removals)]))

        assert words(seen) == found


@pytest.mark.parametrize("case", CASES, ids=lambda c: f"{c.parent.name}/{c.name}")
def test_the_same_bytes_say_the_same(case: Path) -> None:
    """Law 3: reading twice gives equal answers, down to the reader's name."""
    assert answer(page_of(case)) == answer(page_of(case))
    assert documents(case) == documents(case)


@pytest.mark.parametrize("case", CASES, ids=lambda c: f"{c.parent.name}/{c.name}")
def test_keys_and_links_are_orderly(case: Path) -> None:
    """Keys lie within the kommun and product; each link is given once."""
    meta = meta_of(case)
    product = case.parent.name.partition(".")[0]
    said = answer(page_of(case))

    assert len(said.get("links", [])) == len(set(said.get("links", [])))
    for record in said.get("records", []):
        assert record["key"].startswith(f"{meta['site']['kommunkod']}/{product}/")
