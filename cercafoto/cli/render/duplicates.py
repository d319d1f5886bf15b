"""Render the results of `doppioni`: groups of duplicates, moved files, a compared folder."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from cercafoto.base.italian_counts import media, thousands
from cercafoto.base.json_keys import as_data, as_json
from cercafoto.base.paths import printable
from cercafoto.cli.render.formatting import count, day_taken, media_of, paths, space, text_lines
from cercafoto.cli.render.short_path import in_line
from cercafoto.cli.render.table import Cell, Column, PathCell, Row, table
from cercafoto.indexing.index_report import grouped
from cercafoto.photos.decoding.file_kind import count_videos

if TYPE_CHECKING:
    from cercafoto.duplicates.elsewhere import FolderComparison
    from cercafoto.duplicates.groups import Duplicates
    from cercafoto.indexing.set_aside import ReturnReport, SetAsideReport
    from cercafoto.results.photos import PhotoFile

MOST_NAMED = 5  # photos with the same problem that are named


def duplicates_paths(result: Duplicates) -> bytes:
    """Return the paths of the photos of all groups, except the one to keep of each, each followed
    by NUL."""
    return paths((file.path for group in result.groups for file in group.others), b"\0")


def duplicates_table(result: Duplicates) -> str:
    """Return the table of the groups. Why a photo is kept is a column in a pipe, a line on a
    terminal."""
    in_pipe = not sys.stdout.isatty()
    columns = [
        Column(right=True),
        Column(),
        Column("Pixel", expendable=1),
        Column("Spazio", right=True),
        Column("Data", expendable=2),
        Column("Foto"),
    ]
    if in_pipe:
        columns.append(Column("Perché"))
    rows: list[Row | str] = []
    for number, group in enumerate(result.groups, start=1):
        best = [str(number), "tieni", *_cells(group.best)]
        rows += [[*best, group.why]] if in_pipe else [best, f"perché {group.why}"]
        for file in group.others:
            kind = "identica" if file.path in group.exact else "simile"
            rows.append(["", kind, *_cells(file), *([""] if in_pipe else [])])
    return table(columns, rows)


def duplicates_summary(result: Duplicates, bursts: bool = False) -> str:
    """Return what was found. bursts: whether the groups are bursts."""
    if not result.groups:
        looked = "guardat" if bursts else "confrontat"
        what = "Nessuna raffica da sfoltire" if bursts else "Nessun doppione"
        photos = count(result.photos, f"foto {looked}a", f"foto {looked}e")
        return f"{what} ({photos})." if photos else "Nessuna foto da confrontare."
    others = [file for group in result.groups for file in group.others]
    named = ("raffica", "raffiche") if bursts else ("gruppo", "gruppi")
    groups = count(len(result.groups), *named)
    extra = f"{media_of(file.path for file in others)} in più"
    size = space(sum(file.size for file in others))
    return (
        f"{groups}, {extra} ({size}). Niente è stato cancellato.\n"
        "Per mettere da parte le foto in più: cercafoto doppioni "
        f"{'--raffiche ' if bursts else ''}--sposta-in CARTELLA"
    )


def away_lines(away: Mapping[bytes, int]) -> list[str]:
    """Return a line for each folder on a disconnected disk. away: see `Duplicates`."""
    return [
        f"{printable(folder)} ora non c'è: "
        + count(number, "sua foto è rimasta fuori", "sue foto sono rimaste fuori")
        + ". Collega il disco e riprova."
        for folder, number in away.items()
    ]


def problem_lines(problems: Sequence[tuple[bytes, str]], end: str = "") -> list[str]:
    """Return the lines that name the photos that had problems, the first few of each reason.

    problems: (path, reason) of each photo.
    end: text after each reason.
    """
    lines = []
    for why, photos in grouped(problems):
        if len(photos) > MOST_NAMED:
            lines.append(f"{why[:1].upper()}{why[1:]}{end} ({thousands(len(photos))} foto):")
            lines += [f"  {in_line(path, 2, sys.stderr)}" for path in photos[:MOST_NAMED]]
            lines.append(f"  e altre {len(photos) - MOST_NAMED}; l'elenco intero con --json")
        else:
            lines += [f"{printable(path)}: {why}{end}." for path in photos]
    return lines


# -- duplicates moved aside --------------------------------------------------------------------


def set_aside_json(duplicates: Duplicates, report: SetAsideReport) -> str:
    """Return what was or would be moved as JSON, with the photos that were not even compared."""
    data, looked = as_data(report), as_data(duplicates)
    skipped = [*looked["skipped"], *data.pop("problems")]
    data = {"done": data["done"], "folder": data["folder"], "photos": duplicates.photos, **data}
    return as_json(data | {"skipped": skipped, "away": looked["away"]})


def set_aside_text(duplicates: Duplicates, report: SetAsideReport) -> str:
    """Return a line for each photo that stays, and below it the files that would be moved."""
    steps = {step.source: step for step in report.moved}
    lines = []
    for group in duplicates.groups:
        lines.append(f"{in_line(group.best.path, len(group.why) + 8)} resta: {group.why}")
        for file in group.others:
            if file.path in steps:
                step = steps[file.path]
                files = [(step.source, step.target), *step.sidecars]
                for old, new in files:
                    lines += [f"  {in_line(old, 2)}", f"    → {in_line(new, 6)}"]
    return text_lines(lines)


def set_aside_summary(report: SetAsideReport) -> str:
    number = len(report.moved)
    if not number:
        return "Non c'è nessuna foto da spostare."
    sidecars = sum(len(step.sidecars) for step in report.moved)
    what = (
        f"{media_of(step.source for step in report.moved)} ({space(report.size)}{_along(sidecars)})"
    )
    where = printable(report.folder)
    if report.done:
        moved = "Spostata" if number == 1 else "Spostate"
        line = f"{moved} in {where}: {what}. Per tornare indietro: cercafoto doppioni --annulla"
    else:
        line = (
            f"Da spostare in {where}: {what}. Nessun file è stato toccato. Per farlo davvero "
            "aggiungi --conferma."
        )
    labels = [
        f"{printable(kept)} non ha le etichette date a mano alla sua copia: "
        f"{', '.join(map(printable, names))}."
        for kept, names in report.labels
    ]
    return "\n".join([line, *labels])


def return_text(report: ReturnReport) -> str:
    """Return a line for each photo that would come back: where it is, and where it would go."""
    return "".join(f"{printable(aside)} → {printable(path)}\n" for aside, path in report.returned)


def waiting(report: ReturnReport, reason: str) -> str:
    """Return why nothing came back, and what to do. reason: see `Library.unsigned_reason`."""
    photos = count(report.waiting, "foto la nomina", "foto le nomina")
    return (
        f"{photos} un registro che {reason}. Non è stato spostato niente: se quello che c'è qui "
        "sopra va bene, cercafoto doppioni --annulla --conferma"
    )


def return_summary(report: ReturnReport) -> str:
    number = len(report.returned)
    if not (number or report.problems):
        return (
            "Non c'è niente da annullare negli spostamenti. "
            "Per le etichette: cercafoto tag --annulla"
        )
    if not number:
        return "Nessuna foto è tornata al suo posto."
    videos = count_videos(path for _, path in report.returned)
    ending = "e" if videos < number else "i"
    returned = f"tornat{ending} al loro posto"
    if number == 1:
        returned = f"tornat{'o' if videos else 'a'} al suo posto"
    along = _along(report.sidecars).removeprefix(", ")
    return f"{media(number, videos)} {returned}{f' ({along})' if along else ''}."


def _along(sidecars: int) -> str:
    return f", con {count(sidecars, 'file .xmp', 'file .xmp')}" if sidecars else ""


# -- a folder compared with the archive --------------------------------------------------------


def comparison_paths(comparison: FolderComparison, missing: bool) -> bytes:
    """Return the paths of the photos that are also elsewhere, each followed by NUL.

    missing: return the paths of the photos that are not elsewhere instead.
    """
    elsewhere = (copy.path for copy in comparison.found)
    return paths(comparison.missing if missing else elsewhere, b"\0")


def comparison_text(comparison: FolderComparison, missing: bool) -> str:
    """Return a line for each photo that is also elsewhere, and where its copies are.

    missing: return a line for each photo that is not elsewhere instead.
    """
    if missing:
        return "".join(f"{in_line(path)}\n" for path in comparison.missing)
    lines = []
    for copy in comparison.found:
        more = count(len(copy.copies) - 1, "altra", "altre")
        lines.append(f"{in_line(copy.path)}\n")
        kind = "identica" if copy.exact else "simile"
        also = f" e {more}" if more else ""
        lines.append(f"  {kind}: {in_line(copy.copies[0], 12 + len(also))}{also}\n")
    return "".join(lines)


def comparison_summary(comparison: FolderComparison) -> str:
    where, number = printable(comparison.folder), comparison.photos
    all_of = [*(copy.path for copy in comparison.found), *comparison.missing]
    videos = count_videos(all_of)
    near = sum(not copy.exact for copy in comparison.found)
    alike = f" ({count(near, 'solo simile', 'solo simili')})" if near else ""
    lacking = len(comparison.missing)
    if not number:
        lines = [f"In {where} non c'è nessuna foto e nessun video."]
    elif not lacking:
        if number == 1:
            what = f"{'Il video' if videos else 'La foto'} di {where} è"
        elif not videos:
            what = f"Tutte le {thousands(number)} foto di {where} sono"
        else:
            what = f"{media(number, videos)} di {where}, cioè tutto, sono"
        lines = [f"{what} nell'archivio anche altrove{alike}."]
    else:
        there = thousands(len(comparison.found))
        if videos:
            what = f"Di {media(number, videos)} in {where}, {there}"
        else:
            what = f"{there} di {media(number)} di {where}"
        lines = [
            f"{what} {'è' if len(comparison.found) == 1 else 'sono'} nell'archivio anche "
            f"altrove{alike}; {thousands(lacking)} no."
        ]
    if number := comparison.only_exact:
        # Which of the missing ones are unknown is not told; if all are, so are the videos.
        among = count_videos(comparison.missing)
        what = media(number, among if number == lacking or not among else None)
        unknown = f"{what} non {'è' if number == 1 else 'sono'} nell'archivio"
        lines.append(f"{unknown}: se ne sono cercate solo copie identiche.")
    if others := comparison.other_files:
        kinds = ", ".join(
            f"{ending or 'senza estensione'} {thousands(n)}" for ending, n in others.items()
        )
        lines.append(f"File che non sono foto né video, e non si sono confrontati: {kinds}.")
    return "\n".join(lines)


# -- one photo ---------------------------------------------------------------------------------


def _cells(file: PhotoFile) -> tuple[Cell, ...]:
    pixels = f"{file.width} × {file.height}"
    return (
        pixels,
        space(file.size),
        day_taken(file.taken_at),
        PathCell(file.path),
    )
