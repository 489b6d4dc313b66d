"""`python -m crawler` is `kommunarkiv`."""

from crawler.cli import main

main(prog_name="kommunarkiv")
