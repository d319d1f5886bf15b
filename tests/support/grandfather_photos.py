"""The photos of a grandfather's archive: scanned prints in folders by decade and by feast, and what
phones and a saved disk have added.

The family is made up: Oreste and Ines Tagliavento, their brother Lauro, Mara, Maria, Mario, Tullia,
Natalia and Laura, the dog Zorba, the cat Trilli, the tortoise Teofrasta.
"""

from __future__ import annotations

from dataclasses import replace

from tests.photos.test_metadata import bag
from tests.support.family_photos import CANON, NIKON, PHONE, Copy, Family, Photo, series, title

IPTC_DAY = 55


def _prints(folder: str, shows: str = "seppia", number: int = 2, **more: object) -> list[Photo]:
    """Return scans of prints, without a date or a place of their own."""
    name = folder.rpartition("/")[2].split()[0].lower()
    return [
        Photo(f"{folder}/{name} {at}.jpg", shows, **more)  # type: ignore[arg-type]
        for at in range(1, number + 1)
    ]


def _of(day: str) -> dict[str, object]:
    """Return the XMP date that a scanning program writes: a year, a month or a day."""
    return {"facts": f"<photoshop:DateCreated>{day}</photoshop:DateCreated>", "inside": True}


_FEASTS = (
    *series("Feste/Natale 2016", "DSCF", ["tramonto", "gente", "gente"], "2016:12:25 10",
            camera=CANON),
    Photo("Feste/Natale 2016/DSCF0010.jpg", "neve", "2016:12:24 21:10:00", camera=CANON),
    Photo("Feste/Natale 2016/DSCF0011.jpg", "gente", "2016:12:26 12:00:00", camera=CANON),
    Photo("Feste/Natale 2016/IMG-20170102-WA0001.jpg", "gente"),
    Photo("Feste/Natale 2016/presepe.jpg", "prato"),
    *series("Feste/Capodanno 2012", "K", ["gente"] * 6, "2011:12:31 16", camera=NIKON),
    *series("Feste/Capodanno 2012", "L", ["tramonto"] * 4, "2012:01:02 08", camera=NIKON),
    *_prints("Feste/Capodanno 2012", "gente"),
    *series("Feste/Pasqua 2014", "E", ["prato", "gente"], "2014:04:20 11", camera=NIKON),
    *series("Feste/Pasqua 2014", "F", ["prato"], "2014:04:21 11", camera=NIKON),
    *_prints("Feste/Pasqua 2014", "gente", 1),
    *series("Feste/Ferragosto 2009", "R", ["mare", "gente"], "2009:08:14 11", camera=NIKON),
    *series("Feste/Ferragosto 2009", "S", ["mare"], "2009:08:16 11", camera=NIKON),
    *_prints("Feste/Carnevale 2003", "gente", 3),
    *_prints("Feste/Epifania 1998"),
    *series("Feste/San Martino 2017", "V", ["gente", "tramonto"], "2017:11:12 11"),
)  # fmt: skip
_DECADES = (
    Photo("Ottocento/trisavolo.jpg", "seppia", **_of("1888")),
    Photo("Ottocento/veduta.jpg", "seppia", **_of("1827")),
    Photo("Ottocento/il podestà Tagliavento.jpg", "seppia", **_of("1871-05")),
    Photo("Anni 40/Sfollati/cascina.jpg", "seppia", iptc=((IPTC_DAY, "19440212"),)),
    Photo("Anni 40/Sfollati/carro.jpg", "seppia", iptc=((IPTC_DAY, "1944:02:12"),)),
    Photo("Anni 40/Sfollati/forno.jpg", "seppia", **_of("1944")),
    Photo("Anni 50/Barcola/barca.jpg", "seppia", **_of("1952")),
    Photo("Anni 50/Barcola/tuffo.jpg", "seppia", **_of("1952-08")),
    Photo("Anni 50/Barcola/molo.jpg", "seppia"),
    Photo("Anni 50/Matrimonio Oreste e Ines/altare.jpg", "seppia", **_of("1957-06")),
    Photo("Anni 50/Matrimonio Oreste e Ines/sposi.jpg", "seppia", **_of("1957")),
    *_prints("Anni 60/Cresima Natalia 1961", number=3),
    *(Photo(f"Anni 60/Colonia/{name}.jpg", "seppia", iptc=((IPTC_DAY, "19650000"),))
      for name in ("refettorio", "camerata")),
    *_prints("Anni 80/Matrimonio Mara 1985", "gente", 4),
    *_prints("Anni 80/Tarvisio '88", "neve"),
)  # fmt: skip
_PEOPLE = (
    *_prints("Persone/Mario e Tullia", "gente", 3),
    *_prints("Persone/Comunione Maria", "gente"),
    *_prints("Persone/Lauro in campagna", "prato", 3),
    *_prints("Persone/Laurea Laura 2010", "gente"),
    *_prints("Persone/Gino in officina", "gente"),
    *_prints("Persone/Gina a scuola", "gente"),
    *_prints("Persone/Nonna Rosa", "gente"),
    *series("2015-07 Mare", "W", ["mare"] * 3, "2015:07:20 10", camera=CANON),
    *_prints("Animali/Zorba", "cane", 3),
    *_prints("Animali/Trilli e Teofrasta", "gatto"),
    *series("Animali/Cortile", "G", ["gatto"] * 4, "2022:03:01 09", camera=PHONE),
)
_VILLAGE = (
    Photo("Paese/P0101.jpg", "gente", facts=title("Processione di San Nicolò"), inside=True),
    Photo("Paese/P0102.jpg", "gente", facts=title("Il torneo della bocciofila")),
    Photo("Paese/P0103.jpg", "gente", facts=bag("dc:subject", "bocciofila", "briscola")),
    Photo("Paese/P0104.jpg", "gente", inside=True,
          facts=bag("lr:hierarchicalSubject", "animali|cani|Zorba")),
    Photo("Paese/P0105.jpg", "gente", iptc=((25, "polentata"), (105, "Sagra degli osei"))),
    *_prints("Paese/Chiesa", "gente"),
)  # fmt: skip
_JOURNEYS = (
    *series("Viaggi/Lisbona con i cugini", "H", ["gente", "tramonto", "mare"], "2018:05:01 10",
            place="Lisbona", camera=PHONE),
    *_prints("Viaggi/Lisbona con i cugini", "gente"),
    *_prints("Viaggi/Vienna 1999", "neve", 3),
    *series("Viaggi/Barca a Grado", "B", ["mare", "mare"], "2020:07:05 10", place="Grado",
            camera=PHONE),
    *_prints("Viaggi/Barca a Grado", "mare"),
    *series("Telefono/2022", "IMG_7", ["gente"], "2022:10:08 10", place="Lisbona", camera=PHONE),
    *series("Telefono/2022", "IMG_8", ["gente", "prato"], "2022:11:08 10", camera=PHONE),
    *(Photo(f"Disco G/recuperati/f{at:04}.jpg", "prato") for at in range(1, 7)),
)  # fmt: skip


def _screen(name: str, *lines: str) -> Photo:
    return Photo(f"Schermate/Screenshot_{name}.png", "carta", upright=True, lines=lines)


def _scanned(path: str, *lines: str) -> Photo:
    """Return a page from a scanner whose clock only has the day."""
    return Photo(f"Documenti/{path}.jpg", "carta", "2012:03:04 00:00:00", upright=True, lines=lines)


def _receipt(number: int, what: str, price: str) -> Photo:
    head = ("Alimentari Cossutta", "Via del Pozzo 4", "P. IVA 01234567890")
    return _scanned(f"scontrino {number}", *head, what, f"TOTALE EURO {price}", "Grazie!")


def _letter(number: int, *lines: str) -> Photo:
    return _scanned(f"lettera {number}", "Comune di Sgonico", "Ufficio tributi", *lines)


def _chat(number: int, *lines: str) -> Photo:
    return Photo(
        f"Chat/chat {number}.jpg", "carta", "2021:02:03 00:00:00", upright=True,
        lines=("Tullia", "oggi", *lines),
    )  # fmt: skip


_PAPERS = (
    _screen("2018-07-21-09-12-33", "Hotel Miramare", "Grado", "Prenotazione 4471"),
    _screen("2019-06-02-18-00-10", "Rete Wi-Fi Lignano", "ospiti", "Password: gabbiano77"),
    _screen("2021-03-09-11-30-00", "Bonifico eseguito", "IBAN IT60 X054 2811", "Tagliavento"),
    _scanned("ricetta", "Dott. Furlan", "amoxicillina 1 g", "due volte al giorno"),
    _letter(1, "Gentile signor Oreste,", "la cartella del 2011", "è stata pagata."),
    _letter(2, "Gentile signora Ines,", "la cartella del 2010", "va ancora pagata."),
    _receipt(1, "Baccalà mantecato", "18,40"),
    _receipt(2, "Montasio stagionato", "21,70"),
    _receipt(3, "Gubana e grappa", "19,90"),
    _chat(1, "Hai preso la gubana?", "Sì, due."),
    _chat(2, "Vieni alla tombola?", "No, domani."),
)
# Six shots within a second, and a seventh two minutes later.
_BURST = (
    *(Photo(f"Palio 2021/IMG_200{at}.jpg", "cane", "2021:09:12 16:20:05", camera=CANON, detail=90,
            moment=at) for at in range(1, 7)),
    Photo("Palio 2021/IMG_2010.jpg", "prato", "2021:09:12 16:22:00", camera=CANON),
)  # fmt: skip
_GARDEN = [
    Photo(f"Orto 2023/IMG_400{at}.heic", "prato", f"2023:05:0{at} 09:00:00", camera=PHONE,
          detail=40 + at) for at in (1, 2)
]  # fmt: skip


def _disk(folder: str, number: int) -> Photo:
    name = f"Disco G/{folder}/DSC_0{number}.jpg"
    return Photo(name, "mare", f"2013:06:08 10:{number % 60:02}:00", camera=NIKON, detail=number)


_DISK = [_disk(*each) for each in (
    ("Porto", 501), ("Molo", 502), ("Faro", 503), ("Vela", 504), ("Boa", 505),
)]  # fmt: skip
_SENT = Photo("WhatsApp/IMG-20200412-WA0003.jpg", "gente", detail=60)
PORTO, MOLO, FARO, VELA, BOA = (photo.path for photo in _DISK)
GRANDFATHER = Family(
    photos=(*_FEASTS, *_DECADES, *_PEOPLE, *_VILLAGE, *_JOURNEYS, *_PAPERS, *_BURST, *_GARDEN,
            *_DISK, _SENT, replace(_SENT, path="WhatsApp/IMG-20200412-WA0004.jpg", detail=61)),
    copies=(
        *(Copy(photo.path.replace("heic", "jpg"), photo.path, 1.0) for photo in _GARDEN),
        Copy(PORTO.replace("jpg", "png"), PORTO, 1.0, exif=False),  # the larger file
        Copy(MOLO.replace(".jpg", " copia.jpg"), MOLO),
        Copy(FARO.replace(".jpg", " stampa.jpg"), FARO, 1.5, exif=False),  # the most pixels
        Copy(VELA.replace("DSC", "Copy of DSC"), VELA),
        Copy(BOA.replace(".jpg", " piccola.jpg"), BOA, 0.5),
        Copy(_SENT.path.replace(".jpg", " (1).jpg"), _SENT.path),
    ),
    labels={
        "zia Tullia": ("Persone/Mario e Tullia/mario 1.jpg", "Paese/P0101.jpg"),
        "potatura": ("Persone/Lauro in campagna/lauro 1.jpg",),
        "vendemmia": ("Persone/Lauro in campagna/lauro 2.jpg",),
    },
)  # fmt: skip
