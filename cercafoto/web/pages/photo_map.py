"""Answer the page "Mappa": where the photos of an answer were taken."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from cercafoto.browse.answer_page import Answer
from cercafoto.browse.asked import as_titled
from cercafoto.browse.chips import Chip
from cercafoto.errors import UsageError
from cercafoto.places.gazetteer import Gazetteer
from cercafoto.question.filters.place import PLACE
from cercafoto.question.filters.rectangle import OPTION, read_rectangle
from cercafoto.question.values import Rectangle
from cercafoto.results.photos import PhotosByPlace
from cercafoto.web.address import Address
from cercafoto.web.pages.responses import archive_of, page, thumbnail_address

# In addresses: the rectangle of the map that is seen, and the width of a group in degrees.
VIEW, STEP = "vista", "passo"
MOST_DEGREES = 1000  # a view of the map may go round the world
LISTED = 500  # places in the list
MOST_TOWNS = 80  # names of towns sent for one view; those that would overlap are not drawn
ITALY = Rectangle(36.5, 6.5, 47.1, 18.6)


class ListedPlace(NamedTuple):
    """A place in the list: its name, the divisions around it, its photos, the question that asks
    for these."""

    name: str
    around: str
    photos: int
    asked: Address


def map_page(request: Request) -> Response:
    archive, (address, notes) = archive_of(request), Address.read(request.query_params)
    problem, chips = None, list[Chip[Address]]()
    found, only_nearest = PhotosByPlace(0), False
    try:
        found, only_nearest = archive.by_place(address)
        chips = archive.chips(address, Answer(archive.query(address), "", (), ""))
    except UsageError as error:
        problem = as_titled(error)
    typed = address.typed.get(OPTION.key)
    area = read_rectangle(typed) if typed and not problem else found.area
    return page(
        request,
        "mappa.html",
        page="mappa",
        address=address,
        anywhere=address.but(typed=address.typed.but(**{OPTION.key: None})),
        problem=problem,
        notes=notes,
        chips=chips,
        found=found,
        only_nearest=only_nearest,
        area=",".join(f"{number:.6f}" for number in area or ITALY),
        places=list(_listed(address, found)),
        more_places=max(len(found.places) - LISTED, 0),
        status=400 if problem else 200,
    )


def groups(request: Request) -> Response:
    """Answer with the groups of photos in the part of the map that is seen, and with the names of
    its towns, as JSON."""
    archive, (address, _) = archive_of(request), Address.read(request.query_params)
    view = _numbers(request.query_params.get(VIEW, ""), 4)
    (step,) = _numbers(request.query_params.get(STEP, ""), 1)
    where = Rectangle(*view)
    found = archive.groups(address, where, min(max(step, 0.0002), 90.0))
    tiles = archive.tiles([group.photo_id for group in found])
    return JSONResponse(
        {
            "gruppi": [
                {
                    "foto": group.photos,
                    "id": group.photo_id,
                    "punto": [group.latitude, group.longitude],
                    "area": group.area,
                    "miniatura": thumbnail_address(tiles[group.photo_id]),
                }
                for group in found
                if group.photo_id in tiles
            ],
            "paesi": Gazetteer().towns_in(where, MOST_TOWNS),
        }
    )


def _numbers(text: str, count: int) -> list[float]:
    """Return degrees from an address. Raises UsageError if there are not `count` of them, or one is
    absurd."""
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) != count or not all(abs(number) <= MOST_DEGREES for number in numbers):
        raise UsageError("Questo indirizzo non è completo.")
    return numbers


def _listed(asked: Address, found: PhotosByPlace) -> Iterator[ListedPlace]:
    assert PLACE.facet is not None
    for names, photos in found.places[:LISTED]:
        name, *around = dict.fromkeys(filter(None, names))
        typed = PLACE.facet.choose(asked.typed, name)
        yield ListedPlace(name, ", ".join(around), photos, asked.but(typed=typed))
