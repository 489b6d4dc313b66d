"""The command line: one console script, `kommunarkiv`. Exit codes stand in `archive.exit_codes`."""

from __future__ import annotations

from errno import EDQUOT, ENOSPC
from importlib import import_module
from typing import Any

import click

from archive.command_line import fail
from archive.exit_codes import EXIT_NOT_OK

COMMANDS = {
    "backup": "crawler.commands.backup:backup",
    "browse": "archive.browse.command:browse",
    "clean": "archive.cleaning.command:clean",
    "crawl": "crawler.commands.crawl:crawl",
    "diff": "archive.history.command:diff",
    "learn": "crawler.commands.learn:learn_command",
    "publish": "archive.publish.command:publish_command",
    "restore": "crawler.commands.restore:restore_command",
    "schedule": "crawler.commands.schedule:schedule",
    "search": "archive.search.command:search",
    "show": "archive.history.command:show",
    "status": "crawler.commands.status:status",
    "verify": "crawler.commands.verify:verify_command",
    "withhold": "crawler.commands.withhold:withhold",
}
"""Where each command is defined."""


class LazyGroup(click.Group):
    """Imports a command when it is called for: `status` need not wait for Scrapy."""

    def list_commands(self, _ctx: click.Context) -> list[str]:
        """Return the names of all commands, as `--help` lists them."""
        return sorted(COMMANDS)

    def get_command(self, _ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command by its name, None where there is none of it."""
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].partition(":")
        command: click.Command = getattr(import_module(module), name)
        return command

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command. A disk that is full is said in one line, wherever that was met."""
        try:
            return super().invoke(ctx)
        except OSError as error:
            if error.errno not in (ENOSPC, EDQUOT):
                raise
            fail(f"cannot write: {error}", EXIT_NOT_OK)


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="kommunarkiv")
def main() -> None:
    """Archive what Swedish kommuner publish, and read it.

    The archive lies in ./data, or where KOMMUNARKIV_DATA says.
    """
