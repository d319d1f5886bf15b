"""Cerca: the question, its reading, the grid, the counts."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from cercafoto.base.paths import folder_of, printable
from cercafoto.errors import UsageError
from cercafoto.results import EVIDENCE_IN_WORDS, NONE, WEAK, Hit, Tile
from cercafoto.web.address import Address, Chip, Picture, chips, say_when
from cercafoto.web.answers import Answer, PageArchive
from cercafoto.web.originals import MOST_PHOTOS
from cercafoto.web.pages.responses import address_of, archive_of, name_of, page, thumbnail_address

MOST_AT_ONCE = 12  # choices of a kind; the rest is one click further
IDEAS = ("un gatto che dorme", "una spiaggia d'estate", "persone a tavola", "montagne con la neve")


@dataclass(frozen=True, slots=True)
class Shown:
    """A tile of the grid. Not a dict: Jinja looks for attributes first, forty times over.
    shape: ten times the ratio of its sides, 5 to 25. beside: what else is said of a hit, where it
    is from and its copies. more, less: addresses, less "" for none."""

    id: int
    name: str
    path: str
    source: str
    shape: int
    width: int
    height: int
    hit: Hit | None
    beside: str
    more: str
    less: str


def search_page(request: Request) -> Response:
    archive, address = archive_of(request), Address.read(request.query_params)
    after, problem = request.query_params.get("da", ""), None
    try:
        answer = archive.answer(address, after)
    except UsageError as error:
        answer, problem = Answer(None, "", (), ""), error
    return page(
        request,
        "cerca.html",
        page="cerca",
        address=address,
        problem=problem,
        chips=_chips(archive, address, answer),
        ideas=IDEAS,
        most_saved=MOST_PHOTOS,
        total=answer.total,
        counted=not after,
        pictures=[] if problem else [(str(p), address_of(archive, p)) for p in address.like],
        **_grid(address, answer),
        status=400 if problem else 200,
    )


def more_photos(request: Request) -> Response:
    """The tiles of the next page, to be put behind those that are there."""
    archive, address = archive_of(request), Address.read(request.query_params)
    answer = archive.answer(address, request.query_params.get("da", ""))
    return page(request, "_tessere.html", address=address, **_grid(address, answer))


def facets(request: Request) -> Response:
    archive, address = archive_of(request), Address.read(request.query_params)
    counts, only_nearest = archive.facets(address)
    days = counts.months or counts.years
    labels = [(label, n) for label, n in counts.labels if label not in address.labels]
    groups = [
        ("Quando", [(say_when(when), n, address.but(when=when).url()) for when, n in days]),
        ("Dove", [(place, n, address.but(place=place).url()) for place, n in counts.places]),
        ("Etichette", [(s, n, address.but(labels=(*address.labels, s)).url()) for s, n in labels]),
        (
            "Cartelle",
            [
                (name, n, address.but(inside=path, folder=None).url())
                for name, path, n in _folders(counts.folders)
            ],
        ),
        ("Fotocamera", [(name, n, address.but(camera=name).url()) for name, n in counts.cameras]),
    ]
    # What does not narrow anything down is no choice.
    groups = [(name, [c for c in few if c[1] < counts.photos]) for name, few in groups]
    return page(
        request,
        "_conteggi.html",
        groups=[(name, few) for name, few in groups if few],
        most=MOST_AT_ONCE,
        only_nearest=only_nearest,
        photos=counts.photos,
    )


def _folders(counts: Sequence[tuple[bytes, int]]) -> Iterator[tuple[str, bytes, int]]:
    """Name each folder from the one that all have in common on: (name, path, photos)."""
    above = os.path.commonpath([folder_of(path) for path, _ in counts]) if counts else b""
    for path, number in counts:
        # Nothing in common but the root of the system: the whole path.
        name = path if above == folder_of(above) else os.path.relpath(path, above)
        yield printable(name), path, number


def _grid(address: Address, answer: Answer) -> dict[str, Any]:
    following = address.url("/", da=answer.after) if answer.after else ""
    base = address.but().url()
    by_content = answer.query is not None and bool(answer.query.text or answer.query.like)
    wider = by_content and not (address.everything or answer.after or answer.verdict == NONE)
    return {
        "tiles": [_tile(address, base, found.tile, found.hit) for found in answer.found],
        "query": answer.query,
        "unlikely": answer.verdict == NONE,
        "weak": answer.verdict == WEAK,
        "by_content": by_content,
        "unlikely_at": answer.unlikely_at,
        "wider": address.but(everything=True).url() if wider and answer.found else "",
        "following": following,
        "fragment": address.url("/altre", da=answer.after) if answer.after else "",
    }


def _tile(address: Address, base: str, tile: Tile, hit: Hit | None) -> Shown:
    # "Altre come questa" adds to what was asked; where nothing was, the photo is the question.
    if hit is not None and (address.words or address.like):
        more, less = f"{base}&piu={tile.photo_id}", f"{base}&meno={tile.photo_id}"
    else:
        more, less = Address(like=(Picture(tile.photo_id),)).url(), ""
    ratio = tile.width / tile.height if tile.width and tile.height else 1.0
    return Shown(
        tile.photo_id,
        name_of(tile),
        printable(tile.path),
        thumbnail_address(tile),
        min(max(round(ratio * 10), 5), 25),
        tile.width,
        tile.height,
        hit,
        _beside(hit) if hit is not None else "",
        more,
        less,
    )


def _beside(hit: Hit) -> str:
    copies = f"e {len(hit.copies)} {'copia' if len(hit.copies) == 1 else 'copie'}"
    why = EVIDENCE_IN_WORDS[hit.evidence]
    return ", ".join(filter(None, (why, copies if hit.copies else "")))


def _chips(archive: PageArchive, address: Address, answer: Answer) -> list[Chip]:
    photo_ids = {p.photo_id for p in address.like if p.photo_id} | {*address.more, *address.less}
    if address.folder is not None:
        photo_ids.add(address.folder)
    names = {}
    if photo_ids:
        names = {i: name_of(tile) for i, tile in archive.tiles(photo_ids).items()}
    parts = answer.query.words if answer.query else ()
    inside = archive.folder_name(address.inside) if address.inside else ""
    chips_shown = list(chips(address, parts, names, inside))
    # Alone, the words are in the box above already.
    plain = answer.query is not None and answer.query.is_plain and len(chips_shown) == 1
    return [] if plain and address.words else chips_shown
