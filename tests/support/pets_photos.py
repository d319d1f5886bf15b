"""The photos of a family with pets, trips with the alpine club, documents, and a name for almost
everything: keywords, labels, folders, titles.

The family is made up: the dogs Zorba and Birba, the cat Luna, Ottavia, Duilio and aunt Norma. More
than half of the photos are below a folder "mare", so this word tells nothing.
"""

from __future__ import annotations

from tests.photos.test_metadata import bag
from tests.support.family_photos import CANON, PHONE, Copy, Family, Photo, series, title


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
PETS = Family(
    photos=(*_SEA, *_PETS, *_TRIPS, *_DOCUMENTS),
    copies=(Copy("Copie/Z1 (1).jpg", of="2021/cani/Z1.jpg"),),
    labels={
        "zia Norma": ("Compleanno zia Norma/N0001.jpg", "2018/fattoria/F0004.jpg"),
        "cane": ("2021/cani/Z5.jpg",),
    },
)
