"""`index --osserva`, after the first run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence, Set
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from cercafoto.base.paths import is_inside
from cercafoto.cli.console import notice
from cercafoto.cli.progress import ProgressBars, TerminalReporter

if TYPE_CHECKING:
    from cercafoto.indexing.index_report import IndexReport
    from cercafoto.library import Library


def keep_watching(
    library: Library,
    named: Sequence[Path],
    first: IndexReport,
    quiet: bool,
    *,
    thumbnails: bool = False,
    texts: bool = False,
) -> None:
    """Update the archive at every change until Ctrl-C, which is the usual end.

    named: the folders to watch; none: all known ones.
    first: the report of the run before.
    thumbnails: prepare those of new photos too. texts: read their words too.
    """
    import os

    from cercafoto.cli.render import run_report as render
    from cercafoto.cli.render.ocr_texts import texts_summary

    say, bars = TerminalReporter(quiet).say, ProgressBars(quiet)
    told = {*first.problems, *first.unreadable}
    to_prepare = False

    def refresh(folders: Sequence[bytes]) -> None:
        nonlocal told, to_prepare
        with bars:
            report = library.index(
                [Path(os.fsdecode(folder)) for folder in folders],
                wait=True,
                thumbnails=thumbnails,
                reporter=bars,
            )
        elsewhere = {
            (path, why) for path, why in told if not any(is_inside(path, one) for one in folders)
        }
        troubles = elsewhere.union(report.problems, report.unreadable)
        if not quiet and (report.is_news or troubles != told):
            lines = render.index_summary(_less(report, told))
            notice(f"{datetime.now():%H:%M}  " + "\n".join(lines))
        told = troubles
        # Asked for again where it failed, though then there is nothing new any more.
        to_prepare = to_prepare or (thumbnails and report.is_news)
        if to_prepare:
            prepare_thumbnails(report.copies)
            to_prepare = False
        if texts and report.is_news:
            read_texts()

    def prepare_thumbnails(just_made: Set[bytes]) -> None:
        # Not of the folders that changed alone: they may hold old photos, and to make room for
        # those the copies of later ones elsewhere would go.
        with bars:
            prepared = library.prepare_thumbnails(named, just_made=just_made, reporter=bars)
        if prepared.made and not quiet:
            notice(f"{datetime.now():%H:%M}  {render.thumbnails_summary(prepared)}")

    def read_texts() -> None:
        with bars:
            read = library.read_texts(named, wait=True, reporter=bars)
        if read.read and not quiet:
            notice(f"{datetime.now():%H:%M}  {texts_summary(read)}")

    say("Resto in ascolto delle modifiche. Per finire: Ctrl-C.")
    try:
        library.watch(named, refresh, say)
    except KeyboardInterrupt:
        say("Ascolto finito; l'archivio è a posto.")


def _less(report: IndexReport, told: Set[tuple[bytes, str]]) -> IndexReport:
    """Leave out the troubles that were told before, and what is no news."""
    return replace(
        report,
        problems=tuple(one for one in report.problems if one not in told),
        old_problems=(),
        left_aside=Counter(),
        unreadable=tuple(one for one in report.unreadable if one not in told),
    )
