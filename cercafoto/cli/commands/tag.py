"""The command `tag`: give photos labels, in the archive and in .xmp files beside the photos."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cercafoto.base.json_keys import as_json
from cercafoto.cli import click_italian, options
from cercafoto.cli.app import DONE, SKIPPED
from cercafoto.cli.common import common, open_library, tell
from cercafoto.cli.console import notice, refuse_several, write
from cercafoto.cli.options import argument, flag, option
from cercafoto.cli.percentage import CONFIDENCE
from cercafoto.cli.progress import TerminalReporter
from cercafoto.cli.shell_completion import LABEL, LABEL_FILE, PATH
from cercafoto.errors import UsageError

if TYPE_CHECKING:
    from cercafoto.labels.by_hand import HandLabels
    from cercafoto.labels.forget_labels import ForgottenLabels
    from cercafoto.labels.sidecars.write import XmpReport
    from cercafoto.library import Library

app = click_italian.Typer()

USUAL_MOST = 8  # labels per photo without --massimo


@app.command("tag", epilog="Esempio: cercafoto tag --labels etichette.txt ~/Foto/2019")
def tag(
    label_file: Annotated[
        Path | None,
        option(
            "--labels --etichette",
            "FILE",
            "File con un'etichetta per riga, oppure «predefinite».",
            LABEL_FILE,
        ),
    ] = None,
    photos: Annotated[
        list[Path] | None,
        argument("[CARTELLA|FOTO]...", "Quali foto; se non ne indichi, tutte.", PATH),
    ] = None,
    add: Annotated[
        list[str],
        option(
            "--aggiungi",
            "NOME",
            "Dà a mano questa etichetta alle foto indicate; ripetibile.",
            LABEL,
        ),
    ] = [],
    remove: Annotated[
        list[str],
        option(
            "--togli", "NOME", "Toglie questa etichetta dalle foto indicate; ripetibile.", LABEL
        ),
    ] = [],
    forget: Annotated[
        Path | None,
        option(
            "--dimentica",
            "FILE",
            "Toglie tutte le etichette date da questo elenco, che ci sia ancora o no; vuole "
            "--conferma.",
            PATH,
        ),
    ] = None,
    threshold: Annotated[
        float | None,
        option(
            "--soglia",
            "N",
            "Fiducia minima: 0,3 (di norma; 0,5 nei file .xmp) oppure 30%. "
            "Quella scritta nel file vince.",
            CONFIDENCE,
        ),
    ] = None,
    most: Annotated[
        int | None,
        option(
            "--massimo",
            "N",
            f"Numero massimo di etichette per foto, generi a parte (di norma {USUAL_MOST}).",
        ),
    ] = None,
    xmp: Annotated[
        bool, flag("--xmp", "Scrive le etichette anche nei file .xmp accanto alle foto.")
    ] = False,
    people: Annotated[
        bool,
        flag(
            "--persone",
            "Con --xmp: scrive nei file .xmp chi c'è nelle foto, per gli altri programmi.",
        ),
    ] = False,
    rehearsal: Annotated[bool, flag("--prova", "Mostra soltanto che cosa cambierebbe.")] = False,
    confirmed: Annotated[
        bool,
        flag(
            "--conferma",
            "Con --dimentica: lo fa davvero. Con --annulla e --xmp: anche se l'archivio viene da "
            "altrove.",
        ),
    ] = False,
    undo: Annotated[
        bool, flag("--annulla", "Annulla l'ultimo «tag», etichette e file .xmp; poi quello prima.")
    ] = False,
    listing: Annotated[
        bool,
        flag(
            "--elenco", "Mostra le etichette di ogni foto, non soltanto quante foto ne hanno una."
        ),
    ] = False,
    json: options.Json = False,
) -> int:
    """Dà alle foto le etichette che le descrivono. Non ha bisogno di rianalizzarle."""
    by_hand = bool(add or remove)
    _check(
        label_file=label_file is not None,
        photos=bool(photos),
        by_hand=by_hand,
        forget=forget is not None,
        undo=undo,
        xmp=xmp,
        people=people,
        numbers={"--soglia": threshold is not None, "--massimo": most is not None},
        rehearsal=rehearsal,
        confirmed=confirmed,
        listing=listing,
        json=json,
    )
    if people:
        return _write_people(photos or (), rehearsal, confirmed, json)
    if undo:
        return _undo(open_library(), rehearsal, confirmed, json)
    if by_hand:
        return _label_by_hand(photos or (), add, remove, rehearsal, confirmed, xmp, json)
    if forget:
        return _forget(forget, bool(photos), confirmed, xmp, json)
    return _tag(
        label_file,
        photos or (),
        threshold=threshold,
        most=most,
        rehearsal=rehearsal,
        confirmed=confirmed,
        xmp=xmp,
        listing=listing,
        json=json,
    )


def _check(
    *,
    label_file: bool,
    photos: bool,
    by_hand: bool,
    forget: bool,
    undo: bool,
    xmp: bool,
    people: bool,
    numbers: Mapping[str, bool],
    rehearsal: bool,
    confirmed: bool,
    listing: bool,
    json: bool,
) -> None:
    """Raise UsageError if options do not go together. Each parameter says whether an option is
    given, `numbers` by the name of the option."""
    if undo and (label_file or photos or by_hand or forget or xmp):
        raise UsageError(
            "--annulla non vuole etichette, foto, né --xmp.",
            "Annulla tutto quello che ha fatto l'ultimo «tag»: cercafoto tag --annulla",
        )
    if label_file + by_hand + forget > 1:
        raise UsageError(
            "Le etichette di un elenco (--labels), quelle a mano (--aggiungi, --togli) e "
            "--dimentica si escludono a vicenda.",
            "Scrivi un comando dopo l'altro.",
        )
    refuse_several({"--prova": rehearsal, "--conferma": confirmed})
    if confirmed and not (forget or undo or xmp):
        raise UsageError("--conferma va insieme a --dimentica, --annulla o --xmp.")
    if listing and (json or undo or by_hand or forget or (xmp and rehearsal)):
        raise UsageError("--elenco va insieme a --labels, e non a --json né a --xmp --prova.")
    for name, is_given in numbers.items():
        if is_given and (by_hand or forget or undo or people):
            raise UsageError(f"{name} va insieme a --labels.")
    if common().settings().shared and (xmp or undo or forget):
        raise UsageError(
            "--xmp, --annulla e --dimentica lavorano sulle foto di questa macchina, non su un "
            "archivio condiviso.",
            "Usali dove sono le foto, e poi pubblica: cercafoto pubblica INDIRIZZO",
        )
    if people and (not xmp or label_file or by_hand or forget or undo or listing):
        raise UsageError(
            "--persone va insieme a --xmp, e senza etichette.",
            "Per esempio: cercafoto tag --xmp --persone ~/Foto/2019",
        )


def _write_people(photos: Sequence[Path], rehearsal: bool, confirmed: bool, json: bool) -> int:
    from cercafoto.cli.render import tag as render

    library = open_library()
    written = library.labels.write_people(photos, rehearsal, confirmed=confirmed)
    if rehearsal or json:
        write(as_json(written) if json else render.xmp_diff(written))
    return notice_sidecars(library, written)


def _label_by_hand(
    photos: Sequence[Path],
    add: Sequence[str],
    remove: Sequence[str],
    rehearsal: bool,
    confirmed: bool,
    xmp: bool,
    json: bool,
) -> int:
    from cercafoto.cli.render import tag as render

    if not photos:
        raise UsageError(
            "--aggiungi e --togli vogliono almeno una foto o una cartella.",
            "Per esempio: cercafoto tag --aggiungi mare ~/Foto/2019",
        )
    library = open_library()
    labelled = library.labels.give(photos, add, remove, rehearsal=rehearsal)
    code = _show(library, labelled, render.by_hand_text(labelled), xmp, json, confirmed)
    return notice_unknown(labelled.unknown) or code


def _forget(label_file: Path, has_photos: bool, confirmed: bool, xmp: bool, json: bool) -> int:
    from cercafoto.cli.render import tag as render

    if has_photos:
        raise UsageError(
            "--dimentica non vuole foto: vale per tutte.",
            "Per toglierne una da poche foto: cercafoto tag --togli NOME FOTO...",
        )
    library = open_library()
    forgotten = library.labels.forget_file(label_file, rehearsal=not confirmed)
    code = _show(library, forgotten, render.forgotten_text(forgotten), xmp, json, confirmed)
    if not (confirmed or json):
        tell("Per farlo davvero aggiungi --conferma.")
    return code


def _tag(
    label_file: Path | None,
    photos: Sequence[Path],
    *,
    threshold: float | None,
    most: int | None,
    rehearsal: bool,
    confirmed: bool,
    xmp: bool,
    listing: bool,
    json: bool,
) -> int:
    """Give photos the labels of a file that fit them, report them, and return the exit code."""
    from cercafoto.cli.render import tag as render
    from cercafoto.labels.label_file import DEFAULT, default_labels, read_labels

    if label_file is None:
        raise UsageError(
            "Manca l'opzione --labels.",
            "Indica un file con un'etichetta per riga, oppure: --labels predefinite\n"
            "Per darne una a mano: cercafoto tag --aggiungi NOME FOTO...",
        )
    if most is not None and most < 1:
        raise UsageError(f"--massimo vuole un numero da 1 in su, non {most}.")
    shipped = str(label_file) == DEFAULT
    labels = default_labels() if shipped else read_labels(label_file)
    library = open_library()
    result = library.labels.tag(
        labels,
        DEFAULT if shipped else str(label_file.absolute()),
        photos,
        threshold=threshold,
        most=USUAL_MOST if most is None else most,
        store=not rehearsal,
        reporter=TerminalReporter(),
    )
    report = library.labels.write_xmp(result, rehearsal, confirmed=confirmed) if xmp else None
    if report is not None and rehearsal:
        write(as_json(report) if json else render.xmp_diff(report))
    elif json:
        write(render.with_sidecars(result, report))
    else:
        write(render.tag_table(result) if listing else render.tag_summary(result))
    if result.own_names:
        tell(render.own_names_text(result))
    code = DONE if report is None else notice_sidecars(library, report)
    return notice_unknown(result.unknown) or code


def notice_unknown(paths: tuple[bytes, ...]) -> int:
    """Tell the person that these photos are not in the archive and were skipped. Return the exit
    code."""
    from cercafoto.base.paths import printable

    for path in paths:
        notice(f"{printable(path)}: non è nell'archivio, saltata.")
    if paths:
        notice("Per aggiungere quello che manca: cercafoto index CARTELLA")
    return SKIPPED if paths else DONE


def _show(
    library: "Library",
    labels: "HandLabels | ForgottenLabels",
    text: str,
    xmp: bool,
    json: bool,
    confirmed: bool,
) -> int:
    """Write the sidecars if `xmp`, report how labels and sidecars changed or would change, and
    return the exit code.

    text: what to write about the labels.
    confirmed: see `Library.write_xmp`.
    """
    from cercafoto.cli.render import tag as render

    report = None
    if xmp:
        report = library.labels.write_xmp(labels, labels.rehearsal, confirmed=confirmed)
    if json:
        write(render.with_sidecars(labels, report))
    else:
        write(text)
        if report is not None and report.rehearsal:
            write(render.xmp_diff(report))
    return DONE if report is None else notice_sidecars(library, report)


def _undo(library: "Library", rehearsal: bool, confirmed: bool, json: bool) -> int:
    """Undo the last `tag`, report what was or would be undone, and return the exit code."""
    from cercafoto.cli.render import tag as render

    undone = library.labels.undo(rehearsal, confirmed)
    sidecars = undone.sidecars
    if json:
        write(as_json(undone))
    else:
        write(render.undone_text(undone))
        write(render.xmp_diff(sidecars))
    code = DONE
    if sidecars.changed or sidecars.unchanged or sidecars.problems:
        code = notice_sidecars(library, sidecars, undone=True)
    if sidecars.unsigned:
        notice(render.waiting(sidecars, library.unsigned_reason))
        return SKIPPED
    if hint := render.undone_hint(undone):
        tell(hint)
    return code


def notice_sidecars(library: "Library", report: "XmpReport", *, undone: bool = False) -> int:
    """Write to stderr the summary of sidecars, which of them wait for the person, and problems.
    Return the exit code."""
    from cercafoto.base.paths import printable
    from cercafoto.cli.render import own_folders
    from cercafoto.cli.render import tag as render
    from cercafoto.cli.render.formatting import count

    tell(render.xmp_summary(report, undone))
    if report.confirmed:
        tell(own_folders.confirmed_text(report.confirmed))
    for path, reason in report.problems:
        notice(f"{printable(path)}: {reason}")
    if number := sum(report.waiting.values()):
        what = count(number, "file .xmp aspetta", "file .xmp aspettano")
        notice(own_folders.waiting_text(what, report.waiting, library.unsigned_reason))
    return SKIPPED if report.problems or report.waiting else DONE
