"""What the documentation lists is what there is."""

from __future__ import annotations

from pathlib import Path

import pytest

from archive.recording import OUTCOMES
from crawler.cli import COMMANDS
from crawler.config import Kommun, Source
from crawler.page import PageFault
from crawler.verdict import FAULT_NAMES

ROOT = Path(__file__).parent.parent


def text(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_every_outcome_is_explained(outcome: str) -> None:
    assert f"| `{outcome}` |" in text("docs/data.md")


@pytest.mark.parametrize("key", [*Kommun.__struct_fields__, *Source.__struct_fields__])
def test_every_key_of_a_kommun_file_is_explained(key: str) -> None:
    assert f"| `{key}` |" in text("docs/kommuner.md") or key == "sources"


@pytest.mark.parametrize(
    "target", ["crawl", "crawl-all", "browse", "status", "verify", "bench", "bench-clean"]
)
def test_every_make_target_stands_in_both_readmes(target: str) -> None:
    assert f"\n{target}:" in text("Makefile")
    assert all(f"`make {target}" in text(name) for name in ("README.md", "README.en.md"))


def test_every_fault_of_a_page_is_an_outcome_and_has_a_name() -> None:
    """A fault without a name would break the verdict that reports it."""
    faults = {fault.outcome for fault in PageFault.__subclasses__()}

    assert faults <= OUTCOMES.keys()
    assert faults <= FAULT_NAMES.keys()
    assert {"crawl", "status", "verify", "browse", "learn", "publish", "withhold"} <= set(COMMANDS)
