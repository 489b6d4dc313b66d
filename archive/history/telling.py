"""A document, and what changed in it, as lines for a terminal or a pipe.

Colours only repeat what marks or strokes say. Archived text is shown, never obeyed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import click

from archive.changes import Change, Run, folded, has_changed
from archive.terminal import readable

WIDTH = 12
"""Columns of a label."""

CAUSES = {"first": "first reading", "source": "the source changed", "extractor": "read by new code"}
MARKS = {"removed": "[-{}-]", "added": "{{+{}+}}"}
"""As wdiff marks words."""
STYLES: dict[str, dict[str, Any]] = {
    "removed": {"fg": "red", "strikethrough": True},
    "added": {"fg": "green", "underline": True},
}

Row = Mapping[str, Any]


class Ink:
    """Writes runs of words: marked as wdiff does, or coloured."""

    def __init__(self, *, colour: bool) -> None:
        self._colour = colour

    def runs(self, runs: Iterable[Run]) -> str:
        """Return words with what was removed and added among them."""
        return " ".join(self._run(run.kind, run.text) for run in runs)

    def instead(self, old: str, new: str) -> str:
        """Return one value put for another."""
        parts = (("removed", old), ("added", new))
        return " ".join(self._run(kind, said) for kind, said in parts if said)

    def heading(self, said: str) -> str:
        """Return the heading of a part."""
        return click.style(said, bold=True) if self._colour else said

    def _run(self, kind: str, text: str) -> str:
        said = readable(text)
        if kind == "kept":
            return said
        return click.style(said, **STYLES[kind]) if self._colour else MARKS[kind].format(said)


# ---- what changed


def told_difference(difference: Row, ink: Ink) -> str:
    """Return what changed between two versions: header, typed changes, ledger, text."""
    parts = [
        [*_header(difference, ink)],
        [*_typed(difference, ink)],
        [*_ledger(difference, ink)],
        [*_text(difference["text"], ink)],
    ]
    return "\n\n".join("\n".join(part) for part in parts if part) + "\n"


def _header(difference: Row, ink: Ink) -> Iterator[str]:
    old, new = difference["old"], difference["new"]
    yield readable(f"{difference['key']}  {difference['url']}")
    for sign, version in (("---", old), ("+++", new)):
        yield f"{sign} version {version['number']}, {_when(version)}"
    yield f"title: {ink.runs(run for change in difference['title'] for run in change.runs)}"
    if old["payload_sha256"] != new["payload_sha256"] and not new["text_is_read"]:
        yield f"bytes: {ink.instead(old['payload_sha256'], new['payload_sha256'])}"


def _when(version: Row) -> str:
    return f"{version['observed_at']}, {CAUSES.get(version['cause'], version['cause'])}"


def _typed(difference: Row, ink: Ink) -> Iterator[str]:
    if difference["events"] or difference["facts"]:
        yield ink.heading("Changes of facts")
    yield from (_event(event, ink) for event in difference["events"])
    for fact in difference["facts"]:
        old, new = "; ".join(fact["old"]), "; ".join(fact["new"])
        yield f"  {readable(fact['field'])}: {ink.instead(old, new)}"


def _event(event: Row, ink: Ink) -> str:
    what = readable(event["field"]) if event["kind"] == "changed" else _spaced(event["kind"])
    old, new = event["old_value"], event["new_value"]
    if event["kind"].startswith("attachment"):
        said = readable(event["field"])
    elif event["kind"] in ("gone", "back"):
        said = readable(new or old)
    else:
        said = ink.instead(old, new)
    return f"  {event['observed_at']} {what}{f': {said}' if said else ''}"


def _ledger(difference: Row, ink: Ink) -> Iterator[str]:
    ledger = difference["ledger"]
    if not ledger or not any(ledger.values()):
        return
    yield ink.heading("Changes of what cleaning removes")
    for name, blocks in ledger.items():
        for block in blocks:
            yield f"  {_spaced(name)}, {readable(block['rule'])}: {_one_line(block['text'])}"


def _text(changes: Sequence[Change], ink: Ink) -> Iterator[str]:
    yield ink.heading("Text" if has_changed(changes) else "The text says the same")
    for change in folded(changes) if has_changed(changes) else ():
        if isinstance(change, int):
            yield f"  … {_counted(change, 'paragraph')} unchanged"
        else:
            moved = f"(moved, was paragraph {change.old}) " if change.kind == "moved" else ""
            yield moved + ink.runs(change.runs)


# ---- a document


def told_document(account: Row, ink: Ink, *, all_removed: bool) -> str:
    """Return a document with its text and chain of evidence."""
    version = account["version"]
    sections = (
        ("", _facts(account)),
        ("Meeting", _meeting(account["meeting"])),
        ("Contacts", _contacts(account["contacts"])),
        ("Text", version["text"].split("\n") if version["text"] else _no_text(version)),
        ("Attachments", _attachments(account["attachments"])),
        ("Evidence", _evidence(account)),
        ("Versions", _versions(account)),
        ("Events", (_event(event, ink) for event in account["events"])),
        ("Removed", _removed(account["removed"], every=all_removed)),
    )
    told = [_title(account, ink)]
    for heading, lines in sections:
        # Events are inked already, value by value; all other lines are archived text.
        shown = [line if heading == "Events" else readable(line) for line in lines]
        if shown:
            told.append("\n".join([*([ink.heading(heading)] if heading else []), *shown]))
    return "\n\n".join(told) + "\n"


def _title(account: Row, ink: Ink) -> str:
    of = f"{_spaced(account['kind'])} · {account['kommun']} · {account['source']}"
    return f"{ink.heading(readable(account['version']['title']))}\n{readable(of)}"


def _facts(account: Row) -> Iterator[str]:
    yield _labelled("key", account["key"])
    yield _labelled("address", account["url"])
    if account["published_at"]:
        yield _labelled("published", account["published_local"] or account["published_at"])
    yield _labelled("status", _status(account))
    yield _labelled("seen", f"first {account['first_seen_at']}, last {account['last_seen_at']}")
    for field in account["fields"]:
        yield _labelled(field["name"], field["value"])
    for parent in account["belongs_to"]:
        yield _labelled("belongs to", f"{parent['title']} ({parent['key']})")


def _status(account: Row) -> str:
    """Return the status with its reason: `gone since 2026-11-20T03:00:00Z: 404`."""
    status, missing = account["status"], account["missing"]
    left = [event for event in account["events"] if event["kind"] == "gone"]
    if status == "gone" and left:
        since = missing["missing_since"] if missing else left[-1]["observed_at"]
        reason = missing["reason"] if missing else left[-1]["new_value"]
        return _with_reason(f"gone since {since}", reason)
    if status == "live" and missing:
        since = f"live, but missed since {missing['missing_since']}"
        return _with_reason(since, missing["reason"])
    withheld = account["withheld"]
    if status == "withheld" and withheld:
        since = f"withheld since {withheld[-1]['withheld_at']}"
        return _with_reason(since, withheld[-1]["reason"])
    return str(status)


def _with_reason(said: str, reason: str) -> str:
    return f"{said}: {reason}" if reason else said


def _meeting(meeting: Row | None) -> Iterator[str]:
    if meeting is None:
        return
    times = "–".join(filter(None, (meeting["start_time"], meeting["end_time"])))
    yield _labelled("body", meeting["body"])
    yield _labelled("date", f"{meeting['date']} {times}".strip())
    yield _labelled("place", meeting["place"])
    yield _labelled("state", _spaced(meeting["status"]))
    for item in meeting["agenda"]:
        number = f"§ {item['paragraf']}" if item["paragraf"] else f"{item['position']}."
        case = item["diarienummer"]
        yield f"  {number} {item['title']}{f' ({case})' if case else ''}"


def _contacts(contacts: Iterable[Row]) -> Iterator[str]:
    for contact in contacts:
        yield "  " + ", ".join(filter(None, contact.values()))


def _no_text(version: Row) -> list[str]:
    return ["  none" if version["text_is_read"] else "  not read yet; --raw writes the file"]


def _attachments(attachments: Iterable[Row]) -> Iterator[str]:
    for file in attachments:
        held = f"{file['payload_bytes']} bytes" if file["document_id"] else "not held"
        yield f"  {file['position']}. {file['label']} ({file['key']}, {held}) {file['url']}"


def _evidence(account: Row) -> Iterator[str]:
    version, capture = account["version"], account["capture"]
    yield _labelled("captured", f"{capture['fetched_at']} {capture['url']}")
    yield _labelled(
        "answer",
        f"HTTP {capture['http_status']}, {capture['outcome']}, {capture['content_type']}, "
        f"{capture['payload_bytes']} bytes",
    )
    yield _labelled("SHA-256", capture["payload_sha256"])
    since = capture["held_since"]
    held = f" (since {since})" if since != capture["fetched_at"] else ""
    yield _labelled("bytes", f"{capture['warc_file']} from byte {capture['warc_offset']}{held}")
    yield _labelled("read by", version["extractor"])
    yield _labelled("text SHA-256", version["text_sha256"])


def _versions(account: Row) -> Iterator[str]:
    for version in account["versions"]:
        here = " ← shown here" if version["number"] == account["version"]["number"] else ""
        yield f"  {version['number']}. {_when(version)}{here}"


def _removed(removed: Sequence[Row], *, every: bool) -> Iterator[str]:
    if every:
        for block in removed:
            by = ": ".join(filter(None, (block["judge"], block["evidence"])))
            yield f"  {block['rule']}{f' ({by})' if by else ''}"
            yield from (f"    {line}" for line in block["text"].split("\n"))
        return
    words = Counter[str]()
    for block in removed:
        words[block["rule"]] += len(block["text"].split())
    blocks = Counter(block["rule"] for block in removed)
    for rule, count in words.most_common():
        yield f"  {rule}: {_counted(blocks[rule], 'block')}, {_counted(count, 'word')}"


def _labelled(label: str, value: object) -> str:
    return f"  {label:<{WIDTH}} {_one_line(str(value))}"


def _one_line(text: str) -> str:
    return readable(" / ".join(text.split("\n")))


def _spaced(code: str) -> str:
    return code.replace("_", " ")


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"
