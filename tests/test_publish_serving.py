"""The reading room goes on answering while its file is replaced and a crawl writes."""

from __future__ import annotations

import re
import subprocess
import threading
import urllib.request
from dataclasses import replace

from archive.browse import datasette_command
from archive.publish import publish
from archive.store import Store
from tests.sample_archive import RELEASE, _crawl, build_sample_archive

PAGES = ("/", "/public/documents", "/public/documents/1", "/public/documents.json?_search=natt")


def test_no_reader_meets_an_error(tmp_path):
    build_sample_archive(tmp_path)
    publish(tmp_path)
    command = datasette_command(tmp_path, "127.0.0.1", 0)
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        try:
            address = next(
                found[0] for line in process.stderr if (found := re.search(r"http://\S+", line))
            )
            threading.Thread(target=process.stderr.read, daemon=True).start()
            faults: list[str] = []
            is_over = threading.Event()

            def read() -> None:
                while not is_over.is_set():
                    for page in PAGES:
                        try:
                            urllib.request.urlopen(f"{address}{page}", timeout=20).read()
                        except OSError as error:
                            faults.append(f"{page}: {error}")

            reader = threading.Thread(target=read)
            reader.start()
            for night in range(4):
                with Store(tmp_path / "archive.db") as store:
                    _crawl(
                        store,
                        tmp_path,
                        1,
                        f"natt-{night}",
                        [replace(RELEASE, text=f"natt {night}")],
                    )
                publish(tmp_path, anew=night == 2)
            found = urllib.request.urlopen(f"{address}{PAGES[-1]}", timeout=20).read()
            is_over.set()
            reader.join()
        finally:
            process.terminate()

    assert not faults
    assert b'"filtered_table_rows_count": 1' in found
