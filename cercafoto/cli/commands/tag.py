"""Labels, in the archive and in sidecars beside the photos."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cercafoto.cli import options
from cercafoto.cli.app import DONE, SKIPPED, Common, app
from cercafoto.cli.console import notice, open_library, write
from cercafoto.cli.progress import TerminalReporter
from cercafoto.errors import UsageError

if TYPE_CHECKING:
    from cercafoto.labels.sidecars.write import XmpReport


@app.command(epilog="Esempio: cercafoto tag --labels etichette.txt ~/Foto/2019")
@click.option(
    "labels",
    "--labels",
    "--etichette",
    type=options.PATH,
    metavar="FILE",
    help="Le etichette, una per riga (UTF-8), oppure «predefinite».",
)
@click.argument(
    "foto",
    nargs=-1,
    type=options.PATH,
    metavar="[CARTELLA|FOTO]...",
    help="Quali foto; nessuna: tutte.",
)
@click.option(
    "--soglia",
    type=float,
    default=0.3,
    metavar="N",
    help="Fiducia minima, da 0 a 1; di norma 0.3. Quella scritta nel file vince.",
)
@click.option(
    "--massimo",
    type=int,
    default=5,
    metavar="N",
    help="Etichette per foto, generi a parte; di norma 5.",
)
@click.option("--xmp", is_flag=True, help="Le scrive anche in file .xmp accanto alle foto.")
@click.option(
    "--prova", is_flag=True, help="Con --xmp o --annulla: mostra che cosa cambierebbe e basta."
)
@click.option(
    "--annulla", is_flag=True, help="Rimette i file .xmp com'erano prima dell'ultimo --xmp."
)
@options.json
@options.archive
@options.quiet
@click.pass_obj
def tag(
    common: Common,
    labels: Path | None,
    foto: tuple[Path, ...],
    soglia: float,
    massimo: int,
    xmp: bool,
    prova: bool,
    annulla: bool,
    json: bool,
    archivio: Path | None,
    quieto: bool,
) -> int:
    """Dà a ogni foto dell'archivio le etichette che le convengono, senza rileggerla."""
    from cercafoto.cli.render import tag as render
    from cercafoto.labels.label_file import DEFAULT, default_labels, read_labels

    quiet = quieto or common.quiet
    if annulla and (labels or foto):
        raise UsageError(
            "--annulla non vuole né etichette né foto.",
            "Rimette a posto tutto quello che ha scritto l'ultimo --xmp: cercafoto tag --annulla",
        )
    if prova and not (xmp or annulla):
        raise UsageError("--prova va insieme a --xmp o ad --annulla.")
    if annulla:
        return _sidecars(open_library(common.settings(archivio)).undo_xmp(prova), json, quiet, True)
    if labels is None:
        raise UsageError(
            "Manca l'opzione --labels.",
            "Indica un file con un'etichetta per riga, oppure: --labels predefinite",
        )
    if not 0 <= soglia <= 1:
        raise UsageError(f"--soglia vuole un numero fra 0 e 1, non {soglia}.")
    if massimo < 1:
        raise UsageError(f"--massimo vuole un numero da 1 in su, non {massimo}.")
    shipped = str(labels) == DEFAULT
    wanted = default_labels() if shipped else read_labels(labels)
    library = open_library(common.settings(archivio))
    result = library.tag(
        wanted,
        DEFAULT if shipped else str(labels.absolute()),
        foto,
        threshold=soglia,
        most=massimo,
        store=not prova,
        reporter=TerminalReporter(quiet),
    )
    report = library.write_xmp(result, prova) if xmp else None
    outcome = DONE
    if report is not None and prova:
        outcome = _sidecars(report, json, quiet)
    else:
        write(render.tag_json(result, report) if json else render.tag_table(result))
        if report is not None:
            outcome = _tell_sidecars(report, quiet)
    for path in result.unknown:
        notice(f"{os.fsdecode(path)}: non è nell'archivio, saltata. Prima: cercafoto index")
    return SKIPPED if result.unknown else outcome


def _sidecars(report: XmpReport, json: bool, quiet: bool, undone: bool = False) -> int:
    """Show what happened to sidecars, or would: on stdout what was asked, the rest on stderr."""
    from cercafoto.cli.render import tag as render

    if json:
        write(render.xmp_json(report))
    elif report.rehearsal:
        write(render.xmp_diff(report))
    return _tell_sidecars(report, quiet, undone)


def _tell_sidecars(report: XmpReport, quiet: bool, undone: bool = False) -> int:
    from cercafoto.base.paths import printable
    from cercafoto.cli.render import tag as render

    if not quiet:
        notice(render.xmp_summary(report, undone))
    for path, why in report.problems:
        notice(f"{printable(path)}: {why}")
    return SKIPPED if report.problems else DONE
