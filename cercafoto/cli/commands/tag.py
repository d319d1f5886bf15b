"""`tag`: labels for the photos, in the archive and in sidecars beside them."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cercafoto.cli import click_italian, completion, options
from cercafoto.cli.app import DONE, SKIPPED, Common
from cercafoto.cli.confidence import CONFIDENCE
from cercafoto.cli.console import notice, open_library, write
from cercafoto.cli.progress import TerminalReporter
from cercafoto.errors import UsageError

if TYPE_CHECKING:
    from cercafoto.labels.sidecars.write import XmpReport

app = click_italian.Typer()


@app.command("tag", epilog="Esempio: cercafoto tag --labels etichette.txt ~/Foto/2019")
def tag(
    ctx: typer.Context,
    label_file: Annotated[
        Path | None,
        typer.Option(
            "--labels",
            "--etichette",
            click_type=completion.LABEL_FILE,
            metavar="FILE",
            help="Le etichette, una per riga (UTF-8), oppure «predefinite».",
        ),
    ] = None,
    photos: Annotated[
        list[Path] | None,
        typer.Argument(
            click_type=options.PATH,
            metavar="[CARTELLA|FOTO]...",
            help="Quali foto; nessuna: tutte.",
        ),
    ] = None,
    threshold: Annotated[
        float,
        typer.Option(
            "--soglia",
            click_type=CONFIDENCE,
            metavar="N",
            show_default=False,
            help="Fiducia minima: 0,3 (di norma) oppure 30%. Quella scritta nel file vince.",
        ),
    ] = 0.3,
    most: Annotated[
        int,
        typer.Option(
            "--massimo",
            metavar="N",
            show_default=False,
            help="Etichette per foto, generi a parte; di norma 8.",
        ),
    ] = 8,
    xmp: Annotated[
        bool, typer.Option("--xmp", help="Le scrive anche in file .xmp accanto alle foto.")
    ] = False,
    rehearsal: Annotated[
        bool,
        typer.Option("--prova", help="Con --xmp o --annulla: mostra che cosa cambierebbe e basta."),
    ] = False,
    undo: Annotated[
        bool,
        typer.Option("--annulla", help="Rimette i file .xmp com'erano prima dell'ultimo --xmp."),
    ] = False,
    listing: Annotated[
        bool,
        typer.Option(
            "--elenco", help="Mostra le etichette di ogni foto, non solo quante foto ne hanno una."
        ),
    ] = False,
    json: options.Json = False,
    archive: options.Archive = None,
    quiet: options.Quiet = False,
) -> int:
    """Dà a ogni foto dell'archivio le etichette che le convengono, senza rileggerla."""
    from cercafoto.base.paths import printable
    from cercafoto.cli.render import tag as render
    from cercafoto.labels.label_file import DEFAULT, default_labels, read_labels

    common = Common.of(ctx)
    quiet = quiet or common.quiet
    if undo and (label_file or photos):
        raise UsageError(
            "--annulla non vuole né etichette né foto.",
            "Rimette a posto tutto quello che ha scritto l'ultimo --xmp: cercafoto tag --annulla",
        )
    if rehearsal and not (xmp or undo):
        raise UsageError("--prova va insieme a --xmp o ad --annulla.")
    if listing and (json or rehearsal or undo):
        raise UsageError("--elenco non va insieme a --json, --prova o --annulla.")
    if undo:
        undone = open_library(common.settings(archive)).undo_xmp(rehearsal)
        return _write_sidecars(undone, json, quiet, undone=True)
    if label_file is None:
        raise UsageError(
            "Manca l'opzione --labels.",
            "Indica un file con un'etichetta per riga, oppure: --labels predefinite",
        )
    if most < 1:
        raise UsageError(f"--massimo vuole un numero da 1 in su, non {most}.")
    shipped = str(label_file) == DEFAULT
    labels = default_labels() if shipped else read_labels(label_file)
    library = open_library(common.settings(archive))
    result = library.tag(
        labels,
        DEFAULT if shipped else str(label_file.absolute()),
        photos or (),
        threshold=threshold,
        most=most,
        store=not rehearsal,
        reporter=TerminalReporter(quiet),
    )
    report = library.write_xmp(result, rehearsal) if xmp else None
    code = DONE
    if report is not None and rehearsal:
        code = _write_sidecars(report, json, quiet)
    else:
        if json:
            write(render.tag_json(result, report))
        else:
            write(render.tag_table(result) if listing else render.tag_summary(result))
        if report is not None:
            code = _notice_sidecars(report, quiet)
    for path in result.unknown:
        notice(f"{printable(path)}: non è nell'archivio, saltata.")
    if result.unknown:
        notice("Per aggiungere quello che manca: cercafoto index CARTELLA")
        return SKIPPED
    return code


def _write_sidecars(report: "XmpReport", json: bool, quiet: bool, *, undone: bool = False) -> int:
    """Write what happened to sidecars, or would: results to stdout, the rest to stderr."""
    from cercafoto.cli.render import tag as render

    if json:
        write(render.xmp_json(report))
    elif report.rehearsal:
        write(render.xmp_diff(report))
    return _notice_sidecars(report, quiet, undone=undone)


def _notice_sidecars(report: "XmpReport", quiet: bool, *, undone: bool = False) -> int:
    """Write the summary and the problems to stderr, and return the exit code."""
    from cercafoto.base.paths import printable
    from cercafoto.cli.render import tag as render

    if not quiet:
        notice(render.xmp_summary(report, undone))
    for path, reason in report.problems:
        notice(f"{printable(path)}: {reason}")
    return SKIPPED if report.problems else DONE
