"""Render what `index` has done."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from cercafoto.base.installation import install_command
from cercafoto.base.italian_counts import thousands
from cercafoto.base.json_keys import as_data, as_json
from cercafoto.base.paths import printable
from cercafoto.cli.render.formatting import count, decimal, space
from cercafoto.cli.render.looks import look_data
from cercafoto.cli.render.short_path import in_line
from cercafoto.indexing.index_report import IndexReport, grouped
from cercafoto.photos.decoding.file_kind import EXTRAS, VIDEO, can_read_videos
from cercafoto.photos.not_photos import in_words

if TYPE_CHECKING:
    from cercafoto.indexing.thumbnails_ahead import ThumbnailReport
    from cercafoto.looking.look_report import LookReport
    from cercafoto.looking.sense import Sense
    from cercafoto.results.models import ModelInfo


FIRST = 3  # paths shown of each kind of problem


def index_json(
    report: IndexReport,
    thumbnails: ThumbnailReport | None = None,
    looks: Sequence[tuple[Sense[Any], LookReport]] = (),
) -> str:
    more: dict[str, object] = {} if thumbnails is None else {"miniature": thumbnails}
    more |= {sense.name: look_data(sense, looked) for sense, looked in looks}
    return as_json(as_data(report) | more)


def index_summary(report: IndexReport) -> list[str]:
    """Return the lines that tell a person how a run went."""
    told_below = report.empty or report.unreadable or report.problems
    lines = [_first_line(report)] if _kinds(report) or not told_below else []
    lines += [
        f"Nessuna foto trovata in {in_line(folder, 25, sys.stderr)}." for folder in report.empty
    ]
    if report.recognised:
        lines.append(
            count(report.recognised, "foto riconosciuta", "foto riconosciute")
            + " dal contenuto: non c'era niente da rianalizzare."
        )
    for old, new in report.followed[:FIRST]:
        told = "spostata e modificata: ha le etichette e le raccolte di prima"
        lines.append(f"{printable(new)} è {printable(old)}, {told}.")
    if (more := len(report.followed) - FIRST) > 0:
        lines.append(f"E così {count(more, 'altra foto', 'altre foto')}.")
    if report.described:
        lines.append(
            f"Aggiornati i dati di {count(report.described, 'foto già nota', 'foto già note')}."
        )
    if report.seen:
        seen = count(report.seen, "foto già analizzata", "foto già analizzate")
        lines.append(f"Ora si sa che cosa si vede in {seen}.")
    if report.stale_labels:
        lines.append(
            count(report.stale_labels, "foto modificata aspetta", "foto modificate aspettano")
            + " di nuovo le etichette: «cercafoto stato» dice quali."
        )
    lines += _problem_lines(report.new_problems)
    if report.old_problems:
        known = len(report.old_problems)
        lines.append(
            count(known, "file illeggibile già noto", "file illeggibili già noti")
            + f": «cercafoto stato --problemi» dice {'quale' if known == 1 else 'quali'} e perché."
        )
    for extra, number in sorted(report.lacking.items()):
        name = EXTRAS[extra][1]
        skipped = count(number, f"file {name} saltato", f"file {name} saltati")
        lines.append(f"{skipped}; per leggerli: {install_command(extra)}")
    for path in report.cut_short:
        told = "del video si è letta solo una parte; forse è danneggiato"
        lines.append(f"{printable(path)}: {told}.")
    for path, why in report.unreadable:
        lines.append(f"{printable(path)}: {why}. Quello che l'archivio ne sa resta com'è.")
    if report.unreadable:
        lines.append(
            "Se è un disco esterno, collegalo e rilancia «cercafoto index»; se quelle foto non ci "
            "sono più: «cercafoto pulisci --dimentica CARTELLA»."
        )
    if aside := in_words(report.left_aside):
        lines.append(f"Lasciati da parte: {aside}.")
    if report.left_aside[VIDEO] and not can_read_videos():
        lines.append(f"Per cercare anche nei video: {install_command(VIDEO)}")
    if report.pending:
        lines.append(
            f"{count(report.pending, 'foto aspetta', 'foto aspettano')} ancora il modello "
            f"«{report.model}»: con «cercafoto index» riprende da qui."
        )
    return lines


def _first_line(report: IndexReport) -> str:
    """Return the line that says how many files were new, changed and so on; of the only file that
    was named, what was done."""
    # A new video may have turned out to be a moved one.
    kinds, videos = _kinds(report), min(report.new_videos, report.new)
    took = f"{decimal(report.seconds, 1)} s"
    if report.only_file and len(kinds) == 1:
        ((kind, _),) = kinds
        return f"{in_line(report.only_file, 30, sys.stderr)}: {_DONE_WITH_ONE[kind]} ({took})."
    parts: list[str] = []
    for kind, number in kinds:
        in_photos = number - videos if kind == "new" else number
        noun = "" if parts and "video" not in parts[-1] else "foto "
        parts.append(count(in_photos, *(f"{noun}{word}" for word in _KINDS[kind])))
        if kind == "new":
            parts.append(count(videos, "video nuovo", "video nuovi"))
        parts = [part for part in parts if part]
    speed = report.speed
    if speed >= 0.5:
        took += f", {thousands(round(speed))} foto al secondo" + (
            f" con {report.card}" if report.card else ""
        )
    return f"{', '.join(parts) or 'Nessuna foto trovata'} ({took})."


def _kinds(report: IndexReport) -> list[tuple[str, int]]:
    """Return the kinds of files that there were, with their numbers."""
    counts = {**{kind: getattr(report, kind) for kind in _KINDS}, "followed": len(report.followed)}
    return [(kind, number) for kind, number in counts.items() if number]


# Field of `IndexReport` -> what it counts, singular and plural; what was done with a single file.
_KINDS = {
    "new": ("nuova", "nuove"),
    "changed": ("modificata", "modificate"),
    "moved": ("spostata", "spostate"),
    "followed": ("spostata e modificata", "spostate e modificate"),
    "back": ("ritrovata", "ritrovate"),
    "unchanged": ("invariata", "invariate"),
    "recomputed": ("rianalizzata", "rianalizzate"),
    "recovered": ("recuperata", "recuperate"),
    "missing": ("scomparsa", "scomparse"),
    "excluded": ("esclusa", "escluse"),
}
_DONE_WITH_ONE = {
    "new": "ora è nell'archivio",
    "changed": "l'archivio è aggiornato",
    "moved": "era altrove: l'archivio conserva quello che ne sa",
    "followed": "era altrove, ed è cambiata: l'archivio conserva quello che ne sa",
    "back": "è di nuovo nell'archivio",
    "unchanged": "è già nell'archivio, niente di nuovo",
    "recomputed": "l'archivio è aggiornato",
    "recovered": "ora si legge, ed è nell'archivio",
    "missing": "non c'è più",
    "excluded": "è fuori dall'archivio",
}


def what_next(is_small_model: bool) -> list[str]:
    """Return the lines shown after the first run: what to type next, and, if the archive uses the
    small model, that there are larger ones."""
    lines = ['Ora prova: cercafoto cerca "un gatto"']
    if is_small_model:
        lines.append("Ci sono anche modelli più grandi, da scaricare: cercafoto modello")
    return lines


def larger_model(model: ModelInfo) -> str:
    """Return the line that says, after the first large run, what a larger model would find."""
    return (
        "Un modello più grande di solito trova di più: di 100 didascalie italiane, "
        f"«{model.name}» trova la foto di {model.finds}; occupa {space(model.size)}, e «index» ci "
        f"mette {decimal(model.slowness, 1)} volte tanto. Per confrontarli: cercafoto modello"
    )


def thumbnails_summary(report: ThumbnailReport) -> str:
    parts = [
        count(report.made, "fatta", "fatte"),
        count(report.present, "già pronta", "già pronte"),
        count(report.skipped, "saltata", "saltate"),
    ]
    counts = ", ".join(part for part in parts if part) or "nessuna foto"
    speed = ""
    if report.made and report.seconds > 0:
        speed = f", {thousands(round(report.made / report.seconds))} foto al secondo"
    line = f"Miniature: {counts} ({decimal(report.seconds, 1)} s{speed})."
    if report.skipped == 1:
        line += " La foto saltata ora manca o è illeggibile: «cercafoto controlla» dice quale."
    elif report.skipped:
        line += " Le foto saltate ora mancano o sono illeggibili: «cercafoto controlla» dice quali."
    if report.full:
        line += (
            " Per le foto più vecchie non c'è posto: le loro miniature si fanno quando la pagina "
            "le mostra."
        )
    return line


def _problem_lines(problems: Sequence[tuple[bytes, str]]) -> list[str]:
    if not problems:
        return []
    lines = [
        count(
            len(problems),
            "file illeggibile, saltato: verrà riprovato se cambia",
            "file illeggibili, saltati: verranno riprovati se cambiano",
        )
        + ", o con «cercafoto index --riprova»."
    ]
    for why, paths in grouped(problems):
        lines.append(f"  {thousands(len(paths))} file: {why}")
        lines += [f"    {in_line(path, 4, sys.stderr)}" for path in paths[:FIRST]]
        if len(paths) > FIRST:
            lines.append(f"    e {count(len(paths) - FIRST, 'altro', 'altri')}")
    lines.append("  L'elenco: «cercafoto stato --problemi».")
    return lines
