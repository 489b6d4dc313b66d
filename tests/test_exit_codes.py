"""Of several exit codes the gravest counts."""

from __future__ import annotations

import pytest

from archive.exit_codes import worst


@pytest.mark.parametrize(
    ("codes", "code"),
    [
        ([], 0),
        ([0, 0], 0),
        ([0, 75], 75),
        ([75, 1, 0], 1),
        ([1, 69, 75], 69),
        ([69, 2, 1], 2),
        ([0, -9], 1),
        ([70, 75], 1),
    ],
)
def test_the_gravest_counts(codes: list[int], code: int) -> None:
    """What broke is as grave as a verdict that is not ok."""
    assert worst(codes) == code
