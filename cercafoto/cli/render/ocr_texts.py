"""Render the results of `leggi`: how a run went, and the words of one photo."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cercafoto.base.italian_counts import thousands
from cercafoto.base.json_keys import as_data, as_json
from cercafoto.base.paths import printable
from cercafoto.cli.render.formatting import count, decimal

if TYPE_CHECKING:
    from cercafoto.ocr.read_run import TextReport
    from cercafoto.results.texts import ReadText


def texts_summary(report: TextReport) -> str:
    """Return the lines that tell a person how a run went."""
    parts = [
        count(report.read, "foto letta", "foto lette"),
        count(report.frames, "altro momento di un video", "altri momenti di video"),
        f"{thousands(report.bearing)} con parole" if report.read or report.frames else "",
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
            "--problemi» dice quali e perché. Con «cercafoto leggi --rileggi» si ritenta."
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


def _speed(report: TextReport) -> str:
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
    return as_json(named | as_data(text), one_line=name is not None)
