"""Render how a run of a sense went."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cercafoto.base.italian_counts import thousands
from cercafoto.base.json_keys import as_data
from cercafoto.cli.render.formatting import count, decimal

if TYPE_CHECKING:
    from cercafoto.looking.look_report import LookReport
    from cercafoto.looking.sense import Sense


def look_data(sense: Sense[Any], report: LookReport) -> dict[str, object]:
    return {**as_data(report), sense.found_key: report.found}


def look_summary(sense: Sense[Any], report: LookReport) -> str:
    """Return the lines that tell a person how a run went."""
    said, number = sense.wording, report.read + report.frames
    one, many = said.looked
    parts = [
        count(report.read, f"foto {one}", f"foto {many}"),
        count(report.frames, "altro momento di un video", "altri momenti di video"),
        said.found(report.found) if number else "",
        count(report.present, f"già {one}", f"già {many}"),
        count(report.skipped, "saltata", "saltate"),
    ]
    counts = ", ".join(part for part in parts if part) or f"nessuna foto da {said.to_look}"
    took = f"{decimal(report.seconds, 1)} s"
    if number and report.seconds > 0:
        took += f", {decimal(number / report.seconds, 1)} foto al secondo"
    lines = [f"{said.title}: {counts} ({took})."]
    if report.skipped:
        lines.append(
            "Le foto saltate ora non ci sono, sono cambiate, o manca l'extra che le apre: "
            f"«cercafoto index», che dice quale, e poi di nuovo «{said.command}»."
        )
    if report.problems:
        lines.append(
            f"Di {thousands(len(report.problems))} foto {said.unread}: «cercafoto stato "
            f"--problemi» dice quali e perché. Con «{said.command} --riprova» si ritenta."
        )
    for left, words, option in (
        (report.unlikely, ("foto resta", "foto restano"), "--tutte"),
        (report.unlikely_frames, ("momento resta", "momenti restano"), "--video --tutte"),
    ):
        if left:
            lines.append(
                f"{count(left, *words)} da {said.to_look}, {said.why_unlikely}: "
                f"«{said.command} {option}»."
            )
    return "\n".join(lines)
