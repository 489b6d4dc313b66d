"""The products whose pages can be read, by the name that configuration uses."""

from __future__ import annotations

from crawler.page import Page
from crawler.products import meetingplus, notified, sitevision

PRODUCTS: dict[str, type[Page]] = {
    "meetingplus": meetingplus.START,
    "notified": notified.START,
    "sitevision": sitevision.START,
}
"""The class that reads a source's start URL."""
