"""How pages behave in a browser: light, narrow, walked by keyboard, asking nobody else."""

from __future__ import annotations

from collections.abc import Callable

import pytest

pytest.importorskip("playwright", reason="the extra `browser` is not installed")

from tests.browser.conftest import Reader
from tests.browser.kinds import KINDS

pytestmark = pytest.mark.browser

MOST_BYTES = 100_000
"""Of a page with all it loads."""
NARROWEST = 320
TABS = 60
"""Pressed at most, until all that is looked for was reached."""
_FOCUSED = """
() => {
  const element = document.activeElement, style = getComputedStyle(element);
  const box = element.getBoundingClientRect();
  return {
    tag: element.tagName.toLowerCase(),
    type: element.type ?? "",
    name: (element.labels?.[0] ?? element).innerText.trim(),
    inMain: Boolean(element.closest("main")),
    isMarked: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
    isOnScreen: box.bottom > 0 && box.right > 0 && box.top < innerHeight && box.left < innerWidth,
  };
}
"""
_TOO_WIDE = """
() => [...document.querySelectorAll("body *")]
  .filter((element) => element.getBoundingClientRect().right > innerWidth + 1)
  .slice(0, 5).map((element) => element.outerHTML.slice(0, 120))
"""
_OVERFLOW = "() => document.scrollingElement.scrollWidth - innerWidth"

_WRONG = """
() => {
  const script = document.createElement("script");
  script.textContent = "document.title = 'x'";
  document.body.append(script);
  new Image().src = "http://127.0.0.2:9/x.png";
}
"""


@pytest.mark.parametrize("kind", KINDS)
def test_a_page_is_light_and_asks_nobody_else(kind: str, reader: Callable[..., Reader]) -> None:
    """Nothing in its console either, and no cookies: the reader notes that."""
    one = reader()
    one.open(kind)
    one.page.wait_for_load_state("networkidle")

    assert one.bytes_received() <= MOST_BYTES


@pytest.mark.parametrize("kind", KINDS)
def test_a_page_does_not_scroll_sideways(kind: str, reader: Callable[..., Reader]) -> None:
    """At 320 px, as at 1280 px with letters four times as large; with all unfolded."""
    one = reader(NARROWEST, 800)
    one.open(kind)
    for is_open in (False, True):
        one.page.evaluate(
            "(o) => document.querySelectorAll('details').forEach(d => d.open = o)", is_open
        )
        assert one.page.evaluate(_OVERFLOW) <= 0, one.page.evaluate(_TOO_WIDE)


@pytest.mark.parametrize("kind", ["front", "search", "press release", "kommun", "list"])
def test_a_page_is_walked_by_keyboard(kind: str, reader: Callable[..., Reader]) -> None:
    """From the link that skips the menu to the search box and into the content, always seen."""
    one = reader()
    one.open(kind)
    walked = []
    for _ in range(TABS):
        one.page.keyboard.press("Tab")
        walked.append(one.page.evaluate(_FOCUSED))
        if walked[-1]["tag"] == "body":
            break
    walked = [step for step in walked if step["tag"] != "body"]

    assert walked[0]["name"] == "Till innehållet"
    assert [step for step in walked if not (step["isMarked"] and step["isOnScreen"])] == []
    assert [step for step in walked if step["inMain"] and step["tag"] == "a"]
    if kind != "press release":
        assert "search" in {step["type"] for step in walked}


def test_the_menu_can_be_skipped(reader: Callable[..., Reader]) -> None:
    one = reader()
    one.open("front")
    one.page.keyboard.press("Tab")
    one.page.keyboard.press("Enter")
    one.page.keyboard.press("Tab")

    assert one.page.evaluate(_FOCUSED)["inMain"]


def test_a_reader_notes_what_is_wrong(reader: Callable[..., Reader]) -> None:
    """So that what the other tests do not find is not there."""
    one = reader()
    one.open("front")
    one.page.evaluate(_WRONG)
    one.page.wait_for_timeout(200)

    assert [trouble for trouble in one.troubles if "script-src" in trouble]
    assert [trouble for trouble in one.troubles if "img-src" in trouble]
    one.troubles.clear()
