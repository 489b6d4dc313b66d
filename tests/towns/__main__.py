"""Command line of the towns: python -m tests.towns {list,serve,run}."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from importlib import import_module

from tests.towns.faults import FAULTS, NoVictimError, apply
from tests.towns.server import PortInUseError, serving
from tests.towns.town import Town

MODULES = ("meetingplus", "notified", "sitevision")
ENDINGS = {signal.SIGINT, signal.SIGTERM}
COMMAND_NOT_FOUND = 127
SI_KERNEL = 0x80
"""Sender code of a signal that the terminal sent to its whole foreground group."""


def all_towns(pages: int | None = None) -> list[Town]:
    """Return every town there is, each with about `pages` pages where it can grow."""
    modules = (import_module(f"tests.towns.{name}") for name in MODULES)
    return [town for module in modules for town in module.towns(pages=pages)]


def chosen_towns(names: Sequence[str], faults: Iterable[str], pages: int | None) -> list[Town]:
    """Return the named towns (all when none is named) with the named faults in them."""
    towns = {town.name: town for town in all_towns(pages)}
    unknown = sorted(set(names) - set(towns))
    if unknown:
        raise WrongUseError(
            f"No town is called {', '.join(unknown)}: there are {', '.join(towns)}."
        )
    return apply(faults, [towns[name] for name in names or towns])


class WrongUseError(Exception):
    """Wrong use, in one sentence."""


def serve(options: argparse.Namespace) -> int:
    """Serve until interrupted."""
    signal.pthread_sigmask(signal.SIG_BLOCK, ENDINGS)
    with _open(options) as addresses:
        for name, address in addresses.items():
            _say(f"{name:<12} {address}/")
        signal.sigwait(ENDINGS)
    return 0


def run(options: argparse.Namespace) -> int:
    """Serve while a command runs, and end as it ends.

    The command finds the addresses in its environment, as TOWN_ and the town's name.
    """
    command = options.command[1:] if options.command[:1] == ["--"] else options.command
    if not command:
        raise WrongUseError("Say which command to run: … run -- COMMAND ARGUMENTS")
    # Blocked before the server's thread starts, so that only the wait below receives them.
    signal.signal(signal.SIGCHLD, lambda number, frame: None)
    signal.pthread_sigmask(signal.SIG_BLOCK, {*ENDINGS, signal.SIGCHLD})
    with _open(options) as addresses:
        known = {f"TOWN_{name.upper()}": address for name, address in addresses.items()}
        try:
            child = os.posix_spawnp(command[0], command, os.environ | known, setsigmask=())
            return _attend(child)
        except OSError as error:
            sys.stderr.write(f"{command[0]}: {error.strerror}\n")
            return COMMAND_NOT_FOUND


def list_all(options: argparse.Namespace) -> int:
    """Print what there is."""
    for town in all_towns(options.pages):
        _say(f"{town.name:<12} http://127.0.0.1:{town.port}/  {len(town.paths())} pages and files")
    _say()
    for fault in FAULTS.values():
        _say(f"{fault.name:<17} {fault.sentence}")
    return 0


def _say(line: str = "") -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _open(options: argparse.Namespace) -> AbstractContextManager[dict[str, str]]:
    return serving(chosen_towns(options.town, options.fault, options.pages), options.ports)


def _attend(child: int) -> int:
    """Pass signals on to the child until it ends; return its exit code as a shell would."""
    while True:
        number, already_told = _next_signal()
        if number == signal.SIGCHLD:
            ended, status = os.waitpid(child, os.WNOHANG)
            if ended:
                code = os.waitstatus_to_exitcode(status)
                return code if code >= 0 else 128 - code
        elif not already_told:
            os.kill(child, number)


def _next_signal() -> tuple[int, bool]:
    """Return the next signal, and whether the child got it from the terminal as well.

    A second SIGINT makes many a program drop what it was closing, so ^C must not be doubled.
    """
    awaited = {*ENDINGS, signal.SIGCHLD}
    if hasattr(signal, "sigwaitinfo"):
        info = signal.sigwaitinfo(awaited)
        return info.si_signo, info.si_code == SI_KERNEL
    number = signal.sigwait(awaited)
    return number, number == signal.SIGINT and sys.stdin.isatty()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.towns", description=__doc__)
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    for name, action in (("list", list_all), ("serve", serve), ("run", run)):
        sub = actions.add_parser(name, help=action.__doc__.partition("\n")[0])
        sub.set_defaults(action=action)
        sub.add_argument("--pages", type=int, metavar="N", help="about how many pages per town")
        if action is not list_all:
            sub.add_argument("--town", action="append", default=[], metavar="NAME")
            sub.add_argument("--ports", choices=("own", "free"), default="own")
            sub.add_argument("--fault", action="append", default=[], choices=FAULTS, metavar="NAME")
    sub.add_argument("command", nargs=argparse.REMAINDER, metavar="-- COMMAND")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    options = _parser().parse_args(arguments)
    try:
        return options.action(options)
    except (PortInUseError, NoVictimError, WrongUseError) as error:
        sys.stderr.write(f"{error}\n")
        return 2


if __name__ == "__main__":
    sys.exit(main())
