"""Building the served file: a database of its own, from the archive's, by an allow-list.

It is built beside the old one, checked, and takes its place: anew, or from a copy of the old one
and what has changed since. Texts are masked while they are copied, so that what is withheld never
reaches the file. When something else is withheld than last time, it is built anew: nothing that
was taken out stays in a free page.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import msgspec

from archive.errors import ArchiveError
from archive.publish import identity_numbers
from archive.publish.checking import Numbers, check, miscounted
from archive.publish.filling import bring_over, fill
from archive.publish.hiding import digest, is_any_served, prepare_hiding
from archive.reading import open_read_only
from archive.warc import sync_folder

FORMAT = 5
"""Counted up with every change of what is served, or how; a file of another format is built anew.
With the version of the rules for identity numbers it is the file's `user_version`."""
_USER_VERSION = FORMAT * 1000 + identity_numbers.RULES.version


@dataclass(frozen=True, slots=True)
class Published:
    """A served file that was built."""

    path: Path
    documents: int
    withheld: int
    """Documents of the archive that are not in it."""
    changed: int | None
    """Rows that were brought over; None if it was built anew."""
    numbers: Numbers
    """In what was brought over."""


class BadPublication(ArchiveError):
    """A file that was built but must not be served; the old one stays."""


Version = tuple[int, str, str]
"""Id, time and hash of the text."""


class Basis(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the served file was built from: `public.db.basis`, which is not for others."""

    file: tuple[int, int, int]
    """Inode, bytes and time of the file it is about."""
    digest: str
    """Of what was hidden."""
    newest: Version | None
    """The last of the archive's versions: one that was put back from a backup lacks it."""


def public_path(data_dir: Path) -> Path:
    """Return the path of the served file."""
    return data_dir / "public.db"


def is_published(data_dir: Path) -> bool:
    """Tell whether there is a served file."""
    return public_path(data_dir).exists()


def is_current(data_dir: Path) -> bool:
    """Tell whether the served file is of today's format and shows the archive as it is.

    It bears the archive's time. Where that is another, an older one too (a backup that was put
    back, a clock that was), it does not; where there is no archive, nothing is newer.
    """
    path = public_path(data_dir)
    if not path.exists():
        return False
    changed_ns = _changed_ns(data_dir)
    return changed_ns in (0, path.stat().st_mtime_ns) and _is_todays(path)


def publish(data_dir: Path, *, anew: bool = False) -> Published:
    """Build the served file beside the old one, check it, and let it take its place.

    Only what has changed is built, unless `anew` or something else is hidden than last time.
    Raises `ArchiveError` without an archive, `BadPublication` when a check fails; then the old
    file stays. One process at a time builds.
    """
    open_read_only(data_dir).close()  # there is one, and its schema is today's
    path = public_path(data_dir)
    beside = path.with_name("public.db.building")
    with _alone(data_dir):
        changed_ns = _changed_ns(data_dir)
        beside.unlink(missing_ok=True)
        try:
            old = None if anew else _basis_of(path)
            built = (_build(data_dir, beside, old) if old else None) or _build(data_dir, beside)
            assert built  # noqa: S101 - anew, there is nothing that could not be built upon
            published, basis = built
            os.utime(beside, ns=(changed_ns, changed_ns))
            _sync(beside)
            basis = msgspec.structs.replace(basis, file=_identity(beside))
            path.with_name("public.db.basis").write_bytes(msgspec.json.encode(basis))
            beside.replace(path)
        finally:
            beside.unlink(missing_ok=True)
        sync_folder(data_dir)
    return published


def _build(
    data_dir: Path, beside: Path, old: Basis | None = None
) -> tuple[Published, Basis] | None:
    """Build the file, from the old one where that is given; return also what it was built from.

    None if the old one cannot be built upon: something else is hidden, or it was another archive.
    """
    beside.unlink(missing_ok=True)
    path = public_path(data_dir)
    if old:
        _copy(path, beside)
    with closing(connected(beside)) as db:
        db.execute("PRAGMA journal_mode = OFF")
        db.execute("PRAGMA synchronous = OFF")
        db.execute("PRAGMA secure_delete = ON")
        db.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
        archive = (data_dir / "archive.db").resolve().as_uri()
        db.execute("ATTACH ? AS archive", (f"{archive}?mode=ro",))
        db.execute("BEGIN")
        hiding = prepare_hiding(db)
        hiding.connect(db)
        found, newest = digest(db), db.execute(_NEWEST).fetchone()
        if old and (found != old.digest or not _holds(db, old.newest) or is_any_served(db)):
            return None
        changed = bring_over(db, hiding) if old else None
        if changed is None:
            fill(db, hiding)
        db.execute(f"PRAGMA main.user_version = {_USER_VERSION}")
        miscounts = [*miscounted(db)]  # while the archive is what it was: a crawl writes on
        db.execute("COMMIT")
        checked = check(db, hiding, beside, path if old else None)
        if wrong := [*miscounts, *checked.problems]:
            raise BadPublication(f"public.db must not be served: {'; '.join(wrong)}")
        shown, hidden = (
            db.execute(f"SELECT count(*) FROM {name}").fetchone()[0]
            for name in ("main.documents", "hidden_documents")
        )
        published = Published(path, shown, hidden, changed, checked.numbers)
        return published, Basis(_identity(beside), found, newest)


_CACHE_KIB = 65_536
_NEWEST = "SELECT id, observed_at, text_sha256 FROM archive.versions ORDER BY id DESC LIMIT 1"


def _holds(db: sqlite3.Connection, version: Version | None) -> bool:
    """Tell whether the archive holds this version, and not another by its number."""
    sql = "SELECT 1 FROM archive.versions WHERE (id, observed_at, text_sha256) = (?, ?, ?)"
    return version is None or db.execute(sql, version).fetchone() is not None


def _basis_of(path: Path) -> Basis | None:
    """Return what the served file was built from, if it is still the file that we built."""
    with suppress(OSError, msgspec.MsgspecError):
        basis = msgspec.json.decode(path.with_name("public.db.basis").read_bytes(), type=Basis)
        if basis.file == _identity(path) and _is_todays(path):
            return basis
    return None


def _identity(path: Path) -> tuple[int, int, int]:
    status = path.stat()
    return status.st_ino, status.st_size, status.st_mtime_ns


def _is_todays(path: Path) -> bool:
    with closing(connected(path)) as db:
        return bool(db.execute("PRAGMA user_version").fetchone()[0] == _USER_VERSION)


def _copy(source: Path, target: Path) -> None:
    """Copy a file within the kernel; where the file system can, its blocks are shared."""
    with open(source, "rb") as old, open(target, "wb") as new:
        left = os.fstat(old.fileno()).st_size
        try:
            while left and (copied := os.copy_file_range(old.fileno(), new.fileno(), left)):
                left -= copied
        except OSError:  # not everywhere
            left = -1
    if left:
        shutil.copyfile(source, target)


def connected(path: Path) -> sqlite3.Connection:
    """Open a served file; it is made where there is none."""
    return sqlite3.connect(path.resolve().as_uri(), uri=True, isolation_level=None)


@contextmanager
def _alone(data_dir: Path) -> Iterator[None]:
    """Let one process build at a time; another waits."""
    with open(data_dir / "public.db.lock", "a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _changed_ns(data_dir: Path) -> int:
    """Return when the archive last changed, in nanoseconds since 1970; 0 if there is none."""
    files = [data_dir / name for name in ("archive.db", "archive.db-wal")]
    found = [file.stat() for file in files if file.exists()]
    return max((file.st_mtime_ns for file in found if file.st_size), default=0)


def _sync(path: Path) -> None:
    with open(path, "rb") as stream:
        os.fsync(stream.fileno())
