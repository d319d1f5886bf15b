"""How a run went, and what the archive holds."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from cercafoto.images import printable
from cercafoto.render.pieces import as_json, copies, count, decimal, megabytes, reasons, share

if TYPE_CHECKING:
    from cercafoto.indexing import IndexReport
    from cercafoto.library import Status


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
            "problems": reasons(report.problems),
            "unreadable": reasons(report.unreadable),
            "seconds": round(report.seconds, 3),
        }
    )


def index_summary(report: IndexReport) -> list[str]:
    """The lines that tell a person how a run went."""
    parts = [
        count(report.new, "nuova", "nuove"),
        count(report.changed, "modificata", "modificate"),
        count(report.moved, "spostata", "spostate"),
        count(report.back, "ritrovata", "ritrovate"),
        count(report.unchanged, "invariata", "invariate"),
        count(report.recomputed, "ricalcolata", "ricalcolate"),
        count(report.missing, "scomparsa", "scomparse"),
    ]
    said = ", ".join(part for part in parts if part) or "nessuna foto trovata"
    speed = ""
    if report.embedded and report.seconds > 0:
        speed = f", {report.embedded / report.seconds:.0f} foto al secondo"
    lines = [f"Foto: {said} ({decimal(report.seconds, 1)} s{speed})."]
    if report.described:
        lines.append(
            f"Metadati (data, luogo, parole chiave) letti di nuovo per "
            f"{count(report.described, 'foto già nota', 'foto già note')}."
        )
    if report.problems:
        lines.append(f"{count(len(report.problems), 'foto saltata', 'foto saltate')}:")
        lines += [f"  {printable(path)}: {why}" for path, why in report.problems[:5]]
        if len(report.problems) > 5:
            lines.append("  ... tutte con «cercafoto stato --problemi».")
    for path, why in report.unreadable:
        lines.append(f"{printable(path)}: {why}. Quello che l'archivio ne sa resta com'è.")
    if report.pending:
        lines.append(
            f"{count(report.pending, 'foto aspetta', 'foto aspettano')} ancora il modello "
            f"«{report.model}»: con «cercafoto index» riprende da qui."
        )
    return lines


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
        ("Archivio", f"{status.archive} ({megabytes(status.size)})"),
        ("Modello", model),
        ("Foto", str(counts.photos) + copies(counts.photos - counts.contents)),
    ]
    if counts.photos:
        rows.append(("Con data di scatto", share(counts.dated, counts.photos)))
        rows.append(("Con posizione", share(counts.located, counts.photos)))
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
    return as_json(reasons(problems))
