"""Texts that a reader clicks rather than reads."""

from __future__ import annotations

import re
from itertools import islice

from archive.cleaning.blocks import Block

OPENERS = ("aria-expanded", "aria-controls", "data-toggle", "data-bs-toggle", "data-target")
"""Attributes of a button that shows and hides a part of the text."""
HEADED = frozenset(("h1", "h2", "h3", "h4", "h5", "h6", "dt", "summary"))
LONGEST_CAPTION = 80
MOST_AROUND = 12
"""How far out a button or heading around a text is looked for."""

CHOICE = re.compile(
    r"((ja|nej|delvis|kanske|sådär|så där|vet (ej|inte)|varken( eller)?|inte alls|yes|no"
    r"|[1-9]|[★☆👍👎])"
    r"([,/| ]+|$))+((helt|absolut|mycket|delvis|tack|inte (riktigt|alls))[.!]?)?",
    re.IGNORECASE,
)
"""Answers to a survey."""
SHARER = re.compile(
    r"^mailto:\?|\b(facebook\.com/(sharer|share\.php|dialog/)|(twitter|x)\.com/(intent|share)\b"
    r"|linkedin\.com/(sharing|sharearticle|cws/share)|whatsapp\.com/send|wa\.me/\?|t\.me/share"
    r"|pinterest\.\w+/pin/create|reddit\.com/submit|(bsky\.app|threads\.net)/intent)",
    re.IGNORECASE,
)
"""Addresses that post a page somewhere, as the services document them."""
_DIGIT = re.compile(r"\d")


def is_button(block: Block) -> bool:
    """Tell whether a block is the caption of a button; one that opens a text is its heading.

    So is a button with a number: agendas have "§ 52" in one.
    """
    button = block.control
    if button is None or button.tag != "button" or block.linked:
        return False
    if len(block.text) > LONGEST_CAPTION or _DIGIT.search(block.text):
        return False
    around = islice(button.iterancestors(), MOST_AROUND)
    if any(e.tag in HEADED or e.get("role") == "heading" for e in (block.element, button, *around)):
        return False
    return not any(button.get(name) for name in OPENERS)


def is_control(block: Block) -> bool:
    """Tell whether a block is the caption of a button, a choice or a field."""
    if block.control is not None and block.control.tag != "button":
        return True
    is_choice = len(block.text) <= LONGEST_CAPTION and CHOICE.fullmatch(block.text) is not None
    return is_choice or block.source == "value" or is_button(block)


def is_sharer(block: Block) -> bool:
    """Tell whether a block is links that post the page somewhere, and at most a label for them."""
    if len(block.text) > LONGEST_CAPTION or block.linked * 2 < len(block.text):
        return False
    around = islice(block.element.iterancestors(), MOST_AROUND)
    links = [*(e for e in around if e.tag == "a"), *islice(block.element.iter("a"), MOST_AROUND)]
    return bool(links) and all(SHARER.search(link.get("href") or "") for link in links)


def choices_in(block: Block) -> int:
    """Return how many answers a control offers: "Ja Nej" in one block are two."""
    return max(1, len(block.text.split())) if CHOICE.fullmatch(block.text[:LONGEST_CAPTION]) else 1
