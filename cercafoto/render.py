"""Results -> what a person or a program reads: a table, JSON, one path a line, NUL-separated.

Every function takes one result and returns text or bytes for stdout; nothing here decides.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cercafoto.images import printable
from cercafoto.reading.line import parts_data, query_data

if TYPE_CHECKING:
    from rich.table import Table

    from cercafoto.indexing import IndexReport
    from cercafoto.library import SearchResult, Status, TagResult
    from cercafoto.models.registry import ModelInfo
    from cercafoto.xmp_run import XmpReport


def as_json(data: Any) -> str:
    """JSON with Italian letters as they are. Bytes of a path that are not valid text become lone
    surrogate escapes, from which Python's json and os.fsencode give the exact path back."""
    text = json.dumps(data, ensure_ascii=False, indent=2)
    return re.sub("[\ud800-\udfff]", lambda m: f"\\u{ord(m[0]):04x}", text) + "\n"


def paths(found: Iterable[bytes], end: bytes) -> bytes:
    """Paths as the disk has them, byte for byte, each followed by `end`."""
    return b"".join(path + end for path in found)


# -- search ------------------------------------------------------------------------------------


def search_json(result: SearchResult, parts: bool = False) -> str:
    """parts: with what became of every word."""
    return as_json(
        {
            "query": query_data(result.query),
            **({"parts": parts_data(result.query)} if parts else {}),
            "model": {"name": result.model, "fingerprint": result.fingerprint},
            "verdict": result.verdict,
            "hits": [
                {
                    "path": os.fsdecode(hit.path),
                    "score": round(hit.score, 6),
                    "confidence": round(hit.confidence, 4),
                    "word": hit.word,
                    "taken_at": hit.taken_at,
                    "date_source": hit.date_source,
                    "width": hit.width,
                    "height": hit.height,
                    "tags": list(hit.tags),
                }
                for hit in result.hits
            ],
        }
    )


def search_table(result: SearchResult) -> str:
    table = _table(("", "right"), ("Fiducia", "right"), ("Punteggio", "right"), "Data", "Foto")
    for rank, hit in enumerate(result.hits, start=1):
        table.add_row(
            str(rank),
            f"{hit.confidence:.0%} {hit.word}",
            _decimal(hit.score, 3),
            _date(hit.taken_at),
            _linked(hit.path),
        )
    return _printed(table)


# -- tag ---------------------------------------------------------------------------------------


def tag_json(result: TagResult, xmp: XmpReport | None = None) -> str:
    data = {
        "labels": result.label_file,
        "model": {"name": result.model, "fingerprint": result.fingerprint},
        "photos": [
            {
                "path": os.fsdecode(photo.path),
                "tags": [
                    {
                        "label": label,
                        "path": list(result.places.get(label, (label,))),
                        "score": round(score, 6),
                        "confidence": round(sure, 4),
                    }
                    for label, score, sure in photo.tags
                ],
            }
            for photo in result.photos
        ],
    }
    return as_json(data if xmp is None else data | {"xmp": _xmp_data(xmp)})


def tag_table(result: TagResult) -> str:
    """A species is shown with its genera before it, which are then not shown again."""
    table = _table("Foto", "Etichette")
    for photo in result.photos:
        places = {label: result.places.get(label, (label,)) for label, _, _ in photo.tags}
        genera = {genus for path in places.values() for genus in path[:-1]}
        labels = ", ".join(
            f"{' > '.join(places[label])} ({sure:.0%})"
            for label, _, sure in photo.tags
            if label not in genera
        )
        table.add_row(_linked(photo.path), labels or "nessuna")
    return _printed(table)


def xmp_json(report: XmpReport) -> str:
    return as_json(_xmp_data(report))


def xmp_diff(report: XmpReport) -> str:
    return "".join(change.diff() for change in report.changes)


def xmp_summary(report: XmpReport, undone: bool = False) -> str:
    number = len(report.changed)
    if not (number or report.unchanged or report.problems):
        return "Non c'è niente da annullare." if undone else "Sidecar: nessuno da scrivere."
    one, many = {
        (False, False): ("scritto", "scritti"),
        (False, True): ("da scrivere", "da scrivere"),
        (True, False): ("rimesso com'era", "rimessi com'erano"),
        (True, True): ("da rimettere com'era", "da rimettere com'erano"),
    }[undone, report.rehearsal]
    parts = [
        _count(number, one, many),
        _count(report.unchanged, "già a posto", "già a posto"),
        _count(len(report.problems), "lasciato com'è", "lasciati come sono"),
    ]
    return f"Sidecar: {', '.join(part for part in parts if part)}."


def _xmp_data(report: XmpReport) -> dict[str, Any]:
    return {
        "rehearsal": report.rehearsal,
        "sidecars": [os.fsdecode(path) for path in report.changed],
        "unchanged": report.unchanged,
        "diffs": [change.diff() for change in report.changes],
        "problems": _reasons(report.problems),
    }


# -- index -------------------------------------------------------------------------------------


def index_json(report: IndexReport) -> str:
    numbers = (
        "new",
        "changed",
        "moved",
        "unchanged",
        "recomputed",
        "back",
        "missing",
        "embedded",
        "pending",
        "described",
    )
    return as_json(
        {
            "model": report.model,
            **{name: getattr(report, name) for name in numbers},
            "problems": _reasons(report.problems),
            "unreadable": _reasons(report.unreadable),
            "seconds": round(report.seconds, 3),
        }
    )


def index_summary(report: IndexReport) -> list[str]:
    """The lines that tell a person how a run went."""
    parts = [
        _count(report.new, "nuova", "nuove"),
        _count(report.changed, "modificata", "modificate"),
        _count(report.moved, "spostata", "spostate"),
        _count(report.back, "ritrovata", "ritrovate"),
        _count(report.unchanged, "invariata", "invariate"),
        _count(report.recomputed, "ricalcolata", "ricalcolate"),
        _count(report.missing, "scomparsa", "scomparse"),
    ]
    said = ", ".join(part for part in parts if part) or "nessuna foto trovata"
    speed = ""
    if report.embedded and report.seconds > 0:
        speed = f", {report.embedded / report.seconds:.0f} foto al secondo"
    lines = [f"Foto: {said} ({_decimal(report.seconds, 1)} s{speed})."]
    if report.described:
        lines.append(
            f"Metadati (data, luogo, parole chiave) letti di nuovo per "
            f"{_count(report.described, 'foto già nota', 'foto già note')}."
        )
    if report.problems:
        lines.append(f"{_count(len(report.problems), 'foto saltata', 'foto saltate')}:")
        lines += [f"  {printable(path)}: {why}" for path, why in report.problems[:5]]
        if len(report.problems) > 5:
            lines.append("  ... tutte con «cercafoto stato --problemi».")
    for path, why in report.unreadable:
        lines.append(f"{printable(path)}: {why}. Quello che l'archivio ne sa resta com'è.")
    if report.pending:
        lines.append(
            f"{_count(report.pending, 'foto aspetta', 'foto aspettano')} ancora il modello "
            f"«{report.model}»: con «cercafoto index» riprende da qui."
        )
    return lines


# -- what there is -----------------------------------------------------------------------------


def status_json(status: Status) -> str:
    counts = status.counts
    return as_json(
        {
            "archive": str(status.archive),
            "model": {
                "name": status.model,
                "fingerprint": status.fingerprint,
                "available": status.model_available,
            },
            "photos": counts.photos,
            "contents": counts.contents,
            "missing": counts.missing,
            "problems": counts.problems,
            "vectors": counts.vectors,
            "dated": counts.dated,
            "located": counts.located,
            "pending": status.pending,
            "size": status.size,
            "roots": [
                {"path": os.fsdecode(path), "photos": photos, "present": present}
                for path, photos, present in status.roots
            ],
            "labels": [{"label": label, "photos": n} for label, n in status.labels],
        }
    )


def status_text(status: Status) -> str:
    counts = status.counts
    model = status.model or "nessuno"
    if status.model and not status.model_available:
        model += " (non c'è più, o è cambiato: esegui «cercafoto index»)"
    rows = [
        ("Archivio", f"{status.archive} ({_megabytes(status.size)})"),
        ("Modello", model),
        ("Foto", str(counts.photos) + _copies(counts.photos - counts.contents)),
    ]
    if counts.photos:
        rows.append(("Con data di scatto", _share(counts.dated, counts.photos)))
        rows.append(("Con posizione", _share(counts.located, counts.photos)))
    if status.pending:
        rows.append(("Da completare", f"{status.pending} (esegui «cercafoto index»)"))
    if counts.missing:
        rows.append(("Scomparse", str(counts.missing)))
    if counts.problems:
        rows.append(("Illeggibili", f"{counts.problems} (vedi «cercafoto stato --problemi»)"))
    for path, photos, present in status.roots:
        absent = "" if present else ", ora non c'è: il disco è collegato?"
        rows.append(("Cartella", f"{printable(path)} ({photos} foto{absent})"))
    if status.labels:
        shown = ", ".join(f"{label} ({n})" for label, n in status.labels[:20])
        more = ", ..." if len(status.labels) > 20 else ""
        rows.append(("Etichette", shown + more))
    width = max(len(name) for name, _ in rows)
    return "".join(f"{name:<{width}}  {value}\n" for name, value in rows)


def problems_text(problems: Sequence[tuple[bytes, str]]) -> str:
    return "".join(f"{printable(path)}: {why}\n" for path, why in problems)


def problems_json(problems: Sequence[tuple[bytes, str]]) -> str:
    return as_json(_reasons(problems))


def models_json(models: Sequence[ModelInfo]) -> str:
    return as_json(
        [
            {
                "name": m.name,
                "version": m.version,
                "dimension": m.dimension,
                "licence": m.licence,
                "size": m.size,
                "path": str(m.path) if m.path else None,
                "in_use": m.in_use,
                "state": m.state,
            }
            for m in models
        ]
    )


def models_table(models: Sequence[ModelInfo]) -> str:
    table = _table("", "Nome", "Versione", ("Numeri", "right"), "Licenza", ("Spazio", "right"),
                   "Stato", "Dove")  # fmt: skip
    for m in models:
        table.add_row(
            "*" if m.in_use else "",
            m.name,
            m.version,
            str(m.dimension or ""),
            m.licence,
            _megabytes(m.size),
            m.state,
            str(m.path or ""),
        )
    return _printed(table)


# -- pieces ------------------------------------------------------------------------------------


def _table(*columns: str | tuple[str, str]) -> Table:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        name, justify = column if isinstance(column, tuple) else (column, "left")
        table.add_column(name, justify=justify, overflow="fold")  # type: ignore[arg-type]
    return table


def _printed(table: Table) -> str:
    """The table as text: coloured and folded for a terminal, plain and unfolded in a pipe."""
    from rich.console import Console

    terminal = sys.stdout.isatty()
    console = Console(file=sys.stdout, width=None if terminal else 100_000)
    with console.capture() as capture:
        console.print(table)
    text = capture.get()
    return text if terminal else "".join(f"{line.rstrip()}\n" for line in text.splitlines())


def _linked(path: bytes) -> Any:
    """A path for a table, clickable where the terminal can."""
    from rich.text import Text

    text = Text(printable(path))
    if sys.stdout.isatty():
        text.stylize(f"link {Path(os.fsdecode(path)).as_uri()}")
    return text


def _date(taken_at: str | None) -> str:
    return datetime.fromisoformat(taken_at).strftime("%d/%m/%Y") if taken_at else ""


def _decimal(number: float, digits: int) -> str:
    """A number as Italians write it, with a comma."""
    return f"{number:.{digits}f}".replace(".", ",")


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}" if number else ""


def _share(part: int, whole: int) -> str:
    return f"{part} ({100 * part // whole}%)" if part else "nessuna"


def _copies(number: int) -> str:
    return f" (di cui {_count(number, 'copia', 'copie')})" if number else ""


def _megabytes(size: int) -> str:
    return f"{_decimal(size / 1e6, 1)} MB"


def _reasons(items: Iterable[tuple[bytes, str]]) -> list[dict[str, str]]:
    return [{"path": os.fsdecode(path), "reason": why} for path, why in items]
