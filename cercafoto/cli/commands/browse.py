"""The command `sfoglia`: browse the archive in a terminal screen."""

from typing import Annotated

import typer

from cercafoto.cli import click_italian, options
from cercafoto.cli.answer_actions import AnswerActions
from cercafoto.cli.app import DONE, INTERRUPTED, Common
from cercafoto.cli.console import refuse_several, write
from cercafoto.errors import UsageError

app = click_italian.Typer()

USUAL_BATCH = 60


@app.command(
    "sfoglia",
    cls=click_italian.QuestionCommand,
    epilog='Esempio: cercafoto sfoglia "un cane sulla spiaggia"',
)
def browse(
    ctx: typer.Context,
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[PAROLE]...",
            help="La prima domanda; se manca, si comincia dalle foto più recenti.",
        ),
    ] = None,
    batch: Annotated[
        int,
        typer.Option(
            "--max", "-n", metavar="N", help="Quante foto per volta: le altre arrivano scorrendo."
        ),
    ] = USUAL_BATCH,
    paths: options.Paths = False,
    null: options.Null = False,
    copy_to: options.CopyTo = None,
    link_to: options.LinkTo = None,
    archive: options.Archive = None,
    quiet: options.Quiet = False,
) -> int:
    """Apre l'archivio in una schermata del terminale. Alla fine scrive i percorsi delle foto
    scelte."""
    from cercafoto.base.paths import printable
    from cercafoto.cli.render import formatting
    from cercafoto.library import Library
    from cercafoto.terminal.start import browse

    refuse_several({"--percorsi": paths, "--null": null})
    actions = AnswerActions(copy_to=copy_to, link_to=link_to)
    actions.check(False)
    if batch < 1:
        raise UsageError(f"--max vuole un numero da 1 in su, non {batch}.")
    common = Common.of(ctx)
    settings = common.settings(archive)
    Library(settings).archive.expect_model()
    ended = browse(settings, " ".join(words or ()), batch)
    if ended is None:
        return INTERRUPTED
    photos = list(ended.marked)
    if paths or null:
        write(formatting.paths(photos, b"\0" if null else b"\n"))
    elif ended.write:
        write("".join(f"{printable(path)}\n" for path in photos))
    return actions.deliver(settings, photos, quiet or common.quiet) if photos else DONE
