"""Dates in the names of folders."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from cercafoto.photos.folder_dates import date_in_folders

FOLDERS = {
    # One folder.
    "2023": "2023",
    "2023-08": "2023-08",
    "2017.07": "2017-07",
    "2017 07 Sardegna": "2017-07",
    "2023_08_14 Gita": "2023-08-14",
    "20190814": "2019-08-14",
    "14.08.2023": "2023-08-14",
    "08-2023": "2023-08",
    "2023 Agosto": "2023-08",
    "Agosto 2023": "2023-08",
    "ago 2019": "2019-08",
    "Siena, 14 agosto 2023": "2023-08-14",
    "1 maggio 2020": "2020-05-01",
    "Foto 2001": "2001",
    "Natale2019": "2019-12",
    "Natale 2019": "2019-12",
    "Natale 25 dicembre 2019": "2019-12-25",
    "Capodanno 2019": "2019",
    "Pasqua 2019": "2019",
    "Estate 2018": "2018",
    "Estate '98": "1998",
    "estate 98": "1998",
    "dell'11 settembre 2001": "2001-09-11",
    "Compleanno 8 anni 2014": "2014",
    "1898 nonno": "1898",
    "1970": "1970",
    "1980 Mare": "1980",
    # Of more than one day.
    "2023-08-14_2023-08-16": "2023-08",
    "14-16 agosto 2023": "2023-08",
    "30 agosto - 2 settembre 2023": "2023",
    "luglio-agosto 2023": "2023",
    "Natale e Capodanno 2019": "2019",
    # Of more than one year, or when they were copied.
    "2015-2018": None,
    "2018-19": None,
    "Scuola 2010-11": None,
    "2010-11 Gita": "2010-11",
    "Anni 90": None,
    "anni '90": None,
    "anni 2000": None,
    "prima del 2000": None,
    "Backup 2019": None,
    "backup_2019": None,
    "Scansioni 2020": None,
    "Copia di sicurezza 2020": None,
    "Natale 2019 - Copia": "2019-12",
    "Cena della classe 1975": None,
    # No years.
    "Sony 2000x": None,
    "Canon EOS 2000D": None,
    "Canon 5D": None,
    "1080p": None,
    "1920x1080": None,
    "DSC_2019": None,
    "IMG2019": None,
    "100_2019": None,
    "iso 2000": None,
    "12345678": None,
    "Agosto": None,
    "Festa 18 anni": None,
    # What cannot be is left out.
    "2023-02-30": "2023-02",
    "2150": None,
    "Mar Rosso 2019": "2019",
    "Gita 3-2019": "2019",
    # One inside the other.
    "2019/08": "2019-08",
    "2019/08/14": "2019-08-14",
    "2019/01/02/03": "2019-01-02",
    "2019/Mare/08": "2019",
    "2019/Agosto": "2019-08",
    "2019/08 Agosto": "2019-08",
    "2019/14 agosto": "2019-08-14",
    "2019/Mare/Agosto": "2019-08",
    "2018/Natale": "2018-12",
    "2018/2019-08-02 Roma": "2019-08-02",
    "2019-08/2019 Roma": "2019-08",
    "2019-08/2018 Roma": "2018",
    "Scansioni 2020/1985": "1985",
    "2019/Scansioni": None,
    "2019/2018-2020": None,
    "\udcff2019": "2019",
    "": None,
}


@pytest.mark.parametrize(("folders", "expected"), FOLDERS.items())
def test_dates_in_folders(folders: str, expected: str | None) -> None:
    assert date_in_folders(tuple(folders.split("/"))) == expected


def test_a_month_that_is_still_to_come_is_only_of_its_year() -> None:
    later = date.today().replace(day=1) + timedelta(days=40)
    known = str(later.year) if later.year == date.today().year else None
    assert date_in_folders((f"{later:%Y-%m}",)) == known
