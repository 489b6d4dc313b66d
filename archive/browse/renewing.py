"""Reading another file once it has taken the old one's place, without a break."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Thread

from datasette.app import Datasette


def open_anew(datasette: Datasette, name: str) -> None:
    """Give Datasette, which keeps a connection per thread, new threads: they open the new file."""
    database = datasette.get_database(name)
    threads, connections = datasette.executor, database._all_file_connections
    database._all_file_connections = []
    datasette.executor = ThreadPoolExecutor(datasette.setting("num_sql_threads"))
    Thread(target=_close, args=(threads, connections)).start()


def _close(threads: ThreadPoolExecutor, connections: Sequence[sqlite3.Connection]) -> None:
    """Let what is being read end, then let go of the old file: until then it fills the disk."""
    threads.shutdown()
    for connection in connections:
        connection.close()
