"""The storm does what it says, at the share it says, and the same for the same seed."""

from __future__ import annotations

import gzip
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from http.client import IncompleteRead

import pytest
from parsel import Selector

from tests.towns.notified import NotifiedTown
from tests.towns.server import serving
from tests.towns.storm import TROUBLES, StormyTown
from tests.towns.town import Ask
from tests.towns.visitor import Visitor

PAGE = "/alingsas-kommun"
Stormy = Callable[..., Visitor]


@pytest.fixture
def stormy() -> Iterator[Stormy]:
    """Serve a newsroom where every request meets the named trouble; return a visitor."""
    with ExitStack() as stack:

        def serve(name: str) -> Visitor:
            town = StormyTown(NotifiedTown(20), seed=1, share=1, only=(name,))
            addresses = stack.enter_context(serving([town], ports="free"))
            return stack.enter_context(Visitor(addresses[town.name]))

        yield serve


@pytest.mark.parametrize(
    ("name", "status", "wait"),
    [
        ("500", 500, None),
        ("503", 503, None),
        ("503, Retry-After", 503, "1"),
        ("429, Retry-After", 429, "1"),
        ("error page with 200", 200, None),
    ],
)
def test_statuses(stormy, name, status, wait):
    reply = stormy(name).get(PAGE)
    assert (reply.status, reply.headers["Retry-After"]) == (status, wait)


def test_slow_comes_whole_in_the_end(stormy):
    assert b"post-list" in stormy("slow").get(PAGE).body


def test_reset_is_a_reset(stormy):
    with pytest.raises((ConnectionResetError, IncompleteRead)):
        stormy("reset").get(PAGE)


def test_length_too_long_ends_early(stormy):
    with pytest.raises(IncompleteRead) as torn:
        stormy("length too long").get(PAGE)
    assert torn.value.expected == len(torn.value.partial)


@pytest.mark.parametrize("name", ["length too short", "gzip cut short"])
def test_what_was_cut_cannot_be_unpacked(stormy, name):
    reply = stormy(name).get(PAGE)
    assert int(reply.headers["Content-Length"]) == len(reply.body) > 100
    with pytest.raises(EOFError):
        gzip.decompress(reply.body)


def test_redirect_loop_has_no_end(stormy):
    visitor, path = stormy("redirect loop"), PAGE
    for _ in range(12):
        reply = visitor.get(path)
        assert reply.status == 302
        path = reply.headers["Location"]


def test_wrong_charset_is_only_a_label(stormy):
    reply = stormy("wrong charset").get(PAGE)
    assert reply.headers["Content-Type"] == "text/html; charset=iso-8859-1"
    assert "Alingsås" in reply.body.decode("utf-8")


def test_bomb_is_small_on_the_wire(stormy):
    body = stormy("gzip bomb").get(PAGE).body
    assert len(body) < 1_000_000
    unpacked = zlib.decompressobj(16 + zlib.MAX_WBITS).decompress(body, 50_000_000)
    assert len(unpacked) == 50_000_000


def test_empty(stormy):
    reply = stormy("empty").get(PAGE)
    assert (reply.status, reply.body) == (200, b"")


@pytest.mark.parametrize("name", sorted(TROUBLES))
def test_nobody_vouches_for_a_broken_answer(stormy, name):
    """With an ETag of the whole page a visitor would be told for ever that it holds that."""
    town = StormyTown(NotifiedTown(20), seed=1, share=1, only=(name,))
    names = {header.lower() for header, _ in town.answer(Ask(PAGE)).headers}
    assert not names & {"etag", "last-modified"}


def test_robots_fails_at_first():
    town = StormyTown(NotifiedTown(20), seed=1)
    assert [town.answer(Ask("/robots.txt")).status for _ in range(4)] == [503, 503, 200, 200]


def test_calendar_has_no_end():
    town, path, query = StormyTown(NotifiedTown(20), seed=1, share=0), PAGE, {}
    seen = set()
    for _ in range(30):
        body = town.answer(Ask(path, query)).body.decode()
        href = Selector(body).css("main p:last-child a::attr(href)").getall()[-1]
        assert href not in seen
        seen.add(href)
        query = {"manad": href.rpartition("=")[2]}


def test_share_is_kept_and_every_trouble_comes():
    befallen: Counter[str] = Counter()
    asked = 0
    for seed in range(20):
        town = StormyTown(NotifiedTown(60), seed)
        for path in town.paths():
            town.answer(Ask(path))
        asked += len(town.paths())
        befallen += Counter(name for name, _ in town.befallen)
    assert 0.17 < befallen.total() / asked < 0.23
    assert set(befallen) == set(TROUBLES)


def test_order_does_not_matter():
    one, two = (StormyTown(NotifiedTown(30), seed=7) for _ in range(2))
    for path in one.paths():
        one.answer(Ask(path))
    for path in reversed(two.paths()):
        two.answer(Ask(path))
    assert sorted(one.befallen) == sorted(two.befallen) != []


def test_a_calm_town_is_the_healthy_one():
    town = StormyTown(NotifiedTown(20), seed=1, share=1, is_calm=True)
    assert {town.answer(Ask(path)).status for path in town.paths()} == {200}
    assert b"manad=" not in town.answer(Ask(PAGE)).body
