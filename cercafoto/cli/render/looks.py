"""Render how a run of a sense went."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cercafoto.base.italian_counts import media
from cercafoto.base.json_keys import as_data
from cercafoto.cli.render.formatting import count, decimal, media_of

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
        count(report.read - report.videos, f"foto {one}", f"foto {many}"),
        count(report.videos, f"video {one[:-1]}o", f"video {many[:-1]}i"),
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
            f"Di {media_of(path for path, _ in report.problems)} {said.unread}: «cercafoto stato "
            f"--problemi» dice quali e perché. Con «{said.command} --riprova» si ritenta."
        )
    frames = report.unlikely_frames
    for number, left, option in (
        (report.unlikely, media(report.unlikely, report.unlikely_videos), "--tutte"),
        (frames, count(frames, "momento", "momenti"), "--video --tutte"),
    ):
        if number:
            lines.append(
                f"{left} {'resta' if number == 1 else 'restano'} da {said.to_look}, "
                f"{said.why_unlikely}: «{said.command} {option}»."
            )
    return "\n".join(lines)
