"""Figures as pictures: paths for inline SVG, worked out on the server.

A picture is so many units wide and high as its `viewBox` says; classes of `places.css` give it
colours, so that it follows the colours of the page.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from zoneinfo import ZoneInfo

from archive.browse.asking import Row
from archive.browse.wording import counted, figures

WIDTH, HEIGHT = 400, 90
LEFT, TOP = 34, 6
"""Room for the figures beside a chart."""
MOST = 132
"""Periods in a chart: eleven years of months."""
YEARS = 30
"""Rows in the picture of a body's years."""

_STOCKHOLM = ZoneInfo("Europe/Stockholm")


@dataclass(frozen=True, slots=True)
class Unit:
    """A length of time that figures are put together by."""

    name: str
    number: Callable[[date], int]
    """Of the period a day is in; the next one has the next number."""
    first_day: Callable[[int], date]
    label: Callable[[date], str]


UNITS = (
    Unit("dag", date.toordinal, date.fromordinal, date.isoformat),
    Unit(
        "vecka",
        lambda day: (day.toordinal() - 1) // 7,
        lambda number: date.fromordinal(7 * number + 1),
        lambda day: "v. {1} {0}".format(*day.isocalendar()),
    ),
    Unit(
        "månad",
        lambda day: 12 * day.year + day.month - 1,
        lambda number: date(number // 12, number % 12 + 1, 1),
        lambda day: f"{day:%Y-%m}",
    ),
    Unit("år", lambda day: day.year, lambda number: date(number, 1, 1), lambda day: f"{day:%Y}"),
)
"""The shortest first."""

Value = float | int | None


@dataclass(frozen=True, slots=True)
class Series:
    """A column of `health`, and how it is drawn."""

    column: str
    title: str
    css: str
    is_sum: bool = False
    """Of what happened in a period; else what was so at its end."""


@dataclass(frozen=True, slots=True)
class Topic:
    """One chart."""

    title: str
    series: tuple[Series, ...]
    is_share: bool = False


TOPICS = (
    Topic(
        "Sidor i källans lista",
        (
            Series("listed", "listade", "one"),
            Series("held", "finns i arkivet", "two"),
            Series("waiting", "väntar på att hämtas", "three"),
        ),
    ),
    Topic(
        "Nytt och ändrat",
        (Series("new", "nya", "one", True), Series("changed", "ändrade", "two", True)),
    ),
    Topic(
        "Fel",
        (
            Series("failed", "anrop som misslyckades", "one", True),
            Series("soft_404", "felsidor som såg riktiga ut", "two", True),
        ),
    ),
    Topic("Textens längd, tecken i mitten av de nyaste sidorna", (
        Series("median_letters", "tecken", "one"),
    )),
    Topic("Rader som de nyaste sidorna har gemensamt", (
        Series("shared_lines", "gemensamma rader", "one"),
    ), is_share=True),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """A series as a path."""

    series: Series
    path: str


@dataclass(frozen=True, slots=True)
class Chart:
    """One chart: paths, the figures at its edge, and what it shows in words."""

    topic: Topic
    lines: Sequence[Line]
    top: str
    alarms: str
    """Where alerts were open, as a path."""
    summary: str


@dataclass(frozen=True, slots=True)
class Period:
    """The figures of a period, by column."""

    label: str
    figures: Sequence[str]
    """In the order of the series; empty for what was not measured."""


@dataclass(frozen=True, slots=True)
class History:
    """How a source has fared."""

    unit: str
    charts: Sequence[Chart]
    periods: Sequence[Period]
    """Crawled ones, the oldest first."""
    ticks: Sequence[tuple[float, str]]


@dataclass(frozen=True, slots=True)
class YearPicture:
    """Meetings as marks, one row a year."""

    rows: Sequence[tuple[int, str]]
    """Where a year stands, and its name."""
    held: str
    coming: str
    cancelled: str
    """Paths of marks."""
    height: int
    summary: str


def history(days: Sequence[Row], alerts: Sequence[Row]) -> History:
    """Return the charts of a source: `days` are rows of `health`, the oldest first."""
    if not days:
        return History("dag", (), (), ())
    first, last = (date.fromisoformat(days[i]["date"]) for i in (0, -1))
    unit = next(
        (u for u in UNITS if u.number(last) - u.number(first) < MOST),
        UNITS[-1],
    )
    grouped = groupby(days, lambda row: unit.number(date.fromisoformat(row["date"])))
    values = {number: _values([*rows]) for number, rows in grouped}
    scale = _Scale(unit, unit.number(first), unit.number(last))
    return History(
        unit=unit.name,
        charts=[_chart(topic, values, scale, alerts) for topic in TOPICS],
        periods=[
            Period(unit.label(unit.first_day(n)), _figures(found)) for n, found in values.items()
        ],
        ticks=scale.ticks(),
    )


@dataclass(frozen=True, slots=True)
class _Scale:
    """Where a period stands in a chart."""

    unit: Unit
    first: int
    last: int

    @property
    def step(self) -> float:
        return (WIDTH - LEFT - 8) / max(self.last - self.first, 1)

    def x(self, number: int) -> float:
        kept = min(max(number, self.first), self.last)
        return round(LEFT + 4 + (kept - self.first) * self.step, 1)

    def ticks(self) -> list[tuple[float, str]]:
        """Return up to three labels, the first and the last period's among them."""
        parts = min(self.last - self.first, 2)
        span = self.last - self.first
        numbers = [self.first + span * part // max(parts, 1) for part in range(parts + 1)]
        return [(self.x(n), self.unit.label(self.unit.first_day(n))) for n in numbers]


def _values(rows: Sequence[Row]) -> dict[str, Value]:
    """Put the days of a period together: sums of what happened, the last known of what was."""
    found: dict[str, Value] = {}
    for series in (series for topic in TOPICS for series in topic.series):
        known = [row[series.column] for row in rows if row[series.column] is not None]
        found[series.column] = (sum(known) if series.is_sum else known[-1]) if known else None
    return found


def _chart(
    topic: Topic, values: dict[int, dict[str, Value]], scale: _Scale, alerts: Sequence[Row]
) -> Chart:
    known = [
        value
        for found in values.values()
        for series in topic.series
        if (value := found[series.column]) is not None
    ]
    top = max(known, default=0) or 1
    lines = [
        Line(series, _bars(series, place, values, scale, top) if series.is_sum
             else _line(series, values, scale, top))
        for place, series in enumerate(topic.series)
    ]  # fmt: skip
    return Chart(
        topic=topic,
        lines=lines,
        top=_figure(top, topic) if known else "",
        alarms=_alarms(alerts, scale),
        summary=_summary(topic, [*values.values()]),
    )


def _y(value: float, top: float) -> float:
    return round(HEIGHT - (HEIGHT - TOP) * value / top, 1)


def _line(series: Series, values: dict[int, dict[str, Value]], scale: _Scale, top: float) -> str:
    """Return a path that breaks off where a period is missing; a lone period is a dot."""
    path, before = "", None
    for number, found in values.items():
        if (value := found[series.column]) is None:
            continue
        point = f"{scale.x(number)} {_y(value, top)}"
        path += f"L{point}" if before == number - 1 else f"M{point}h0"
        before = number
    return path


def _bars(
    series: Series, place: int, values: dict[int, dict[str, Value]], scale: _Scale, top: float
) -> str:
    """Return a path of upright strokes, beside those of the other series."""
    shift = round((place - 0.5) * min(scale.step / 2, 4), 1)
    return "".join(
        f"M{round(scale.x(number) + shift, 1)} {HEIGHT}V{_y(value, top)}"
        for number, found in values.items()
        if (value := found[series.column])
    )


def _alarms(alerts: Sequence[Row], scale: _Scale) -> str:
    """Return where alerts were open, as boxes as high as the chart."""
    number = scale.unit.number
    path = ""
    for alert in alerts:
        opened = number(swedish_date(alert["opened_at"]))
        closed = number(swedish_date(alert["closed_at"])) if alert["closed_at"] else scale.last
        if opened <= scale.last and closed >= scale.first:
            x = scale.x(opened)
            path += f"M{x} {TOP}h{max(round(scale.x(closed) - x, 1), 2)}V{HEIGHT}H{x}z"
    return path


def _summary(topic: Topic, values: Sequence[dict[str, Value]]) -> str:
    """Say in a sentence what a chart shows."""
    said = []
    for series in topic.series:
        known = [v for found in values if (v := found[series.column]) is not None]
        if not known:
            continue
        if series.is_sum:
            said.append(f"{_figure(sum(known), topic)} {series.title} sammanlagt")
        elif min(known) == max(known):
            said.append(f"{_figure(known[-1], topic)} {series.title} hela tiden")
        else:
            now, low, high = (
                _figure(value, topic) for value in (known[-1], min(known), max(known))
            )
            said.append(f"{now} {series.title} senast, lägst {low}, högst {high}")
    return f"{'; '.join(said)}." if said else "Inget är mätt ännu."


def _figure(value: float, topic: Topic) -> str:
    return f"{round(100 * value)} %" if topic.is_share else figures(round(value))


def _figures(found: dict[str, Value]) -> list[str]:
    return [
        "" if (value := found[series.column]) is None else _figure(value, topic)
        for topic in TOPICS
        for series in topic.series
    ]


def year_picture(meetings: Sequence[Row], today: str) -> YearPicture:
    """Return meetings, the newest first, as marks on a row for each year."""
    marks: dict[str, dict[str, None]] = {"held": {}, "coming": {}, "cancelled": {}}
    counts = dict.fromkeys(marks, 0)
    rows: list[tuple[int, str]] = []
    dated = [(meeting, x) for meeting in meetings if (x := _x_of_day(meeting["date"]))]
    for year, of_year in groupby(dated, lambda pair: pair[0]["date"][:4]):
        y = 22 + 14 * len(rows)
        is_shown = len(rows) < YEARS
        if is_shown:
            rows.append((y, year))
        for meeting, x in of_year:
            kind = _kind(meeting, today)
            counts[kind] += is_shown
            if is_shown:  # several on a day are one mark
                marks[kind][f"M{x} {y}{_MARKS[kind]}"] = None
    return YearPicture(
        rows=rows,
        **{kind: "".join(drawn) for kind, drawn in marks.items()},
        height=16 + 14 * len(rows),
        summary=_counted_years(rows, counts),
    )


_MARKS = {
    "held": "h0",
    "coming": "m-3.5 0l3.5-3.5l3.5 3.5l-3.5 3.5z",
    "cancelled": "m-3-3l6 6m0-6l-6 6",
}


def _kind(meeting: Row, today: str) -> str:
    if meeting["status"] == "cancelled":
        return "cancelled"
    return "coming" if meeting["date"] >= today else "held"


def _x_of_day(stated: str) -> float | None:
    try:
        day = date.fromisoformat(stated)
    except ValueError:
        return None
    return round(LEFT + 6 + (day.timetuple().tm_yday - 1) * (WIDTH - LEFT - 12) / 366, 1)


def _counted_years(rows: Sequence[tuple[int, str]], counts: dict[str, int]) -> str:
    if not rows:
        return "Inga sammanträden."
    years = rows[0][1] if len(rows) == 1 else f"{rows[-1][1]}–{rows[0][1]}"
    parts = [
        counted(counts["held"], "hållet sammanträde", "hållna sammanträden"),
        f"{counts['coming']} kommande",
        counted(counts["cancelled"], "inställt", "inställda"),
    ]
    return f"{years}: {', '.join(parts)}."


def swedish_date(stated: str) -> date:
    """Return the day in Sweden of an instant."""
    return datetime.fromisoformat(stated).astimezone(_STOCKHOLM).date()
