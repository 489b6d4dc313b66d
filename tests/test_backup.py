"""A backup is whole whenever it is made, and what is restored from it is an archive."""

from __future__ import annotations

import json
import os
import re
import resource
import shutil
import sqlite3
import subprocess
from collections.abc import Iterable
from pathlib import Path

import pytest

from archive.backup import back_up, backups, read_manifest, restorable, restore
from archive.errors import BadBackup, Busy
from archive.reading import open_read_only
from archive.recording import Recorder
from archive.store import Store
from archive.verify import verify_bytes
from archive.warc import Exchange, exchange_end, members, read_record, tombstone
from tests.conftest import Street, open_street

WARC = "warc/staden/a.warc.gz"
LATER = "warc/staden/b.warc.gz"


def at(day: int) -> str:
    return f"2026-11-{day:02}T03:00:00Z"


class Archive:
    """A small archive that grows by an exchange at a time."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store = Store(folder / "archive.db")
        self.store.put_kommun("0001", "staden", "Staden", "Län")
        named = {"product": "notified", "kind": "news", "start_url": "http://a.se/"}
        source_id = self.store.put_source(
            "0001", "pressrum", publisher="", namespace="", undo_rules="[]", **named
        )
        self.crawl_id = self.store.begin_crawl(source_id, at(1), "1")
        self.recorders: list[Recorder] = []
        self.recorder = self.recording(WARC)
        self.pages = 0

    def recording(self, name: str) -> Recorder:
        self.recorders.append(Recorder(self.store, self.crawl_id, self.folder, name, "test"))
        return self.recorders[-1]

    def grow(self, recorder: Recorder | None = None) -> None:
        self.pages += 1
        body = f"page {self.pages}: {os.urandom(2000).hex()}".encode()
        (recorder or self.recorder).record(
            Exchange(
                url=f"http://a.se/{self.pages}",
                fetched_at=at(1),
                request_headers=(("Host", "a.se"),),
                status=200,
                reason="OK",
                headers=(("Content-Length", str(len(body))),),
                body=body,
            )
        )

    def close(self) -> None:
        for recorder in self.recorders:
            recorder.close()
        self.store.close()


def count(folder: Path) -> int:
    db = open_read_only(folder)
    try:
        return db.execute("SELECT count(*) FROM captures").fetchone()[0]
    finally:
        db.close()


def problems(folder: Path) -> list[str]:
    db = open_read_only(folder)
    try:
        return verify_bytes(db, folder).problems
    finally:
        db.close()


@pytest.fixture
def archive(tmp_path: Path) -> Iterable[Archive]:
    archive = Archive(tmp_path / "data")
    for _ in range(3):
        archive.grow()
    yield archive
    archive.close()


@pytest.fixture
def safe(tmp_path: Path) -> Path:
    """The folder that backups are made in."""
    return tmp_path / "safe"


def restored(backup: Path, target: Path) -> Path:
    restore(backup, restorable(backup, target), target)
    return target


def test_what_is_written_between_database_and_files_is_left_out(
    archive: Archive, safe: Path, tmp_path: Path
) -> None:
    """New rows' bytes, a whole exchange without a row, and half a record."""

    def meanwhile(items: list[str], label: str) -> Iterable[str]:
        if label == "WARC files":
            archive.grow()
            archive.grow(archive.recording(LATER))
            with open(archive.folder / WARC, "ab") as file:
                file.write((archive.folder / WARC).read_bytes()[:700])
        return items

    path, manifest = back_up(archive.folder, safe, keep=3, now=at(2), track=meanwhile)

    assert manifest.counts["captures"] == 3
    assert set(manifest.files) == {"archive.db", WARC}
    assert manifest.files[WARC].bytes < (archive.folder / WARC).stat().st_size
    target = restored(path, tmp_path / "new")
    assert (count(target), problems(target)) == (3, [])


def test_it_would_not_do_to_copy_the_files_first(archive: Archive, tmp_path: Path) -> None:
    """Why the order is as it is: the copy of the database cites bytes that are not there."""
    shutil.copytree(archive.folder / "warc", tmp_path / "new" / "warc")
    archive.grow()
    with open_read_only(archive.folder) as db:
        db.execute("VACUUM INTO ?", (str(tmp_path / "new" / "archive.db"),))
    db.close()

    assert any("expected a record, found none" in problem for problem in problems(tmp_path / "new"))


def test_an_answer_whose_request_is_not_written_yet_is_left_out(
    archive: Archive, safe: Path, tmp_path: Path
) -> None:
    """The end of a whole record is not the end of an exchange."""
    data = (archive.folder / WARC).read_bytes()
    with open(archive.folder / WARC, "ab") as file:
        file.write(data[: data.index(b"\x1f\x8b\x08", 10)])
    path, manifest = back_up(archive.folder, safe, keep=3, now=at(2))

    assert manifest.files[WARC].bytes == len(data)
    assert problems(restored(path, tmp_path / "new")) == []


def test_a_file_that_did_not_change_is_linked_and_one_that_grew_is_copied(
    archive: Archive, safe: Path
) -> None:
    first, _ = back_up(archive.folder, safe, keep=3, now=at(2))
    archive.grow(archive.recording(LATER))
    second, _ = back_up(archive.folder, safe, keep=3, now=at(3))
    archive.grow()
    third, manifest = back_up(archive.folder, safe, keep=3, now=at(4))

    assert (first / WARC).samefile(second / WARC)
    assert not (third / WARC).samefile(second / WARC)
    assert (third / LATER).samefile(second / LATER)
    assert not (third / LATER).samefile(archive.folder / LATER)
    assert manifest == read_manifest(third)


def test_bytes_that_were_changed_in_place_are_copied_anew(archive: Archive, safe: Path) -> None:
    """As when something is erased: equal in length, other in time."""
    first, _ = back_up(archive.folder, safe, keep=3, now=at(2))
    os.utime(archive.folder / WARC, (1, 1))
    second, _ = back_up(archive.folder, safe, keep=3, now=at(3))

    assert not (first / WARC).samefile(second / WARC)


def test_the_newest_are_kept(archive: Archive, safe: Path, tmp_path: Path) -> None:
    """And what is linked outlives what it was linked to."""
    made = [back_up(archive.folder, safe, keep=2, now=at(day))[0] for day in range(2, 6)]

    assert backups(safe) == made[-2:]
    assert sorted(path.name for path in safe.iterdir() if path.name != ".lock") == [
        path.name for path in made[-2:]
    ]
    assert problems(restored(made[-1], tmp_path / "new")) == []


def test_what_the_archive_lost_is_said_and_no_older_backup_goes(
    archive: Archive, safe: Path
) -> None:
    first, _ = back_up(archive.folder, safe, keep=1, now=at(2))
    (archive.folder / WARC).unlink()
    second, manifest = back_up(archive.folder, safe, keep=1, now=at(3))

    assert [problem.partition(" at ")[0] for problem in manifest.problems] == [
        "expected a WARC file"
    ]
    assert backups(safe) == [first, second]


def test_a_damaged_database_makes_no_backup(archive: Archive, safe: Path) -> None:
    first, _ = back_up(archive.folder, safe, keep=1, now=at(2))
    db = sqlite3.connect(archive.folder / "archive.db")
    db.execute("UPDATE captures SET crawl_id = 77 WHERE id = 2")
    db.commit()
    db.close()
    with pytest.raises(BadBackup, match="a row of captures cites none"):
        back_up(archive.folder, safe, keep=1, now=at(3))

    assert backups(safe) == [first]
    assert sorted(path.name for path in safe.iterdir()) == [".lock", first.name]


@pytest.mark.parametrize("limit", [20_000, 400_000])
def test_a_full_disk_leaves_the_older_backups_whole(
    archive: Archive, safe: Path, tmp_path: Path, limit: int
) -> None:
    """Full while the database is copied, full while a WARC file is."""
    first, _ = back_up(archive.folder, safe, keep=1, now=at(2))
    for _ in range(300):
        archive.grow()
    street = Street(tmp_path, "staden", [])
    done = subprocess.run(
        street.command("backup", str(safe), "--keep", "1"),
        env=street.environment,
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
    )

    assert done.returncode == 1
    assert re.fullmatch(r"kommunarkiv: no backup was made: .*\n", done.stderr)
    assert sorted(path.name for path in safe.iterdir()) == [".lock", first.name]
    assert count(restored(first, tmp_path / "new")) == 3


def test_what_a_killed_backup_left_goes(archive: Archive, safe: Path) -> None:
    (safe / ".unfinished-20261101T030000Z" / "warc").mkdir(parents=True)
    made, _ = back_up(archive.folder, safe, keep=1, now=at(2))

    assert sorted(path.name for path in safe.iterdir()) == [".lock", made.name]


def test_two_at_a_time_are_one_too_many(archive: Archive, safe: Path) -> None:
    def again(items: list[str], _label: str) -> Iterable[str]:
        with pytest.raises(Busy):
            back_up(archive.folder, safe, keep=1, now=at(3))
        return items

    made, _ = back_up(archive.folder, safe, keep=1, now=at(2), track=again)

    assert backups(safe) == [made]


def spoil_bytes(backup: Path) -> None:
    data = (backup / WARC).read_bytes()
    (backup / WARC).write_bytes(data[:500] + bytes([data[500] ^ 1]) + data[501:])


def spoil_length(backup: Path) -> None:
    (backup / WARC).write_bytes((backup / WARC).read_bytes() + b"x")


def spoil_database(backup: Path) -> None:
    (backup / "archive.db").write_bytes((backup / "archive.db").read_bytes()[:-1])


@pytest.mark.parametrize(
    "spoil", [spoil_bytes, spoil_length, spoil_database, lambda backup: (backup / WARC).unlink()]
)
def test_a_spoilt_backup_is_not_restored(
    archive: Archive, safe: Path, tmp_path: Path, spoil: object
) -> None:
    backup, manifest = back_up(archive.folder, safe, keep=1, now=at(2))
    spoil(backup)  # type: ignore[operator]
    with pytest.raises(BadBackup, match="take another backup"):
        restore(backup, manifest, tmp_path / "new")

    assert list((tmp_path / "new").iterdir()) == []


def test_a_folder_that_holds_anything_is_refused(archive: Archive, safe: Path) -> None:
    backup, _ = back_up(archive.folder, safe, keep=1, now=at(2))
    archive.grow()
    street = Street(archive.folder.parent, "staden", [])
    done = street.run("restore", str(backup), "--to", str(archive.folder))

    assert done.returncode == 2
    assert "expected an empty folder" in done.stderr
    assert count(archive.folder) == 4


@pytest.mark.parametrize("name", ["../archive.db", "warc/../../x", "/etc/x", "logs/x"])
def test_a_manifest_that_points_elsewhere_is_refused(
    archive: Archive, safe: Path, tmp_path: Path, name: str
) -> None:
    backup, _ = back_up(archive.folder, safe, keep=1, now=at(2))
    told = json.loads((backup / "manifest.json").read_text())
    told["files"][name] = told["files"][WARC]
    (backup / "manifest.json").write_text(json.dumps(told))
    with pytest.raises(BadBackup, match="expected a file below warc/"):
        restorable(backup, tmp_path / "new")


def test_the_folder_of_all_backups_is_none_itself(archive: Archive, safe: Path) -> None:
    backup, _ = back_up(archive.folder, safe, keep=1, now=at(2))
    with pytest.raises(BadBackup, match=f"backups in it: {backup.name}"):
        restorable(safe, safe / "new")


def test_an_exchange_ends_behind_its_last_record(archive: Archive) -> None:
    [row] = archive.store._db.execute("SELECT max(warc_offset) AS last FROM captures")

    path = archive.folder / WARC
    assert exchange_end(path, row["last"]) == path.stat().st_size

    end = row["last"] + exchange_of_a_tombstone(path, row["last"])
    assert exchange_end(path, row["last"]) == end == path.stat().st_size


def exchange_of_a_tombstone(path: Path, offset: int) -> int:
    """Put a tombstone in place of a response; return the bytes of its exchange."""
    data = path.read_bytes()
    (_, end), _ = members(path, offset)
    tomb = tombstone(read_record(path, offset), "privacy", "2026-11-22T06:40:00Z")
    path.write_bytes(data[:offset] + tomb + data[end:])
    return len(tomb) + len(data) - end


@pytest.mark.slow
def test_a_backup_made_while_a_crawl_runs_is_a_whole_archive(tmp_path: Path) -> None:
    """Several, at moments of their own; `verify` reads every page of each again."""
    safe = tmp_path / "safe"
    made: list[int] = []
    for street in open_street(tmp_path, ["moten"], pages=80, delay_s=0.05, concurrency=1):
        with subprocess.Popen(street.command("crawl", "staden"), env=street.environment) as crawl:
            for asked in (10, 40, 80):
                while len(street.visits) < asked:
                    assert crawl.poll() is None
                done = street.run("backup", str(safe))
                assert (done.returncode, done.stderr) == (0, "")
                assert re.search(r"\d+ captures, \d+ documents, .* 1 WARC files", done.stdout)
                assert crawl.poll() is None
            crawl.wait()
        whole = street.rows("SELECT count(*) AS n FROM captures")[0]["n"]
        for backup in backups(safe):
            new = Street(tmp_path / backup.name, "staden", [])
            (new.folder / "kommuner").mkdir(parents=True)
            shutil.copy(tmp_path / "kommuner" / "staden.toml", new.folder / "kommuner")
            done = new.run("restore", str(backup), "--to", str(new.data))
            assert done.returncode == 0, done.stderr
            assert "0 problems in its rows and bytes" in done.stdout
            checked = new.run("verify")
            assert checked.returncode == 0, checked.stderr
            made.append(new.rows("SELECT count(*) AS n FROM captures")[0]["n"])
        assert new.crawl().returncode == 0, "the next crawl goes on from there"
        assert new.run("verify").returncode == 0

    assert len(made) == 3
    assert 0 < made[0] < made[1] < made[2] < whole
