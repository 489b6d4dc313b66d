"""The bench of the cleaner: scores, floors, and a contest that favours no one."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest

from tests.bench.cleaning import __main__ as bench
from tests.bench.cleaning.contest import Contest
from tests.bench.cleaning.contestants import OURS, TRAFILATURA, Contestant
from tests.bench.cleaning.floors import (
    Floors,
    SetFloors,
    SpeedFloors,
    lowered,
    raised,
    read_floors,
    shortfalls,
    slowness,
    write_floors,
)
from tests.bench.cleaning.gold import Gold, Page, digest, read_gold
from tests.bench.cleaning.scoring import Count, Extract, failures, pieces, score, total

GOLD = Gold(
    keep=("Bron öppnar i vår",),
    strip=("Dela på Facebook", "Hade du nytta av sidan?"),
    strip_hard=("Hade du nytta av sidan?",),
    title="Bron öppnar",
    published="2024-11-12",
)


def page(name: str, gold: Gold = GOLD, body: bytes = b"<p>Bron") -> Page:
    return Page(name, f"https://a.example/{name}", "A", "sv", "text/html", body, gold)


# ---- scores


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("Bron\n\n öppnar\u00a0i\tvår.", id="white-space"),
        pytest.param("Bron öpp\u00adnar i\u200b vår", id="invisible"),
        pytest.param("Bron o\u0308ppnar i va\u030ar", id="decomposed"),
    ],
)
def test_a_piece_is_kept_however_it_is_spaced_or_composed(text: str) -> None:
    assert score(GOLD, Extract(text))["keeps"] == (1, 1)


def test_pieces_are_lost_or_leak() -> None:
    found = score(GOLD, Extract("Bron öppnar på våren. Hade du nytta av sidan?"))

    assert (found["keeps"], found["strips"], found["hard"]) == ((0, 1), (1, 2), (0, 1))


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("Bron öppnar i vår", 1),
        ("Bron öppnar", 0),
        ("Bron öppnar i vår. Dela på Facebook", 0),
    ],
)
def test_a_page_is_faultless_when_nothing_is_lost_and_nothing_leaks(text: str, right: int) -> None:
    assert score(GOLD, Extract(text, title="annan"))["faultless"] == (right, 1)


def test_a_title_is_right_when_it_is_equal_and_a_date_to_the_day() -> None:
    right = score(GOLD, Extract("", "Bron\u00a0öppnar ", "2024-11-12T08:30:00+01:00"))
    wrong = score(GOLD, Extract("", "Bron öppnar - A kommun", "2024-11-13"))

    assert (right["titles"], right["published"]) == ((1, 1), (1, 1))
    assert (wrong["titles"], wrong["published"]) == ((0, 1), (0, 1))


def test_what_gold_does_not_say_or_an_extractor_has_no_say_in_is_not_counted() -> None:
    dated = score(GOLD, Extract("", "", "2024-11-12", "2024-11-14"))
    mute = score(GOLD, Extract(""))

    assert "modified" not in dated
    assert mute.keys() == {"keeps", "strips", "hard", "faultless"}
    assert score(GOLD, Extract("", published=""))["published"] == (0, 1)


def test_a_strip_is_proved_by_the_removals_whatever_their_spacing() -> None:
    found = score(GOLD, Extract("", removed=["Dela", "på\nFace\u00adbook", "Hade du nytta"]))

    assert found["proved"] == (1, 2)
    assert score(GOLD, Extract("Dela på Facebook", removed=[]))["proved"] == (0, 2)


def test_scores_add_up_measure_by_measure() -> None:
    sums = total([score(GOLD, Extract("Bron öppnar i vår", "Fel")), score(GOLD, Extract("")), {}])

    assert sums["keeps"] == (1, 2)
    assert sums["strips"] == (4, 4)
    assert sums["titles"] == (0, 1)
    assert "published" not in sums


def test_shares_of_pieces() -> None:
    kept, leaked, f1 = pieces({"keeps": Count(9, 10), "strips": Count(6, 8)})

    assert (kept, leaked) == (0.9, 0.25)
    assert f1 == pytest.approx(2 * 0.9 * (9 / 11) / (0.9 + 9 / 11))
    assert pieces({}) == (0, 0, 0)


def test_failures_name_what_was_wanted_and_found() -> None:
    extract = Extract("Hade du nytta av sidan?", "Start", "", removed=["Dela på Facebook"])

    assert list(failures(GOLD, extract)) == [
        "lost: 'Bron öppnar i vår'",
        "leaked: 'Hade du nytta av sidan?'",
        "not among the removals: 'Hade du nytta av sidan?'",
        "title: expected 'Bron öppnar', found 'Start'",
        "published: expected '2024-11-12', found ''",
    ]


# ---- gold


def test_gold_is_read_with_its_pages_and_by_halves(tmp_path: Path) -> None:
    gold = {"title": "T", "published": None, "keep": ["a"], "strip": [], "note": "x"}
    items = [
        {"file": "open/a.html", "id": "a", "url": "u", "half": "open", "gold": gold, "cms": "y"},
        {"file": str(tmp_path / "b.html"), "id": "b", "url": "u", "half": "aside", "gold": gold},
        {"file": "no-gold.pdf", "id": "c", "url": "u", "half": "open"},
    ]
    (tmp_path / "open").mkdir()
    (tmp_path / "open" / "a.html").write_bytes(b"A")
    (tmp_path / "b.html").write_bytes(b"B")
    file = tmp_path / "gold.json"
    file.write_text(json.dumps({"items": items}))

    assert [(p.id, p.body) for p in read_gold(file)] == [("a", b"A"), ("b", b"B")]
    assert [p.id for p in read_gold(file, "aside")] == ["b"]


def test_a_wrong_gold_file_says_where(tmp_path: Path) -> None:
    file = tmp_path / "gold.json"
    file.write_text('{"items": [{"file": "a", "id": "a", "url": "u", "gold": {"keep": "text"}}]}')

    with pytest.raises(msgspec.DecodeError, match=r"items\[0\].gold.keep"):
        read_gold(file)


def test_a_swapped_page_or_an_altered_gold_shows_in_the_digest() -> None:
    pages = [page("a"), page("b")]
    others = [
        [page("a"), page("b", body=b"<p>Bro")],
        [page("a"), page("b", msgspec.structs.replace(GOLD, strip=GOLD.strip[:1]))],
        [page("a")],
    ]

    assert digest(pages) == digest(pages[::-1])
    assert len({digest(pages), *map(digest, others)}) == 4


# ---- floors

FLOORS = Floors(SpeedFloors(5.0, 5.0), {"open": SetFloors("d1", {"keeps": 10, "titles": 3})})


def found(keeps: int = 10, titles: int = 3) -> dict[str, Count]:
    return {"keeps": Count(keeps, 12), "titles": Count(titles, 3)}


def test_a_fall_says_which_expected_and_found() -> None:
    assert list(shortfalls(FLOORS, "open", "d1", found())) == []
    assert list(shortfalls(FLOORS, "open", "d1", found(keeps=9))) == [
        "open: keeps: expected at least 10, found 9 of 12"
    ]
    assert list(shortfalls(FLOORS, "open", "d1", {"keeps": Count(12, 12)})) == [
        "open: titles: expected at least 3, found 0 of 0"
    ]


def test_other_pages_and_a_set_without_floors_do_not_pass() -> None:
    (swapped,) = shortfalls(FLOORS, "open", "d2", found(keeps=12))
    (unknown,) = shortfalls(FLOORS, "aside", "d1", found())

    assert "expected the pages and gold of digest d1, found d2" in swapped
    assert "no floors" in unknown


def test_floors_are_raised_only_where_nothing_falls() -> None:
    assert raised(FLOORS, "open", "d2", found(keeps=11)).sets["open"] == SetFloors(
        "d2", {"keeps": 11, "titles": 3}
    )
    assert raised(FLOORS, "open", "d2", found(keeps=12, titles=2)) == FLOORS
    assert raised(FLOORS, "aside", "d3", found(keeps=1)).sets["aside"].least["keeps"] == 1


def test_floors_are_lowered_on_demand_but_never_those_of_speed() -> None:
    low = lowered(FLOORS, "open", "d1", found(keeps=1))

    assert low.sets["open"].least == {"keeps": 1, "titles": 3}
    assert low.speed == FLOORS.speed


def test_slowness_says_where() -> None:
    assert list(slowness(FLOORS, 5.0, 5.0)) == []
    assert list(slowness(FLOORS, 4.99, 5.0)) == [
        "speed at the median page: expected at least 5.0 × trafilatura, found 4.99"
    ]
    assert len(list(slowness(FLOORS, 1.0, 1.0))) == 2


# ---- the contest


def contest(readers: Sequence[Contestant], count: int) -> Contest:
    return Contest(readers, [page(str(n), body=bytes([n])) for n in range(count)])


def test_in_a_round_each_reads_each_page_once_and_never_after_another() -> None:
    turns: list[tuple[str, str]] = []

    def reader(name: str) -> Contestant:
        def read(page: Page) -> Extract:
            turns.append((name, page.id))
            return Extract("")

        return Contestant(name, read)

    list(contest([reader("a"), reader("b"), reader("c")], 7).run_round())

    assert len(set(turns)) == len(turns) == 3 * 7
    assert all(one[1] != other[1] for one, other in pairwise(turns))


def test_what_a_cache_knows_of_pages_is_forgotten_before_each_round() -> None:
    read: list[bytes] = []
    started: list[str] = []

    @cache
    def text_of(body: bytes) -> str:
        read.append(body)
        return ""

    @cache
    def rules() -> str:
        started.append("rules")
        return ""

    def reading(page: Page) -> Extract:
        return Extract(text_of(page.body) + rules())

    held = contest([Contestant("a", reading)], 4)
    list(held.read_all())
    list(held.run_round())
    list(held.run_round())

    assert len(read) == 3 * 4
    assert started == ["rules"]


def test_the_best_round_counts_for_each_page(monkeypatch: pytest.MonkeyPatch) -> None:
    held = contest([Contestant("a", lambda page: Extract(""))], 2)
    seconds = iter([3.0, 1.0, 2.0, 4.0])
    monkeypatch.setattr(held, "_seconds", lambda *_: next(seconds))
    list(held.run_round())
    list(held.run_round())

    assert held.best_s["a"] == [2.0, 1.0]
    assert held.pace("a") == (1500.0, 2 / 3)


def test_ratios_are_pages_per_second_at_the_median_page_and_over_all() -> None:
    held = contest([], 3)
    held.best_s = {TRAFILATURA: [10.0, 60.0, 20.0], OURS: [1.0, 10.0, 5.0]}

    assert held.ratios(OURS) == (4.0, 90 / 16)
    assert held.ratios(TRAFILATURA) == (1.0, 1.0)


def test_a_peer_that_raises_found_nothing_but_ours_must_not() -> None:
    def failing(page: Page) -> Extract:
        raise ValueError("unparseable")

    assert Contestant("peer", failing).extract(page("a")) == Extract("")
    with pytest.raises(ValueError, match="unparseable"):
        Contestant(OURS, failing).extract(page("a"))


def test_fields_of_a_second_call_stand_beside_the_text() -> None:
    reader = Contestant("peer", lambda page: Extract("text"), lambda page: Extract("", "titel", ""))

    assert reader.extract(page("a")) == Extract("text", "titel", "")


# ---- the command


class Bench:
    """The command line with readers and pages of this test."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, file: Path) -> None:
        self.file = file
        self.text = "Bron öppnar i vår"
        reader = Contestant(OURS, lambda page: Extract(self.text, removed=GOLD.strip))
        sets = {"open": [page("a")], "aside": [page("b")]}
        monkeypatch.setattr(bench, "ours", lambda: reader)
        monkeypatch.setattr(bench, "present_sets", lambda: sets)
        monkeypatch.setattr(bench, "FLOORS", file)
        write_floors(Floors(SpeedFloors(5.0, 5.0), {}), file)

    def run(self, *options: str) -> int:
        return bench.main(["--alone", "--rounds", "0", *options])

    @property
    def least(self) -> int:
        """The floor of strips on the open pages."""
        return read_floors(self.file).sets["open"].least["strips"]


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Bench:
    return Bench(monkeypatch, tmp_path / "floors.json")


def test_floors_move_by_their_options_alone(command: Bench) -> None:
    assert command.run() == 1
    assert command.run("--raise-floors") == 0
    assert command.least == 2

    command.text = "Dela på Facebook"
    assert command.run() == command.run("--raise-floors") == 1
    assert command.least == 2
    assert command.run("--lower-floors") == 0
    assert command.least == 1

    command.text = "Bron öppnar i vår"
    assert command.run() == 0
    assert command.least == 1


def test_failures_on_pages_kept_aside_are_listed_on_demand_alone(
    command: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    command.text = ""
    command.run()
    assert "lost:" not in capsys.readouterr().out
    command.run("--failures")
    said = capsys.readouterr()
    assert "open: a: lost: 'Bron öppnar i vår'" in said.out
    assert "aside: b:" not in said.out + said.err
    command.run("--failures", "--aside")
    assert "aside: b: lost: 'Bron öppnar i vår'" in capsys.readouterr().out


def test_all_figures_go_to_a_file(command: Bench, tmp_path: Path) -> None:
    command.run("--rounds", "1", "--json", str(tmp_path / "figures.json"))
    figures = json.loads((tmp_path / "figures.json").read_text("utf-8"))

    assert figures["sets"]["open"]["contestants"][OURS]["keeps"] == {"right": 1, "of": 1}
    assert figures["sets"]["aside"]["sites"]["A"]["pages"] == 1
    assert figures["speed"][OURS]["median_ms"] > 0


def test_a_gold_file_of_ones_own_is_one_more_set_without_floors(
    command: Bench, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command.run("--raise-floors")
    (tmp_path / "a.html").write_bytes(b"A")
    item = {"file": "a.html", "id": "a", "url": "u", "gold": {"keep": ["x"], "strip": []}}
    (tmp_path / "mine.json").write_text(json.dumps({"items": [item]}))

    assert command.run("--gold", str(tmp_path / "mine.json")) == 0
    assert "mine: 1 pages" in capsys.readouterr().out
    assert command.run("--gold", str(tmp_path / "none.json")) == 2
