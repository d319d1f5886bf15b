"""The program `cercafoto`: its table of commands, and the options that every command has."""

from __future__ import annotations

from copy import copy
from importlib import import_module
from types import MappingProxyType
from typing import Annotated, Any

import click
import typer

from cercafoto import __version__
from cercafoto.cli import click_italian, options
from cercafoto.cli.common import Common
from cercafoto.cli.console import write

DONE, FAILED, SKIPPED, INTERRUPTED = 0, 1, 3, 130


# Names that people may try instead of a command: Italian or English, verb or noun.
OTHER_NAMES = {
    name: command
    for command, names in {
        "index": "indice indici aggiungi aggiorna update add scan",
        "cerca": "search find trova ricerca query",
        "cerca --spiega": "understand explain spiega capisci",
        "cerca --come": "simile simili similar somiglianti",
        "doppioni": "doppione duplicati duplicate duplicates doppie copie",
        "dove": "where",
        "leggi": "read ocr testi leggere testo text scritto parole",
        "persone": "persona people faces volti facce nomi",
        "tag": "tags etichette label labels",
        "raccolte": "raccolta album albums collezioni collections salvate",
        "sfoglia": "browse tui schermata",
        "web": "pagina serve browser apri gui",
        "mcp": "assistente assistant claude",
        "pubblica": "publish condividi share",
        "stato": "status stats info",
        "controlla": "check verifica controllo fsck",
        "pulisci": "clean pulizia dimentica cleanup",
        "modello": "model models modelli",
        "completamento": "completion completa",
    }.items()
    for name in names.split()
}


class _Program(click_italian.Group):
    """The group of all commands. Each is a Typer application in its own module, imported only when
    the command is used."""

    headings = MappingProxyType(
        {
            "Per cominciare": ("index", "cerca", "sfoglia", "web"),
            "Ordinare": ("tag", "raccolte", "doppioni", "leggi", "persone", "dove"),
            "Avere cura": ("stato", "controlla", "pulisci", "modello"),
            "In più": ("mcp", "pubblica", "completamento"),
        }
    )
    modules = {  # noqa: RUF012
        "index": "index",
        "cerca": "search",
        "sfoglia": "browse",
        "web": "web",
        "tag": "tag",
        "raccolte": "collect",
        "doppioni": "duplicates",
        "leggi": "read",
        "persone": "people",
        "dove": "where",
        "stato": "status",
        "controlla": "check",
        "pulisci": "clean",
        "modello": "models",
        "mcp": "assistants",
        "pubblica": "publish",
        "completamento": "completion",
    }

    # Other names that work but are not listed.
    aliases = MappingProxyType({"indicizza": "index", "etichetta": "tag"})
    other_names = MappingProxyType(OTHER_NAMES)
    for_words = "cerca"

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.modules)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        cmd_name = self.aliases.get(cmd_name, cmd_name)
        if cmd_name not in self.commands:
            if cmd_name not in self.modules:
                return None
            module = import_module(f"cercafoto.cli.commands.{self.modules[cmd_name]}")
            self.commands[cmd_name] = typer.main.get_command(module.app)
            self._add_common_options(self.commands[cmd_name])
        return self.commands.get(cmd_name)

    def _add_common_options(self, command: click.Command) -> None:
        """Make a command accept the common options after its name too.

        The program's help lists them once. The help of `index` and `dove` also lists --modello.
        """
        if isinstance(command, click.Group):
            for subcommand in command.commands.values():
                self._add_common_options(subcommand)
        for param in self.params:
            if isinstance(param, click.Option) and param.name in Common._fields:
                option = copy(param)
                option.expose_value, option.callback = False, _keep
                is_listed = param.name == "model" and command.name in ("index", "dove")
                option.hidden = param.name in ("model", "roots") and not is_listed
                if not is_listed:
                    option.rich_help_panel = click_italian.NOT_LISTED  # type: ignore[attr-defined]
                command.params.append(option)


def _keep(ctx: click.Context, param: click.Parameter, value: Any) -> None:
    """Store a common option as if it had been typed before the command."""
    if value:
        ctx.obj = ctx.ensure_object(Common)._replace(**{str(param.name): value})


app = click_italian.Typer(
    cls=_Program,
    epilog="Esempio: cercafoto index ~/Foto && cercafoto cerca un cane sulla spiaggia\n"
    "Per sapere tutto di un comando: cercafoto COMANDO --help",
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
    roots: options.Roots = [],
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
    ctx.obj = Common(archive, model, offline, quiet, roots)


program = typer.main.get_command(app)
