"""Every fault does what it says, and only that."""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from http.client import IncompleteRead
from urllib.parse import urlsplit

import pytest
from parsel import Selector

from tests.towns.__main__ import all_towns
from tests.towns.faults import BOMB_SIZE, FAULTS, NoVictimError, apply, article_of, file_of
from tests.towns.meetingplus import MeetingPlusTown
from tests.towns.server import serving
from tests.towns.town import Ask, Town
from tests.towns.visitor import Visitor

Faulty = Callable[[str], tuple[Visitor, MeetingPlusTown]]


@pytest.fixture(scope="module")
def everywhere() -> list[Town]:
    return all_towns()


@pytest.fixture
def faulty() -> Iterator[Faulty]:
    """Serve a small portal with the named fault in it; return a visitor and the healthy town."""
    small = MeetingPlusTown.of_size(80)
    with ExitStack() as stack:

        def serve(name: str) -> tuple[Visitor, MeetingPlusTown]:
            addresses = stack.enter_context(serving(apply([name], [small]), ports="free"))
            return stack.enter_context(Visitor(addresses[small.name])), small

        yield serve


class TestFaults:
    def test_article_is_a_meeting_and_file_a_pdf(self):
        town = MeetingPlusTown()
        assert re.search(r"/committees/[\w-]+/[\w-]*\d", article_of(town))
        assert "/protocol/" in file_of(town) or "/agenda/" in file_of(town)

    def test_victim_is_hit_under_its_alias_as_well(self, faulty):
        visitor, town = faulty("server-error")
        alias = article_of(town).replace("/committees/", "/welcome-sv/namnder-styrelser/")
        assert visitor.get(alias).status == 500

    def test_empty_organ(self, faulty):
        visitor, _ = faulty("empty-organ")
        body = visitor.get("/committees/socialnamnden").body
        assert not Selector(body.decode()).css("#committeesRecentContent a")
        assert b"accessible-table-cell" in visitor.get("/committees/kommunstyrelsen").body

    def test_other_product(self, faulty):
        visitor, town = faulty("other-product")
        assert b"wp-content" in visitor.get(article_of(town)).body

    def test_soft_404(self, faulty):
        visitor, town = faulty("soft-404")
        reply = visitor.get(file_of(town))
        assert (reply.status, "aspxerrorpath" in reply.headers["Location"]) == (302, True)
        assert b"Sidan saknas" in visitor.follow(file_of(town)).body

    @pytest.mark.parametrize(
        ("name", "kind"), [("html-for-pdf", "text/html"), ("html-as-pdf", "application/pdf")]
    )
    def test_html_in_place_of_pdf(self, faulty, name, kind):
        visitor, town = faulty(name)
        reply = visitor.get(file_of(town))
        assert (reply.status, reply.kind) == (200, kind)
        assert b"<!doctype html>" in reply.body
        assert b"Sidan saknas" not in reply.body

    def test_firewall(self, faulty):
        visitor, _ = faulty("firewall")
        for path in ("/", "/robots.txt", "/committees"):
            reply = visitor.get(path)
            assert reply.status == 200
            assert b"Request Rejected" in reply.body
            assert b"SUPPORT_ID" not in reply.body

    def test_forbidden(self, faulty):
        visitor, _ = faulty("forbidden")
        assert [visitor.get("/").status for _ in range(22)] == [200] * 20 + [403] * 2

    def test_busy(self, faulty):
        visitor, town = faulty("busy")
        replies = [visitor.get(article_of(town)) for _ in range(3)]
        assert [reply.status for reply in replies] == [429, 429, 200]
        assert replies[0].headers["Retry-After"] == "1"

    def test_robots_503(self, faulty):
        visitor, _ = faulty("robots-503")
        assert visitor.get("/robots.txt").status == 503
        assert visitor.get("/").status == 200

    def test_torn(self, faulty):
        visitor, town = faulty("torn")
        for victim in (article_of(town), file_of(town)):
            with pytest.raises(IncompleteRead):
                visitor.get(victim)
            visitor.connection.close()

    def test_redirect_loop(self, faulty):
        visitor, town = faulty("redirect-loop")
        there = visitor.get(article_of(town)).headers["Location"]
        assert visitor.get(there).headers["Location"] == article_of(town)

    def test_offsite_redirect(self, faulty):
        visitor, town = faulty("offsite-redirect")
        target = urlsplit(visitor.get(article_of(town)).headers["Location"])
        assert target.netloc != urlsplit(visitor.address).netloc

    def test_bomb(self, faulty):
        visitor, town = faulty("bomb")
        reply = visitor.get(article_of(town))
        assert reply.headers["Content-Encoding"] == "gzip"
        assert len(reply.body) < BOMB_SIZE / 500
        unpacker = zlib.decompressobj(16 + zlib.MAX_WBITS)
        assert len(unpacker.decompress(reply.body, 10_000_000)) == 10_000_000

    def test_cp1252(self, faulty):
        visitor, town = faulty("cp1252")
        reply = visitor.get(article_of(town))
        assert reply.headers["Content-Type"] == "text/html"
        assert b"charset" not in reply.body
        assert "Möte" in reply.body.decode("cp1252")
        with pytest.raises(UnicodeDecodeError):
            reply.body.decode("utf-8")

    def test_login(self, faulty):
        visitor, town = faulty("login")
        reply = visitor.get(article_of(town))
        assert reply.status == 200
        assert b'type="password"' in reply.body

    def test_faults_can_be_combined(self):
        (ill,) = apply(["login", "robots-503", "empty-organ", "soft-404"], [MeetingPlusTown()])
        assert ill.answer(Ask("/robots.txt")).status == 503
        assert b"password" in ill.answer(Ask(article_of(MeetingPlusTown()))).body

    def test_fault_without_a_victim_is_refused(self, everywhere):
        others = [town for town in everywhere if not hasattr(town, "emptied")]
        with pytest.raises(NoVictimError, match="empty-organ"):
            apply(["empty-organ"], others)

    @pytest.mark.parametrize("name", sorted(set(FAULTS) - {"forbidden", "empty-organ"}))
    def test_fault_shows_in_every_town_it_applies_to(self, everywhere, name):
        infected = [(town, FAULTS[name].infect(town)) for town in everywhere]
        assert any(ill for _, ill in infected)
        assert all(self._differ(town, ill) for town, ill in infected if ill)

    def _differ(self, town: Town, ill: Town) -> bool:
        victims = filter(None, ("/robots.txt", article_of(town), file_of(town)))
        pairs = ((town.answer(Ask(path)), ill.answer(Ask(path))) for path in victims)
        return any(
            (here.status, len(here.body), here.headers)
            != (there.status, len(there.body), there.headers)
            for here, there in pairs
        )
