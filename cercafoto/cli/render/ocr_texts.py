"""Render the results of `leggi`: how a run went, and the words of one photo."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cercafoto.base.paths import printable
from cercafoto.cli.render.formatting import as_json, count, decimal, reasons
from cercafoto.ocr.reading_order import rows

if TYPE_CHECKING:
    from cercafoto.ocr.read_run import TextReport
    from cercafoto.results import ReadText


def texts_json(report: TextReport) -> str:
    return as_json(texts_data(report))


def texts_data(report: TextReport) -> dict[str, object]:
    return {
        "read": report.read,
        "with_words": report.bearing,
        "present": report.present,
        "unlikely": report.unlikely,
        "skipped": report.skipped,
        "problems": reasons(report.problems),
        "known_problems": report.known_problems,
        "engine": report.engine,
        "seconds": round(report.seconds, 3),
    }


def texts_summary(report: TextReport) -> str:
    """Return the lines that tell a person how a run went."""
    parts = [
        count(report.read, "foto letta", "foto lette"),
        f"{report.bearing} con parole" if report.read else "",
        count(report.present, "già letta", "già lette"),
        count(report.skipped, "saltata", "saltate"),
    ]
    counts = ", ".join(part for part in parts if part) or "nessuna foto da leggere"
    lines = [f"Testi: {counts} ({decimal(report.seconds, 1)} s{_speed(report)})."]
    if report.skipped:
        lines.append(
            "Le foto saltate ora non ci sono, o sono cambiate: «cercafoto index», e poi di nuovo "
            "«cercafoto leggi»."
        )
    if report.problems:
        number = len(report.problems)
        lines.append(
            f"Di {count(number, 'foto', 'foto')} non si leggono le parole: «cercafoto stato "
            "--problemi» dice quali e perché. Con «cercafoto leggi --rileggi» si ritenta."
        )
    if report.unlikely:
        lines.append(
            count(report.unlikely, "foto resta", "foto restano")
            + " da leggere, dove difficilmente c'è scritto qualcosa: «cercafoto leggi --tutte»."
        )
    return "\n".join(lines)


def _speed(report: TextReport) -> str:
    if not report.read or report.seconds <= 0:
        return ""
    return f", {decimal(report.read / report.seconds, 1)} foto al secondo"


def text_of_photo(text: ReadText, name: str | None = None) -> str:
    """Return the words of a photo, one row per line; separate pieces of a row, such as the cells of
    a table, have two spaces between them.

    name: file name to write above the words, if there are several photos.
    """
    heading = "" if name is None else f"{printable(name)}:\n"
    return heading + "".join(
        "  ".join(printable(line.text) for line in row) + "\n"
        for row in rows(text.lines, text.turned)
    )


def text_json(text: ReadText, name: str | None = None) -> str:
    """Return the words of a photo as JSON.

    name: file name to include, if there are several photos; each is then one line.
    """
    named = {} if name is None else {"path": name}
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
