"""Render the results of `pubblica`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cercafoto.base.italian_counts import thousands
from cercafoto.base.paths import printable
from cercafoto.cli.render.formatting import count, decimal

if TYPE_CHECKING:
    from cercafoto.archive.shared.publisher import Published

FIRST = 3  # refused paths shown


def published_summary(report: Published) -> list[str]:
    """Return the lines that tell a person how a run went."""
    counted = report.counted
    if report.unchanged_since:
        lines = [f"«{report.source}» è già aggiornata: da allora qui non è cambiato niente."]
    else:
        parts = [
            count(counted.new, "nuova", "nuove"),
            count(counted.changed, "cambiata", "cambiate"),
            count(counted.unchanged, "invariata", "invariate"),
            count(counted.deleted, "tolta", "tolte"),
        ]
        counts = ", ".join(part for part in parts if part) or "nessuna foto"
        speed = (counted.new + counted.changed) / max(report.seconds, 1e-3)
        rate = (
            f", {thousands(round(speed))} foto al secondo" if counted.new + counted.changed else ""
        )
        lines = [
            f"Pubblicato come «{report.source}»: {counts} ({decimal(report.seconds, 1)} s{rate})."
        ]
    if report.small_copies:
        lines.append(count(report.small_copies, "miniatura mandata", "miniature mandate") + ".")
    if report.refused:
        lines.append(
            count(len(report.refused), "foto lasciata", "foto lasciate")
            + " fuori: il percorso è troppo lungo per il server, o contiene «..»."
        )
        lines += [f"  {printable(path)}" for path in report.refused[:FIRST]]
    return lines


def removed_summary(source: str, photos: int, done: bool) -> str:
    if not done:
        return (
            f"Da togliere dall'archivio condiviso: la fonte «{source}» "
            f"({count(photos, 'foto', 'foto') or 'senza foto'}). "
            "Per farlo davvero aggiungi --conferma."
        )
    gone = count(photos, "foto tolta", "foto tolte") or "non aveva foto"
    return f"La fonte «{source}» non c'è più nell'archivio condiviso: {gone}."
