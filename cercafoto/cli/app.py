"""The program, what stands before every command, and where each command is."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

import click

from cercafoto import __version__
from cercafoto.cli import click_italian, options
from cercafoto.settings import Settings

DONE, FAILED, SKIPPED, INTERRUPTED = 0, 1, 3, 130


class _Program(click_italian.Group):
    """Commands in the order in which a person comes to need them. A module registers its own when
    it is imported, which waits until one is asked for."""

    modules = {  # noqa: RUF012
        "index": "archive",
        "cerca": "search",
        "capisci": "search",
        "simili": "search",
        "doppioni": "archive",
        "dove": "where",
        "tag": "tag",
        "web": "web",
        "stato": "archive",
        "controlla": "care",
        "pulisci": "care",
        "modello": "models",
        "completamento": "completion",
    }

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.modules)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.modules:
            return None
        import_module(f"cercafoto.cli.commands.{self.modules[cmd_name]}")
        return super().get_command(ctx, cmd_name)


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


@click.group(
    cls=_Program,
    epilog="Esempio: cercafoto index ~/Foto && cercafoto cerca un cane sulla spiaggia",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@options.archive
@options.model
@options.offline
@options.quiet
@click.version_option(
    __version__, message="%(prog)s %(version)s", help="Mostra la versione ed esce."
)
@click.pass_context
def app(
    ctx: click.Context, archivio: Path | None, modello: str | None, offline: bool, quieto: bool
) -> None:
    """Cerca nelle tue foto con parole italiane. Tutto resta sul tuo computer."""
    ctx.obj = Common(archivio, modello, offline, quieto)
