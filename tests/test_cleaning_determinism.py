"""Law 3: same bytes, same code, same text, whatever was read before and in whichever process."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from archive.cleaning.page import read_page
from archive.cleaning.selecting import _REMEMBERED
from archive.cleaning.template import Template
from tests.fuzz.digests import ROOT, digests, pages

SEEDS = ("0", "1", "random", "random")
"""Of Python's hashes, one for each process."""


@pytest.fixture(scope="module")
def bodies() -> dict[str, bytes]:
    return pages()


@pytest.fixture(scope="module")
def expected(bodies: dict[str, bytes]) -> dict[str, str]:
    return digests(bodies)


def test_pages_are_told_apart(bodies: dict[str, bytes], expected: dict[str, str]) -> None:
    """What would be equal whatever is read proves nothing; some pages do say the same."""
    assert len({*expected.values()}) > 0.8 * len({*bodies.values()})


@pytest.mark.parametrize("order", [1, 2])
def test_the_order_of_pages_does_not_matter(
    bodies: dict[str, bytes], expected: dict[str, str], order: int
) -> None:
    assert digests(bodies, order) == expected


def test_processes_agree(expected: dict[str, str]) -> None:
    """With other hashes, sets have another order."""
    running = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.fuzz.digests", str(order)],
            cwd=ROOT,
            env=os.environ | {"PYTHONHASHSEED": seed},
            stdout=subprocess.PIPE,
        )
        for order, seed in enumerate(SEEDS)
    ]
    found = [json.loads(process.communicate()[0]) for process in running]

    assert [process.returncode for process in running] == [0] * len(SEEDS)
    assert all(digests_there == expected for digests_there in found)


def test_what_is_remembered_of_other_pages_changes_nothing(
    bodies: dict[str, bytes], expected: dict[str, str]
) -> None:
    """The names of elements are remembered up to a number, then forgotten all at once."""
    for first in (0, _REMEMBERED // 2):
        names = range(first, first + _REMEMBERED + 100)
        read_page("".join(f"<b class=menu{n}>x</b>" for n in names).encode())
        assert digests(bodies, order=first) == expected


def test_pages_are_read_the_same_with_a_template(bodies: dict[str, bytes]) -> None:
    kept = (read_page(body).cleaned.kept[-1:] for body in bodies.values() if body.strip())
    template = Template(tuple(sorted({block.text for blocks in kept for block in blocks})))

    first = digests(bodies, template=template)
    assert digests(bodies, order=1, template=template) == first
    assert digests(bodies, order=2, template=Template.from_json(template.to_json())) == first
