"""A real Datasette on loopback, for tests and benches that ask it over HTTP."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from archive.browse import datasette_command

HOST = "127.0.0.1"
START_LIMIT_S = 60


@dataclass(frozen=True, slots=True)
class Served:
    """A process that answers."""

    address: str
    """Without a slash at the end."""
    process_id: int


@contextmanager
def reading_room(data_dir: Path) -> Iterator[Served]:
    """Serve what is published below `data_dir` while the caller works."""
    with serving(lambda port: datasette_command(data_dir, HOST, port), data_dir) as served:
        yield served


@contextmanager
def serving(command: Callable[[int], Sequence[str]], folder: Path) -> Iterator[Served]:
    """Run the command for a free port until the caller is done; its output goes to `folder`.

    Raises `RuntimeError` with the output when it does not answer.
    """
    port = _free_port()
    output = folder / f"datasette-{port}.log"
    with open(output, "wb") as log:
        process = subprocess.Popen(command(port), stdout=log, stderr=log)
    try:
        address = f"http://{HOST}:{port}"
        if not _answers(address, process):
            raise RuntimeError(output.read_text("utf-8"))
        yield Served(address, process.pid)
    finally:
        process.terminate()
        process.wait(START_LIMIT_S)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _answers(address: str, process: subprocess.Popen[bytes]) -> bool:
    """Wait until the process answers; tell whether it does."""
    end = time.monotonic() + START_LIMIT_S
    while process.poll() is None and time.monotonic() < end:
        try:
            return httpx.get(f"{address}/-/versions.json").is_success
        except httpx.TransportError:
            time.sleep(0.05)
    return False
