"""Answer the page "Cerca": the question, how it was understood, the grid of photos, the counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from cercafoto.base.paths import printable
from cercafoto.base.word_stems import fold
from cercafoto.browse.answer_page import Answer, how_many
from cercafoto.browse.asked import Picture
from cercafoto.browse.facets import counted_later, groups
from cercafoto.browse.photo_facts import line_about, name_of, say_shortly
from cercafoto.browse.text_rows import Piece, said
from cercafoto.browse.timeline import NO_TIMELINE, UNDATED, Section, Timeline, after_date
from cercafoto.errors import UsageError
from cercafoto.results.answer import NONE, WEAK, Hit, doubt_in_words, sources_in_words
from cercafoto.results.collections import Collection
from cercafoto.results.photos import Tile
from cercafoto.web.address import Address, has_empty_fields
from cercafoto.web.original_files import MOST_PHOTOS
from cercafoto.web.page_answers import GALLERY_SIDES, PageArchive
from cercafoto.web.pages import gallery
from cercafoto.web.pages.collect import asked_by
from cercafoto.web.pages.responses import (
    address_of,
    archive_of,
    at_moment,
    page,
    thumbnail_address,
)

# In addresses: where a page begins; the date at which it begins; the filter to count.
AFTER, DATE, COUNTED = "segue", "vai", "conta"
LONGEST_DATE = 60
ROOM = 60  # letters of a photo's text that fit below it
MOST_AT_ONCE = 12  # choices of a kind that are shown without another click
IDEAS = ("un gatto che dorme", "una spiaggia d'estate", "persone a tavola", "montagne con la neve")


@dataclass(frozen=True, slots=True)
class Shown:
    """A tile of the grid. Not a dict, because Jinja looks up attributes first.

    source: address of the small copy.
    taken: when it was taken, shortly, in Italian; "" if that is not known.
    heading: the section that begins with this photo; None if no section does.
    shape: ten times the ratio width / height, 5 to 25.
    hit: None if the photos were only listed, not searched.
    beside: the line from `line_about`: whom the photo only may show, evidence, number of copies,
        whether the disk is away; "" if there is nothing to say.
    said: the part of the photo's text that was asked for, in pieces; () if none was.
    more, less: addresses that ask for photos like this photo, and unlike it; `less` is "" if there
        is no question that the photo could be added to.
    """

    id: int
    name: str
    path: str
    source: str
    taken: str
    heading: Section | None
    shape: int
    width: int
    height: int
    hit: Hit | None
    beside: str
    said: tuple[Piece, ...]
    more: str
    less: str
    tile: Tile

    def moment(self, asked: str) -> str:
        """Return the end of the address of the photo's page that names the frame of a video."""
        return at_moment(self.tile, "&" if asked else "?")


def search_page(request: Request) -> Response:
    archive, params = archive_of(request), request.query_params
    if has_empty_fields(params):
        given = [(name, value) for name, value in params.multi_items() if value]
        return RedirectResponse(f"/?{urlencode(given)}" if given else "/", 303)
    (address, notes), after = Address.read(params), params.get(AFTER, "")
    if asked_date := params.get(DATE, "").strip()[:LONGEST_DATE]:
        after = after_date(asked_date) or ""
        if not after:
            notes += (f"«{asked_date}» non è una data: scrivi per esempio agosto 2009 o 14/8/2009",)
    problem = None
    try:
        try:
            answer = archive.answer(address, after)
        except UsageError:
            address, more_notes = archive.usable(address)
            if not more_notes:
                raise
            notes += more_notes
            answer = archive.answer(address, after)
    except UsageError as error:
        answer, problem = Answer(None, "", (), ""), error
    opened = None if problem else _opened(archive, address)
    timeline = NO_TIMELINE if problem else archive.timeline(answer)
    return page(
        request,
        "cerca.html",
        page="cerca",
        address=address,
        problem=problem,
        notes=notes,
        fields=list(address.fields()),
        chips=archive.chips(address, answer),
        ideas=IDEAS,
        most_saved=MOST_PHOTOS,
        gallery_sides=GALLERY_SIDES,
        most_sent=gallery.MOST_PHOTOS,
        can_keep=bool(address) and archive.settings.shared is None and opened is None,
        opened=opened,
        opened_asks=asked_by(request, opened) if opened else "",
        how_many=how_many(answer, answer.found),
        counted=not after,
        asked_date=asked_date,
        years=timeline.years() if len(timeline.stops) > 1 else [],
        newer=timeline.newer(answer.found[0].tile) if after and answer.found else None,
        page_after=lambda stop: address.url(**{AFTER: stop.after}) + "#griglia",
        is_count=not after and answer.query is not None and answer.query.counts,
        sources=printable(sources_in_words(answer.sources)),
        own_words_first=answer.own_words_first,
        pictures=[] if problem else [(str(p), address_of(archive, p)) for p in address.like],
        lengths=archive.lengths(answer.found),
        **_grid(address, answer, timeline),
        status=400 if problem else 200,
    )


def _opened(archive: PageArchive, address: Address) -> Collection | None:
    """Return the collection of which a question asks for all photos, in whatever order; None for
    any other."""
    name = address.collection
    if not name or address.but(order="") != Address.of_collection(name):
        return None
    return next((c for c in archive.library.collections.all() if fold(c.name) == fold(name)), None)


def more_photos(request: Request) -> Response:
    """Answer with the tiles of the next page, to append to the grid."""
    archive, (address, _) = archive_of(request), Address.read(request.query_params)
    answer = archive.answer(address, request.query_params.get(AFTER, ""))
    grid = _grid(address, answer, archive.timeline(answer))
    lengths = archive.lengths(answer.found)
    return page(request, "_tessere.html", address=address, lengths=lengths, **grid)


def facets(request: Request) -> Response:
    """Answer with the choices that narrow an answer; with those of one filter alone if the address
    names it."""
    archive, (address, _) = archive_of(request), Address.read(request.query_params)
    named = request.query_params.get(COUNTED)
    only = next((each for each, _ in counted_later() if each.options[0].name == named), None)
    counts, only_nearest = archive.facets(address, only)
    return page(
        request,
        "_conteggi.html" if only is None else "_scelte.html",
        groups=(shown := groups(address, counts)),
        few=[choice for group in shown if group.which is only for choice in group.choices],
        later=[
            (facet.title, address.url("/faccette", **{COUNTED: each.options[0].name}))
            for each, facet in counted_later()
        ],
        most=MOST_AT_ONCE,
        only_nearest=only_nearest,
        photos=counts.photos,
    )


def _grid(address: Address, answer: Answer, timeline: Timeline) -> dict[str, Any]:
    following = address.url(**{AFTER: answer.after}) if answer.after else ""
    base = address.but().url()
    query = answer.query
    by_sight = query is not None and bool(query.text or query.like)
    by_content = by_sight or (query is not None and bool(query.written))
    wider = by_sight and not (address.everything or answer.after or answer.verdict == NONE)
    return {
        "tiles": [
            _tile(address, base, found.tile, found.hit, heading)
            for found, heading in zip(answer.found, _headings(answer, timeline), strict=True)
        ],
        "query": query,
        "unlikely": answer.verdict == NONE,
        "weak": answer.verdict == WEAK,
        "reasons": answer.reasons,
        "corrected": answer.corrected,
        "by_content": by_content,
        "says_confidence": by_content and answer.is_by_confidence,
        "by_words_alone": by_content and not by_sight,
        "unlikely_at": answer.unlikely_at,
        # Passed on to a photo's page, which marks these words in its text.
        "asked": Address(words=address.words).url("") if by_content else "",
        "wider": address.but(everything=True).url() if wider and answer.found else "",
        "following": following,
        "fragment": address.url("/altre", **{AFTER: answer.after}) if answer.after else "",
    }


def _headings(answer: Answer, timeline: Timeline) -> list[Section | None]:
    """Return for each photo of a page the section that begins with it; None if none does. Nothing
    begins where photos do not come by date, or none has a date."""
    sections = [timeline.section(found.tile) for found in answer.found]
    keys = {section.key for section in sections} | {stop.key for stop in timeline.stops}
    if not answer.is_by_date or keys <= {UNDATED}:
        return [None] * len(sections)
    before = [None, *sections]
    return [
        None if last is not None and last.key == section.key else section
        for last, section in zip(before, sections, strict=False)
    ]


def _tile(
    address: Address, base: str, tile: Tile, hit: Hit | None, heading: Section | None
) -> Shown:
    # "Altre come questa" adds the photo to the question; without one, the photo is the question.
    if hit is not None and (address.words or address.like):
        more, less = f"{base}&piu={tile.photo_id}", f"{base}&meno={tile.photo_id}"
    else:
        more, less = Address(like=(Picture(tile.photo_id, at=tile.frame),)).url(), ""
    ratio = tile.width / tile.height if tile.width and tile.height else 1.0
    return Shown(
        tile.photo_id,
        name_of(tile),
        printable(tile.path),
        thumbnail_address(tile),
        say_shortly(tile.taken_at),
        heading,
        min(max(round(ratio * 10), 5), 25),
        tile.width,
        tile.height,
        hit,
        doubt_in_words(tile.doubtful) if hit is None else line_about(hit),
        said(hit, ROOM) if hit is not None else (),
        more,
        less,
        tile,
    )
