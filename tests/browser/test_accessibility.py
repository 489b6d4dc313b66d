"""axe-core finds nothing on any kind of page, light and dark, wide and narrow."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

pytest.importorskip("playwright", reason="the extra `browser` is not installed")
pytest.importorskip("axe_playwright_python", reason="the extra `browser` is not installed")

from axe_playwright_python.sync_playwright import Axe

from tests.browser.conftest import Reader
from tests.browser.kinds import KINDS

pytestmark = pytest.mark.browser

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("kind", KINDS)
def test_axe_finds_nothing(kind: str, scheme: Any, reader: Callable[..., Reader]) -> None:
    one = reader(color_scheme=scheme)
    one.open(kind)
    one.page.evaluate("() => document.querySelectorAll('details').forEach(d => d.open = true)")
    for width in (1280, 390):
        one.page.set_viewport_size({"width": width, "height": 900})
        found = Axe().run(one.page, options={"runOnly": {"type": "tag", "values": TAGS}})
        violations = found.response["violations"]
        assert not violations, f"at {width} px:\n" + "\n".join(map(said, violations))


def said(violation: dict[str, Any]) -> str:
    """Return a violation with the places where it was found."""
    places = [
        f"    {node['target']}: {node['html'][:160]}\n      {node['failureSummary']}"
        for node in violation["nodes"][:5]
    ]
    return "\n".join([f"  {violation['id']} ({violation['impact']}): {violation['help']}", *places])
