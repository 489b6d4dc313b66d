"""Cleaning: which blocks of a page are the document, which are not, and by which rule.

Law 2 holds by construction: every block of a page is either kept or removed, never dropped.
`judges` says in which order who decides.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from archive.cleaning.blocks import BOUNDARY, MARKED, split, split_blocks
from archive.cleaning.element import Element
from archive.cleaning.judges import OUTSIDE, Case, judged
from archive.cleaning.ledger import KEEP, Cleaned
from archive.cleaning.rules import Rules, shipped_rules
from archive.cleaning.template import RECURRING, Template, without_template

__all__ = ["KEEP", "OUTSIDE", "Cleaned", "clean", "visible_text"]


def clean(
    root: Element,
    *,
    content: Iterable[Element] = (),
    claims: Mapping[Element, str] | None = None,
    rules: Rules | None = None,
    roots: Mapping[Element, str] | None = None,
    template: Template | None = None,
) -> Cleaned:
    """Judge every block below `root` by what a page object knows of it.

    `content`: the elements that hold the document; without any, the whole page does.
    `claims`: what the page object knows of single elements: the rule that removes it
    (`field:title`, `meetingplus:side-menu`) or `KEEP`. The innermost claim around a block decides,
    before any general rule. An element that is claimed, or found by a root rule, is always a block
    of its own.
    `roots`: what `rules.roots_in(root)` found, when the caller has asked already.
    `template`: what recurs over the pages of the site; it judges last.

    For a page that nobody knows there is `archive.cleaning.page.read_page`.
    """
    rules = rules or shipped_rules()
    claims = {e: rule for e, rule in (claims or {}).items() if rule not in rules.undone}
    roots = rules.roots_in(root) if roots is None else roots
    content = frozenset(content)
    marks = {**dict.fromkeys(content, MARKED), **dict.fromkeys((*claims, *roots), BOUNDARY)}
    blocks = split(root, lambda element: marks.get(element, 0))
    cleaned = judged(
        Case(
            blocks=blocks,
            rules=rules,
            claims=claims,
            roots=roots,
            contents=(content,) if content else (),
        )
    )
    if template is None or RECURRING in rules.undone:
        return cleaned
    return without_template(cleaned, template)


def visible_text(root: Element, rules: Rules | None = None) -> str:
    """Return everything a reader could see below `root`, one block a paragraph.

    Words are parted where cleaning parts them: at elements that end a block, and around those
    that a root rule names ("fönster" and a link's hidden suffix are two words).
    """
    blocks = split_blocks(root, (rules or shipped_rules()).roots_in(root))
    return "\n\n".join(block.text for block in blocks)
