"""Define `Facts`, the metadata of a photo: date, position, camera, exposure, words, rating.

Metadata come from the file, from the sidecar beside it, from its name and from its folders.
`combined` merges them; the catalogue stores the parts and the result. The modification time of the
file is never used as the photo's date, since it is often the time of a copy.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from cercafoto.base.file_kinds import SCANNERS, names_in
from cercafoto.base.word_stems import fold
from cercafoto.photos.person import Person, each_once
from cercafoto.photos.sources import (
    DATE_SOURCES,
    DIGITIZED,
    EXIF,
    FOLDER,
    NAME,
    Dated,
    best_date,
    date_in_name,
)

# Increase when metadata are read from files differently: photos that an older version read are
# read again, but not embedded again.
METADATA_VERSION = 6
# Increase with METADATA_VERSION, and when `combined` or the words of names change: the metadata of
# every photo are combined again from the stored parts.
FACTS_VERSION = 8


@dataclass(frozen=True)
class Facts:
    """Metadata of one photo. Unknown values are None.

    taken_at: local time in ISO 8601, such as "2019-08-14T10:30:05", with fractions of a second if
        known, or only its known beginning: "2019-08-14", "2019-08", "2019". A GPS time without a
        known local offset is UTC.
    date_source: one of DATE_SOURCES.
    offset: difference of `taken_at` from UTC, such as "+02:00".
    latitude, longitude: decimal degrees, WGS 84, both or neither.
    camera: make and model.
    focal, focal_35: focal length in mm, real and as its equivalent on 35 mm film.
    iso: sensitivity. aperture: number of the diaphragm, 1.8 for f/1.8. exposure_time: seconds.
    flash: whether the flash fired.
    rating: 1 to 5 stars, 0 for unrated, -1 for rejected.
    color_label: colour of the label, one of COLORS, "" if there is said to be none.
    format: Pillow's name, such as "JPEG"; of a video "MP4", "MOV" and so on.
    people: the people in the photo that metadata name, each once. Their names are no keywords.
    written: folded names of people that cercafoto itself wrote, in a sidecar.
    duration: length of a video in seconds; None for a photo.
    kind: what the file says that it is: "schermata", "panoramica"; see `stated_kind`.
    """

    taken_at: str | None = None
    date_source: str | None = None
    offset: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    camera: str | None = None
    lens: str | None = None
    focal: float | None = None
    focal_35: float | None = None
    iso: int | None = None
    aperture: float | None = None
    exposure_time: float | None = None
    flash: bool | None = None
    keywords: tuple[str, ...] = ()
    title: str | None = None
    description: str | None = None
    rating: int | None = None
    color_label: str | None = None
    format: str | None = None
    people: tuple[Person, ...] = ()
    written: tuple[str, ...] = ()
    duration: float | None = None
    kind: str | None = None

    def without_names(self, people: Iterable[Person] = ()) -> Facts:
        """Return the metadata without the keywords that are the name of one of its people, or of
        `people`. Programs that know faces write a name twice, as a person and as a keyword; case
        and accents are ignored."""
        if not self.keywords or not (names := {fold(p.name) for p in (*self.people, *people)}):
            return self
        return replace(
            self, keywords=tuple(word for word in self.keywords if fold(word) not in names)
        )

    def to_json(self) -> str:
        """Return the metadata as one line of JSON, without unknown values."""
        values = {name: value for name, value in asdict(self).items() if value not in (None, ())}
        return json.dumps(values, ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Facts:
        """Return the metadata that `to_json` wrote. Raises ValueError if `text` is not JSON."""
        data: dict[str, Any] = json.loads(text)
        names = {field.name for field in fields(cls)}
        return cls.of_values({name: value for name, value in data.items() if name in names})

    @classmethod
    def of_values(cls, values: dict[str, Any]) -> Facts:
        """Return the metadata with these fields, in which JSON or a pipe made lists of tuples.
        Raises ValueError or TypeError."""
        lists = {
            "keywords": tuple(values.get("keywords", ())),
            "people": tuple(Person.of_json(person) for person in values.get("people", ())),
            "written": tuple(map(str, values.get("written", ()))),
        }
        return cls(**values | lists)


def combined(
    embedded: Facts,
    sidecar: Facts | None = None,
    path: bytes = b"",
    of_folders: str | None = None,
) -> Facts:
    """Return the combined metadata of file, sidecar, file name and folder names.

    `best_date` chooses the date; an earlier date of names wins over that of a scanner. Otherwise
    the sidecar, which was written later, usually wins over the file; camera, lens and exposure come
    from the file first, and keywords and people from both. What either of the two calls a person is
    no keyword.

    embedded: metadata in the file.
    sidecar: metadata in the sidecar; None if there is no sidecar.
    path: path of the file, whose name may have a date.
    of_folders: the date in the names of the folders; None if there is none.
    """
    sidecar = sidecar or Facts()
    dated: list[Dated] = [
        (facts.taken_at, facts.offset, facts.date_source)
        for facts in (sidecar, embedded)
        if facts.taken_at and facts.date_source in DATE_SOURCES
    ]
    if named := date_in_name(path):
        dated.append((named, None, NAME))
    if of_folders:
        dated.append((of_folders, None, FOLDER))
    camera = embedded.camera or sidecar.camera
    best = best_date(dated)
    if best is not None and camera and names_in([camera], SCANNERS):
        best = _before_the_scan(best, dated)
    taken_at, offset, source = best or (None, None, None)
    place = sidecar if sidecar.latitude is not None else embedded
    keywords = {word.casefold(): word for word in (*sidecar.keywords, *embedded.keywords)}
    return replace(
        embedded,
        taken_at=taken_at,
        date_source=source,
        offset=offset,
        latitude=place.latitude,
        longitude=place.longitude,
        camera=camera,
        lens=embedded.lens or sidecar.lens,
        focal=embedded.focal or sidecar.focal,
        focal_35=embedded.focal_35 or sidecar.focal_35,
        iso=embedded.iso or sidecar.iso,
        aperture=embedded.aperture or sidecar.aperture,
        exposure_time=embedded.exposure_time or sidecar.exposure_time,
        flash=sidecar.flash if embedded.flash is None else embedded.flash,
        keywords=tuple(keywords.values()),
        title=sidecar.title or embedded.title,
        description=sidecar.description or embedded.description,
        rating=sidecar.rating if sidecar.rating is not None else embedded.rating,
        color_label=(
            sidecar.color_label if sidecar.color_label is not None else embedded.color_label
        ),
        people=each_once((*sidecar.people, *embedded.people)),
    ).without_names()


def nameless(embedded: str | None, sidecar: str | None) -> tuple[Facts, Facts | None]:
    """Return the metadata of a file and of its sidecar from their JSON, without the keywords that
    are the name of a person of the photo. None if there is no sidecar.

    Raises ValueError or TypeError if the JSON is damaged.
    """
    first = Facts.from_json(embedded or "{}")
    beside = Facts.from_json(sidecar) if sidecar else None
    people = (*first.people, *(beside.people if beside else ()))
    return first.without_names(people), beside and beside.without_names(people)


def _before_the_scan(best: Dated, dated: Sequence[Dated]) -> Dated:
    """Return the date in the name of a scanned file, or of its folders, if it is earlier than the
    date that the scanner wrote; else that one."""
    if best[2] not in (EXIF, DIGITIZED):
        return best
    named = [
        each for each in dated if each[2] in (NAME, FOLDER) and each[0] < best[0][: len(each[0])]
    ]
    return best_date(named) or best
