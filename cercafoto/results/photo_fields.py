"""The table of what is known of a photo: one row for each field, with its name in JSON, its
placeholder in --formato-riga, its Italian name, and how it is read.

JSON, rows, `dati`, the page, the screen, the Tab key and docs/json.md go over this table: a new
field is a new row. A field with `stored` is read from the archive only for photos that are shown;
see `search/hit_data.py`.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from cercafoto.base.italian_counts import clock
from cercafoto.base.json_keys import Key, json_keys
from cercafoto.base.paths import folder_of
from cercafoto.base.photo_quality import SAID as SAID_QUALITY

if TYPE_CHECKING:
    from cercafoto.photos.facts import Facts

# The value of every stored field of a photo, by its key.
PhotoData = Mapping[str, Any]


@json_keys("comune provincia regione paese")
class PlaceNames(NamedTuple):
    """Where a photo was taken; "" for a name that is not known."""

    comune: str = ""
    provincia: str = ""
    regione: str = ""
    paese: str = ""


class Stored(NamedTuple):
    """What the archive stores of a photo, from which the stored fields are read.

    place: None if the photo has no position.
    facts: metadata of file and sidecar together, without keywords that are the name of a person.
    qualities: how the photo came out, as in `base/photo_quality.py`; () if it is not known.
    """

    place: PlaceNames | None
    facts: Facts
    qualities: tuple[str, ...] = ()


@dataclass(frozen=True)
class Field:
    """Something that is known of a photo, or of its place in an answer.

    title: its Italian name.
    name: its placeholder in --formato-riga.
    key: its key in JSON; "" if the JSON has it inside the value of another field.
    stored: returns its value from what the archive stores. It is then in `Hit.data`; None there if
        it is not known, or of another type than `kind`.
    of: returns its value of a hit; by default the stored value.
    needs: keys of the stored fields that its value is made of, if it has no key of its own.
    digits: decimals in --formato-riga.
    say: returns the value in Italian, given all data of the photo; by default the stored value as
        in --formato-riga.
    on_page: whether the page may show it to a visitor.
    """

    title: str
    name: str
    key: str = ""
    stored: Callable[[Stored], Any] | None = None
    kind: type | tuple[type, ...] = str
    of: Callable[[Any], Any] | None = None
    needs: str = ""
    digits: int | None = None
    say: Callable[[PhotoData], str] | None = None
    on_page: bool = True

    def row(self, hit: Any) -> str | bytes:
        """Return the value of a hit as --formato-riga writes it; "" if it is not known."""
        value = self.of(hit) if self.of else hit.data[self.key]
        if isinstance(value, float) and self.digits is not None:
            return f"{value:.{self.digits}f}"
        if isinstance(value, bytes):
            return value
        # What metadata say may have several lines, or letters that cannot be written.
        text = plain(value)
        return " ".join(text.split()).encode("utf-8", "replace") if self.stored else text

    def said(self, data: PhotoData) -> str:
        """Return the value in Italian, given the data of a photo; "" if it is not known."""
        value = data.get(self.key)
        if self.stored and (value is None or value == ()):
            return ""
        return self.say(data) if self.say else plain(value)

    def read(self, stored: Stored) -> Any:
        """Return the value from what the archive stores; None if it is not known."""
        value = self.stored(stored) if self.stored else None
        is_right = isinstance(value, self.kind)
        return (
            value if is_right and (not isinstance(value, float) or math.isfinite(value)) else None
        )


def plain(value: Any) -> str:
    """Return a value as a text: several joined by commas, "" for None."""
    if value is None or isinstance(value, bool):
        return "" if value is None else "sì" if value else "no"
    if isinstance(value, tuple):
        return ", ".join(map(plain, value))
    return f"{value:g}" if isinstance(value, float) else str(value)


def number(value: float, unit: str) -> str:
    """Return a number as Italians write it, with its unit: "4,2 mm"."""
    return f"{value:g} {unit}".replace(".", ",")


def degrees(value: float) -> str:
    """Return a latitude or longitude in Italian, to the metre: "45,67710"."""
    return f"{value:.5f}".replace(".", ",")


def _focal(data: PhotoData) -> str:
    said, on_film = number(data["focal_length"], "mm"), data["focal_length_35mm"]
    also = on_film is not None and round(on_film) != round(data["focal_length"])
    return f"{said} (come {number(on_film, 'mm')} su pellicola)" if also else said


def _exposure(data: PhotoData) -> str:
    from cercafoto.question.filters.exposure_filters import say_aperture, say_time  # late: many

    time, aperture, iso = (data[key] for key in ("exposure_time", "aperture", "iso"))
    said = (
        say_time(time) if time else "",
        say_aperture(aperture) if aperture else "",
        f"ISO {iso}" if iso else "",
        "con il flash" if data["flash"] else "",
    )
    return ", ".join(filter(None, said))


def _length(data: PhotoData) -> str:
    return clock(data["duration"])


def _place(kind: str) -> Callable[[Any], str]:
    return lambda hit: getattr(hit.data["place"], kind, "")


def _whole_place(data: PhotoData) -> str:
    return ", ".join(dict.fromkeys(filter(None, data["place"] or ())))


def _unsaid(data: PhotoData) -> str:
    """Return "": another field says it."""
    return ""


NUMBER = (int, float)
COLLECTIONS = "collections"  # not stored: the question of each is asked when they are wanted

FIELDS = (
    # -- the file, and its place in the answer ---------------------------------------------------
    Field("Percorso", "percorso", "path", of=lambda hit: hit.path),
    Field("Nome", "nome", of=lambda hit: os.path.split(hit.path)[1]),
    Field("Cartella", "cartella", of=lambda hit: folder_of(hit.path)),
    Field("Fonte", "fonte", "source", of=lambda hit: hit.source),
    Field("Fiducia", "fiducia", "confidence", of=lambda hit: hit.confidence, digits=4),
    Field("Punteggio", "punteggio", "score", of=lambda hit: hit.score, digits=6),
    Field("Data", "data", "taken_at", of=lambda hit: hit.taken_at),
    Field("Larghezza", "larghezza", "width", of=lambda hit: hit.width),
    Field("Altezza", "altezza", "height", of=lambda hit: hit.height),
    Field("Etichette", "etichette", "tags", of=lambda hit: hit.tags),
    Field("Persone", "persone", "people", of=lambda hit: tuple(each.name for each in hit.people)),
    Field("In dubbio", "dubbio", "doubtful", of=lambda hit: hit.doubt),
    Field("Perché", "perche", "evidence", of=lambda hit: hit.why),
    Field("Inizio", "inizio", "start", of=lambda hit: hit.best and hit.best.start, digits=3),
    Field("Fine", "fine", "end", of=lambda hit: hit.best and hit.best.end, digits=3),
    Field("Fotogramma", "fotogramma", "frame", of=lambda hit: hit.frame, digits=3),
    # -- what its metadata say, read only for photos that are shown -------------------------------
    Field("Titolo", "titolo", "title", lambda it: it.facts.title),
    Field("Descrizione", "descrizione", "description", lambda it: it.facts.description),
    Field(
        "Luogo",
        "luogo",
        "place",
        lambda it: it.place,
        PlaceNames,
        lambda hit: _whole_place(hit.data),
        say=_whole_place,
    ),
    Field("Comune", "comune", of=_place("comune"), needs="place"),
    Field("Provincia", "provincia", of=_place("provincia"), needs="place"),
    Field("Regione", "regione", of=_place("regione"), needs="place"),
    Field("Paese", "paese", of=_place("paese"), needs="place"),
    Field(
        "Latitudine",
        "latitudine",
        "latitude",
        lambda it: it.facts.latitude,
        NUMBER,
        digits=6,
        say=lambda data: degrees(data["latitude"]),
        on_page=False,
    ),
    Field(
        "Longitudine",
        "longitudine",
        "longitude",
        lambda it: it.facts.longitude,
        NUMBER,
        digits=6,
        say=lambda data: degrees(data["longitude"]),
        on_page=False,
    ),
    Field("Fotocamera", "fotocamera", "camera", lambda it: it.facts.camera),
    Field("Obiettivo", "obiettivo", "lens", lambda it: it.facts.lens),
    Field("Focale", "focale", "focal_length", lambda it: it.facts.focal, NUMBER, say=_focal),
    Field(
        "Focale su pellicola",
        "focale_35mm",
        "focal_length_35mm",
        lambda it: it.facts.focal_35,
        NUMBER,
        say=_unsaid,
    ),
    Field("Sensibilità", "iso", "iso", lambda it: it.facts.iso, int, say=_unsaid),
    Field("Diaframma", "diaframma", "aperture", lambda it: it.facts.aperture, NUMBER, say=_unsaid),
    Field(
        "Tempo", "tempo", "exposure_time", lambda it: it.facts.exposure_time, NUMBER, say=_unsaid
    ),
    Field("Flash", "flash", "flash", lambda it: it.facts.flash, bool, say=_unsaid),
    Field(
        "Esposizione",
        "esposizione",
        of=lambda hit: _exposure(hit.data),
        needs="exposure_time aperture iso flash",
        say=_exposure,
    ),
    Field(
        "Qualità",
        "qualita",
        "quality",
        lambda it: it.qualities,
        tuple,
        say=lambda data: ", ".join(SAID_QUALITY[each] for each in data["quality"]),
    ),
    Field(
        "Stelle",
        "stelle",
        "rating",
        lambda it: it.facts.rating,
        int,
        say=lambda data: "★" * data["rating"] if data["rating"] >= 0 else "scartata",
    ),
    Field(
        "Etichetta colorata",
        "colore",
        "color_label",
        lambda it: it.facts.color_label,
    ),
    Field("Parole chiave", "parole_chiave", "keywords", lambda it: it.facts.keywords, tuple),
    Field("Durata", "durata", "duration", lambda it: it.facts.duration, NUMBER, say=_length),
    Field("Formato", "formato", "format", lambda it: it.facts.format, say=_unsaid),
    Field("Raccolte", "raccolte", COLLECTIONS, of=lambda hit: hit.data[COLLECTIONS]),
)

STORED = tuple(field for field in FIELDS if field.stored)
# Those that can be said in Italian, given the data of a photo.
SAID = tuple(field for field in FIELDS if field.stored or field.say)
# The keys that may be in `Hit.data`.
DATA_KEYS = (*(field.key for field in STORED), COLLECTIONS)
ROW_FIELDS = {field.name: field for field in FIELDS}

_UNREAD = object()


def _in_data(key: str) -> Callable[[Any], Any]:
    return lambda known: (known.data or {}).get(key, _UNREAD)


# The JSON keys of a class with `data`; those that were not read are left out.
DATA_IN_JSON = tuple(Key(key, _in_data(key), unless=_UNREAD) for key in DATA_KEYS)


def data_of(stored: Stored) -> dict[str, Any]:
    """Return key -> value of the stored fields of a photo."""
    return {field.key: field.read(stored) for field in STORED}


def needed_for(names: Collection[str]) -> frozenset[str]:
    """Return the keys of `Hit.data` that rows with these placeholders need."""
    keys = (ROW_FIELDS[name].needs or ROW_FIELDS[name].key for name in names)
    return frozenset(key for listed in keys for key in listed.split()).intersection(DATA_KEYS)
