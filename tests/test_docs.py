"""What the documentation lists is what there is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from archive.exit_codes import GRAVITY
from archive.recording import OUTCOMES
from crawler.cli import COMMANDS
from crawler.config import Kommun, Source
from crawler.page import PageFault
from crawler.verdict import FAULT_NAMES

ROOT = Path(__file__).parent.parent
VARIABLE = re.compile(r'"(KOMMUNARKIV_[A-Z_]+)"')


def text(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_every_outcome_is_explained(outcome: str) -> None:
    assert f"| `{outcome}` |" in text("docs/data.md")


@pytest.mark.parametrize("key", [*Kommun.__struct_fields__, *Source.__struct_fields__])
def test_every_key_of_a_kommun_file_is_explained(key: str) -> None:
    assert f"| `{key}` |" in text("docs/kommuner.md") or key == "sources"


TARGETS = (
    "crawl crawl-all browse status verify bench bench-clean bench-bounds bench-browse fuzz "
    "test-recorded test-browser"
)


@pytest.mark.parametrize("target", TARGETS.split())
def test_every_make_target_stands_in_both_readmes(target: str) -> None:
    assert f"\n{target}:" in text("Makefile")
    assert all(f"`make {target}" in text(name) for name in ("README.md", "README.en.md"))


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_stands_in_both_readmes(command: str) -> None:
    said = (
        f"`.venv/bin/kommunarkiv {command} ",
        f"`.venv/bin/kommunarkiv {command}`",
        f"`make {command}",
    )
    assert all(any(way in text(name) for way in said) for name in ("README.md", "README.en.md"))


@pytest.mark.parametrize("code", GRAVITY)
def test_every_exit_code_is_explained(code: int) -> None:
    assert f"\n| {code} |" in text("docs/drift.md")


def test_every_variable_that_is_read_is_explained() -> None:
    sources = [path for room in ("archive", "crawler") for path in (ROOT / room).rglob("*.py")]
    read = {name for path in sources for name in VARIABLE.findall(path.read_text("utf-8"))}

    assert {"KOMMUNARKIV_DATA", "KOMMUNARKIV_HEARTBEAT"} <= read
    assert [name for name in sorted(read) if f"| `{name}` |" not in text("docs/drift.md")] == []


@pytest.mark.parametrize("command", ["show", "diff"])
def test_the_commands_about_a_document_are_described(command: str) -> None:
    assert f"| `kommunarkiv {command} KEY" in text("docs/data.md")


def test_every_fault_of_a_page_is_an_outcome_and_has_a_name() -> None:
    """A fault without a name would break the verdict that reports it."""
    faults = {fault.outcome for fault in PageFault.__subclasses__()}

    assert faults <= OUTCOMES.keys()
    assert faults <= FAULT_NAMES.keys()


def test_the_commands_are_found() -> None:
    known = {"crawl", "status", "verify", "browse", "learn", "schedule", "publish", "withhold"}
    assert known <= set(COMMANDS)
