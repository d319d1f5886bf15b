"""Filters over a made-up catalogue: python -m tests.bench.filters [PHOTOS], 200,000 unless told.

For each condition: photos left, time of the first look and the best of five, how SQLite searches.
Twenty years of photos, half with a position, a fifth with keywords, all in folders of one name; of
one in ten only the month is known, of as many only the year, of as many nothing.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

from cercafoto.archive.local.catalog import Catalog
from cercafoto.archive.local.dialect import SQLITE
from cercafoto.archive.queries.where_clause import where
from cercafoto.base.word_stems import stem
from cercafoto.question.filters.filter import Filters
from cercafoto.question.grammar.calendar_days import Span
from cercafoto.question.values import Circle, PlaceCondition

MONTH = Span(date(2019, 8, 1), date(2019, 8, 31))
AUGUST = tuple(Span(date(year, 8, 1), date(year, 8, 31)) for year in range(2005, 2025))
QUESTIONS = {
    "un mese": Filters(periods=(MONTH,)),
    "ogni agosto": Filters(periods=AUGUST),
    "di notte": Filters(hours=(3, 4)),
    "un comune": Filters(place=PlaceCondition("comune", "Comune100")),
    "una regione": Filters(place=PlaceCondition("regione", "Regione3")),
    "30 km intorno": Filters(place=PlaceCondition("luogo", "x", (Circle(43.3, 11.3, 30),))),
    "una regione in agosto": Filters(place=PlaceCondition("regione", "Regione3"), periods=AUGUST),
    "fotocamera": Filters(camera=("eos 77",)),
    "HEIC": Filters(format="heic"),
    "verticali di un mese": Filters(orientation="verticale", periods=(MONTH,)),
    "4 stelle": Filters(rating=4),
    "parola chiave": Filters(keywords=("mare",)),
    "etichetta": Filters(labels=("mare",)),
    "cartella": Filters(folders=(b"/foto/2019",)),
    "fuori da una cartella": Filters(outside=(b"/foto/2019",)),
    "un anno": Filters(periods=(Span(date(2019, 1, 1), date(2019, 12, 31)),)),
    "di sabato": Filters(weekdays=frozenset([5])),
    "in bianco e nero": Filters(monochrome=True),
    "a colori": Filters(monochrome=False),
    "a colori in un mese": Filters(monochrome=False, periods=(MONTH,)),
    "in una, non in un'altra": Filters(folders=(b"/foto/2019",), outside=(b"/foto/2019/a",)),
}
WORDS = ("mar", "sol", "montagn", "nev", "gatt", "can", "nonn", "complean", "grec", "rom")


def main(photos: int) -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        Catalog.create(Path(folder) / "c.sqlite3") as catalog,
    ):
        fill(catalog, photos)
        catalog.refresh_statistics()
        for name, conditions in QUESTIONS.items():
            times = []
            for _ in range(5):
                started = time.perf_counter()
                found = catalog.photos.contents_where(conditions)
                times.append(1000 * (time.perf_counter() - started))
            sql, values = where(conditions, SQLITE)
            plan = catalog.rows(
                f"EXPLAIN QUERY PLAN SELECT content_id FROM photos WHERE {sql}", *values
            )
            how = "; ".join(row[3] for row in plan if "photos" in row[3])
            print(f"{name:24}{len(found):8}{times[0]:9.1f}{min(times):9.1f} ms  {how}")
        for words in (["gatto"], ["gatto", "neve"], ["vacanze"]):
            started = time.perf_counter()
            named = list(catalog.words.photos_with_words([stem(word) for word in words]))
            spent = 1000 * (time.perf_counter() - started)
            print(f"{' '.join(words):24}{len(named):8}{spent:9.1f} ms  FTS5")


def fill(catalog: Catalog, photos: int) -> None:
    rng = random.Random(1)
    db = catalog.connection
    with catalog.transaction():
        catalog.models.add_model("f" * 64, "tiny", "1", 3)
        db.executemany(
            "INSERT INTO places(comune, provincia, regione, paese) VALUES (?, ?, ?, 'Italia')",
            ((f"Comune{i}", f"Provincia{i % 107}", f"Regione{i % 20}") for i in range(2000)),
        )
        db.executemany(
            "INSERT INTO cameras(name, folded) VALUES (?, ?)",
            ((f"Canon EOS {i}", f"canon eos {i}") for i in range(100)),
        )
        db.executemany(
            "INSERT INTO contents(digest, width, height, facts_version, monochrome) "
            "VALUES (?, 4000, 3000, 1, ?)",
            ((i.to_bytes(32, "big"), i % 20 == 0) for i in range(photos)),
        )
        db.executemany(
            "INSERT INTO photos(path, size, mtime_ns, content_id, state, taken_at, date_source, "
            "hour, latitude, longitude, place_id, camera_id, format, shape, rating) "
            "VALUES (?, 3000000, ?, ?, 'ok', ?, 'exif', ?, ?, ?, ?, ?, ?, ?, ?)",
            (photo(i, rng) for i in range(photos)),
        )
        db.executemany("INSERT OR IGNORE INTO keywords VALUES (?, ?)", keywords(photos, rng))
        db.executemany(
            "INSERT INTO words(rowid, keywords, title, description, names) "
            "VALUES (?, ?, '', '', 'vacanz')",
            ((i + 1, " ".join(rng.sample(WORDS, 2)) if i % 5 == 0 else "") for i in range(photos)),
        )
        db.execute(
            "INSERT INTO tags(content_id, label, score, confidence, label_file, model_id, "
            "tagged_at) SELECT id, 'mare', 0.3, 0.9, 'e', 1, 'x' FROM contents "
            "WHERE id % 100 = 0"
        )


def photo(number: int, rng: random.Random) -> tuple[object, ...]:
    moment = datetime(2004, 1, 1) + timedelta(seconds=rng.random() * 20 * 365 * 86400)
    located = rng.random() < 0.5
    whole = moment.isoformat(timespec="seconds")
    taken_at = rng.choice((*7 * (whole,), whole[:7], whole[:4], None))
    return (
        f"/foto/{moment.year}/{moment.month:02} vacanze/IMG_{number:08}.jpg".encode(),
        rng.randrange(2**60),
        number + 1,
        taken_at,
        moment.hour if taken_at == whole else None,
        36 + rng.random() * 11 if located else None,
        7 + rng.random() * 11 if located else None,
        1 + int(rng.random() ** 3 * 2000) if located else None,
        1 + int(rng.random() ** 3 * 100),
        "JPEG" if rng.random() < 0.98 else "HEIF",
        "orizzontale" if rng.random() < 0.7 else "verticale",
        5 if rng.random() < 0.01 else None,
    )


def keywords(photos: int, rng: random.Random) -> Iterator[tuple[str, int]]:
    for number in range(0, photos, 5):
        yield rng.choice(WORDS), number + 1


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200_000)
