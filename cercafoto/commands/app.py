"""The program, what stands before every command, and how a command is registered."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from cercafoto import __version__, usage
from cercafoto.commands.options import Archive, Model, Offline, Quiet
from cercafoto.settings import Settings

DONE, FAILED, SKIPPED, INTERRUPTED = 0, 1, 3, 130


class _Program(usage.Group):
    """Commands in the order in which a person comes to need them."""

    order = (
        *("index", "cerca", "capisci", "simili", "doppioni", "dove", "tag", "web"),
        *("stato", "controlla", "pulisci", "modello", "completamento"),
    )


app = typer.Typer(
    cls=_Program,
    rich_markup_mode=None,
    add_completion=False,
    no_args_is_help=True,
    options_metavar="[OPZIONI]",
    subcommand_metavar="COMANDO [ARGOMENTI]...",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
models_app = typer.Typer(
    cls=usage.Group,
    no_args_is_help=True,
    rich_markup_mode=None,
    options_metavar="[OPZIONI]",
    subcommand_metavar="COMANDO [ARGOMENTI]...",
)
app.add_typer(models_app, name="modello", epilog="Esempio: cercafoto modello elenco")


@dataclass(frozen=True)
class Common:
    """The options that may stand before the command as well as after it."""

    archive: Path | None = None
    model: str | None = None
    offline: bool = False
    quiet: bool = False

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


def command(group: typer.Typer, name: str, example: str) -> Callable[[Any], Any]:
    """Register a command: Italian help, an example under it."""
    return group.command(
        name, cls=usage.Command, options_metavar="[OPZIONI]", epilog=f"Esempio: {example}"
    )


def _show_version(asked: bool) -> None:
    if asked:
        sys.stdout.write(f"cercafoto {__version__}\n")
        raise typer.Exit


@app.callback(epilog="Esempio: cercafoto index ~/Foto && cercafoto cerca un cane sulla spiaggia")
def _root(
    ctx: typer.Context,
    archivio: Archive = None,
    modello: Model = None,
    offline: Offline = False,
    quieto: Quiet = False,
    version: Annotated[
        bool,
        typer.Option(
            "--version", help="Mostra la versione ed esce.", is_eager=True, callback=_show_version
        ),
    ] = False,
) -> None:
    """Cerca nelle tue foto con parole italiane. Tutto resta sul tuo computer."""
    ctx.obj = Common(archivio, modello, offline, quieto)
