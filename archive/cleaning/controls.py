"""Texts that a reader clicks rather than reads."""

from __future__ import annotations

from archive.cleaning.blocks import Block

OPENERS = ("aria-expanded", "aria-controls", "data-toggle", "data-bs-toggle", "data-target")
"""Attributes of a button that shows and hides a part of the text."""
HEADED = frozenset(("h1", "h2", "h3", "h4", "h5", "h6", "dt", "summary"))
MOST_AROUND = 12
"""How far out a button or heading around a text is looked for."""


def is_button(block: Block) -> bool:
    """Tell whether a block is the caption of a button; one that opens a text is its heading.

    So is a button with a number: agendas have "§ 52" in one.
    """
    if block.linked or any(character.isdigit() for character in block.text):
        return False
    around = [block.element, *block.element.iterancestors()][:MOST_AROUND]
    button = next((e for e in around if e.tag == "button" or e.get("role") == "button"), None)
    if button is None or any(e.tag in HEADED or e.get("role") == "heading" for e in around):
        return False
    return not any(button.get(name) for name in OPENERS)


def is_control(block: Block) -> bool:
    """Tell whether a block is the caption of a button, a choice or a field."""
    if block.source == "value" or is_button(block):
        return True
    around = [block.element, *block.element.iterancestors()][: MOST_AROUND // 3]
    return any(e.tag in ("label", "legend") or e.get("role") == "radio" for e in around)
