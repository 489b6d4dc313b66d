"""Sources as data: one TOML file per kommun, checked on load.

The files lie in `crawler/kommuner`, or in the folder `KOMMUNARKIV_KOMMUNER` names.
"""

from __future__ import annotations

import os
import re
import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta

from archive.cleaning.template import Template
from archive.errors import BadRules
from crawler.page import Site
from crawler.products import PRODUCTS
from crawler.products.common import product_rules

Slug = Annotated[str, Meta(pattern=r"^[a-z0-9-]+$", max_length=40)]
Host = Annotated[str, Meta(pattern=r"^[a-z0-9.-]+(:[0-9]+)?$")]


class ConfigError(Exception):
    """A kommun that is not known, or a file that does not hold; names file, key and reason."""


class Source(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One place to crawl."""

    slug: Slug
    """Unique within the kommun."""
    product: str
    """Name of a module in `crawler/products`."""
    kind: Literal["meetings", "news", "notices"]
    start_url: str
    namespace: Annotated[str, Meta(pattern=r"^[a-z0-9-]*$", max_length=40)] = ""
    """Needed when the kommun has two sites on one product: sets their documents' keys apart."""
    hosts: tuple[Host, ...] = ()
    """Hosts (with port, where it is not the scheme's own) it may fetch from besides that of
    `start_url`."""
    delay_s: Annotated[float, Meta(ge=0, le=60)] = 1.5
    """Seconds between two requests; a longer Crawl-delay in robots.txt overrules it."""
    concurrency: Annotated[int, Meta(ge=1, le=8)] = 1
    timeout_s: Annotated[float, Meta(gt=0, le=600)] = 60
    """For one request, from start to last byte."""
    max_requests: Annotated[int, Meta(ge=1)] = 50_000
    """A crawl stops there, with the verdict `degraded`."""
    max_documents: Annotated[int, Meta(ge=1)] = 5_000
    """So many pages and files are asked for in one crawl besides the listings; what is over waits
    for the next."""
    revisit_days: Annotated[int, Meta(ge=0, le=3650)] = 90
    """Every document is looked at again after so many days at the latest; 0 for every crawl."""
    max_duration_min: Annotated[int, Meta(ge=1)] = 12 * 60
    """A crawl stops then, with the verdict `degraded`."""
    verify_certificates: bool = True
    allow_loopback: bool = False
    """True for a test town on this machine; every other private address stays forbidden."""
    may_be_empty: tuple[str, ...] = ()
    """Paths of listings that may have no rows; "*" for all."""
    undo_rules: tuple[str, ...] = ()
    """Names of cleaning rules that remove nothing on this site."""

    @property
    def allowed_hosts(self) -> frozenset[str]:
        """Hosts it may fetch from, as in `netloc`."""
        return frozenset((urlsplit(self.start_url).netloc.lower(), *self.hosts))


class Kommun(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A municipality and its sources."""

    kommunkod: Annotated[str, Meta(pattern=r"^[0-9]{4}$")]
    """Four digits as text, leading zeros kept (SCB)."""
    slug: Slug
    """The handle; the same as the file's name."""
    name: Annotated[str, Meta(min_length=1)]
    lan: Annotated[str, Meta(min_length=1)]
    sources: Annotated[tuple[Source, ...], Meta(min_length=1)]
    scheduled: bool = True
    """Whether `crawl --all` includes it."""
    publisher: str = ""
    """How the kommun signs what it publishes; the default is its name and "kommun"."""

    @property
    def max_duration_min(self) -> int:
        """A crawl's own limit: that of all its sources, which are crawled one after the other."""
        return sum(source.max_duration_min for source in self.sources)

    def site(self, source: Source, template: Template | None = None) -> Site:
        """Return what page objects are told of `source`."""
        return Site(
            kommunkod=self.kommunkod,
            product=source.product,
            start_url=source.start_url,
            publisher=self.publisher or f"{self.name} kommun",
            namespace=source.namespace,
            may_be_empty=source.may_be_empty,
            undo_rules=source.undo_rules,
            template=template,
        )


def kommuner_dir() -> Path:
    """Return the folder of the kommun files."""
    named = os.environ.get("KOMMUNARKIV_KOMMUNER")
    return Path(named) if named else Path(str(files("crawler") / "kommuner"))


def known_slugs() -> list[str]:
    """Return the slugs that have a file, sorted."""
    return sorted(path.stem for path in kommuner_dir().glob("*.toml"))


def load_kommun(slug: str) -> Kommun:
    """Return the kommun called `slug`.

    Raises `ConfigError` when there is no such file (the message lists the known ones) or the file
    does not hold.
    """
    path = kommuner_dir() / f"{slug}.toml"
    if slug not in known_slugs():
        known = ", ".join(known_slugs()) or f"none, in {kommuner_dir()}"
        raise ConfigError(f"unknown kommun {slug!r}; known: {known}")
    try:
        kommun = msgspec.convert(tomllib.loads(path.read_text("utf-8")), Kommun)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError) as error:
        raise ConfigError(f"{path.name}: {_readable(str(error))}") from error
    _check(kommun, path)
    return kommun


def scheduled_kommuner() -> tuple[list[Kommun], list[str]]:
    """Return every kommun that is scheduled, and what is wrong with the files that do not hold."""
    kommuner, broken = [], []
    for slug in known_slugs():
        try:
            kommuner.append(load_kommun(slug))
        except ConfigError as error:
            broken.append(str(error))
    return [kommun for kommun in kommuner if kommun.scheduled], broken


def _readable(message: str) -> str:
    """Turn msgspec's "Expected … - at `$.sources[0].kind`" into "sources[0].kind: expected …"."""
    match = re.fullmatch(r"(?s)(.*) - at `\$\.?(.*)`", message)
    return f"{match[2]}: {match[1]}" if match else message


def _check(kommun: Kommun, path: Path) -> None:
    if kommun.slug != path.stem:
        raise ConfigError(f"{path.name}: slug: expected {path.stem!r}, found {kommun.slug!r}")
    for number, source in enumerate(kommun.sources):
        for key, reason in _faults(source, kommun.sources[:number]):
            raise ConfigError(f"{path.name}: sources[{number}].{key}: {reason}")


def _faults(source: Source, before: tuple[Source, ...]) -> list[tuple[str, str]]:
    faults = []
    if source.slug in [other.slug for other in before]:
        faults.append(("slug", f"{source.slug!r} is used twice"))
    if any(_would_share_keys(source, other) for other in before):
        reason = f"another site of this kommun runs {source.product} too; name this one"
        faults.append(("namespace", reason))
    if source.product not in PRODUCTS:
        known = ", ".join(sorted(PRODUCTS))
        faults.append(("product", f"unknown product {source.product!r}; known: {known}"))
    elif source.undo_rules and (unknown := _unknown_rules(source)):
        faults.append(("undo_rules", unknown))
    if not _is_web_address(source.start_url):
        faults.append(("start_url", "expected http(s)://host/…, without name and password"))
    return faults


def _unknown_rules(source: Source) -> str:
    try:
        product_rules(source.product, source.undo_rules)
    except BadRules as error:
        return str(error)
    return ""


def _would_share_keys(source: Source, other: Source) -> bool:
    is_same_space = (source.product, source.namespace) == (other.product, other.namespace)
    return is_same_space and not source.allowed_hosts & other.allowed_hosts


def _is_web_address(address: str) -> bool:
    try:
        url = urlsplit(address)
        is_web = url.scheme in ("http", "https") and bool(url.hostname) and url.port != 0
    except ValueError:
        return False
    return is_web and "@" not in url.netloc
