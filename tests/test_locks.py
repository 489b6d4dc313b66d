"""Two locks: what everyone installs, and what the bench of the cleaner does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.bench.cleaning.contestants import PEERS

ROOT = Path(__file__).parent.parent


def versions(name: str) -> dict[str, set[str]]:
    """Return the versions of each package in a lock."""
    lines = re.findall(r"^([\w.-]+)==([^\s;]+)", (ROOT / name).read_text("utf-8"), re.MULTILINE)
    return {package: {v for other, v in lines if other == package} for package, _ in lines}


def test_the_bench_measures_what_everyone_runs() -> None:
    everyone, bench = versions("requirements.lock"), versions("requirements-bench.lock")
    shared = everyone.keys() & bench.keys()

    assert {name: bench[name] for name in shared} == {name: everyone[name] for name in shared}
    assert {"cssselect", "lxml", "msgspec"} <= shared


@pytest.mark.parametrize("peer", PEERS)
def test_peers_are_installed_for_the_bench_alone(peer: str) -> None:
    assert peer in versions("requirements-bench.lock")
    assert peer not in versions("requirements.lock")


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-bench.lock"])
def test_a_lock_names_hashes_and_no_index(name: str) -> None:
    text = (ROOT / name).read_text("utf-8")
    packages = re.findall(r"^[\w.-]+==(?:.*\\\n)+", text, re.MULTILINE)

    assert len(packages) == len(re.findall(r"^[\w.-]+==", text, re.MULTILINE))
    assert "--index" not in text
    assert "--find-links" not in text
