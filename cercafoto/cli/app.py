"""The program, the options that may stand before a command, and where each command is."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Annotated

import click
import typer

from cercafoto import __version__
from cercafoto.cli import click_italian, options
from cercafoto.cli.console import write
from cercafoto.settings import Settings

DONE, FAILED, SKIPPED, INTERRUPTED = 0, 1, 3, 130


class _Program(click_italian.Group):
    """Commands in the order in which a person comes to need them. Each is a Typer application in
    a module of its own, imported and built when the command is asked for."""

    modules = {  # noqa: RUF012
        "index": "index",
        "cerca": "search",
        "capisci": "understand",
        "simili": "similar",
        "doppioni": "duplicates",
        "dove": "where",
        "tag": "tag",
        "web": "web",
        "stato": "status",
        "controlla": "check",
        "pulisci": "clean",
        "modello": "models",
        "completamento": "completion",
    }

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.modules)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name in self.modules and cmd_name not in self.commands:
            module = import_module(f"cercafoto.cli.commands.{self.modules[cmd_name]}")
            self.commands[cmd_name] = typer.main.get_command(module.app)
        return self.commands.get(cmd_name)


@dataclass(frozen=True)
class Common:
    """The options that may stand before the command as well as after it."""

    archive: Path | None = None
    model: str | None = None
    offline: bool = False
    quiet: bool = False

    @classmethod
    def of(cls, ctx: typer.Context) -> Common:
        """Return those that stand before the command of a context."""
        return ctx.ensure_object(cls)

    def settings(
        self,
        archive: Path | None = None,
        model: str | None = None,
        offline: bool = False,
        device: str | None = None,
    ) -> Settings:
        return Settings.resolve(
            archive or self.archive, model or self.model, offline or self.offline, device
        )


app = click_italian.Typer(
    cls=_Program,
    epilog="Esempio: cercafoto index ~/Foto && cercafoto cerca un cane sulla spiaggia",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)


def _show_version(ctx: typer.Context, version: bool) -> None:
    if version and not ctx.resilient_parsing:
        write(f"cercafoto {__version__}\n")
        raise typer.Exit


@app.callback()
def before_the_command(
    ctx: typer.Context,
    archive: options.Archive = None,
    model: options.Model = None,
    offline: options.Offline = False,
    quiet: options.Quiet = False,
    version: Annotated[
        bool,
        typer.Option(
            "--version",
            callback=_show_version,
            is_eager=True,
            help="Mostra la versione ed esce.",
        ),
    ] = False,
) -> None:
    """Cerca nelle tue foto con parole italiane. Tutto resta sul tuo computer."""
    ctx.obj = Common(archive, model, offline, quiet)


program = typer.main.get_command(app)
