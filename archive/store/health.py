"""Rows about how sources fare, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict
from typing import NamedTuple

from archive.health import Health
from archive.store.base import Base, transaction


class Message(NamedTuple):
    """What an alert says."""

    english: str
    swedish: str = ""
    """Empty for a fault that has no Swedish words."""


class HealthRows(Base):
    """Health by source and day; alerts."""

    @transaction
    def put_health(self, health: Health) -> None:
        """Insert or update the row of a source and a day."""
        values = asdict(health)
        key = {name: values.pop(name) for name in ("source_id", "date")}
        self._upsert("health", key, values)

    def open_alerts(self, source_id: int) -> dict[str, str]:
        """Return the rules that have an alert open, and when each was opened."""
        rows = self._db.execute(
            "SELECT rule, opened_at FROM alerts WHERE source_id = ? AND closed_at IS NULL",
            (source_id,),
        )
        return {row["rule"]: row["opened_at"] for row in rows}

    @transaction
    def raise_alerts(
        self, source_id: int, fired: Mapping[str, Message], mended: Collection[str], now: str
    ) -> None:
        """Open an alert for each rule in `fired` that has none open, else update its message.

        Close those of the rules in `mended`; any other stays as it is.
        """
        for rule, message in fired.items():
            self._db.execute(
                "INSERT INTO alerts (source_id, rule, opened_at, message, message_sv) "
                "VALUES (?, ?, ?, ?, ?) "
                "ON CONFLICT (source_id, rule) WHERE closed_at IS NULL "
                "DO UPDATE SET message = excluded.message, message_sv = excluded.message_sv",
                (source_id, rule, now, *message),
            )
        self._db.executemany(
            "UPDATE alerts SET closed_at = ? "
            "WHERE source_id = ? AND rule = ? AND closed_at IS NULL",
            [(now, source_id, rule) for rule in mended],
        )
