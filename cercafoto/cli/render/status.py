"""Render what `stato` says of the archive."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterator, Sequence
from typing import Any

from cercafoto.base.italian_counts import media, thousands
from cercafoto.base.json_keys import as_data, as_json
from cercafoto.base.paths import printable
from cercafoto.cli.render.formatting import copies, count, share, space, wrapped
from cercafoto.cli.render.short_path import from_here, with_reason
from cercafoto.labels.label_file import DEFAULT
from cercafoto.looking.sense import Sense
from cercafoto.photos.not_photos import in_words
from cercafoto.question.filters.missing import DATE, POSITION
from cercafoto.results.status import Counts, SenseState, Status
from cercafoto.senses import SENSES


def status_json(status: Status) -> str:
    data = as_data(status)
    for sense, state in _senses(status):
        data |= sense.json(state)
    return as_json(data)


def status_text(status: Status, details: bool = False) -> str:
    """Return a row for each thing that a person may want to know of the archive.

    details: add rows for who repairs or measures it.
    """
    counts = status.counts
    shown = from_here if sys.stdout.isatty() else printable
    archive = status.archive if isinstance(status.archive, str) else shown(status.archive)
    model = status.model or "nessuno"
    if status.model and not status.model_available:
        model += " (non c'è più, o è cambiato: esegui «cercafoto index»)"
    rows = [
        ("Archivio", f"{archive} ({space(status.size)})"),
        ("Modello", model),
        (
            "Foto e video" if status.videos else "Foto",
            (media(counts.photos, status.videos) if status.videos else thousands(counts.photos))
            + copies(counts.photos - counts.contents),
        ),
    ]
    if counts.photos:
        dated = counts.dated + counts.dated_by_name
        rows.append(("Con data", _dated(counts) + _others(dated, counts, DATE)))
        located = share(counts.located, counts.photos)
        rows.append(("Con posizione", located + _others(counts.located, counts, POSITION)))
    if status.pending:
        rows.append(("Da completare", f"{thousands(status.pending)} (esegui «cercafoto index»)"))
    if status.switch:
        seen = counts.contents - status.switch.pending
        rows.append(
            (
                "Cambio di modello",
                f"«{status.switch.model}» ne ha guardate {thousands(seen)} su "
                f"{thousands(counts.contents)} (per finire: «cercafoto index»); intanto risponde "
                f"«{model}»",
            )
        )
    for sense, state in _senses(status):
        rows += sense.rows(state, counts.contents)
    if counts.missing:
        rows.append(
            ("Scomparse", f"{thousands(counts.missing)} (per toglierle: «cercafoto pulisci»)")
        )
    if counts.excluded:
        rows.append(("Escluse", thousands(counts.excluded)))
    if counts.problems:
        rows.append(
            ("Illeggibili", f"{thousands(counts.problems)} (vedi «cercafoto stato --problemi»)")
        )
    rows += (
        (
            sense.wording.unread_title,
            f"{thousands(state.unread)} (vedi «cercafoto stato --problemi»)",
        )
        for sense, state in _senses(status)
        if state.unread
    )
    if aside := in_words(status.left_aside):
        rows.append(("Lasciati da parte", aside))
    for path, photos, present in status.roots:
        absent = "" if present else ", ora non c'è: il disco è collegato?"
        linked = ", segue i collegamenti" if path in status.linked else ""
        rows.append(("Cartella", f"{shown(path)} ({_in_folder(status, photos)}{linked}{absent})"))
    for folder, pattern in status.exclusions:
        rows.append(("Escludi", f"«{pattern}» in {shown(folder)}"))
    if status.labels:
        first = ", ".join(f"{label} ({thousands(n)})" for label, n in status.labels[:20])
        more = count(max(0, len(status.labels) - 20), "altra", "altre")
        rows.append(("Etichette", f"{first} e {more}" if more else first))
    for file, number in status.stale_labels:
        again = "predefinite" if file == DEFAULT else shlex.quote(printable(file))
        edited = count(number, "foto modificata", "foto modificate")
        rows.append(("Da rietichettare", f"{edited}: cercafoto tag --labels {again}"))
    if details:
        rows += _details(status)
    rows = [(name, printable(value)) for name, value in rows]  # labels may have control characters
    width = max(len(name) for name, _ in rows)
    return "".join(f"{name:<{width}}  {wrapped(value, width + 2)}\n" for name, value in rows)


def _senses(status: Status) -> list[tuple[Sense[Any], SenseState]]:
    return [(sense, status.senses.get(sense.name, SenseState())) for sense in SENSES]


def _details(status: Status) -> Iterator[tuple[str, str]]:
    """Yield the rows about how the archive is made and searched."""
    if status.fingerprint:
        yield "Impronta", status.fingerprint
    vectors, contents = map(thousands, (status.counts.vectors, status.counts.contents))
    yield "Vettori", f"{vectors} di {contents} contenuti diversi"
    if status.device:
        yield "Calcola con", f"{status.device} (ONNX Runtime offre: {', '.join(status.devices)})"
    if status.graph:
        yield "Grafo", "hnswlib, usato dalla pagina da 20.000 foto in su"
    else:
        yield "Grafo", "assente: con hnswlib la pagina risponde prima da 20.000 foto in su"


def _in_folder(status: Status, number: int) -> str:
    """Return how many photos and videos a folder has. How many are videos is known only if the
    folder has all photos of the archive, or the archive has no videos."""
    is_known = number == status.counts.photos or not status.videos
    return media(number, status.videos if is_known else None)


def _dated(counts: Counts) -> str:
    """Return how many photos have a date, and how many dates come from file or folder names."""
    number, named = counts.dated + counts.dated_by_name, counts.dated_by_name
    if not named:
        return share(number, counts.photos)
    of_which = f"di cui {thousands(named)} " if named < number else ""
    return f"{thousands(number)} ({of_which}dal nome di file o cartelle)"


def _others(number: int, counts: Counts, kind: str) -> str:
    """Return the command that lists the photos that lack some data; "" if none does, or all do.

    number: how many photos have it.
    """
    some = 0 < number < counts.photos
    return f"; le altre: «cercafoto cerca --manca {kind}»" if some else ""


def problems_text(problems: Sequence[tuple[bytes, str]]) -> str:
    return "".join(with_reason(path, why) for path, why in problems)
