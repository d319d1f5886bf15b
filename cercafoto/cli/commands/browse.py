"""The command `sfoglia`: browse the archive in a terminal screen."""

from typing import Annotated

from cercafoto.cli import click_italian, options
from cercafoto.cli.answer_actions import AnswerActions
from cercafoto.cli.app import DONE, INTERRUPTED
from cercafoto.cli.common import common
from cercafoto.cli.console import refuse_several, write
from cercafoto.cli.options import argument, option
from cercafoto.errors import UsageError

app = click_italian.Typer()

USUAL_BATCH = 60


@app.command(
    "sfoglia",
    cls=click_italian.QuestionCommand,
    epilog='Esempio: cercafoto sfoglia "un cane sulla spiaggia"',
)
def browse(
    words: Annotated[
        list[str] | None,
        argument("[PAROLE]...", "La prima domanda; se manca, si comincia dalle foto più recenti."),
    ] = None,
    batch: Annotated[
        int,
        option(
            "--max -n", "N", "Quante foto per volta (di norma 60): le altre arrivano scorrendo."
        ),
    ] = USUAL_BATCH,
    paths: options.Paths = False,
    null: options.Null = False,
    copy_to: options.CopyTo = None,
    link_to: options.LinkTo = None,
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
    settings = common().settings()
    Library(settings).archive.expect_model()
    ended = browse(settings, " ".join(words or ()), batch)
    if ended is None:
        return INTERRUPTED
    photos = list(ended.marked)
    if paths or null:
        write(formatting.paths(photos, b"\0" if null else b"\n"))
    elif ended.write:
        write("".join(f"{printable(path)}\n" for path in photos))
    return actions.deliver(settings, photos) if photos else DONE
