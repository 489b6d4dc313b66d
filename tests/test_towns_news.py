"""The newsroom and the two SiteVision towns are what their modules say they are."""

from __future__ import annotations

import gzip
import json
import re
import unicodedata
from collections.abc import Iterator
from hashlib import sha256
from urllib.parse import parse_qsl, unquote, urljoin, urlsplit

import pytest
from lxml import html
from lxml.etree import _Comment

from tests.towns import notified, sitevision
from tests.towns.sitevision import SiteVisionTown
from tests.towns.sitevision_pages import Page
from tests.towns.town import Answer, Ask, Town

ORIGIN = "http://127.0.0.1:8400"
ROOM = "/alingsas-kommun"
RELEASES = f"{ROOM}/posts/pressreleases"
SEED_000 = f"{RELEASES}/fortsatt-omstallning-mot-en-hallbar-socialtja"
SEED_DIGESTS = {
    "newsroom": "6da55b413046dc16",
    "hudiksvall": "5a3a6a9e4da243b9",
    "lidkoping": "265e51a505a0374f",
}
"""SHA-256 of the words of the three texts, joined by single spaces."""
BLOCKS = {"p", "h1", "h2", "h3", "div", "li", "td", "th", "img", "caption"}
UNSEEN_BY_SCRAPERS = ("script", "noscript", "button", "input", "textarea")
STATE = re.compile(r"registerInitialState\('[^']+',(.*?)\);</script>", re.DOTALL)

NEWSROOM = notified.towns()[0]
OLDER, NEWER = sitevision.towns()
TOWNS = [NEWSROOM, OLDER, NEWER]
SITES = [OLDER, NEWER]
each_town = pytest.mark.parametrize("town", TOWNS, ids=lambda town: town.name)
each_site = pytest.mark.parametrize("town", SITES, ids=lambda town: town.name)


def ask(town: Town, address: str) -> Answer:
    """Ask for an address as a browser would write it."""
    parts = urlsplit(address)
    return town.answer(Ask(unquote(parts.path), dict(parse_qsl(parts.query)), {}, ORIGIN))


def body(town: Town, address: str) -> str:
    return ask(town, address).body.decode()


def header(answer: Answer, name: str) -> str | None:
    return dict(answer.headers).get(name)


def is_page(answer: Answer) -> bool:
    return (header(answer, "Content-Type") or "").startswith("text/html")


def text_of(element: html.HtmlElement) -> str:
    """Return what a careless scraper makes of an element: text, and image alternatives."""
    if isinstance(element, _Comment) or element.tag in UNSEEN_BY_SCRAPERS:
        return ""
    inner = (element.get("alt") or "") + (element.text or "")
    inner += "".join(text_of(child) + (child.tail or "") for child in element)
    return f"\n{inner}\n" if element.tag in BLOCKS else inner


def words(text: str) -> str:
    return " ".join(text.split())


def article(town: SiteVisionTown, piece: str) -> Page:
    return next(page for page in town.articles if page.piece == piece)


def owned_text(page: str) -> str:
    """Return the words that editors put on a SiteVision page."""
    areas = html.fromstring(page).find_class("pagecontent")
    return words(" ".join(text_of(area) for area in areas))


def links(town: Town, page: str) -> Iterator[str]:
    """Return the addresses on this host that a page leads to, by any markup and by state."""
    tree = html.fromstring(page)
    for element, _, address, _ in tree.iterlinks():
        absolute = urljoin(f"{ORIGIN}/", address)
        if absolute.startswith(ORIGIN) and element.get("method") != "post":
            yield absolute.removeprefix(ORIGIN).partition("#")[0]
    for state in states(page):
        items = [*state.get("items", ()), *state.get("files", ())]
        yield from (item["uri"].partition("#")[0] for item in items if "uri" in item)


def states(page: str) -> list[dict]:
    return [json.loads(text) for text in STATE.findall(page)]


def canonical(town: Town, address: str) -> str:
    path = unquote(urlsplit(address).path)
    return town.canonical(path) if isinstance(town, SiteVisionTown) else path


@each_town
def test_every_path_answers(town: Town) -> None:
    answers = {path: town.answer(Ask(path, origin=ORIGIN)) for path in town.paths()}
    assert {answer.status for answer in answers.values()} == {200}
    assert len(answers) == len(town.paths())


@pytest.mark.parametrize(("town", "least"), [(NEWSROOM, 50), (OLDER, 90), (NEWER, 90)])
def test_there_are_enough_pages(town: Town, least: int) -> None:
    assert sum(is_page(town.answer(Ask(path))) for path in town.paths()) >= least


@pytest.mark.parametrize("wanted", [200, 1500])
def test_towns_grow(wanted: int) -> None:
    for town in (*notified.towns(wanted), *sitevision.towns(wanted)):
        pages = [path for path in town.paths() if not path.endswith(".pdf")]
        assert wanted * 0.9 < len(pages) < wanted * 1.1
        assert len(pages) == len(set(pages))


@each_town
def test_no_link_is_dead_and_everything_is_reached(town: Town) -> None:
    addresses, seen = ["/"], {"/"}
    if town is NEWER:
        addresses += [f"/kommun-och-politik/nyheter?page={number}" for number in range(2, 10)]
    while addresses:
        address = addresses.pop()
        answer = ask(town, address)
        if answer.status == 301:
            answer = ask(town, (header(answer, "Location") or "").removeprefix(ORIGIN))
        assert answer.status == 200, address
        if is_page(answer) and "start=" not in address:
            found = set(links(town, answer.body.decode())) - seen
            seen |= found
            addresses += found
    assert {canonical(town, address) for address in seen} >= set(town.paths())


@each_town
def test_the_unknown_is_missing_with_chrome(town: Town) -> None:
    answer = town.answer(Ask("/finns/inte.html"))
    assert answer.status == 404
    assert b"<footer" in answer.body


@each_town
def test_nothing_raises(town: Town) -> None:
    paths = [
        "",
        "//",
        "/%00",
        "/download/18.x/1/a.pdf",
        "/sitemap99.xml.gz",
        "/a;jsessionid=",
        "/å",
    ]
    queries = [{}, {"page": "-1"}, {"page": "x"}, {"start": "99991301"}, {"page": "9" * 400}]
    for path in [*paths, *town.paths()[:8]]:
        assert {town.answer(Ask(path, query)).status for query in queries} <= {200, 404}


@each_town
def test_answers_are_the_same_every_day(town: Town) -> None:
    twin = {t.name: t for t in (*notified.towns(), *sitevision.towns())}[town.name]
    token = re.compile(rb"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")
    for path in town.paths():
        here, there = town.answer(Ask(path)), twin.answer(Ask(path))
        assert token.sub(b"", here.body) == token.sub(b"", there.body)


def digest(text: str) -> str:
    return sha256(words(text).encode()).hexdigest()[:16]


def test_seed_000_stands_word_for_word() -> None:
    post = html.fromstring(body(NEWSROOM, SEED_000)).find_class("post")[0]
    for image in post.iter("img"):
        image.tail = image.get("alt") + (image.tail or "")
    text = post.text_content()
    assert digest(text) == SEED_DIGESTS["newsroom"]
    assert text.strip().startswith("2020-05-18 07:00Pressmeddelande\n\nFortsatt")
    assert "Karin Alvermalm.Om Alingsås kommun\n\n" in text
    assert "i år.\u00a0 Den förflyttning" in text
    assert text.strip().endswith("Förvaltningschef Socialförvaltningen\nKarin Alvermalm")


@each_site
def test_the_other_seeds_stand_word_for_word(town: SiteVisionTown) -> None:
    page = html.fromstring(body(town, article(town, "seed").path))
    assert digest(text_of(page.find_class("main-column")[0])) == SEED_DIGESTS[town.name]


def test_seed_001_begins_with_its_image_and_has_no_date() -> None:
    page = body(OLDER, article(OLDER, "seed").path)
    assert owned_text(page).startswith("samtal på uteolats Social- och omsorgsnämnden")
    assert "Publicerad" not in page


def test_seed_004_has_the_form_among_its_own_blocks() -> None:
    page = body(NEWER, article(NEWER, "seed").path)
    assert "innehåll?Hur nöjd är du" in owned_text(page)
    assert owned_text(page).count("Tack för ditt svar!") == 2
    assert "<form" not in page.partition('id="innehall"')[2]
    assert '<p class="normal">Publicerad: </p>' in page


def test_two_releases_share_their_cut_slug() -> None:
    titles = {post.title for post in NEWSROOM.posts if "om-vattenledningen" in post.path}
    assert len(titles) == 2
    tails = [post.path.rpartition("/")[2] for post in NEWSROOM.posts]
    assert all(len(re.sub(r"-\d+$", "", tail)) <= 45 for tail in tails)


def test_the_room_is_paged_to_its_end() -> None:
    first, second, beyond = (body(NEWSROOM, f"{ROOM}?page={n}") for n in (1, 2, 99))
    assert 'href="/alingsas-kommun?page=2">Visa fler' in first
    assert not set(cards(first)) & set(cards(second))
    assert cards(beyond) == []


def cards(page: str) -> list[str]:
    return [card.get("href") for card in html.fromstring(page).find_class("post-card__link")]


@pytest.mark.parametrize(
    ("piece", "expected"),
    [
        ("own_headings", ["<h2>Kontakt</h2>", "<h2>Om projektet</h2>"]),
        ("quoted_about", ["heter ”Om Alingsås kommun”", 'title">Elever skriver ny guidebok']),
        ("english", ['lang="en"', "<h3>Contacts</h3>"]),
        ("emoji", ["👩‍🌾👨‍🌾", "i&#8203;potatis", "1&thinsp;500", "på   Stora\n"]),
        ("table", ["<table>", "Bifogade filer"]),
        ("imported", ["OM ALINGSÅS<br>"]),
    ],
)
def test_newsroom_pieces(piece: str, expected: list[str]) -> None:
    post = next(post for post in NEWSROOM.posts if post.template == piece)
    page = body(NEWSROOM, post.path)
    assert [part for part in expected if part not in page] == []


def test_every_release_glues_its_stamp_and_its_publisher() -> None:
    for post in NEWSROOM.posts:
        page = body(NEWSROOM, post.path)
        assert f'{post.published:%Y-%m-%d %H:%M}</time><span class="post-type">{post.label}' in page
        assert ('</p></div><div class="post-about"><h3' in page) == post.about


def test_contacts_of_releases_vary() -> None:
    counts = {len(post.contacts) for post in NEWSROOM.posts}
    assert counts == {0, 1, 2}


def test_one_release_repeats_itself_in_the_box_below() -> None:
    post = next(post for post in NEWSROOM.posts if post.template == "quoted_about")
    assert body(NEWSROOM, post.path).partition("nr-more")[2].count(post.lead) == 1


def test_cookie_line_stands_on_some_pages_only() -> None:
    having = sum("nr-notice-bar" in body(NEWSROOM, post.path) for post in NEWSROOM.posts)
    assert 0 < having < len(NEWSROOM.posts)


def test_newsroom_pages_differ_in_the_request_id_only() -> None:
    first, second = (ask(NEWSROOM, SEED_000) for _ in range(2))
    assert first.body != second.body
    assert header(first, "ETag") == header(second, "ETag") is not None


def test_older_site_has_etags_and_says_no_cache() -> None:
    for page in OLDER.articles:
        first, second = (ask(OLDER, page.path) for _ in range(2))
        assert first == second
        assert header(first, "ETag")
        assert header(first, "Cache-Control") == "no-cache"


def test_half_of_the_newer_site_has_nonces_and_the_rest_dates() -> None:
    noisy = 0
    for page in NEWER.pages.values():
        first, second = (ask(NEWER, page.path) for _ in range(2))
        assert (first == second) == (header(first, "Last-Modified") is not None)
        assert header(first, "ETag") is None
        noisy += first != second
    assert 0.35 < noisy / len(NEWER.pages) < 0.65


@each_site
def test_variants_give_the_same_article(town: SiteVisionTown) -> None:
    for piece in ("seed", "accordion", "table"):
        path = article(town, piece).path
        plain = owned_text(body(town, path))
        for variant in (";jsessionid=0A1B", "?sv.target=12.5&sv.12.5.route=/x", "?open.12_5=true"):
            assert owned_text(body(town, path + variant)) == plain


@each_site
def test_printable_twin_has_the_text_without_the_frame(town: SiteVisionTown) -> None:
    page = article(town, "table")
    twin = body(town, f"{page.path}.printable")
    assert page.title in twin
    assert "Nästa provtagning sker om två veckor." in twin
    assert "Populära sökningar" not in twin
    assert "<footer" not in twin


@each_site
def test_files_answer_at_one_address(town: SiteVisionTown) -> None:
    file = next(iter(town.downloads.values()))
    current = ask(town, file.path)
    assert current.body.startswith(b"%PDF-")
    assert header(current, "Content-Type") == "application/pdf"
    for other in (file.stale_path, file.path.replace(".pdf", "%20(1).pdf")):
        assert header(ask(town, other), "Location") == file.path
        assert ask(town, other).status == 301
    assert ask(town, "/download/18.0123456789abcdef/1500000000000/borta.pdf").status == 404


@each_site
def test_file_lists_come_in_both_forms(town: SiteVisionTown) -> None:
    pages = [body(town, page.path) for page in town.articles if page.files]
    assert any('class="sv-file-portlet-file"' in page for page in pages)
    listed = [state for page in pages for state in states(page) if "files" in state]
    assert listed
    assert all(ask(town, file["uri"]).status == 200 for state in listed for file in state["files"])
    stale = body(town, article(town, "documents").path)
    assert article(town, "documents").files[0].stale_path in stale


@each_site
def test_robots_block_one_file_by_accident(town: SiteVisionTown) -> None:
    robots = body(town, "/robots.txt")
    assert f"Sitemap: {ORIGIN}/sitemapindex.xml" in robots
    rule = re.findall(r"Disallow: /\*(\d\d\.)\*", robots)[0]
    assert len([path for path in town.paths() if rule in path]) == 1


@each_site
def test_sitemap_lists_every_page_and_no_file(town: SiteVisionTown) -> None:
    index = body(town, "/sitemapindex.xml")
    address = re.findall(r"<loc>(.*?)</loc>", index)[0].removeprefix(ORIGIN)
    sitemap = gzip.decompress(ask(town, address).body).decode()
    listed = {loc.removeprefix(ORIGIN) for loc in re.findall(r"<loc>(.*?)</loc>", sitemap)}
    assert listed == set(town.pages)


@each_site
def test_every_page_has_the_widget_the_banner_and_its_id(town: SiteVisionTown) -> None:
    for page in town.pages.values():
        text = body(town, page.path)
        assert 'class="sv-archive-portlet sv-portlet sv-template-portlet' in text
        assert "SMHI utfärdar" in text or "Eldningsförbud" in text
        assert f"pageId: '{page.node}'" in text
        assert f'<link rel="canonical" href="{ORIGIN}{page.path}">' in text


def test_older_list_is_markup_in_the_page_s_own_area() -> None:
    areas = html.fromstring(body(OLDER, "/Arkiv/Nyheter/Nyheter-2018.html")).find_class(
        "pagecontent"
    )
    items = [item for area in areas for item in area.find_class("sv-channel-item")]
    assert len(items) == len([page for page in OLDER.articles if page.published.year == 2018])


def test_calendar_of_the_older_list_never_ends() -> None:
    address = "/Arkiv/Nyheter.html"
    for _ in range(30):
        page = html.fromstring(body(OLDER, address))
        address = page.xpath("//a[.='Nästa månad']/@href")[0]
    assert "Inga nyheter under perioden." in body(OLDER, address)


def listed(number: int) -> list[str]:
    page = body(NEWER, f"/kommun-och-politik/nyheter?page={number}")
    mine = next(state for state in states(page) if "params" in state)
    return [item["uri"] for item in mine["items"]]


def test_newer_list_is_state_and_repeats_its_first_page() -> None:
    pages = -(-len(NEWER.articles) // 10)
    uris = [uri for number in range(1, pages + 1) for uri in listed(number)]
    assert uris == [page.path for page in NEWER.articles]
    assert listed(pages + 1) == listed(1)
    page = html.fromstring(body(NEWER, "/kommun-och-politik/nyheter"))
    assert not page.xpath("//*[contains(@class,'pagecontent')]//a")


def test_newer_site_has_another_headline_first_and_no_main() -> None:
    page = html.fromstring(body(NEWER, article(NEWER, "table").path))
    assert page.xpath("//h1")[0].text == "Populära sökningar just nu"
    assert not page.xpath("//main")
    assert page.xpath("//div[@role='main']")


@each_site
def test_cookie_banner_is_in_a_script_only(town: SiteVisionTown) -> None:
    page = html.fromstring(body(town, article(town, "seed").path))
    assert "Samtyck till alla kakor" not in text_of(page)
    assert any("customButtonTexts" in state for state in states(body(town, "/")))


@each_site
def test_two_articles_of_one_day_share_a_headline(town: SiteVisionTown) -> None:
    first, second = article(town, "twice_a"), article(town, "twice_b")
    assert first.title == second.title
    assert first.published.date() == second.published.date()
    assert owned_text(body(town, first.path)) != owned_text(body(town, second.path))


@each_site
def test_a_moved_article_redirects(town: SiteVisionTown) -> None:
    answer = ask(town, town.site.moved_from)
    assert answer.status == 301
    assert header(answer, "Location") == f"{ORIGIN}{article(town, 'moved').path}"


@pytest.mark.parametrize(
    ("piece", "expected"),
    [
        ("own_headings", [">Kontakt</h2>", ">Om projektet</h2>", ">Läs mer</h2>"]),
        ("hyphens", ["&shy;"]),
        ("nested_lists", ["<ol>", "<li>A/ Jour</li>"]),
        ("table", ['<th scope="row">']),
        ("accordion", ['aria-hidden="true"', "env-collapse"]),
        (
            "links",
            [", länk till annan webbplats, öppnas i nytt fönster.</span></a>måste", ";jsession"],
        ),
    ],
)
@each_site
def test_site_pieces(town: SiteVisionTown, piece: str, expected: list[str]) -> None:
    page = body(town, article(town, piece).path)
    assert [part for part in expected if part not in page] == []


@each_site
def test_one_page_is_decomposed(town: SiteVisionTown) -> None:
    text = owned_text(body(town, article(town, "decomposed").path))
    assert unicodedata.normalize("NFC", text) != text


def test_stale_notice_stands_before_old_news_only() -> None:
    for page in OLDER.articles:
        text = body(OLDER, page.path)
        notice = text.find("Denna nyhet är äldre än 12 månader")
        assert (notice > 0) == page.stale
        assert notice < text.find("<h1")


def test_newer_pages_say_their_dates_or_leave_them_empty() -> None:
    stamps = {page.stamp for page in NEWER.articles}
    assert stamps == {"time", "empty", "none"}
    dated = next(page for page in NEWER.articles if page.stamp == "time")
    text = body(NEWER, dated.path)
    assert f'Publicerad: <time datetime="{dated.published.isoformat()}">' in text


@each_site
def test_debris_and_tools_are_there(town: SiteVisionTown) -> None:
    pages = [body(town, page.path) for page in town.articles]
    assert any("${title}" in page for page in pages)
    for sign in ("Lyssna", "Skriv ut", "Dela", "alert(", "<noscript>", "Du är här:"):
        assert all(sign in page for page in pages)
    for sign in ("sv-related-portlet", "sv-toc-portlet", "sv-simplesubscription", "sv-linked"):
        assert any(sign in page for page in pages)
