"""Answer what an assistant asks of an archive. The archive is only read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from typing import Annotated, Any, NamedTuple

from pydantic import Field

from cercafoto.assistants.hidden_names import NOBODY, HiddenNames
from cercafoto.base.italian_counts import clock
from cercafoto.base.paths import printable
from cercafoto.browse.answers import BrowsedArchive
from cercafoto.browse.asked import Asked, Picture
from cercafoto.browse.photo_facts import line_about, name_of
from cercafoto.errors import ArchiveError, ImageError, UsageError
from cercafoto.library import Library
from cercafoto.photos.decoding.file_kind import count_videos, is_video
from cercafoto.photos.decoding.small_copy import webp
from cercafoto.photos.thumbnails import SMALL
from cercafoto.question.filters.all_filters import OPTIONS
from cercafoto.question.filters.filter import NO_FILTERS, Filters, Option
from cercafoto.question.filters.with_people import NOT_PEOPLE, PEOPLE
from cercafoto.question.query import Query
from cercafoto.question.question import Question
from cercafoto.question.values import ORDER_NAMES
from cercafoto.question.wording import say_query
from cercafoto.results.answer import Hit, SearchResult, sources_in_words
from cercafoto.results.photos import PhotoDetail
from cercafoto.settings import Settings

USUAL, MOST = 10, 50  # photos of an answer
MOST_MOMENTS = 3  # of a video
MOST_LISTED = 200  # people, collections, labels
MOST_KEYWORDS, LONG, LONGEST = 30, 500, 4000  # LONG, LONGEST: letters of a text
_LAST_WORD = r"[^\W_]+\Z"

Words = Annotated[
    str,
    Field(
        description="La domanda, in italiano, come la direbbe una persona: «un cane al mare ad "
        "agosto 2019, senza persone». Date, luoghi, esclusioni e ordine si capiscono dalle parole: "
        "vedi la risorsa cercafoto://guida/domande. Al massimo 1.000 lettere."
    ),
]
Given = Annotated[
    Mapping[str, Any],
    Field(description="Condizioni in più, quando la domanda non basta; valgono tutte insieme."),
]
Number = Annotated[int, Field(ge=1, le=MOST, description="Quante foto, al massimo.")]
UpTo = Annotated[
    int | None,
    Field(ge=1, le=MOST, description=f"Quante foto, al massimo; di norma {USUAL}."),
]
PhotoId = Annotated[
    int,
    Field(
        ge=1,
        le=2**62,
        description="Il numero della foto, «id» nelle risposte di cerca e di simili.",
    ),
]
Order = Annotated[
    str,
    Field(
        description="In che ordine; se non serve, le più probabili per prime.",
        json_schema_extra={"enum": ["", *ORDER_NAMES]},
    ),
]
Everything = Annotated[bool, Field(description="Anche le foto meno probabili.")]
WithPicture = Annotated[
    bool, Field(description=f"Anche una piccola immagine, {SMALL} pixel al massimo.")
]
Second = Annotated[
    float | None,
    Field(ge=0, le=10**6, description="Di un video, il secondo di cui mostrare l'immagine."),
]


class Told(NamedTuple):
    """What a tool answers. data: for JSON. picture: a small WebP; None if none was asked for."""

    data: dict[str, Any]
    picture: bytes | None = None


class PhotoTools:
    """What an assistant may ask of an archive. Call from one thread at a time.

    The archive and the model are opened when they are first needed. All methods raise
    CercafotoError.

    settings: `people` says whether the assistant is told names of people.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = replace(settings, offline=True)
        self._library = Library(self.settings)  # for what needs no model
        self._with_people = Library(replace(self.settings, people=True))
        self._names = NOBODY
        self._stamp: tuple[int, ...] = ()

    @cached_property
    def _archive(self) -> BrowsedArchive:
        self._library.archive.expect_model()
        return BrowsedArchive(self.settings, graph=False)

    def close(self) -> None:
        """Close the archive, and end the processes that decode photos."""
        if "_archive" in self.__dict__:
            self._archive.close()

    @property
    def options(self) -> tuple[Option, ...]:
        """The options of the filters that an assistant may use."""
        by_name = (*PEOPLE.options, *NOT_PEOPLE.options)
        return tuple(each for each in OPTIONS if self.settings.people or each not in by_name)

    def hidden_names(self) -> HiddenNames:
        """Return the names to hide, which are looked up again when the archive has changed. Raises
        ArchiveError, also if not all names can be known."""
        if self.settings.people or self.settings.shared is not None:
            return NOBODY  # names are not published to shared archives
        stamp = self._with_people.archive.stamp()
        if stamp != self._stamp:
            if not self._with_people.has_current_metadata():
                raise ArchiveError(
                    "L'archivio è di una versione precedente, che prendeva per parole chiave i "
                    "nomi delle persone.",
                    "Aggiornalo con «cercafoto index», oppure permetti i nomi: mcp --persone",
                )
            self._names = HiddenNames(self._with_people.photos.known_people())
            self._stamp = stamp
        return self._names

    # -- tools: `tool_server` says what each does ----------------------------------------------

    def cerca(
        self,
        domanda: Words = "",
        filtri: Given = {},  # noqa: B006
        n: UpTo = None,
        ordine: Order = "",
        tutte: Everything = False,
    ) -> Told:
        query = self._query(domanda, filtri, ordine)
        limit = min(n or query.limit or USUAL, query.limit or MOST, MOST)
        result = self._archive.library.search(query, limit, drop_unlikely=not tutte)
        if query.counts and result.total is None:
            result = replace(result, total=self._archive.library.count(query))
        return self._answer(result)

    def conta(self, domanda: Words = "", filtri: Given = {}) -> Told:  # noqa: B006
        result = self._archive.library.search_all(self._query(domanda, filtri))
        said = {"reading": say_query(result.query), "verdict": result.verdict}
        return Told(said | {"total": result.total} | _if_any(reasons=result.reasons))

    def foto(self, id: PhotoId, immagine: WithPicture = False, secondo: Second = None) -> Told:
        detail = self._detail(id)
        tile, known = detail.tile, detail.data
        at = secondo if is_video(tile.path) else None
        data = _about(detail) | _if_any(
            camera=known["camera"],
            lens=known["lens"],
            rating=known["rating"],
            width=tile.width,
            height=tile.height,
            format=detail.format,
            bytes=tile.size,
            seconds=known["duration"],
            labels=[label for label, *_ in detail.labels][:MOST_LISTED],
            people=[person.name for person in detail.people],
            perhaps=list(detail.doubtful),
            copies=[{"path": printable(path)} for path in detail.copies[:MOST_LISTED]],
            number_of_copies=len(detail.copies),
        )
        text = self._library.texts.of_content(detail.content_id, at)
        if text is not None and text.text:
            data["texts_in_photo"] = data.get("texts_in_photo", {}) | {
                "read": _cut(text.text, LONGEST)
            }
        if not immagine:
            return Told(data)
        try:
            # Decoded once more: the copy may come from a shared archive.
            picture = self._archive.thumbnails.picture(tile.path, tile.digest, SMALL, at)
        except ImageError as error:
            return Told(data | {"no_picture": error.message})
        return Told(data, webp(picture))

    def simili(self, id: PhotoId, n: Number = USUAL) -> Told:
        name = name_of(self._detail(id).tile)
        query = self._archive.query(Asked(like=(Picture(id),)))
        assert query is not None
        result = self._archive.library.search(query, n + 1, one_row_per_file=True)
        hits = [hit for hit in result.hits if hit.photo_id != id][:n]
        told = self._answer(replace(result, hits=tuple(hits), total=None))
        # Every photo is more or less like another: there is nothing to find or not.
        data = {key: value for key, value in told.data.items() if key != "verdict"}
        return Told(data | {"reading": f"foto come {name}"})

    def persone(self) -> Told:
        if not self.settings.people:
            raise UsageError(
                "I nomi delle persone non si dicono: chi ha le foto non l'ha permesso.",
                "Se vuole, aggiunge l'opzione per le persone a «cercafoto mcp»: docs/assistenti.md",
            )
        if problem := self._library.photos.people_problem():
            raise problem
        named = self._library.photos.people()
        people = [{"name": name, "photos": photos} for name, photos in named[:MOST_LISTED]]
        return Told({"people": people, "number": len(named)})

    def raccolte(self) -> Told:
        collections = [
            {
                "name": each.collection.name,
                "question": each.collection.typed,
                "photos": len(each.photos),
                "videos": count_videos(each.photos),
            }
            | _if_any(problem=each.problem)
            for each in self._archive.library.collections.photos()
        ]
        return Told({"collections": collections[:MOST_LISTED], "number": len(collections)})

    def stato(self) -> Told:
        status = self._library.status()
        counts = status.counts
        labels = [{"label": label, "photos": photos} for label, photos in status.labels]
        return Told(
            {
                "photos": counts.photos,
                "videos": status.videos,
                "dated": counts.dated + counts.dated_by_name,
                "with_place": counts.located,
                "missing": counts.missing,
                "unreadable": counts.problems,
                "to_complete": status.pending,
                "folders": [
                    {"path": printable(path), "photos": photos, "connected": present}
                    for path, photos, present in status.roots[:MOST_LISTED]
                ],
                "model": status.model,
                "model_available": status.model_available,
                "labels": labels[:MOST_LISTED],
                "names_of_people": self.settings.people,
            }
        )

    # -- what they have in common --------------------------------------------------------------

    def _query(self, words: str, given: Given, order: str = "") -> Query:
        typed: Filters = NO_FILTERS
        for option in self.options:
            value = given.get(option.name)
            for each in value if isinstance(value, list) else [value]:
                read = option.read(each) if isinstance(each, str) else each
                if read is not None and read is not False:
                    typed = option.added(typed, read)
        asked = (words,) if words.strip() else ()
        if not (asked or typed):
            raise UsageError(
                "La domanda è vuota.", "Scrivi in «domanda» che cosa cercare, o scegli dei filtri."
            )
        return self._archive.library.parse(Question(asked, typed=typed, order=order or None))

    def _detail(self, photo_id: int) -> PhotoDetail:
        detail = self._library.photos.detail(photo_id)
        if detail is None:
            raise UsageError(
                f"Nell'archivio non c'è nessuna foto con il numero {photo_id}.",
                "I numeri sono gli «id» di una risposta di cerca: cerca di nuovo.",
            )
        return detail

    def _answer(self, result: SearchResult) -> Told:
        query, photos = result.query, self._archive.library.photos
        return Told(
            {
                "reading": say_query(query),
                "verdict": result.verdict,
                "photos": [_hit(hit, photos.detail(hit.photo_id)) for hit in result.hits],
            }
            | _if_any(
                total=result.total,
                corrected=[f"{typed} → {meant}" for typed, meant in result.corrected],
                suggestions=list(query.suggestions),
                reasons=list(result.reasons),
                sources=sources_in_words(result.sources),
            )
        )


def _hit(hit: Hit, detail: PhotoDetail | None) -> dict[str, Any]:
    about: dict[str, Any] = {"id": hit.photo_id} if detail is None else _about(detail)
    about |= {"path": printable(hit.path), "confidence": round(hit.confidence, 2)}
    about |= {"word": hit.word} | _if_any(
        why=line_about(hit),
        labels=list(hit.tags)[:MOST_LISTED],
        people=[person.name for person in hit.people],
        perhaps=list(hit.doubtful),
        moments=[
            {"at": clock(each.frame), "second": round(each.frame, 3)}
            for each in hit.moments[:MOST_MOMENTS]
        ],
    )
    if hit.matched_text:
        found = [_cut(passage) for passage in hit.matched_text[:MOST_MOMENTS]]
        about["texts_in_photo"] = about.get("texts_in_photo", {}) | {"found": found}
    return about


def _about(detail: PhotoDetail) -> dict[str, Any]:
    """Return what both an answer and `foto` tell of a photo."""
    tile, known = detail.tile, detail.data
    texts = _if_any(
        title=_cut(known["title"]),
        description=_cut(known["description"]),
        keywords=list(map(_cut, (known["keywords"] or ())[:MOST_KEYWORDS])),
    )
    return {
        "id": tile.photo_id,
        "path": printable(tile.path),
        "kind": "video" if is_video(tile.path) else "foto",
    } | _if_any(
        taken_at=tile.taken_at,
        date_source=detail.date_source if tile.taken_at else None,
        place=", ".join(dict.fromkeys(filter(None, known["place"] or ()))),
        texts_in_photo=texts,
    )


def by_name(said: str) -> str:
    """Return a text that names options as the parameters of the tools."""
    for option in OPTIONS:
        said = re.sub(rf"{option.flag}(?![\w-])", f"«{option.name}»", said)
    return said.replace("--ordina", "«ordine»")


def _if_any(**values: Any) -> dict[str, Any]:
    """Return the values that say something."""
    return {name: value for name, value in values.items() if value not in (None, "", [], (), {}, 0)}


def _cut(text: object, most: int = LONG) -> str:
    """Return a text, cut behind a word if it is long: half a name would not be hidden. "" for
    None."""
    said = "" if text is None else str(text)
    if len(said) <= most:
        return said
    is_within = said[most - 1].isalnum() and said[most].isalnum()
    return f"{re.sub(_LAST_WORD, '', said[:most]) if is_within else said[:most]}…"
