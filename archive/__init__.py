"""The archive: records, store, WARC files, cleaning. Knows no crawler and no product."""

__version__ = "0.1.0"
