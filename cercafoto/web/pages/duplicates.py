"""Answer the page "Doppioni": photos that are there more than once, to set aside from the page.

Only the person at this computer sees it and moves photos, with the checks and the journal of
`cercafoto doppioni`.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import parse_qsl

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from cercafoto.base.italian_counts import media, thousands
from cercafoto.base.paths import printable
from cercafoto.browse.photo_facts import say_shortly, say_size
from cercafoto.browse.shown_photos import NotThereError
from cercafoto.errors import UsageError
from cercafoto.photos.decoding.file_kind import count_videos
from cercafoto.results.photos import PhotoFile, Tile
from cercafoto.web.address import Address
from cercafoto.web.page_answers import PageArchive
from cercafoto.web.pages.forms import Form, number_in, numbers_in, read_form
from cercafoto.web.pages.responses import archive_of, page, thumbnail_address, visitor_of

if TYPE_CHECKING:
    # Imported only for annotations: most visitors never open this page.
    from cercafoto.archive.records import PhotoRow
    from cercafoto.duplicates.groups import Group
    from cercafoto.indexing.set_aside import ReturnReport, SetAsideReport

PATH = "/doppioni"
SETS = 20  # on a page
MOST_TOLD = 5  # photos with a problem that are named
ASIDE = "Doppioni"  # name of the folder that is proposed
BEGIN = "salta"  # in addresses and forms: how many sets to pass over


class ShownFile(NamedTuple):
    """A file of a set. kind: "tieni", "identica" or "simile", as `cercafoto doppioni` says it."""

    id: int
    kind: str
    source: str
    name: str
    folder: str
    facts: str


class ShownSet(NamedTuple):
    """place: number of the group in the result. why: why the first of the files is kept."""

    place: int
    why: str
    files: Sequence[ShownFile]


def duplicates_page(request: Request) -> Response:
    """Show the sets of duplicates among all photos, or among those of a question, if they were
    looked for; else offer to look, or say how far that is.

    Raises NotThereError for visitors of a proxy, and for a shared archive.
    """
    archive = _own_archive(request)
    address, notes = Address.read(request.query_params)
    search = archive.duplicates
    run = search.run_of(address.url(PATH))
    groups = run.groups if run is not None else {}
    skipped = min(number_in(request.query_params.get(BEGIN, "")), len(groups) // SETS * SETS)
    skipped -= SETS if skipped and skipped == len(groups) else 0
    shown = _shown(archive, dict([*groups.items()][skipped : skipped + SETS]))
    others = [other for group in groups.values() for other in group.others]
    others = [other for other in others if run is None or other.path not in run.moved]

    def url(start: int) -> str:
        return address.url(PATH, **{BEGIN: str(start)}) if start else address.url(PATH)

    return page(
        request,
        "doppioni.html",
        page="doppioni",
        address=address,
        asked=address.url(""),
        notes=notes,
        run=run,
        sets=shown,
        number=len(groups),
        extra=_in_words(others),
        left_out=_left_out(run.found.skipped, run.found.away) if run and run.found else [],
        skipped=skipped,
        before=url(max(0, skipped - SETS)) if skipped else "",
        after=url(skipped + SETS) if skipped + SETS < len(groups) else "",
        folder=str(search.folder or _proposed_folder(archive)),
        told=search.told,
        last=archive.library.duplicates.last_set_aside(),
    )


async def change_duplicates(request: Request) -> Response:
    """Look for duplicates, set photos aside, or bring them back.

    Fields of the form: che: the button, "cerca", "cartella", "sposta-N" for the set with this
    number, "tutti" for all sets of the page, or "annulla"; domanda: the question as in an address;
    salta: how many sets the page passed over; ricerca: number of the search; gruppo: numbers of the
    sets on the page; cartella: where to move photos.

    Raises NotAllowedError for visitors of a proxy; UsageError, DiskFullError, ArchiveError.
    """
    form = await read_form(request, "mettere da parte i doppioni")
    archive = _own_archive(request)
    params = QueryParams(parse_qsl(form.first("domanda").removeprefix("?")))
    address, _ = Address.read(params)
    await run_in_threadpool(_change, archive, address, form)
    skipped = number_in(form.first(BEGIN))
    more = {BEGIN: str(skipped)} if skipped and form.first("che") != "cerca" else {}
    return RedirectResponse(address.url(PATH, **more), 303)


def _change(archive: PageArchive, address: Address, form: Form) -> None:
    what, _, place = form.first("che").partition("-")
    search, album = archive.duplicates, archive.library.duplicates
    if what == "cerca":
        query = archive.query(address)  # raises here what the person can correct
        search.begin(
            address.url(PATH),
            lambda run: archive.library.duplicates.find(reporter=run, query=query),
        )
    elif what == "annulla":
        returned = album.bring_back()
        paths = [path for _, path in returned.returned] if not returned.waiting else []
        search.note((), paths, *_about_return(archive, returned))
    elif what in ("cartella", "sposta", "tutti"):
        folder = _folder(form.first("cartella"))
        places = {"sposta": [place], "tutti": form.all("gruppo")}.get(what, [])
        groups = search.groups(number_in(form.first("ricerca")), numbers_in(places))
        report = album.set_groups_aside(folder, groups)  # of no groups: is the folder good?
        search.folder = folder
        moved = [step.source for step in report.moved] if report.done else []
        search.note(moved, (), *_about_moved(archive, report) if groups else ())
    else:
        raise UsageError("La richiesta non è completa.")


def _own_archive(request: Request) -> PageArchive:
    archive = archive_of(request)
    if visitor_of(request) is not None or archive.settings.shared is not None:
        raise NotThereError("Questa pagina non c'è.", "Torna alla ricerca e riparti da lì.")
    return archive


def _folder(typed: str) -> Path:
    """Return the folder that was typed. Raises UsageError if it is no absolute path."""
    path = Path()
    with suppress(RuntimeError):  # "~" and the name of nobody
        path = Path(typed.strip()).expanduser()
    if "\0" in typed or not path.is_absolute():
        raise UsageError(
            f"«{printable(typed)}» non è il percorso intero di una cartella.",
            "Scrivilo dall'inizio, per esempio: ~/Doppioni",
        )
    return path


def _proposed_folder(archive: PageArchive) -> Path:
    """Return a folder beside the first indexed one."""
    roots = archive.library.roots()
    return (Path(os.fsdecode(roots[0])).parent if roots else Path.home()) / ASIDE


# -- what is shown -----------------------------------------------------------------------------


def _shown(archive: PageArchive, groups: dict[int, Group]) -> list[ShownSet]:
    """Return the sets of groups that still have a photo to keep and another one."""
    rows = archive.library.duplicates.rows_of([*groups.values()])
    sets = []
    for place, group in groups.items():
        kinds = {group.best.path: "tieni", **dict.fromkeys(group.exact, "identica")}
        files = [
            _file(each, rows[each.path], kinds.get(each.path, "simile"))
            for each in (group.best, *group.others)
            if each.path in rows
        ]
        if group.best.path in rows and len(files) > 1:
            sets.append(ShownSet(place, group.why, files))
    return sets


def _file(file: PhotoFile, row: PhotoRow, kind: str) -> ShownFile:
    folder, _, name = printable(file.path).rpartition(os.sep)
    pixels = f"{file.width} × {file.height}" if file.width else ""
    facts = filter(None, (pixels, say_size(file.size), say_shortly(file.taken_at)))
    tile = Tile(row.photo_id, row.path, row.digest, row.width, row.height, row.taken_at)
    return ShownFile(row.photo_id, kind, thumbnail_address(tile), name, folder, ", ".join(facts))


def _in_words(files: Sequence[PhotoFile]) -> str:
    number = media(len(files), count_videos(file.path for file in files))
    return f"{number} in più ({say_size(sum(file.size for file in files))})"


def _about_moved(archive: PageArchive, report: SetAsideReport) -> list[str]:
    where = printable(report.folder)
    if report.waiting:
        number = sum(report.waiting.values())
        folders = ", ".join(map(printable, sorted(report.waiting)))
        return [
            f"Niente è stato spostato: {thousands(number)} foto {_stand(number)} in {folders}, "
            f"nell'elenco di un archivio che {archive.library.unsigned_reason}. Se sono cartelle "
            f"tue, dillo dal terminale: cercafoto doppioni --sposta-in CARTELLA --conferma"
        ]
    number = len(report.moved)
    what = media(number, count_videos(step.source for step in report.moved))
    sidecars = sum(len(step.sidecars) for step in report.moved)
    along = f", con {thousands(sidecars)} file .xmp" if sidecars else ""
    moved = "Spostata" if number == 1 else "Spostate"
    return [
        f"{moved} in {where}: {what}{along}." if number else "Niente è stato spostato.",
        *(
            f"{printable(kept)} non ha le etichette date a mano alla sua copia: "
            f"{', '.join(map(printable, names))}."
            for kept, names in report.labels
        ),
        *_problems(report.problems),
    ]


def _about_return(archive: PageArchive, report: ReturnReport) -> list[str]:
    number = len(report.returned)
    if report.waiting:
        return [
            f"Niente è stato rimesso a posto: lo spostamento {archive.library.unsigned_reason}. "
            "Per vedere che cosa tornerebbe: cercafoto doppioni --annulla"
        ]
    what = media(number, count_videos(path for _, path in report.returned))
    back = "Tornata" if number == 1 else "Tornate"
    said = f"{back} dov'era{'' if number == 1 else 'no'}: {what}." if number else ""
    return [said or "Non c'è niente da rimettere a posto.", *_problems(report.problems)]


def _stand(number: int) -> str:
    return "sta" if number == 1 else "stanno"


def _problems(problems: Sequence[tuple[bytes, str]]) -> list[str]:
    said = [f"{printable(path)}: {why}." for path, why in problems[:MOST_TOLD]]
    more = len(problems) - len(said)
    return [*said, f"E altre {thousands(more)}."] if more else said


def _left_out(problems: Sequence[tuple[bytes, str]], away: Mapping[bytes, int]) -> list[str]:
    """Return sentences about photos that were not compared. away: see `Duplicates`."""
    disks = [
        f"{printable(folder)} ora non c'è: {thousands(number)} sue foto sono rimaste fuori. "
        "Collega il disco e cerca di nuovo."
        for folder, number in away.items()
    ]
    return [*disks, *_problems(problems)]
