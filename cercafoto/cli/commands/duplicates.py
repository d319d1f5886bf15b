"""The command `doppioni`: find duplicate photos and move them aside."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cercafoto.base.json_keys import as_json
from cercafoto.cli import click_italian, options
from cercafoto.cli.app import DONE, SKIPPED
from cercafoto.cli.common import note_moving, open_library, tell
from cercafoto.cli.console import notice, refuse_several, write
from cercafoto.cli.filter_options import with_filters
from cercafoto.cli.options import flag, option
from cercafoto.cli.progress import TerminalReporter
from cercafoto.cli.shell_completion import PATH
from cercafoto.errors import UsageError
from cercafoto.question.filters.filter import NO_FILTERS, Filters
from cercafoto.question.filters.names import INSIDE, NOT_INSIDE

if TYPE_CHECKING:
    from cercafoto.duplicates.elsewhere import FolderComparison
    from cercafoto.duplicates.groups import Duplicates
    from cercafoto.indexing.set_aside import SetAsideReport
    from cercafoto.library import Library

app = click_italian.Typer()

NO_PHOTOS_AWAY: Mapping[bytes, int] = {}


Exact = Annotated[bool, flag("--esatti", "Solo i file identici, byte per byte.")]
Bursts = Annotated[
    bool,
    flag(
        "--raffiche",
        "Invece dei doppioni, le raffiche: di ogni scena tiene la foto più nitida. Prima: "
        "«cercafoto index --qualita».",
    ),
]
Prefer = Annotated[
    list[Path] | None,
    option(
        "--preferisci",
        "CARTELLA",
        "Di ogni gruppo tiene la foto che sta in questa cartella; ripetibile.",
        PATH,
    ),
]
Aside = Annotated[
    Path | None,
    option(
        "--sposta-in",
        "CARTELLA",
        "Sposta lì le foto in più, con i loro file .xmp; vuole --conferma.",
        PATH,
    ),
]
Confirmed = Annotated[
    bool,
    flag(
        "--conferma",
        "Con --sposta-in: lo fa davvero, e come con --annulla anche se l'archivio viene da "
        "altrove.",
    ),
]
Undo = Annotated[bool, flag("--annulla", "Rimette dov'erano le foto dell'ultimo --sposta-in.")]
Compared = Annotated[
    Path | None,
    option(
        "--confronta",
        "CARTELLA",
        "Dice quali foto di questa cartella, nell'archivio o no, hai anche altrove.",
        PATH,
    ),
]
Missing = Annotated[bool, flag("--mancanti", "Con --confronta: quelle che altrove non ci sono.")]
Null = Annotated[bool, flag("--null -0", "Solo le foto in più, separate da NUL, per «xargs -0».")]


@app.command("doppioni", epilog="Esempio: cercafoto doppioni --in ~/Foto/2019")
@with_filters(INSIDE, NOT_INSIDE)
def duplicates(
    typed: Filters = NO_FILTERS,
    exact: Exact = False,
    bursts: Bursts = False,
    prefer: Prefer = None,
    aside: Aside = None,
    confirmed: Confirmed = False,
    rehearsal: options.Unconfirmed = False,
    undo: Undo = False,
    compared: Compared = None,
    missing: Missing = False,
    json: options.Json = False,
    null: Null = False,
) -> int:
    """Trova le foto doppie, o le raffiche, e dice quale tenere. Non cancella niente."""
    if json and null:
        raise UsageError("--json e --null si escludono a vicenda.", "Scegline uno solo.")
    if (aside is not None) + undo + (compared is not None) > 1:
        raise UsageError(
            "--sposta-in, --annulla e --confronta si escludono a vicenda.", "Scegline uno solo."
        )
    refuse_several({"--prova": rehearsal, "--conferma": confirmed})
    if (rehearsal and aside is None) or (confirmed and aside is None and not undo):
        raise UsageError(
            "--conferma va insieme a --sposta-in o --annulla, --prova insieme a --sposta-in."
        )
    if missing and compared is None:
        raise UsageError("--mancanti va insieme a --confronta.")
    if null and (aside is not None or undo):
        raise UsageError("--null non va insieme a --sposta-in e --annulla.")
    if prefer and compared is not None:
        raise UsageError("--preferisci non va insieme a --confronta.")
    if bursts and (exact or compared is not None):
        raise UsageError("--raffiche non va insieme a --esatti e --confronta.")
    if undo and (typed or exact or bursts or prefer):
        raise UsageError(
            "--annulla non vuole altre opzioni.",
            "Rimette dov'era tutto quello che ha spostato l'ultimo --sposta-in --conferma.",
        )
    folders, outside = typed.get(INSIDE.key, ()), typed.get(NOT_INSIDE.key, ())
    library = open_library()
    if undo or confirmed:
        note_moving()
    if undo:
        return _bring_back(library, confirmed, json)
    with TerminalReporter() as reporter:
        if compared is not None:
            comparison = library.duplicates.compare(
                compared, folders, outside, exact=exact, reporter=reporter
            )
            return _show_comparison(comparison, missing, json, null)
        if aside is not None:
            result, report = library.duplicates.set_aside(
                aside,
                folders,
                outside,
                exact=exact,
                bursts=bursts,
                prefer=prefer or (),
                confirmed=confirmed,
                reporter=reporter,
            )
            return _show_set_aside(library, result, report, json)
        if bursts:
            result = library.duplicates.find_bursts(folders, outside, prefer=prefer or ())
        else:
            result = library.duplicates.find(
                folders, outside, exact=exact, prefer=prefer or (), reporter=reporter
            )
    return _show(result, json, null, bursts)


def _show(result: "Duplicates", json: bool, null: bool, bursts: bool) -> int:
    from cercafoto.cli.render import duplicates as render

    if json:
        write(as_json(result))
    elif null:
        write(render.duplicates_paths(result))
    elif result.groups:
        write(render.duplicates_table(result))
    if not json:
        tell(render.duplicates_summary(result, bursts))
    return _notice(result.skipped, json, ", lasciata fuori", result.away)


def _show_set_aside(
    library: "Library", result: "Duplicates", report: "SetAsideReport", json: bool
) -> int:
    from cercafoto.cli.render import duplicates as render
    from cercafoto.cli.render import own_folders
    from cercafoto.cli.render.formatting import count

    if json:
        write(render.set_aside_json(result, report))
    elif not report.done:
        write(render.set_aside_text(result, report))
    if not json:
        tell(render.set_aside_summary(report))
        if report.confirmed:
            tell(own_folders.confirmed_text(report.confirmed))
    if number := sum(report.waiting.values()):
        what = count(number, "foto aspetta", "foto aspettano")
        notice(own_folders.waiting_text(what, report.waiting, library.unsigned_reason))
    left_out = _notice(result.skipped, json, ", lasciata fuori", result.away)
    return _notice(report.problems, json) or left_out


def _bring_back(library: "Library", confirmed: bool, json: bool) -> int:
    from cercafoto.cli.render import duplicates as render

    report = library.duplicates.bring_back(confirmed)
    if json:
        write(as_json(report))
    elif report.waiting:
        write(render.return_text(report))
        notice(render.waiting(report, library.unsigned_reason))
    else:
        tell(render.return_summary(report))
    return _notice(report.problems, json) or (SKIPPED if report.waiting else DONE)


def _show_comparison(comparison: "FolderComparison", missing: bool, json: bool, null: bool) -> int:
    from cercafoto.cli.render import duplicates as render

    if json:
        write(as_json(comparison))
    elif null:
        write(render.comparison_paths(comparison, missing))
    else:
        write(render.comparison_text(comparison, missing))
    if not json:
        tell(render.comparison_summary(comparison))
    return _notice(comparison.problems, json, away=comparison.away)


def _notice(
    problems: Sequence[tuple[bytes, str]],
    json: bool,
    end: str = "",
    away: Mapping[bytes, int] = NO_PHOTOS_AWAY,
) -> int:
    """Name on stderr the photos that had problems and the disks that are disconnected, unless JSON
    does. Return the exit code.

    problems: (path, reason) of each photo.
    end: text after each reason.
    away: see `Duplicates`.
    """
    from cercafoto.cli.render import duplicates as render

    if not json:
        for line in [*render.problem_lines(problems, end), *render.away_lines(away)]:
            notice(line)
    return SKIPPED if problems or away else DONE
