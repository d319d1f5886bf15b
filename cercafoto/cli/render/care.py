"""Render the results of `controlla` and `pulisci`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cercafoto.base.italian_counts import media
from cercafoto.base.paths import printable
from cercafoto.cli.render.formatting import count, listed, space, text_lines
from cercafoto.cli.render.short_path import in_line, with_reason

if TYPE_CHECKING:
    from cercafoto.indexing.check_archive import CheckReport
    from cercafoto.indexing.clean_archive import CleanReport
    from cercafoto.indexing.copy import Copied


FIRST = 3  # paths shown of each finding


def check_text(report: CheckReport) -> str:
    lines = []
    for finding in report.findings:
        lines.append(("Riparato. " if finding.mended else "") + finding.message)
        lines += [f"  {in_line(path, 2)}" for path in finding.paths[:FIRST]]
        if len(finding.paths) > FIRST:
            more = count(len(finding.paths) - FIRST, "altra", "altre")
            lines.append(f"  e {more}; l'elenco intero con --json")
        if finding.hint:
            lines.append(f"  {finding.hint}")
    if report.sound:
        ending = "ata" if report.photos == 1 else "ate"
        if report.photos == report.videos:
            ending = "ato" if report.photos == 1 else "ati"
        checked = f"controll{ending}"
        bytes_too = f" {checked} byte per byte" if report.full else ""
        lines.append(f"L'archivio è in ordine: {media(report.photos, report.videos)}{bytes_too}.")
    return text_lines(lines, indent=2)


def copied_text(copied: Copied) -> str:
    held = [
        count(copied.counts.photos, "foto", "foto"),
        count(copied.counts.tags, "etichetta", "etichette"),
    ]
    folder = printable(copied.folder)
    return text_lines(
        [
            f"L'archivio è copiato in {folder}, e la copia è controllata: {listed(held)}; "
            f"{space(copied.size)}.",
            f"  Per usarla: --archivio {folder}",
        ]
    )


def clean_paths(report: CleanReport) -> str:
    """Return a line for every photo that would be forgotten, with the reason."""
    kinds = (
        (report.missing, "non c'è più"),
        (report.excluded, "esclusa"),
        (report.forgotten, "in una cartella da togliere"),
    )
    return "".join(with_reason(path, why) for paths, why in kinds for path in paths)


def clean_summary(report: CleanReport) -> list[str]:
    lines = []
    photos = len(report.missing) + len(report.excluded) + len(report.forgotten)
    older = count(
        report.orphans,
        "versione vecchia di una foto modificata",
        "versioni vecchie di foto modificate",
    )
    if report.is_empty:
        lines.append("Non c'è niente da togliere dall'archivio.")
    elif report.done:
        labels = count(report.purged.tags, "etichetta", "etichette")
        taken = ", ".join(part for part in (count(photos, "foto", "foto"), older, labels) if part)
        freed = f" Spazio liberato: {space(report.freed)}." if report.freed else ""
        lines.append(
            f"Tolte dall'archivio: {taken or 'nessuna foto'}{_asked(report)}.{freed} "
            "Nessun file è stato toccato."
        )
    else:
        parts = [
            count(len(report.missing), "foto che non c'è più", "foto che non ci sono più"),
            count(len(report.excluded), "foto esclusa", "foto escluse"),
            count(len(report.forgotten), "foto", "foto"),
            older,
        ]
        what = ", ".join(part for part in parts if part) or "nessuna foto"
        lines.append(f"Da togliere dall'archivio: {what}{_asked(report)}.")
        lines.append(
            "Se un giorno tornano, andranno analizzate ed etichettate da capo. Nessun file viene "
            "toccato. Per farlo davvero aggiungi --conferma."
        )
    lines += report.left
    if report.back:
        lines.append(
            count(len(report.back), "foto è tornata e resta", "foto sono tornate e restano")
            + ": con «cercafoto index» si ritrovano."
        )
    for folder in report.reread:
        lines.append(
            f"{printable(folder)} è dentro una cartella che resta: il prossimo «cercafoto index» "
            "la rianalizza, se non la escludi con --escludi."
        )
    for root in report.away:
        lines.append(
            f"{printable(root)} ora non c'è: quello che l'archivio ne sa resta. Collega il disco, "
            "oppure toglila con --dimentica."
        )
    return lines


def _asked(report: CleanReport) -> str:
    """Return the part of a sentence that names the folders to forget; "" if none was named."""
    if not report.asked:
        return ""
    return f" in {listed(map(printable, report.asked))}, e niente altrove"


def forgotten_texts_summary(number: int, done: bool) -> str:
    if not number:
        return "Non ci sono testi da togliere dall'archivio."
    photos = count(number, "foto", "foto diverse")  # copies of a photo are read once
    if done:
        return f"Tolte dall'archivio: le parole lette in {photos}. Nessun file è stato toccato."
    return (
        f"Da togliere dall'archivio: le parole lette in {photos}. Se un giorno servono, andranno "
        "lette da capo. Per farlo davvero aggiungi --conferma."
    )
