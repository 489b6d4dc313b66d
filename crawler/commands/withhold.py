"""`kommunarkiv withhold`: hide what ought not to be shown, erase what ought not to be kept."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, suppress
from typing import TextIO

import click

from archive.command_line import fail
from archive.erasing import Plan, SharedBytes, finish, plan
from archive.errors import ArchiveError, Busy
from archive.exit_codes import EXIT_LOCKED, EXIT_NOT_OK, EXIT_USAGE
from archive.publish import is_published, publish
from archive.reading import open_read_only
from archive.store import Hidden, Scope, Store
from archive.text import normalise
from archive.times import utc_now
from archive.withholding import REASONS, check, copies_of, document_named, elsewhere, files_of
from crawler.commands import data_dir, open_archive
from crawler.locks import kommun_lock

_REASONS = "; ".join(f"{code}: {meaning}" for code, meaning in REASONS.items())


@click.command()
@click.argument("key", required=False)
@click.option("--reason", type=click.Choice(list(REASONS)), help=f"Why. {_REASONS}.")
@click.option("--version", "version_number", type=int, metavar="N", help="Only this version.")
@click.option("--passage", metavar="TEXT", help="Only these words, wherever they stand in it.")
@click.option(
    "--passage-file",
    type=click.File(encoding="utf-8"),
    metavar="FILE",
    help="The same, read from a file (- is standard input): so no shell remembers them.",
)
@click.option("--erase", is_flag=True, help="Erase the bytes and the words as well, for good.")
@click.option("--whole-page", is_flag=True, help="With --passage --erase: yes, the whole page.")
@click.option(
    "--with-copies", is_flag=True, help="With --erase: other documents of the same bytes."
)
@click.option("--undo", is_flag=True, help="Show again. What is erased stays erased.")
@click.option("--list", "list_all", is_flag=True, help="List what is withheld. Not for the public.")
def withhold(
    *,
    key: str | None,
    reason: str | None,
    version_number: int | None,
    passage: str | None,
    passage_file: TextIO | None,
    erase: bool,
    whole_page: bool,
    with_copies: bool,
    undo: bool,
    list_all: bool,
) -> None:
    """Hide a document, a version or a passage from everything served.

    KEY is the document's key. It stays hidden whatever later crawls bring. Where public.db is
    published it is built anew at once. Every call finishes erasures whose process died.

    Exit code: 0 all well; 1 hidden, but not erased or published; 2 wrong use; 75 a crawl runs.
    """
    words = normalise(passage_file.read() if passage_file else passage or "")
    if (passage is not None or passage_file) and (not words or version_number is not None):
        fail("expected one of --version N, --passage TEXT and --passage-file FILE")
    with open_archive() as db:
        if list_all:
            hidden = None
        elif not key or bool(reason) == undo:
            fail("say which document, and --reason or --undo (or --list alone)")
        else:
            hidden = _hidden(db, key, reason or "", version_number, words)
            _check(db, hidden, erase=erase)
    if erase and words and not whole_page:
        fail(
            "a WARC record is erased whole: with the passage go all bytes of every page it stands "
            "in, and those pages cannot be read again; say --whole-page if that is meant",
            EXIT_USAGE,
        )
    try:
        _act(hidden, undo=undo, erase=erase, with_copies=with_copies)
    except Busy as error:
        fail(str(error), EXIT_LOCKED)
    except SharedBytes as error:
        fail(f"nothing was done: {error}; --with-copies withholds and erases them too")
    except (ArchiveError, OSError, sqlite3.Error) as error:
        fail(f"not done in full: {error}", EXIT_NOT_OK)


def _hidden(
    db: sqlite3.Connection, key: str, reason: str, version_number: int | None, passage: str
) -> Hidden:
    document = document_named(db, key)
    scope: Scope = "passage" if passage else "document" if version_number is None else "version"
    return Hidden(document["id"], reason, scope, version_number, passage)


def _check(db: sqlite3.Connection, hidden: Hidden, *, erase: bool) -> None:
    """Refuse what is not there; words to erase may stand in listings alone, see `_erase`."""
    if hidden.reason and not (erase and hidden.passage):
        check(db, hidden)


def _act(hidden: Hidden | None, *, undo: bool, erase: bool, with_copies: bool) -> None:
    now = utc_now()
    with open_archive() as db:  # before the words are gone
        concerned = [*_concerned(db, hidden)] if hidden and not undo else []
    with Store(data_dir() / "archive.db") as store:
        if hidden and undo:
            _release(store, hidden, now)
        elif hidden and erase:
            _erase(store, hidden, now, with_copies=with_copies)
        elif hidden:
            store.withhold(hidden, now)
            click.echo("withheld")
        for line in concerned:
            click.echo(line)
        if hidden and not erase:
            _publish()
        _finish_others(store, now)
    if not hidden:
        with open_archive() as db:
            for line in _listed(db):
                click.echo(line)


def _publish() -> None:
    """Let the served file follow, where there is one."""
    if is_published(data_dir()):
        click.echo(f"published anew: {publish(data_dir()).path}")


def _release(store: Store, hidden: Hidden, now: str) -> None:
    ended = store.release(hidden.document_id, hidden.version_number, hidden.passage, now)
    if not ended:
        fail("expected something withheld, found nothing; see --list")
    click.echo(
        f"{ended} withholdings ended; what was erased comes back with the next crawl, if at all"
    )


def _erase(store: Store, hidden: Hidden, now: str, *, with_copies: bool) -> None:
    """Order an erasure under the locks of all kommuner whose files it changes, and carry it out."""
    with ExitStack() as locks:
        ordered = _locked_plan(locks, hidden, with_copies=with_copies)
        if not ordered.capture_ids:
            with open_archive() as db:
                check(db, hidden)
        store.order_erasure(ordered.hidden, ordered.capture_ids, now)
        try:
            finish(store, data_dir(), ordered.slugs, now)
        finally:  # it is hidden, whatever keeps its bytes from being erased
            _publish()
    click.echo(f"erased: {len(ordered.capture_ids)} captures of {', '.join(sorted(ordered.slugs))}")
    if hidden.scope == "passage" and len(ordered.hidden) > 1:
        click.echo(f"erased with it: {len(ordered.hidden) - 1} withheld passages that overlap it")


def _locked_plan(locks: ExitStack, hidden: Hidden, *, with_copies: bool) -> Plan:
    """Return a plan that was made while all locks it needs were held: a crawl adds captures."""
    with closing(open_read_only(data_dir())) as db:
        held, wanted = frozenset[str](), frozenset((_slug_of(db, hidden),))
        while wanted - held:
            for slug in sorted(wanted - held):
                locks.enter_context(kommun_lock(data_dir(), slug))
            held |= wanted
            planned = plan(db, data_dir(), hidden, with_copies=with_copies)
            wanted = planned.slugs
    return planned


def _slug_of(db: sqlite3.Connection, hidden: Hidden) -> str:
    sql = "SELECT slug FROM kommuner JOIN documents USING (kommunkod) WHERE id = ?"
    return str(db.execute(sql, (hidden.document_id,)).fetchone()["slug"])


def _finish_others(store: Store, now: str) -> None:
    """Finish erasures whose process died, but for kommuner that are being crawled: those do it."""
    for slug in store.unfinished_kommuner():
        with suppress(Busy), kommun_lock(data_dir(), slug):
            finish(store, data_dir(), [slug], now)
    finish(store, data_dir(), [], now)


def _concerned(db: sqlite3.Connection, hidden: Hidden) -> Iterator[str]:
    """Yield lines about what a withholding leaves alone, but somebody may have to look at."""
    if hidden.scope == "passage":
        yield from (f"says the same words: {key}" for key in elsewhere(db, hidden))
        return
    yield from (f"same bytes or text: {key}" for key in copies_of(db, hidden.document_id))
    if hidden.scope == "document":
        for row in files_of(db, hidden.document_id):
            yield f"not withheld with it: {row['key']} {_in_line(row['label'])}"


def _listed(db: sqlite3.Connection) -> Iterator[str]:
    rows = db.execute(
        "SELECT key, scope, version_number, passage, reason, withheld_at, erase_ordered_at, "
        "erased_at, said_again_at, scope = 'passage' AND passage = '' AND digest = '' "
        "AS is_forgotten FROM withholdings JOIN documents ON documents.id = document_id "
        "WHERE released_at IS NULL ORDER BY withholdings.id"
    )
    for row in rows:
        what = {"document": "", "version": f" version {row['version_number']}"}.get(
            row["scope"], f" passage {_in_line(row['passage']) or 'erased'!r}"
        )
        erased = f", erased {row['erased_at']}" if row["erased_at"] else ""
        waits = ", erasure not finished" * bool(row["erase_ordered_at"] and not erased)
        again = f", said again since {row['said_again_at']}" if row["said_again_at"] else ""
        lost = ", would not be known again: withhold the words once more" * row["is_forgotten"]
        said = f"{row['reason']}{erased}{waits}{again}{lost}"
        yield f"{row['withheld_at']} {row['key']}{what}: {said}"


def _in_line(text: str) -> str:
    """Return text as one line that moves no cursor."""
    return "".join(letter if letter.isprintable() else " " for letter in text)
