"""The meeting portal is what it says it is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from parsel import Selector

from tests.towns.council import MOST_ITEMS, slugify
from tests.towns.meetingplus import MeetingPlusTown
from tests.towns.server import serving
from tests.towns.town import Ask, Town
from tests.towns.visitor import Visitor, Walk

TOKEN = re.compile(rb'antiForgeryToken = "([^"]+)"')
SEED_MEETING = "/committees/socialnamnden/mote-2020-10-27"
SEED_UTSKOTT = "/committees/socialnamndens-arbetsutskott/mote-2021-06-02"


@pytest.fixture(scope="module")
def town() -> MeetingPlusTown:
    return MeetingPlusTown()


@pytest.fixture(scope="module")
def visitor(town: MeetingPlusTown) -> Iterator[Visitor]:
    with serving([town], ports="free") as addresses, Visitor(addresses[town.name]) as guest:
        yield guest


@pytest.fixture(scope="module")
def walk(visitor: Visitor) -> Walk:
    return Walk(visitor).run()


def text_of(body: bytes, query: str) -> str:
    words = Selector(body.decode()).css(query).xpath("string()").getall()
    return " ".join(" ".join(words).split())


def page(town: Town, path: str) -> Selector:
    return Selector(town.answer(Ask(path)).body.decode())


class TestPortal:
    def test_every_path_answers_and_is_listed_once(self, town):
        paths = town.paths()
        assert len(set(paths)) == len(paths)
        assert {town.answer(Ask(path)).status for path in paths} == {200}

    def test_has_the_promised_size(self, town):
        assert len(town.pages()) >= 130
        assert len(list(town.files())) >= 200

    def test_covers_the_promised_years(self, town):
        years = set(re.findall(r"mote-(\d{4})-", " ".join(town.pages())))
        assert years == {str(year) for year in range(2017, 2028)}

    def test_no_walkable_link_is_dead(self, walk):
        assert {reply.status for reply in walk.found.values()} == {200}

    def test_walk_finds_every_path(self, walk, town):
        found = {town.canonical(path.partition("?")[0]) for path in walk.found}
        assert set(town.paths()) <= found

    def test_walk_finds_little_else(self, walk, town):
        """Only the downloads that hold listed files again."""
        found = {town.canonical(path.partition("?")[0]) for path in walk.found}
        assert all(path.startswith("/api/") for path in found - set(town.paths()))

    def test_traps_are_linked(self, walk):
        assert {"javascript", "mailto"} <= walk.schemes
        assert any(path.startswith("/AuthorizationServer") for path in walk.barred)
        assert "/search" in walk.barred

    def test_what_robots_forbid_answers_too(self, visitor, walk):
        assert "Disallow: /search" in visitor.get("/robots.txt").body.decode()
        assert {visitor.get(path).status for path in sorted(walk.barred)[:5]} == {200}
        assert visitor.get("/cookie-policy").status == 200

    def test_files_are_pdf_without_a_dot_in_their_address(self, town, visitor):
        for file in list(town.files())[:20]:
            assert re.search(r"/(agenda|protocol)/[a-z0-9-]+pdf(-\d+)?$", file.path)
            reply = visitor.get(file.path)
            assert reply.kind == "application/pdf"
            assert reply.body.startswith(b"%PDF-")
            assert reply.body.rstrip().endswith(b"%%EOF")

    def test_some_file_addresses_have_a_numeric_tail(self, town):
        tails = [file for file in town.files() if re.search(r"pdf-\d+$", file.slug)]
        assert len(tails) > 10

    def test_only_the_token_changes(self, visitor):
        first, second = visitor.get(SEED_MEETING).body, visitor.get(SEED_MEETING).body
        assert TOKEN.search(first)[1] != TOKEN.search(second)[1]
        assert TOKEN.sub(b"", first) == TOKEN.sub(b"", second)

    def test_another_day_says_the_same(self, town):
        again = MeetingPlusTown()
        assert again.paths() == town.paths()
        for path in town.paths()[::9]:
            here, there = (t.answer(Ask(path)).body for t in (town, again))
            assert TOKEN.sub(b"", here) == TOKEN.sub(b"", there)

    def test_unknown_path_redirects_to_a_page_with_status_200(self, visitor):
        reply = visitor.get("/committees/socialnamnden/mote-1999-01-01/protocol/finnspdf")
        assert reply.status == 302
        assert reply.headers["Location"].startswith("/404?aspxerrorpath=%2fcommittees%2fsoc")
        sorry = visitor.get(reply.headers["Location"])
        assert sorry.status == 200
        assert text_of(sorry.body, "title") == "Sidan saknas | MeetingPlus [sv]"
        assert TOKEN.search(sorry.body)
        assert b"%252fcommittees%252fsocialnamnden" in sorry.body

    def test_frame_has_the_products_quirks(self, visitor):
        body = visitor.get(SEED_MEETING).body
        assert body.startswith(b"\r\n\r\n<!doctype html>")
        assert re.search(rb"[^\r]\n", body)
        assert "Copyright В© 2026".encode() in body
        assert b'content="Socialf&#246;rvaltningen"' in body
        assert text_of(body, "a#skipNavigation") == "Hoppa över navigering"
        assert "Vi använder cookies" in text_of(body, "#ribbon .text")

    def test_links_inside_the_page_are_relative(self, town):
        hrefs = page(town, SEED_MEETING).css("main a::attr(href)").getall()
        assert hrefs
        assert all(href.startswith(("/", "#", "javascript:")) for href in hrefs)

    def test_alias_serves_the_same_bytes(self, visitor, town):
        file = next(f for f in town.files() if f.kind == "agenda")
        alias = file.path.replace("/committees/", "/welcome-sv/namnder-styrelser/")
        bodies = {
            visitor.get(path + query).body
            for path in (file.path, alias)
            for query in ("", "?downloadMode=open", "?downloadMode=download")
        }
        assert len(bodies) == 1

    def test_side_menu_holds_the_whole_history(self, town):
        listed = page(town, "/committees/socialnamnden").css("a.accessible-table-cell")
        menu = page(town, SEED_MEETING).css(".side-menu li a::attr(href)").getall()
        hrefs = listed.css("::attr(href)").getall()
        assert set(menu) == set(hrefs)
        assert len(hrefs) == 3 * len(menu)
        assert all(re.search(r"\d{4}-\d\d-\d\d", s.attrib["aria-label"]) for s in listed)

    def test_both_list_styles_exist(self, town):
        assert page(town, SEED_MEETING).css("ul.agenda-items")
        assert page(town, "/committees/kommunstyrelsen/mote-2025-03-10").css("ol.agenda-items")

    def test_missing_minutes_disable_the_button(self, town):
        found = page(town, "/committees/vard-och-omsorgsnamnden/mote-2018-02-19")
        assert found.css("a#openProtocol").attrib["href"] == "javascript:void(0);"
        assert "Inget protokoll har publicerats" in found.get()

    def test_two_meetings_share_a_day(self, town):
        tail = "-2", ""
        texts = {
            page(town, f"/committees/socialnamnden/mote-2023-05-23{end}").css(".meeting-when").get()
            for end in tail
        }
        assert len(texts) == 2

    @pytest.mark.parametrize(
        "path",
        [
            "/committees/barn-och-ungdomsnamnden/mote-2022-04-19-installt",
            "/committees/miljoskyddsnamnden/installt-miljoskyddsnamnden",
        ],
    )
    def test_cancelled_meetings_have_no_items(self, town, path):
        found = page(town, path)
        assert "inställt" in found.css("h1::text").get().lower()
        assert not found.css("li.agenda-item")

    def test_future_meetings_have_no_items(self, town):
        ahead = [path for path in town.pages() if "mote-2027-" in path]
        assert ahead
        assert not any(page(town, path).css("li.agenda-item") for path in ahead)

    def test_minutes_may_lie_below_another_meeting(self, town):
        found = page(town, "/committees/samhallsbyggnadsnamnden/mote-2024-09-02")
        href = found.css("a#openProtocol").attrib["href"]
        assert "/mote-2024-08-26/protocol/" in href
        assert town.answer(Ask(urlsplit(href).path)).status == 200

    def test_the_same_minutes_may_lie_there_twice(self, town):
        found = page(town, "/committees/kommunstyrelsen/mote-2025-03-10")
        hrefs = found.css("#protocolContent a.document-title::attr(href)").getall()
        assert len(set(hrefs)) == 3
        full, copy, other = (town.answer(Ask(urlsplit(href).path)).body for href in hrefs)
        assert full == copy != other

    def test_all_of_a_kind_comes_as_zip(self, visitor):
        found = visitor.get("/committees/kommunstyrelsen/mote-2025-03-10").body.decode()
        bundle = re.search(r"/api/v2\.0/meetings/\d+/download/Protocol", found)[0]
        assert visitor.get(bundle).kind == "application/zip"

    def test_older_files_have_no_validators(self, town, visitor):
        newer = next(f for f in town.files() if f.kind == "protocol" and "/mote-2025-" in f.path)
        older = next(f for f in town.files() if f.kind == "protocol" and "/mote-2019-" in f.path)
        assert "Last-Modified" in visitor.get(newer.path).headers
        assert "Last-Modified" not in visitor.get(older.path).headers
        assert "ETag" not in visitor.get(SEED_MEETING).headers

    def test_pasted_markup_is_varied(self, town):
        whole = b"".join(town.answer(Ask(path)).body for path in town.pages()).decode()
        for trace in ("MsoNormal", "<o:p>", "font-size:11pt", "A/ ", "\u00ad", "<p>&nbsp;</p>"):
            assert trace in whole

    def test_json_names_the_meetings(self, visitor):
        assert b'"DateLabel": "2020-10-27' in visitor.get("/api/v2.0/committees/906/meetings").body

    @pytest.mark.parametrize("pages", [60, 400, 3000])
    def test_grows_to_about_the_size_wanted(self, pages):
        assert len(MeetingPlusTown.of_size(pages).pages()) == pytest.approx(pages, rel=0.1)

    def test_too_many_pages_are_refused(self):
        with pytest.raises(ValueError, match="fewer"):
            MeetingPlusTown.of_size(1_000_000)

    def test_paragrafer_run_through_the_year(self, town):
        found = [
            path for path in town.pages() if path.startswith("/committees/socialnamnden/mote-20")
        ]
        firsts = [page(town, path).css(".item-number::text").get() for path in found]
        assert "§ 52" in firsts
        assert all(len(page(town, path).css("li.agenda-item")) <= MOST_ITEMS for path in found)

    def test_slugs_are_made_as_the_product_makes_them(self):
        assert slugify("Protokoll §228 KS å ä ö (ny).pdf") == "protokoll-ss228-ks-a-a-o-nypdf"


class TestSeeds:
    """The two meetings whose texts are known say them word for word."""

    def test_socialnamnden(self, town):
        found = page(town, SEED_MEETING)
        assert found.css("h1::text").get() == "Möte 2020-10-27"
        assert text_of(found.get().encode(), ".meeting-when") == "14:00 - 17:00 Socialförvaltningen"
        items = found.css("li.agenda-item")
        numbers = ["".join(item.css(".item-number::text").getall()) for item in items]
        assert numbers == ["§ 52", "§ 53", "§ 54"]
        texts = [text_of(item.get().encode(), ".item-description") for item in items]
        assert [len(text.split()) for text in texts] == [0, 144, 164]
        assert "ackumulerat utfall om -2 812 tkr per september 2020" in texts[1]
        assert texts[1].endswith("Covid -19 är per september fortfarande begränsade.")
        assert texts[2].endswith(
            "Arbetsutskottet har den 15 oktober 2020, § 332 behandlat ärendet."
        )

    def test_arbetsutskott(self, town):
        found = page(town, SEED_UTSKOTT)
        assert text_of(found.get().encode(), ".meeting-when") == "09:00 - 12:00 Socialförvaltningen"
        items = found.css("li.agenda-item")
        assert ["".join(item.css(".item-number::text").getall()) for item in items] == ["\xa0"] * 2
        texts = [text_of(item.get().encode(), ".item-description") for item in items]
        assert texts[0] == (
            "Förvaltningschefen informerar: A/ Mini Maria B/ Avtal med samordningsförbundet "
            "C/ Förslag på organisationsförändring D/ Nuläge Covid-19"
        )
        assert texts[1].startswith("Behovet av lokaler presenteras i nämndernas")
        assert texts[1].endswith("den kommungemensamma samordningen blir viktig.")

    @pytest.mark.parametrize("path", [SEED_MEETING, SEED_UTSKOTT])
    def test_boilerplate_is_there(self, town, path):
        found = page(town, path).get()
        assert "Det finns ingen information att visa" in found
        assert "Ingen agenda har publicerats" in found
        assert "Inget protokoll har publicerats" not in found
