"""The command `raccolte`: the questions that a person keeps, their photos, a folder of links."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cercafoto.cli import click_italian, options, shell_completion
from cercafoto.cli.app import DONE, FAILED, SKIPPED, Common
from cercafoto.cli.console import notice, open_library, refuse_several, write
from cercafoto.errors import UsageError

if TYPE_CHECKING:
    from cercafoto.indexing.collection_folder import FolderReport

app = click_italian.Typer()


def _by_hand(flag: str, text: str) -> Any:
    return typer.Option(flag, click_type=shell_completion.PATH, metavar="FOTO", help=text)


@app.command(
    "raccolte",
    epilog='Esempio: cercafoto cerca "al mare, senza persone" --salva "Mare vuoto"\n'
    '         cercafoto raccolte "Mare vuoto" --mai ~/Foto/IMG_0412.jpg\n'
    "         cercafoto raccolte --cartella ~/Raccolte",
)
def collect(
    ctx: typer.Context,
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="[NOME]",
            click_type=shell_completion.COLLECTION,
            help="Una raccolta; senza, tutte.",
        ),
    ] = None,
    always: Annotated[
        list[Path], _by_hand("--sempre", "In NOME questa foto c'è sempre; ripetibile.")
    ] = [],
    never: Annotated[
        list[Path], _by_hand("--mai", "In NOME questa foto non c'è mai; ripetibile.")
    ] = [],
    unsaid: Annotated[
        list[Path],
        _by_hand("--se-risponde", "Annulla --sempre o --mai di questa foto; ripetibile."),
    ] = [],
    drop: Annotated[
        str | None,
        typer.Option(
            "--togli",
            click_type=shell_completion.COLLECTION,
            metavar="NOME",
            help="Toglie una raccolta. Le foto restano.",
        ),
    ] = None,
    news: Annotated[
        bool,
        typer.Option("--nuove", help="Le foto arrivate dopo l'ultima volta che l'hai chiesto."),
    ] = False,
    folder: Annotated[
        Path | None,
        typer.Option(
            "--cartella",
            click_type=shell_completion.PATH,
            metavar="CARTELLA",
            help="Tiene lì una cartella di collegamenti per ogni raccolta, e «index» l'aggiorna.",
        ),
    ] = None,
    hard: Annotated[
        bool,
        typer.Option("--fissi", help="Con --cartella: collegamenti fissi (hard), non simbolici."),
    ] = False,
    no_folder: Annotated[
        bool,
        typer.Option("--senza-cartella", help="Svuota quella cartella, e non la tiene più."),
    ] = False,
    xmp: Annotated[
        bool,
        typer.Option("--xmp", help="Scrive i nomi delle raccolte nei file .xmp accanto alle foto."),
    ] = False,
    rehearsal: Annotated[
        bool, typer.Option("--prova", help="Con --xmp: mostra soltanto che cosa cambierebbe.")
    ] = False,
    json: options.Json = False,
    archive: options.Archive = None,
    offline: options.Offline = False,
    quiet: options.Quiet = False,
) -> int:
    """Elenca le domande salvate, e le foto che oggi rispondono."""
    from cercafoto.base.paths import printable
    from cercafoto.cli.render import collect as render
    from cercafoto.results import ALWAYS, NEVER

    said = [(always, ALWAYS), (never, NEVER), (unsaid, None)]
    by_hand = any(paths for paths, _ in said)
    refuse_several(
        {
            "--sempre, --mai e --se-risponde": by_hand,
            "--togli": drop is not None,
            "--nuove": news,
            "--cartella": folder is not None,
            "--senza-cartella": no_folder,
            "--xmp": xmp,
        }
    )
    if by_hand and name is None:
        raise UsageError(
            "Di quale raccolta?", "Per esempio: cercafoto raccolte NOME --mai ~/Foto/IMG_0412.jpg"
        )
    if name is not None and (drop or news or folder or no_folder or xmp):
        raise UsageError("Un NOME va da solo, o con --sempre, --mai e --se-risponde.")
    if hard and not folder:
        raise UsageError("--fissi va insieme a --cartella.")
    if rehearsal and not xmp:
        raise UsageError("--prova va insieme a --xmp.")
    common = Common.of(ctx)
    quiet = quiet or common.quiet
    library = open_library(common.settings(archive, None, offline))

    def keep_folder(report: "FolderReport | None") -> int:
        return tell_folder(report, quiet) if report else DONE

    if drop is not None:
        gone = library.drop_collection(drop)
        if not quiet:
            notice(f"Tolta la raccolta {render.named(gone)}.")
        return keep_folder(library.refresh_collections_folder())
    if folder or no_folder:
        report = (
            library.forget_collections_folder()
            if no_folder
            else library.refresh_collections_folder(folder, hard=hard)
        )
        if report is None:
            raise UsageError(
                "Non c'è una cartella delle raccolte.", "Per averne una: --cartella CARTELLA"
            )
        if json:
            write(render.folder_json(report))
        return tell_folder(report, quiet or json, even_unchanged=True)
    if xmp:
        from cercafoto.cli.render.tag import xmp_diff, xmp_json, xmp_summary

        sidecars = library.write_collections_xmp(rehearsal)
        if json or rehearsal:
            write(xmp_json(sidecars) if json else xmp_diff(sidecars))
        if not quiet:
            notice(xmp_summary(sidecars))
        for path, why in sidecars.problems:
            notice(f"{printable(path)}: {why}")
        return SKIPPED if sidecars.problems else DONE
    if by_hand:
        assert name is not None
        library.say_in_collection(name, *said[0], *said[1:])
        keep_folder(library.refresh_collections_folder())
    found = library.collections(() if name is None else (name,), only_new=news)
    write(render.collections_json(found, news) if json else render.collections_text(found, news))
    if news:
        library.looked_at_collections(found)  # only now, when the person has the list
    if not (found or json or quiet):
        notice('Non ci sono ancora raccolte. Per farne una: cercafoto cerca "al mare" --salva Mare')
    for each in found:
        if each.problem:
            notice(f"Raccolta {render.named(each.collection)}: {each.problem}")
    return FAILED if any(each.problem for each in found) else DONE


def tell_folder(report: "FolderReport", quiet: bool, *, even_unchanged: bool = False) -> int:
    """Tell the person what changed in the folder of collections, and return the exit code.

    even_unchanged: tell it even if nothing changed.
    """
    from cercafoto.base.paths import printable
    from cercafoto.cli.render import collect as render

    if not quiet and (even_unchanged or report.added or report.removed):
        notice(render.folder_summary(report))
    for path, why in report.problems:
        notice(f"{printable(path)}: {why}")
    return SKIPPED if report.problems else DONE
