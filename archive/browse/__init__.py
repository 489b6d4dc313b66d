"""The reading room over the served file: Datasette with our own words, templates and search.

`metadata.yaml` describes every table and holds the canned queries, `templates/` and `static/`
draw the pages, `pages`, `documents` and `places` read what they show, `plugins/` connects all of
it, `archive.search` and `conduct` to Datasette. Canned queries live in one block of the metadata,
since Datasette 1.0 wants them in a file of their own.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from urllib.parse import urlsplit

from archive.publish import public_path

HERE = Path(__file__).parent

SETTINGS = {
    "truncate_cells_html": "160",  # a cell is a glimpse; the row's own page has it all
    "suggest_facets": "off",  # the metadata names the useful ones
    "allow_facet": "off",  # counting by any column would make an index of persons
    "default_page_size": "40",
    "max_returned_rows": "1000",
    "sql_time_limit_ms": "3000",
    "facet_time_limit_ms": "1000",
    "default_cache_ttl": "60",  # the back button is instant; a crawl shows within a minute
    "allow_download": "off",  # who wants it all asks us
}
"""Datasette's settings that differ from its defaults."""


def public_address() -> str:
    """Return the address that others know the archive by; nothing where its keeper names none."""
    return os.environ.get("KOMMUNARKIV_ADDRESS", "")


def datasette_command(data_dir: Path, host: str, port: int) -> list[str]:
    """Return the command that serves what is published below `data_dir`.

    In mutable mode, never immutable: another file may take its place while somebody reads.
    """
    command = [sys.executable, "-m", "datasette", "serve", str(public_path(data_dir))]
    command += ["--host", host, "--port", str(port)]
    command += ["--metadata", str(HERE / "metadata.yaml")]
    command += ["--template-dir", str(HERE / "templates")]
    command += ["--plugins-dir", str(HERE / "plugins")]
    command += ["--static", f"static:{HERE / 'static'}"]
    folder = urlsplit(public_address()).path.strip("/")
    for name, value in {**SETTINGS, "base_url": f"/{folder}/" if folder else "/"}.items():
        command += ["--setting", name, value]
    return command
