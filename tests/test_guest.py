"""Law 11: who we visit, how we wait."""

from __future__ import annotations

import asyncio
import time
from email.utils import formatdate

import pytest
from scrapy.http import Response

from crawler.guest import plain_reason, retry_after_s
from crawler.wire import PrivateAddressError, PublicResolver, is_allowed_address


@pytest.mark.parametrize(
    ("host", "allowed"),
    [
        ("example.se", True),
        ("8.8.8.8", True),
        ("127.0.0.1", False),
        ("10.0.0.1", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),
        ("[::1]", False),
        ("[fe80::1]", False),
        ("[fc00::1]", False),
        ("[::ffff:10.0.0.1]", False),
        ("[2a00:1450:400f:80d::200e]", True),
    ],
)
def test_only_public_addresses(host: str, allowed: bool) -> None:
    assert is_allowed_address(host, allow_loopback=False) is allowed


def test_a_town_is_on_loopback_and_nowhere_else() -> None:
    assert is_allowed_address("127.0.0.1", allow_loopback=True)
    assert not is_allowed_address("10.0.0.1", allow_loopback=True)


def test_a_name_that_leads_home_is_refused() -> None:
    """Whatever DNS says, the address that is connected to is the one that is checked."""

    async def resolve(allow_loopback: bool) -> object:
        return await PublicResolver(allow_loopback=allow_loopback).resolve("localhost", 80)

    with pytest.raises(PrivateAddressError, match="localhost leads to"):
        asyncio.run(resolve(False))
    assert asyncio.run(resolve(True))


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0),
        ("120", 120),
        (" 5 ", 5),
        ("", None),
        ("snart", None),
        ("-3", None),
        ("1.5", None),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0),
    ],
)
def test_retry_after(value: str, seconds: float | None) -> None:
    response = Response("https://example.se/", status=429, headers={"Retry-After": value})

    assert retry_after_s(response) == seconds


def test_retry_after_as_a_date() -> None:
    later = formatdate(time.time() + 90, usegmt=True)
    response = Response("https://example.se/", status=503, headers={"Retry-After": later})

    assert 85 < (retry_after_s(response) or 0) < 91


def test_a_reason_is_one_line_from_the_root_cause() -> None:
    """What the libraries wrap around it helps nobody at 4 a.m."""
    error = RuntimeError("Cannot connect to host ssl:<object at 0x7f>")
    error.__cause__ = OSError(111, "Connection refused")

    assert plain_reason(error) == "Connection refused"
