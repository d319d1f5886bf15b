"""A value for each option of the filters, so that tests can go over all of them."""

from __future__ import annotations

from pathlib import Path

from cercafoto.question.filters.filter import Filters

EVERY_OPTION = Filters(
    folders=(Path("/foto/\udcff"),),
    outside=(Path("/foto/\udcff/bozze"), Path("/a")),
    labels=("mare",),
    collections=("Mare vuoto", "Nonna"),
    since="2019",
    until="ieri",
    place="Roma",
    near="45.43, 10.99",
    rectangle="43.2, 11.1, 43.5, 11.5",
    people_count="2+",
    camera=("Canon", "iPhone 12"),
    lens=("24-70", "50mm"),
    focal_length="24-70",
    iso="1600+",
    aperture="f/1.8",
    exposure_time="1/250",
    with_flash=True,
    no_flash=True,
    format="jpeg",
    orientation="quadrata",
    quality=("sfocata", "troppo scura"),
    rating=3,
    color_label=("rosso", "verde"),
    keywords=("zia",),
    mine=("Zorba", "monte Baldo"),
    people=("zia Pina", "Luca"),
    texts=("password wifi", "23,50"),
    only_videos=True,
    no_videos=True,
    kinds=("schermata", "telefono"),
    missing=("posizione", "titolo"),
)
