"""Have a sense catch up after `index`, and tell how it went."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cercafoto.base.reporter import Reporter
from cercafoto.cli.commands import name_faces
from cercafoto.cli.render.looks import look_summary
from cercafoto.faces.face_sense import Faces

if TYPE_CHECKING:
    from cercafoto.library import Library
    from cercafoto.looking.look_report import LookReport
    from cercafoto.looking.sense import Sense


def look(
    library: Library,
    sense: Sense[Any],
    paths: Sequence[Path],
    *,
    retry: bool = False,
    wait: bool,
    reporter: Reporter,
) -> tuple[LookReport, str]:
    """Look with a sense, and return the report and the lines that tell of it. Faces need the
    person's consent, and are followed by questions whose they are."""
    if sense.name == Faces.name:
        report = name_faces.find(library, paths, False, retry, wait, reporter)
        return report, name_faces.faces_summary(report, library)
    report = library.look(sense, paths, retry=retry, wait=wait, reporter=reporter)
    return report, look_summary(sense, report)
