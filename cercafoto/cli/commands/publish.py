"""The command `pubblica`: send the archive's changes to a shared archive."""

import platform
from typing import Annotated

from cercafoto.base.json_keys import as_json
from cercafoto.cli import click_italian, options
from cercafoto.cli.app import DONE
from cercafoto.cli.common import common, open_library, tell
from cercafoto.cli.console import refuse_several, write
from cercafoto.cli.options import argument, flag, option
from cercafoto.errors import UsageError

app = click_italian.Typer()


Address = Annotated[
    str,
    argument("INDIRIZZO", "Archivio condiviso, per esempio postgresql://utente@server/archivio"),
]
Name = Annotated[
    str,
    option(
        "--nome",
        "FONTE",
        "Nome di questo computer nell'archivio condiviso; di norma quello di rete.",
    ),
]
SmallCopies = Annotated[
    bool, flag("--miniature", "Manda anche le miniature, per chi non ha il disco con le foto.")
]
Remove = Annotated[
    str,
    option(
        "--togli",
        "FONTE",
        "Toglie dall'archivio condiviso quello che viene da questa fonte; vuole --conferma.",
    ),
]
Confirmed = Annotated[bool, flag("--conferma", "Con --togli: lo fa davvero.")]
Prepare = Annotated[
    bool, flag("--prepara", "Mostra lo script SQL che crea gli utenti del database.")
]
Migrate = Annotated[
    bool,
    flag(
        "--aggiorna-schema",
        "Aggiorna le tabelle fatte da una versione precedente di cercafoto.",
    ),
]


@app.command("pubblica", epilog="Esempio: cercafoto pubblica postgresql://server/foto --nome NAS-1")
def publish(
    address: Address = "",
    name: Name = "",
    small_copies: SmallCopies = False,
    remove: Remove = "",
    confirmed: Confirmed = False,
    rehearsal: options.Unconfirmed = False,
    prepare: Prepare = False,
    migrate: Migrate = False,
    json: options.Json = False,
) -> int:
    """Porta l'archivio in uno condiviso, su PostgreSQL. Manda soltanto le novità."""
    from cercafoto.base.shared_address import is_shared, masked_word
    from cercafoto.cli.progress import TerminalReporter
    from cercafoto.cli.render import shared as render

    refuse_several({"--prova": rehearsal, "--conferma": confirmed})
    if (confirmed or rehearsal) and not remove:
        raise UsageError("--conferma e --prova vanno insieme a --togli.")
    if prepare:
        from cercafoto.indexing.sharing import Sharing

        write(Sharing.preparation())
        return DONE
    if not is_shared(address):
        raise UsageError(
            f"«{masked_word(address)}» non è l'indirizzo di un archivio condiviso."
            if address
            else "Manca l'indirizzo dell'archivio condiviso.",
            "Si scrive così: postgresql://utente@server/archivio",
        )
    settings = common().settings()
    if settings.shared is not None:
        raise UsageError(
            "Si pubblica l'archivio di questa macchina, e --archivio ne indica uno condiviso.",
            "Togli --archivio; se non l'hai scritto tu, viene da CERCAFOTO_ARCHIVIO.",
        )
    library = open_library(settings)
    if remove:
        photos = library.sharing.remove(address, remove, confirmed=confirmed)
        if json:
            write(as_json({"source": remove, "done": confirmed, "deleted": photos}))
        else:
            tell(render.removed_summary(remove, photos, confirmed))
        return DONE
    source = name or platform.node().partition(".")[0]
    with TerminalReporter(quiet=json) as reporter:
        report = library.sharing.publish(
            address, source, migrate=migrate, small_copies=small_copies, reporter=reporter
        )
    if json:
        write(as_json(report))
    else:
        tell("\n".join(render.published_summary(report)))
    return DONE
