"""Read sentences on a fixed day with a small gazetteer, for the tests of questions."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from cercafoto.question import values
from cercafoto.question.context import Context
from cercafoto.question.filters.days import DAYS, Days
from cercafoto.question.reader import read
from cercafoto.question.reading import Reading

SATURDAY = date(2024, 6, 15)

# name as written -> (canonical name, kind, photos there)
KNOWN = {
    "roma": ("Roma", "comune", 12),
    "firenze": ("Firenze", "comune", 3),
    "siena": ("Siena", "comune", 4),
    "marche": ("Marche", "regione", 7),
    "puglia": ("Puglia", "regione", 7),
    "sardegna": ("Sardegna", "regione", 7),
    "elba": ("Isola d'Elba", "luogo", 2),
    "isola d'elba": ("Isola d'Elba", "luogo", 2),
    "new york": ("New York", "comune", 5),
    "york": ("York", "comune", 5),
    "londra": ("Londra", "comune", 1),
    "reggio nell'emilia": ("Reggio nell'Emilia", "comune", 1),
    "emilia": ("Emilia", "luogo", 2),
    "provincia di siena": ("Siena", "provincia", 9),
    "sud italia": ("Sud Italia", "luogo", 3),
    "nord italia": ("Nord Italia", "luogo", 3),
    "nord-est italia": ("Nord-est Italia", "luogo", 3),
    "stati uniti": ("Stati Uniti", "paese", 5),
    "parigi": ("Parigi", "comune", 0),
    "calcio": ("Calcio", "comune", 2),
    "campagna": ("Campagna", "comune", 2),
    "maggio": ("Maggio", "luogo", 2),
    "mare": ("Mare", "luogo", 2),
    "un": ("Un", "comune", 2),
    "vaso": ("Vaso", "comune", 2),
    "lucca": ("Lucca", "comune", 0),
    "aosta": ("Aosta", "comune", 2),
    "venezia": ("Venezia", "comune", 9),
    "san gimignano": ("San Gimignano", "comune", 3),
    "cinque terre": ("Cinque Terre", "luogo", 3),
    "campo verde": ("Campo Verde", "comune", 3),
    "onda": ("Onda", "comune", 2),
    "brindisi": ("Brindisi", "comune", 2),
    "svizzera": ("Svizzera", "paese", 2),
    "como": ("Como", "comune", 2),
    "jackson": ("Jackson", "comune", 2),
    "angeles": ("Angeles", "comune", 2),
    "lisbona": ("Lisbona", "comune", 0),
    "la spezia": ("La Spezia", "comune", 2),
    "trentino": ("Trento", "provincia", 2),
    "anna": ("Anna", "comune", 2),
    "sofia": ("Sofia", "comune", 2),
    "classe": ("Classe", "luogo", 2),
}
AREAS = ("Isola d'Elba", "Cinque Terre")
FAMOUS = (*AREAS, "Parigi", "La Spezia", "Firenze")  # meant even if no photo lies there


@dataclass(frozen=True)
class Found:
    name: str
    kind: str
    photos: int | None
    place: values.PlaceCondition | None = None
    is_famous: bool = False
    km: float | None = None
    is_own: bool = False


class FakePlaces:
    """A gazetteer of a few names. It knows "Parigi" and "Lucca", but no photo lies there."""

    def find(self, name: str, areas_only: bool = False) -> Found | None:
        found = KNOWN.get(name.lower())
        if found is None or (areas_only and found[0] not in AREAS):
            return None
        return Found(*found, is_famous=found[0] in FAMOUS)

    def why_none(self) -> str:
        return "nessuna foto ha quella posizione"

    def near(self, name: str, km: float | None = None) -> Found | None:
        found = self.find(name)
        return found and replace(found, km=km or 30.0)

    def around(self, latitude: float, longitude: float, km: float | None = None) -> Found:
        return Found(f"{latitude:.5g}, {longitude:.5g}", "luogo", 2, km=km or 5.0)

    def abroad(self) -> Found:
        return Found("estero", "estero", 2)

    def has_positions(self) -> bool:
        return True


CAMERAS = (
    "Canon EOS 80D", "NIKON CORPORATION NIKON D90", "Apple iPhone 12", "SONY DSC-RX100M3",
    "motorola moto g",
)  # fmt: skip


def reading(phrase: str) -> Reading:
    return read(phrase, Context(SATURDAY, FakePlaces(), CAMERAS))


def days(found: Reading) -> str:
    """Return the days of a reading as text: "2019-08-01..2019-08-31", "a Natale"."""
    asked = DAYS.of(found.filters) or Days()
    spans = [f"{s.first or ''}..{s.last or ''}" for s in asked.spans]
    return " + ".join([*spans, *(y.phrase for y in asked.recurring)])


def year(number: int) -> str:
    return f"{number}-01-01..{number}-12-31"


def one_day(day: str) -> str:
    return f"{day}..{day}"
