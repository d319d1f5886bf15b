"""Render the results of `leggi`: how a run went, and the words of one photo."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cercafoto.base.italian_counts import thousands
from cercafoto.base.paths import printable
from cercafoto.cli.render.formatting import as_json, count, decimal, reasons

if TYPE_CHECKING:
    from cercafoto.looking.look_report import LookReport
    from cercafoto.results.texts import ReadText


def texts_json(report: LookReport) -> str:
    return as_json(texts_data(report))


def texts_data(report: LookReport) -> dict[str, object]:
    return {
        "read": report.read,
        "frames": report.frames,
        "with_words": report.found,
        "present": report.present,
        "unlikely": report.unlikely,
        "unlikely_frames": report.unlikely_frames,
        "skipped": report.skipped,
        "problems": reasons(report.problems),
        "known_problems": report.known_problems,
        "engine": report.engine,
        "seconds": round(report.seconds, 3),
    }


def texts_summary(report: LookReport) -> str:
    """Return the lines that tell a person how a run went."""
    parts = [
        count(report.read, "foto letta", "foto lette"),
        count(report.frames, "altro momento di un video", "altri momenti di video"),
        f"{thousands(report.found)} con parole" if report.read or report.frames else "",
        count(report.present, "già letta", "già lette"),
        count(report.skipped, "saltata", "saltate"),
    ]
    counts = ", ".join(part for part in parts if part) or "nessuna foto da leggere"
    lines = [f"Testi: {counts} ({decimal(report.seconds, 1)} s{_speed(report)})."]
    if report.skipped:
        lines.append(
            "Le foto saltate ora non ci sono, sono cambiate, o manca l'extra che le apre: "
            "«cercafoto index», che dice quale, e poi di nuovo «cercafoto leggi»."
        )
    if report.problems:
        number = len(report.problems)
        lines.append(
            f"Di {count(number, 'foto', 'foto')} non si leggono le parole: «cercafoto stato "
            "--problemi» dice quali e perché. Con «cercafoto leggi --riprova» si ritenta."
        )
    for number, left, option in (
        (report.unlikely, ("foto resta", "foto restano"), "--tutte"),
        (report.unlikely_frames, ("momento resta", "momenti restano"), "--video --tutte"),
    ):
        if number:
            lines.append(
                f"{count(number, *left)} da leggere, dove difficilmente c'è scritto qualcosa: "
                f"«cercafoto leggi {option}»."
            )
    return "\n".join(lines)


def _speed(report: LookReport) -> str:
    number = report.read + report.frames
    if not number or report.seconds <= 0:
        return ""
    return f", {decimal(number / report.seconds, 1)} foto al secondo"


def text_of_photo(text: ReadText, name: str | None = None) -> str:
    """Return the words of a photo, one row per line; separate pieces of a row, such as the cells of
    a table, have two spaces between them.

    name: file name to write above the words, if there are several photos.
    """
    from cercafoto.ocr.reading_order import rows  # late: it imports numpy, and `index` imports this

    heading = "" if name is None else f"{printable(name)}:\n"
    return heading + "".join(
        "  ".join(printable(line.text) for line in row) + "\n"
        for row in rows(text.lines, text.turned)
    )


def text_json(text: ReadText, name: str | None = None, start: float | None = None) -> str:
    """Return the words of a photo as JSON.

    name: file name to include, if there are several photos; each is then one line.
    start: time of the moment of a video, in seconds, to include.
    """
    named: dict[str, object] = {} if name is None else {"path": name}
    if start is not None:
        named["start"] = round(start, 3)
    return as_json(
        {
            **named,
            "engine": text.engine,
            "turned": text.turned,
            "text": text.text,
            "lines": [
                {
                    "text": line.text,
                    "confidence": round(line.confidence, 2),
                    "box": [list(line.box[at : at + 2]) for at in range(0, 8, 2)],
                }
                for line in text.lines
            ],
        },
        compact=name is not None,
    )
