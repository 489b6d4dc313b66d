"""A site of a few pages whose answers can be any bytes, also such as no good server sends."""

from __future__ import annotations

import json
import socketserver
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.conftest import Street

Reply = bytes | Callable[[dict[str, str]], bytes]
"""The bytes of a whole answer, or a function of the request's headers (lower-case names)."""


@dataclass
class Asked:
    """What reached the server."""

    paths: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    times: list[float] = field(default_factory=list)


def ok(body: str | bytes, *headers: str, status: str = "200 OK") -> bytes:
    """Return a plain answer."""
    data = body.encode() if isinstance(body, str) else body
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(data)}", *headers]
    if not any(line.lower().startswith("content-type") for line in headers):
        lines.append("Content-Type: text/html; charset=utf-8")
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + data


def page(title: str, main: str) -> str:
    """Return a page in the frame of MeetingPlus."""
    return (
        f'<!doctype html><html lang="sv"><head><title>{title} | MeetingPlus [sv]</title>'
        '<script>document.meetingsPlusUser = "anonymous";</script></head><body>'
        f'<main id="main"><h1>{title}</h1>{main}</main>'
        '<div id="ribbonBlock">Vi använder cookies.</div></body></html>'
    )


MEETING = "/committees/socialnamnden/mote-2020-10-27"
FILE = f"{MEETING}/agenda/bilagapdf"
SITE: dict[str, Reply] = {
    "/robots.txt": ok("User-agent: *\nAllow: /\n", "Content-Type: text/plain"),
    "/committees": ok(page("Nämnder", '<a href="/committees/socialnamnden">Socialnämnden</a>')),
    "/committees/socialnamnden": ok(
        page("Socialnämnden", f'<a href="{MEETING}" aria-label="2020-10-27">2020-10-27</a>')
    ),
    MEETING: ok(
        page(
            "Möte 2020-10-27",
            '<p><a href="/committees/socialnamnden">Socialnämnden</a></p><p>14:00 - 17:00 Rådhuset'
            f"</p><ul><li><span>§ 1</span> <button>Budget</button><p>Text om budgeten.</p>"
            f'<a href="{FILE}">Bilaga.pdf</a></li></ul>',
        )
    ),
    FILE: ok(b"%PDF-1.4\n%%EOF\n", "Content-Type: application/pdf"),
}


@contextmanager
def raw_site(
    folder: Path, changes: Mapping[str, Reply] | None = None, **settings: object
) -> Iterator[tuple[Street, Asked]]:
    """Serve `SITE` with `changes`; yield an archive's folder to crawl it into, and what was asked.

    `settings` are keys of the source in the kommun's file; `start` is the path of its start_url.
    """
    asked = Asked()
    replies = {**SITE, **(changes or {})}
    handler = type("Handler", (_Handler,), {"asked": asked, "replies": replies})
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield _street(folder, server.server_address[1], settings), asked
        server.shutdown()


def _street(folder: Path, port: int, settings: dict[str, object]) -> Street:
    kommuner = folder / "kommuner"
    kommuner.mkdir(exist_ok=True)
    values = {
        "slug": "moten",
        "product": "meetingplus",
        "kind": "meetings",
        "start": "/committees",
        "delay_s": 0,
        "revisit_days": 0,
        "allow_loopback": True,
        **settings,
    }
    values["start_url"] = f"http://127.0.0.1:{port}{values.pop('start')}"
    lines = [f"{key} = {json.dumps(value)}" for key, value in values.items()]
    (kommuner / "x.toml").write_text(
        'kommunkod = "0000"\nslug = "x"\nname = "X"\nlan = "X"\n[[sources]]\n' + "\n".join(lines),
        "utf-8",
    )
    return Street(folder, "x", [])


class _Handler(socketserver.StreamRequestHandler):
    asked: Asked
    replies: dict[str, Reply]

    def handle(self) -> None:
        while line := self.rfile.readline().decode("latin-1").strip():
            path, headers = line.split(" ")[1], self._headers()
            self.asked.paths.append(path)
            self.asked.headers.append(headers)
            self.asked.times.append(time.time())
            reply = self.replies.get(path, ok("borta", status="404 Not Found"))
            self.wfile.write(reply(headers) if callable(reply) else reply)

    def _headers(self) -> dict[str, str]:
        headers = {}
        while line := self.rfile.readline().decode("latin-1").strip():
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        return headers
