"""A sign of life after each step of a run, for a dead-man's switch to miss.

The address is `KOMMUNARKIV_HEARTBEAT`, with `{slug}` in it replaced by the kommun's; it is asked as
healthchecks.io means it: `/start` behind it when a run begins, the address itself when all went
well, `/fail` behind it, with the exit code as body, when not. Nothing else is ever sent.
"""

from __future__ import annotations

import logging
import os
from threading import Thread
from urllib.parse import urlsplit, urlunsplit
from urllib.request import Request, urlopen

from archive.exit_codes import EXIT_LOCKED, EXIT_OK

PATIENCE_S = 10.0
"""No run waits longer for one sign, whatever the other side does."""

_logger = logging.getLogger(__name__)


class Heartbeat:
    """The signs of one run. A sign that cannot be given is a line in the log, never an error."""

    def __init__(self, slug: str, patience_s: float = PATIENCE_S) -> None:
        self._url = os.environ.get("KOMMUNARKIV_HEARTBEAT", "").replace("{slug}", slug)
        self._patience_s = patience_s

    def begin(self) -> None:
        """Say that the run starts."""
        self._give("/start", b"")

    def end(self, exit_code: int) -> None:
        """Say how the run ended; nothing where another process is at it, which has its own."""
        if exit_code == EXIT_OK:
            self._give("", b"")
        elif exit_code != EXIT_LOCKED:
            self._give("/fail", str(exit_code).encode())

    def _give(self, suffix: str, body: bytes) -> None:
        if not self._url:
            return
        # A thread: a socket's timeout bounds neither the look-up of a name nor an answer in drips.
        sender = Thread(target=self._send, args=(suffix, body), daemon=True)
        sender.start()
        sender.join(self._patience_s)
        if sender.is_alive():
            _logger.warning("no heartbeat: no answer within %g s", self._patience_s)

    def _send(self, suffix: str, body: bytes) -> None:
        try:
            request = Request(  # noqa: S310 - the scheme is checked in `_behind`
                _behind(self._url, suffix), body, {"User-Agent": "kommunarkiv"}, method="POST"
            )
            urlopen(request, timeout=self._patience_s).close()  # noqa: S310
        except Exception as error:  # noqa: BLE001 - urllib raises many kinds
            # The address is a secret of the operator's: no text that may quote it is logged.
            reason = getattr(error, "reason", type(error).__name__)
            _logger.warning("no heartbeat: %s", getattr(error, "code", reason))


def _behind(url: str, suffix: str) -> str:
    """Put `suffix` behind the path of `url`, before its query."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https"):
        raise ValueError("expected http(s)://…")
    return urlunsplit(parts._replace(path=parts.path.rstrip("/") + suffix))
