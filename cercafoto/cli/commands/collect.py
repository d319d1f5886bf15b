"""The command `raccolte`: the questions that a person keeps, their photos, a folder of links."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cercafoto.base.json_keys import as_json
from cercafoto.cli import click_italian, options
from cercafoto.cli.app import DONE, FAILED, SKIPPED
from cercafoto.cli.common import open_library, tell
from cercafoto.cli.console import notice, refuse_several, write
from cercafoto.cli.options import argument, flag, option
from cercafoto.cli.shell_completion import COLLECTION, PATH
from cercafoto.errors import UsageError

if TYPE_CHECKING:
    from cercafoto.collections.folder import FolderReport
    from cercafoto.library import Library

app = click_italian.Typer()


Name = Annotated[str | None, argument("[NOME]", "Una raccolta; senza, tutte.", COLLECTION)]
Always = Annotated[
    list[Path], option("--sempre", "FOTO", "In NOME questa foto c'è sempre; ripetibile.", PATH)
]
Never = Annotated[
    list[Path], option("--mai", "FOTO", "In NOME questa foto non c'è mai; ripetibile.", PATH)
]
Unsaid = Annotated[
    list[Path],
    option("--se-risponde", "FOTO", "Annulla --sempre o --mai di questa foto; ripetibile.", PATH),
]
Rename = Annotated[
    str | None, option("--rinomina", "NUOVO-NOME", "Cambia il nome della raccolta NOME.")
]
Drop = Annotated[
    str | None, option("--togli", "NOME", "Toglie una raccolta. Le foto restano.", COLLECTION)
]
News = Annotated[bool, flag("--nuove", "Le foto arrivate dopo l'ultima volta che l'hai chiesto.")]
Folder = Annotated[
    Path | None,
    option(
        "--cartella",
        "CARTELLA",
        "Tiene lì una cartella di collegamenti per ogni raccolta, e «index» l'aggiorna.",
        PATH,
    ),
]
Hard = Annotated[bool, flag("--fissi", "Con --cartella: collegamenti fissi (hard), non simbolici.")]
NoFolder = Annotated[bool, flag("--senza-cartella", "Svuota quella cartella, e non la tiene più.")]
Confirmed = Annotated[
    bool,
    flag(
        "--conferma",
        "Con --cartella, --senza-cartella e --xmp: anche se l'archivio viene da altrove.",
    ),
]
Xmp = Annotated[
    bool, flag("--xmp", "Scrive i nomi delle raccolte nei file .xmp accanto alle foto.")
]
Rehearsal = Annotated[bool, flag("--prova", "Con --xmp: mostra soltanto che cosa cambierebbe.")]


@app.command(
    "raccolte",
    epilog='Esempio: cercafoto cerca "al mare, senza persone" --salva "Mare vuoto"\n'
    '         cercafoto raccolte "Mare vuoto" --mai ~/Foto/IMG_0412.jpg\n'
    "         cercafoto raccolte --cartella ~/Raccolte",
)
def collect(
    name: Name = None,
    always: Always = [],
    never: Never = [],
    unsaid: Unsaid = [],
    new: Rename = None,
    drop: Drop = None,
    news: News = False,
    folder: Folder = None,
    hard: Hard = False,
    no_folder: NoFolder = False,
    confirmed: Confirmed = False,
    xmp: Xmp = False,
    rehearsal: Rehearsal = False,
    json: options.Json = False,
) -> int:
    """Elenca le ricerche salvate, e quante foto trovano oggi."""
    from cercafoto.results.collections import ALWAYS, NEVER

    said = [(always, ALWAYS), (never, NEVER), (unsaid, None)]
    by_hand = any(paths for paths, _ in said)
    refuse_several(
        {
            "--sempre, --mai e --se-risponde": by_hand,
            "--rinomina": new is not None,
            "--togli": drop is not None,
            "--nuove": news,
            "--cartella": folder is not None,
            "--senza-cartella": no_folder,
            "--xmp": xmp,
        }
    )
    if (by_hand or new is not None) and name is None:
        raise UsageError(
            "Di quale raccolta?", "Per esempio: cercafoto raccolte NOME --mai ~/Foto/IMG_0412.jpg"
        )
    if name is not None and (drop or folder or no_folder or xmp):
        raise UsageError(
            "Un NOME va da solo, o con --nuove, --sempre, --mai, --se-risponde e --rinomina."
        )
    if hard and not folder:
        raise UsageError("--fissi va insieme a --cartella.")
    if confirmed and not (folder or no_folder or xmp):
        raise UsageError("--conferma va insieme a --cartella, --senza-cartella o --xmp.")
    refuse_several({"--prova": rehearsal, "--conferma": confirmed})
    if rehearsal and not xmp:
        raise UsageError("--prova va insieme a --xmp.")
    library = open_library()
    if drop is not None:
        return _drop(library, drop, json)
    if folder or no_folder:
        return _change_folder(library, folder, hard, confirmed, json)
    if xmp:
        return _write_xmp(library, rehearsal, confirmed, json)
    if by_hand:
        assert name is not None
        library.collections.say(name, *said[0], *said[1:])
        tell_folder(library.collections.refresh_folder())
    if new is not None:
        assert name is not None
        name = library.collections.rename(name, new).name
        tell_folder(library.collections.refresh_folder())
    return _list(library, name, news, json)


def _drop(library: "Library", name: str, json: bool) -> int:
    from cercafoto.cli.render import collect as render

    gone = library.collections.drop(name)
    if json:
        write(as_json({"name": gone.name, "question": gone.typed}))
    else:
        tell(f"Tolta la raccolta {render.named(gone)}.")
    return tell_folder(library.collections.refresh_folder(), json)


def _change_folder(
    library: "Library", folder: Path | None, hard: bool, confirmed: bool, json: bool
) -> int:
    """Keep the collections in `folder` from now on, or in no folder if it is None."""
    report = (
        library.collections.refresh_folder(folder, hard=hard, confirmed=confirmed)
        if folder
        else library.collections.forget_folder(confirmed)
    )
    if report is None:
        raise UsageError(
            "Non c'è una cartella delle raccolte.", "Per averne una: --cartella CARTELLA"
        )
    if json:
        write(as_json(report))
    return tell_folder(report, json, even_unchanged=True)


def _write_xmp(library: "Library", rehearsal: bool, confirmed: bool, json: bool) -> int:
    from cercafoto.cli.commands.tag import notice_sidecars
    from cercafoto.cli.render.tag import xmp_diff

    sidecars = library.collections.write_xmp(rehearsal, confirmed=confirmed)
    if json or rehearsal:
        write(as_json(sidecars) if json else xmp_diff(sidecars))
    return notice_sidecars(library, sidecars)


def _list(library: "Library", name: str | None, news: bool, json: bool) -> int:
    """List one collection, or all if `name` is None, and return the exit code."""
    from cercafoto.base.paths import printable
    from cercafoto.cli.render import collect as render

    collections = library.collections.photos(() if name is None else (name,), only_new=news)
    write(as_json(collections) if json else render.collections_text(collections, news))
    if news:
        library.collections.looked_at(collections)  # only now, when the person has the list
    if not (collections or json):
        tell('Non ci sono ancora raccolte. Per farne una: cercafoto cerca "al mare" --salva Mare')
    if news and collections and not any(entry.photos or entry.problem for entry in collections):
        where = "Nelle raccolte" if name is None else f"Nella raccolta «{printable(name)}»"
        tell(f"{where} non è arrivato niente di nuovo.")
    for entry in collections:
        if entry.problem:
            notice(f"Raccolta {render.named(entry.collection)}: {entry.problem}")
    return FAILED if any(entry.problem for entry in collections) else DONE


def tell_folder(
    report: "FolderReport | None", only_problems: bool = False, *, even_unchanged: bool = False
) -> int:
    """Tell the person what changed in the folder of collections, if there is one, and return the
    exit code. What only waits for the person does not count as a failure.

    even_unchanged: tell it even if nothing changed.
    """
    from cercafoto.base.paths import printable
    from cercafoto.cli.render import collect as render

    if report is None:
        return DONE
    if not only_problems and (even_unchanged or report.added or report.removed):
        tell(render.folder_summary(report))
    for path, why in report.problems:
        notice(f"{printable(path)}: {why}")
    if report.waiting:
        notice(f"{printable(report.folder)}: {report.waiting}")
    return SKIPPED if report.problems else DONE
