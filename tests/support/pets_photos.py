"""The photos of a family with pets, trips with the alpine club, documents, and a name for almost
everything: keywords, labels, folders, titles. Beside these, what cameras and phones say: places,
lenses, videos; prints that were scanned; and what an old disk kept, of which nothing is known.

The family is made up: the dogs Zorba and Birba, the cat Luna, the horse Stella, Ottavia, Duilio,
Tullio, Fosca, Rosa and aunt Norma. Nearly half of the photos are below a folder "mare", so this
word tells nothing.
"""

from __future__ import annotations

from itertools import chain

from tests.photos.test_metadata import bag
from tests.support.family_photos import (
    CANON,
    FRONT,
    NIKON,
    PHONE,
    SCANNER,
    Copy,
    Family,
    Photo,
    series,
    title,
)


def _keywords(*words: str) -> str:
    return bag("dc:subject", *words)


_SEA = [
    photo
    for year in range(2012, 2020)
    for photo in series(f"mare/{year}", "IMG_", ["mare"] * 9 + ["gente"] * 4 + ["cane"],
                        f"{year}:07:14 06", camera=CANON)
]  # fmt: skip
_PETS = (
    # Zorba is on 7 photos, of which two are on a sofa that is red, and one at the sea.
    *(Photo(f"2021/cani/Z{at}.jpg", shows, f"2021:0{at}:03 10:30:00", facts=_keywords("Zorba"))
      for at, shows in enumerate(["prato", "prato", "neve", "gente"], start=1)),
    Photo("2021/cani/Z5.jpg", "cane", "2021:05:03 10:30:00", facts=_keywords("Zorba")),
    Photo("2021/cani/Z6.jpg", "gente", "2021:06:03 10:30:00", facts=_keywords("Zorba", "Birba")),
    Photo("mare/2019/ZM1.jpg", "mare", "2019:08:20 10:30:00", facts=_keywords("Zorba")),
    Photo("2021/cani/B1.jpg", "cane", "2021:07:03 10:30:00", facts=_keywords("Birba")),
    Photo("2021/cani/B2.jpg", "gente", "2021:07:04 10:30:00", facts=_keywords("Birba")),
    *(Photo(f"2020/gatta/L{at}.jpg", shows, f"2020:03:0{at} 09:30:00", facts=title("Luna dorme"))
      for at, shows in enumerate(["gatto", "gente", "gatto"], start=1)),
    # Other animals, without a name.
    *series("2018/fattoria", "F", ["gatto", "cane", "cane", "prato"], "2018:05:01 09",
            camera=PHONE),
)  # fmt: skip
_TRIPS = (
    *series("2019-06 Baldo con il CAI", "P", ["prato", "prato", "gente", "neve"], "2019:06:09 09",
            camera=PHONE),
    *series("2017 Gita scolastica", "G", ["gente", "gente", "prato"], "2017:05:11 09",
            camera=CANON),
    *series("Mercatini Bolzano", "M", ["neve", "tramonto", "gente"], "2018:12:08 15",
            camera=PHONE),
    *series("Matrimonio Ottavia e Duilio", "W", ["gente", "tramonto", "prato", "gente"],
            "2016:09:10 11", camera=CANON),
    *series("Festa di San Rocco", "R", ["gente", "tramonto"], "2015:08:16 18", camera=CANON),
    *series("Rocco al lago", "K", ["mare", "gente"], "2014:08:16 09", camera=CANON),
    *series("Compleanno zia Norma", "N", ["gente", "tramonto", "gente"], "2013:02:03 16",
            camera=CANON),
)  # fmt: skip
_DOCUMENTS = (
    Photo("documenti/a.jpg", "carta", "2022:01:10 10:00:00",
          lines=("Rete TIM-4471", "Password WiFi", "quercia-91")),
    Photo("documenti/b.jpg", "carta", "2022:02:10 10:00:00",
          lines=("Trenitalia", "Bologna Centrale", "Carrozza 7 posto 12D", "EUR 45,90")),
    Photo("documenti/c.jpg", "carta", "2022:03:10 10:00:00",
          lines=("Farmacia comunale", "Scontrino", "Totale EUR 23,40")),
    Photo("documenti/d.jpg", "carta", "2022:04:10 10:00:00",
          lines=("Garanzia lavatrice", "Matricola 88213", "anni 5")),
    Photo("documenti/e.jpg", "carta", "2022:05:10 10:00:00",
          lines=("Codice fiscale", "NRMTTV61B43A944K", "Tessera sanitaria")),
)  # fmt: skip
_SCREENS = (
    Photo("Schermate/Screenshot_2024-03-01-10-00-00.png", "carta", upright=True,
          lines=("Prenotazione traghetto", "Codice KX83LM", "Porto Torres")),
    Photo("Schermate/Screenshot_2024-03-02-10-00-00.png", "carta", upright=True,
          lines=("Orario della piscina", "Corsia 4", "Lunedì 18:30")),
)  # fmt: skip
# The phone's folders say nothing but the year: places, feasts and kinds of photos are in the files.
_PHONE = (
    *series("Telefono/2022", "A", ["tramonto", "prato", "gente", "cane"], "2022:05:21 10",
            place="Roma", camera=PHONE),
    *series("Telefono/2024", "B", ["tramonto", "gente", "gatto"], "2024:04:10 10",
            place="Lisbona", camera=PHONE),
    *series("Telefono/2021", "C", ["neve", "gente"], "2021:12:27 10", place="Trento",
            camera=PHONE),
    *series("Telefono/2021", "D", ["neve", "tramonto"], "2021:12:29 10", place="Bolzano",
            camera=PHONE),
    *series("Telefono/2023", "E", ["mare", "tramonto"], "2023:06:12 10", place="Amalfi",
            camera=PHONE),
    *series("Telefono/2022", "F", ["gente", "tramonto", "gente"], "2022:12:25 11", camera=PHONE),
    *series("Telefono/2023", "G", ["prato", "gente"], "2023:04:09 11", camera=PHONE),
    *series("Telefono/2022", "H", ["mare", "mare"], "2022:08:15 11", camera=PHONE),
    Photo("Telefono/2024/O1.jpg", "prato", "2024:11:25 10:30:00", camera=PHONE),
    Photo("Telefono/2025/O2.jpg", "gente", "2025:11:25 10:30:00", camera=PHONE),
    *(Photo(f"Telefono/2023/S{at}.jpg", shows, f"2023:07:0{at} 10:30:00", camera=PHONE, lens=FRONT)
      for at, shows in enumerate(["gente", "prato"], start=1)),
    *(Photo(f"Telefono/2023/P{at}.jpg", shows, f"2023:07:1{at} 10:30:00", camera=PHONE, wide=True)
      for at, shows in enumerate(["mare", "prato"], start=1)),
)  # fmt: skip
_CAMERA = (
    *series("Estate 2023", "X", ["mare", "mare", "tramonto", "gente"], "2023:08:02 10",
            place="Garda", camera=NIKON),
    *(Photo(f"Uscite/U{at}.jpg", shows, f"2022:10:0{at} 10:30:00", camera=NIKON,
            facts=f"<xmp:Rating>{stars}</xmp:Rating>")
      for at, (shows, stars) in enumerate([("tramonto", 5), ("prato", 5), ("gente", 3)], start=1)),
    Photo("Video/V0001.mp4", "cane", "2023:09:01 10:30:00", facts=_keywords("Birba")),
    Photo("Video/V0002.mp4", "mare", "2023:09:02 10:30:00"),
    Photo("Video/V0003.mp4", "prato", "2023:09:03 10:30:00"),
)  # fmt: skip
# Prints, which bear the day on which they were scanned.
_PRINTS = (
    *series("Nonni/1958", "foto ", ["seppia", "seppia", "seppia"], "2012:03:04 10",
            camera=SCANNER),
    *series("Anni 60/Trebbiatura", "t", ["seppia", "gente"], "2012:03:05 10", camera=SCANNER),
    Photo("Nonni/n1.jpg", "gente", "2012:03:06 10:30:00", camera=SCANNER,
          facts=title("Nozze d'oro 1974")),
)  # fmt: skip
_PEOPLE = (
    *(Photo(f"Famiglia/T{at}.jpg", shows, f"2022:07:0{at} 10:30:00", camera=NIKON,
            facts=bag("Iptc4xmpExt:PersonInImage", *names))
      for at, (shows, names) in enumerate(
          [("prato", ["Tullio"]), ("gente", ["Tullio", "Fosca"]), ("mare", ["Fosca"]),
           ("tramonto", ["Fosca"])], start=1)),
    *series("A casa di Fosca", "Y", ["prato", "gente"], "2022:09:01 10", camera=NIKON),
    # Names whose stems common words have too.
    *(Photo(f"Maneggio/Q{at}.jpg", shows, f"2022:04:0{at} 10:30:00", facts=_keywords("Stella"))
      for at, shows in enumerate(["prato", "gente"], start=1)),
    *series("Rosa in giardino", "J", ["prato", "gente"], "2022:06:01 10", camera=NIKON),
)  # fmt: skip
# Whoever saved them from an old disk found nothing but the pictures.
_BARE = tuple(
    Photo(f"Vecchio disco/f{at}.jpg", shows)
    for at, shows in enumerate(["prato", "cane", "mare", "gente"], start=1)
)
PETS = Family(
    photos=tuple(
        chain(
            *(_SEA, _PETS, _TRIPS, _DOCUMENTS, _SCREENS, _PHONE, _CAMERA, _PRINTS, _PEOPLE, _BARE)
        )
    ),
    copies=(Copy("Copie/Z1 (1).jpg", of="2021/cani/Z1.jpg"),),
    labels={
        "zia Norma": ("Compleanno zia Norma/N0001.jpg", "2018/fattoria/F0004.jpg"),
        "cane": ("2021/cani/Z5.jpg",),
    },
    kept={"Sul Baldo": "gita sul Baldo", "Il meglio": "5 stelle"},
)
