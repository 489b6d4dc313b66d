"""Copies of a whole archive, to keep elsewhere and to restore from.

A backup is a folder named by its time, complete in itself: `archive.db`, `warc/` and a manifest.
A WARC file that has not changed since the backup before is a hard link to the one there.

Crawls may run meanwhile. The database is copied first, as one snapshot: by then the bytes of each
of its rows are on disk (law 1), and WARC files only grow. Then of each file as much is copied as
that snapshot cites, so that no record which was being written gets in, and none is torn.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from hashlib import file_digest
from hashlib import sha256 as new_sha256
from pathlib import Path, PurePosixPath

import msgspec

from archive.errors import ArchiveError, BadBackup, BadWarc, Busy
from archive.reading import open_read_only
from archive.verify import Track, untracked
from archive.warc import exchange_end, sync_folder

DATABASE = "archive.db"
MANIFEST = "manifest.json"
COUNTED = ("sources", "crawls", "captures", "documents", "versions", "removals")
_NAME = re.compile(r"\d{8}T\d{6}Z")
_UNFINISHED = ".unfinished-"


class File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A file of a backup."""

    bytes: int
    sha256: str
    mtime_ns: int
    """When what it was copied from had last been written."""


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a backup holds."""

    made_at: str
    """UTC ISO 8601; no row is younger."""
    counts: dict[str, int]
    """Rows by table."""
    files: dict[str, File]
    """By path below the backup."""
    problems: list[str]
    """What the archive should have held, and did not."""


Held = Mapping[str, tuple[Path, File]]
"""Where the files of an older backup lie, and what they are, by name."""


def back_up(
    data_dir: Path, folder: Path, *, keep: int, now: str, track: Track = untracked
) -> tuple[Path, Manifest]:
    """Copy the archive in `data_dir` into `folder`; return the new backup.

    Then all but the newest `keep` are deleted, unless the archive lacked something: an older one
    may hold it. Raises `ArchiveError` or `OSError` where none was made; those there stay.
    """
    folder.mkdir(parents=True, exist_ok=True)
    name = now.translate(str.maketrans("", "", "-:"))
    if (folder / name).exists():
        raise BadBackup(f"expected no backup of {now} in {folder}, found one")
    with _folder_lock(folder):
        _sweep(folder)
        try:
            manifest = _fill(data_dir, folder / (_UNFINISHED + name), _held(folder), now, track)
            (folder / (_UNFINISHED + name)).rename(folder / name)
            sync_folder(folder)
        finally:
            _sweep(folder)
        if not manifest.problems:
            _rotate(folder, keep)
    return folder / name, manifest


def restorable(backup: Path, data_dir: Path) -> Manifest:
    """Return what a backup holds. Raises `BadBackup` unless `data_dir` is empty or not there."""
    if data_dir.exists() and any(data_dir.iterdir()):
        raise BadBackup(f"expected an empty folder at {data_dir}, found files; name another")
    return read_manifest(backup)


def restore(backup: Path, manifest: Manifest, data_dir: Path, track: Track = untracked) -> None:
    """Copy a backup that is `restorable` into `data_dir`.

    The database comes last: a folder without one is no archive. Raises `BadBackup` for bytes that
    are not those of the manifest; then nothing is left behind.
    """
    data_dir.mkdir(parents=True, exist_ok=True)
    unfinished = data_dir / (_UNFINISHED + DATABASE)
    names = sorted(manifest.files, key=lambda name: name == DATABASE)
    try:
        for name in track(names, "files"):
            target = unfinished if name == DATABASE else data_dir / name
            _copy_checked(backup / name, target, manifest.files[name])
        _sync_folders(data_dir)
        unfinished.rename(data_dir / DATABASE)
        sync_folder(data_dir)
    except BaseException:
        shutil.rmtree(data_dir / "warc", ignore_errors=True)
        unfinished.unlink(missing_ok=True)
        raise


def backups(folder: Path) -> list[Path]:
    """Return the backups in a folder, the oldest first."""
    return sorted(path for path in folder.glob("*") if _NAME.fullmatch(path.name))


def read_manifest(backup: Path) -> Manifest:
    """Return what a backup says it holds. Raises `BadBackup` where it says nothing that can be."""
    try:
        manifest = msgspec.json.decode((backup / MANIFEST).read_bytes(), type=Manifest)
    except FileNotFoundError:
        known = ", ".join(path.name for path in backups(backup)) or "none"
        raise BadBackup(
            f"expected a backup at {backup}, found no {MANIFEST}; backups in it: {known}"
        ) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadBackup(f"{backup / MANIFEST}: {error}") from error
    for name in manifest.files:
        parts = PurePosixPath(name).parts
        if name != DATABASE and (parts[:1] != ("warc",) or ".." in parts):
            raise BadBackup(f"{backup / MANIFEST}: expected a file below warc/, found {name!r}")
    if DATABASE not in manifest.files:
        raise BadBackup(f"{backup / MANIFEST}: expected {DATABASE} among its files, found none")
    return manifest


def _fill(data_dir: Path, folder: Path, held: Held, now: str, track: Track) -> Manifest:
    """Make a whole backup in `folder`; what is `held` already is linked to."""
    folder.mkdir()
    for name in track([DATABASE], "database"):
        database = _copy_database(data_dir, folder / name)
    with closing(open_read_only(folder)) as db:
        _check(db)
        counts = {
            table: db.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in COUNTED
        }
        cited = dict(
            db.execute("SELECT warc_file, max(warc_offset) FROM captures GROUP BY 1").fetchall()
        )
    files, problems = {DATABASE: database}, []
    for name in track(sorted(cited), "WARC files"):
        try:
            files[name] = _copy_warc(data_dir / name, cited[name], folder / name, held.get(name))
        except BadWarc as error:
            problems.append(str(error))
    manifest = Manifest(now, counts, files, problems)
    _write(folder / MANIFEST, msgspec.json.format(msgspec.json.encode(manifest)) + b"\n")
    _sync_folders(folder)
    return manifest


def _copy_database(data_dir: Path, target: Path) -> File:
    with closing(open_read_only(data_dir)) as db:
        db.execute("VACUUM INTO ?", (str(target),))
    with open(target, "rb") as copy:
        os.fsync(copy.fileno())
        status = os.fstat(copy.fileno())
        return File(status.st_size, file_digest(copy, "sha256").hexdigest(), status.st_mtime_ns)


def _check(db: sqlite3.Connection) -> None:
    wrong = [row[0] for row in db.execute("PRAGMA integrity_check") if row[0] != "ok"]
    wrong += [f"a row of {row[0]} cites none" for row in db.execute("PRAGMA foreign_key_check")]
    if wrong:
        raise BadBackup(f"expected a sound database, found {len(wrong)} faults, first: {wrong[0]}")


def _copy_warc(source: Path, last_cited: int, target: Path, held: tuple[Path, File] | None) -> File:
    """Copy a WARC file up to the end of the exchange at byte `last_cited`, or link what is held."""
    length = exchange_end(source, last_cited)
    mtime_ns = source.stat().st_mtime_ns
    target.parent.mkdir(parents=True, exist_ok=True)
    if held and (held[1].bytes, held[1].mtime_ns) == (length, mtime_ns):
        with suppress(OSError):  # a file system without hard links
            os.link(held[0], target)
            return held[1]
    return File(length, _copy(source, target, length), mtime_ns)


def _copy(source: Path, target: Path, length: int) -> str:
    """Copy the first `length` bytes of a file to disk; return their SHA-256."""
    digest, rest = new_sha256(), length
    with open(source, "rb") as data, open(target, "xb") as copy:
        while rest and (chunk := data.read(min(rest, 1 << 20))):
            digest.update(chunk)
            copy.write(chunk)
            rest -= len(chunk)
        copy.flush()
        os.fsync(copy.fileno())
    return digest.hexdigest()


def _copy_checked(source: Path, target: Path, file: File) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        found = _copy(source, target, file.bytes)
    except FileNotFoundError:
        raise BadBackup(f"expected a file at {source}, found none; take another backup") from None
    if (found, source.stat().st_size) != (file.sha256, file.bytes):
        raise BadBackup(
            f"{source}: expected {file.bytes} bytes with SHA-256 {file.sha256}, "
            f"found {source.stat().st_size} with {found}; take another backup"
        )
    os.utime(target, ns=(file.mtime_ns, file.mtime_ns))


def _write(path: Path, data: bytes) -> None:
    with open(path, "xb") as out:
        out.write(data)
        out.flush()
        os.fsync(out.fileno())


def _sync_folders(root: Path) -> None:
    for folder in (root, *(path for path in root.rglob("*") if path.is_dir())):
        sync_folder(folder)


@contextmanager
def _folder_lock(folder: Path) -> Iterator[None]:
    with open(folder / ".lock", "a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Busy(f"another backup to {folder} is running") from None
        yield


def _held(folder: Path) -> Held:
    """Return the files of the newest backup whose manifest can be read, by name."""
    for path in reversed(backups(folder)):
        with suppress(ArchiveError):
            return {name: (path / name, f) for name, f in read_manifest(path).files.items()}
    return {}


def _rotate(folder: Path, keep: int) -> None:
    """Delete all but the newest; renamed first, so that half a backup never looks like one."""
    for path in backups(folder)[:-keep]:
        path.rename(folder / (_UNFINISHED + path.name))
    _sweep(folder)


def _sweep(folder: Path) -> None:
    for path in folder.glob(f"{_UNFINISHED}*"):
        shutil.rmtree(path)
