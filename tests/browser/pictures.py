"""Pictures of every kind of page, for people to look at: python -m tests.browser.pictures DIR.

At 1280 and 390 px, light and dark, the whole page; of a rich archive made up for it, or of one
given with --data.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Browser

from archive.publish import public_path, publish
from tests.browser import kinds, rich_archive
from tests.browser.chromium import chromium_path, launched
from tests.serving import reading_room

WIDTHS = (1280, 390)
SCHEMES = ("light", "dark")


def main(arguments: Sequence[str] | None = None) -> int:
    """Take the pictures and return the exit code."""
    options = _parser().parse_args(arguments)
    if not (chromium := chromium_path()):
        sys.stderr.write("no chromium found\n")
        return 1
    options.folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as name:
        data_dir = options.data or Path(name)
        public = public_path(data_dir) if options.data else rich_archive.build(data_dir)
        if not public.exists():
            publish(data_dir)
        paths = {
            kind: path
            for kind, path in kinds.paths(public).items()
            if not options.only or kind in options.only
        }
        with reading_room(data_dir) as served, launched(chromium) as browser:
            for picture in _taken(browser, served.address, paths, options.folder):
                sys.stdout.write(f"{picture}\n")
    return 0


def _taken(browser: Browser, address: str, paths: dict[str, str], folder: Path) -> Iterator[Path]:
    for width in WIDTHS:
        for scheme in SCHEMES:
            context = browser.new_context(
                viewport={"width": width, "height": 900}, color_scheme=scheme, locale="sv-SE"
            )
            page = context.new_page()
            for kind, path in paths.items():
                page.goto(address + path)
                name = "-".join(kind.replace(",", "").lower().split())
                picture = folder / f"{name}-{width}-{scheme}.png"
                page.screenshot(path=picture, full_page=True)
                yield picture
            context.close()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.browser.pictures", description=__doc__)
    parser.add_argument("folder", type=Path, metavar="DIR")
    parser.add_argument("--data", type=Path, metavar="DIR", help="folder of an archive")
    parser.add_argument("--only", nargs="+", choices=kinds.KINDS, metavar="KIND")
    return parser


if __name__ == "__main__":
    sys.exit(main())
