"""Law 4, on one real page at three times: as it was, with new tokens, with new words."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Street
from tests.pages import REAL_PAGES, needs_real_pages
from tests.rawserver import ok, raw_site
from tests.test_sitevision import ROW, html_page, own

LISTING = ok(html_page(own(ROW.format("elnat"))))
NEWS = {"slug": "nyheter", "product": "sitevision", "kind": "news", "start": "/nyheter"}


def versions(town: Street) -> list[dict[str, Any]]:
    return [dict(row) for row in town.rows("SELECT cause, text FROM versions ORDER BY number")]


@needs_real_pages
@pytest.mark.parametrize("place", [0, 1])
def test_a_pair_of_versions_comes_out_as_stated(tmp_path: Path, place: int) -> None:
    pair = json.loads((REAL_PAGES / "manifest.json").read_text("utf-8"))["version_pairs"][place]
    answers = [ok((REAL_PAGES / f"pages/{pair[name]}.html").read_bytes()) for name in ("a", "b")]
    site = {"/nyheter": LISTING, "/nyheter/elnat": lambda _: answers.pop(0)}
    with raw_site(tmp_path, site, **NEWS) as (town, _):
        town.crawl()
        town.crawl()
        told = versions(town)
        captures = town.rows(
            "SELECT count(DISTINCT payload_sha256) AS n FROM captures WHERE url LIKE '%/elnat'"
        )
        difference = town.run("diff", town.rows("SELECT key FROM documents")[0]["key"]).stdout

    assert captures[0]["n"] == 2
    if pair["change"] == "none":
        assert [version["cause"] for version in told] == ["first"]
        return
    assert [version["cause"] for version in told] == ["first", "source"]
    for words in pair["added"]:
        assert words in told[1]["text"]
        assert words not in told[0]["text"]
        assert words.split()[0] in difference
    for words in pair["noise"]:
        assert words not in told[1]["text"]
        assert words not in difference
