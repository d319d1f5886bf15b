"""Metadata through whole runs: stored once, refreshed when a sidecar changes, never at the cost
of embedding again."""

from __future__ import annotations

import os
import shutil
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from cercafoto import Library, Settings
from cercafoto.archive.local.catalog import Catalog
from cercafoto.archive.local.intake import Intake
from cercafoto.base.word_stems import stem
from cercafoto.photos import beside
from cercafoto.photos import exif as exif_tags
from cercafoto.photos.decoding.decoder_processes import Decoders
from cercafoto.photos.scan import Walk
from cercafoto.places.lookup import Places
from cercafoto.question.filters.filter import Filters
from cercafoto.question.grammar.calendar_days import Span
from cercafoto.question.values import HORIZONTAL
from tests.conftest import PAINT, paint
from tests.photos.test_metadata import bag, packet
from tests.support.open_catalogue import open_catalogue


def shoot(path: Path, when: str, at: tuple[float, float] | None = None) -> Path:
    """Write a photo with a date and a place in its metadata."""
    exif = Image.Exif()
    exif[exif_tags.MODEL] = "X100"
    exif.get_ifd(exif_tags.EXIF_IFD)[exif_tags.DATETIME_ORIGINAL] = when
    if at:
        tags = {1: "N", 2: (at[0], 0, 0), 3: "E", 4: (at[1], 0, 0)}
        exif.get_ifd(exif_tags.GPS_IFD).update(tags)
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (60, 40), PAINT[path.stem]).save(path, exif=exif)
    return path


@pytest.fixture
def trip(tmp_path: Path) -> Path:
    folder = tmp_path / "foto"
    shoot(folder / "Gita a Siena" / "rosso.jpg", "2019:08:14 10:30:05", (43.3188, 11.3308))
    shoot(folder / "Parigi" / "blu.jpg", "2018:01:02 23:00:00", (48.8566, 2.3522))
    paint(folder / "verde.png", PAINT["verde"])
    noon = 1_600_000_000  # a date of its own: the time at which the test runs is not one
    os.utime(folder / "verde.png", (noon, noon))
    return folder


def passing(settings: Settings, conditions: Filters) -> list[str]:
    with Catalog.open(settings.catalog) as catalog:
        return [
            Path(os.fsdecode(catalog.photos.of_content(int(i), conditions)[0].path)).stem
            for i in catalog.photos.contents_where(conditions)
        ]


def matching(settings: Settings, *words: str) -> list[str]:
    with Catalog.open(settings.catalog) as catalog:
        return [
            Path(os.fsdecode(photo.path)).stem
            for photo in catalog.words.photos_with_words([stem(word) for word in words])
        ]


def test_a_run_stores_when_where_and_with_what(settings: Settings, trip: Path) -> None:
    Library(settings).index([trip])
    day = date(2019, 8, 14)
    assert passing(settings, Filters(periods=(Span(day, day),))) == ["rosso"]
    assert passing(settings, Filters(hours=(22, 0))) == ["blu"]
    assert passing(settings, Filters(camera=("x100",))) == ["rosso", "blu"]
    assert passing(settings, Filters(format="png")) == ["verde"]
    assert matching(settings, "gite") == ["rosso"]
    with Catalog.open(settings.catalog) as catalog:
        places = Places(catalog.photos)
        for name, photo in (("Siena", "rosso"), ("Toscana", "rosso"), ("Francia", "blu")):
            found = places.find(name)
            assert found is not None
            assert found.photos == 1
            assert passing(settings, Filters(place=found.place)) == [photo]
        near = places.near("San Gimignano", 30)
        assert near is not None
        assert passing(settings, Filters(place=near.place)) == ["rosso"]
        assert places.find("Roma").photos == 0  # type: ignore[union-attr]
        counts = catalog.photos.counts()
    assert (counts.photos, counts.dated, counts.located) == (3, 2, 2)


def test_a_second_run_opens_and_writes_nothing(
    settings: Settings, trip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (trip / "verde.png.xmp").write_bytes(packet(bag("dc:subject", "prato")))
    Library(settings).index([trip])

    def refuse(*args: Any, **kwargs: Any) -> None:
        raise AssertionError("a file was read")

    monkeypatch.setattr(Decoders, "__init__", refuse)
    monkeypatch.setattr(beside, "read_beside", refuse)
    monkeypatch.setattr(Intake, "write_facts", refuse)
    monkeypatch.setattr(Catalog, "refresh_statistics", refuse)
    report = Library(settings).index()
    assert (report.unchanged, report.described, report.embedded) == (3, 0, 0)


def test_a_sidecar_is_noticed_when_it_comes_changes_and_goes(
    settings: Settings, trip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Library(settings).index([trip])

    def refuse(*args: Any, **kwargs: Any) -> None:
        raise AssertionError("a photo was read")

    monkeypatch.setattr(Decoders, "read", refuse)
    sidecar = trip / "verde.xmp"
    sidecar.write_bytes(packet(bag("dc:subject", "prato"), 'xmp:Rating="5"'))
    report = Library(settings).index()
    assert (report.unchanged, report.described) == (3, 1)
    assert passing(settings, Filters(keywords=("prati",))) == ["verde"]
    assert passing(settings, Filters(rating=5)) == ["verde"]
    # photo.png.xmp goes before photo.xmp.
    better = trip / "verde.png.xmp"
    better.write_bytes(packet(bag("dc:subject", "collina")))
    assert Library(settings).index().described == 1
    assert passing(settings, Filters(keywords=("prato",))) == []
    assert matching(settings, "collina") == ["verde"]
    better.write_bytes(b"<rotto")
    assert Library(settings).index().described == 1
    assert matching(settings, "collina") == []
    better.unlink()
    sidecar.unlink()
    assert Library(settings).index().described == 1
    assert passing(settings, Filters(rating=1)) == []
    assert Library(settings).index().described == 0


def test_a_moved_photo_keeps_its_facts_and_a_copy_has_them(settings: Settings, trip: Path) -> None:
    Library(settings).index([trip])
    (trip / "Gita a Siena" / "rosso.jpg").rename(trip / "rosso.jpg")
    shutil.copy(trip / "Parigi" / "blu.jpg", trip / "copia.jpg")
    report = Library(settings).index()
    assert (report.moved, report.embedded, report.described) == (1, 0, 0)
    day = date(2019, 8, 14)
    assert passing(settings, Filters(periods=(Span(day, day),))) == ["rosso"]
    assert matching(settings, "gita") == []
    with Catalog.open(settings.catalog) as catalog:
        found = Places(catalog.photos).find("Parigi")
        assert found is not None
        assert found.photos == 2


def test_a_better_reader_of_metadata_reads_again_without_embedding(
    settings: Settings, trip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Library(settings).index([trip])
    for module in ("known_files", "intake"):
        monkeypatch.setattr(f"cercafoto.archive.local.{module}.METADATA_VERSION", 99)
        monkeypatch.setattr(f"cercafoto.archive.local.{module}.FACTS_VERSION", 99)
    report = Library(settings).index()
    assert (report.unchanged, report.described, report.embedded) == (3, 3, 0)
    assert len(passing(settings, Filters(orientation=HORIZONTAL))) == 3
    assert Library(settings).index().described == 0


def test_an_interrupted_refresh_goes_on(settings: Settings, tmp_path: Path) -> None:
    for i in range(30):
        paint(tmp_path / "tante" / f"{i:02}.png", (8 * i, 100, 7))
    Library(settings).index([tmp_path / "tante"])
    with open_catalogue(settings.catalog) as db:
        db.execute("UPDATE photos SET facts_version = NULL WHERE id > 10")
    db.close()
    report = Library(settings).index()
    assert (report.unchanged, report.described, report.embedded) == (30, 20, 0)


def test_a_copy_read_first_does_not_leave_the_others_without_facts(
    settings: Settings, trip: Path
) -> None:
    Library(settings).index([trip])
    with open_catalogue(settings.catalog) as db:
        db.execute("UPDATE photos SET facts_version = NULL, place_id = NULL")
        db.execute("UPDATE contents SET facts = NULL, facts_version = NULL")
    db.close()
    copy = trip.parent / "altrove" / "copia.jpg"
    copy.parent.mkdir()
    shutil.copy(trip / "Parigi" / "blu.jpg", copy)
    assert Library(settings).index([copy.parent]).described == 0
    report = Library(settings).index()
    assert (report.unchanged, report.described, report.embedded) == (4, 3, 0)
    with Catalog.open(settings.catalog) as catalog:
        found = Places(catalog.photos).find("Parigi")
        assert found is not None
        assert found.photos == 2


def test_a_sidecar_that_cannot_be_read_costs_nothing(settings: Settings, trip: Path) -> None:
    (trip / "verde.png.xmp").mkdir()
    (trip / "verde.xmp").write_bytes(b"\x00\xff" * 100)
    report = Library(settings).index([trip])
    assert (report.new, report.complete) == (3, True)


def test_the_report_and_the_status_say_it(
    settings: Settings, trip: Path, cli: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    cli("index", trip)
    (trip / "verde.xmp").write_bytes(packet(bag("dc:subject", "prato")))
    _, out, err = cli("index")
    assert "1 foto già nota" in out + err
    _, out, _ = cli("stato")
    assert "Con posizione" in out
    assert "2 (66%)" in out


@pytest.mark.parametrize("name", ["verde.XMP", "VERDE.png.xmp", "verde.xmp"])
def test_sidecars_are_known_in_any_case(tmp_path: Path, name: str) -> None:
    paint(tmp_path / "f" / "verde.png", PAINT["verde"])
    (tmp_path / "f" / name).write_bytes(packet())
    (found,) = Walk(os.fsencode(tmp_path / "f"))
    assert found.sidecar is not None
    assert found.sidecar.path.endswith(name.encode())
    assert found.sidecar.size == len(packet())


def test_a_file_named_alone_has_its_sidecar(tmp_path: Path) -> None:
    photo = paint(tmp_path / "f" / "verde.png", PAINT["verde"])
    paint(tmp_path / "f" / "blu.png", PAINT["blu"])
    (tmp_path / "f" / "verde.xmp").write_bytes(packet())
    (found,) = Walk(os.fsencode(photo))
    assert found.sidecar is not None
    (other,) = Walk(os.fsencode(tmp_path / "f" / "blu.png"))
    assert other.sidecar is None


def dates(settings: Settings) -> dict[str, tuple[str | None, str | None]]:
    with Catalog.open(settings.catalog) as catalog:
        return {
            Path(os.fsdecode(path)).stem: (taken_at, source)
            for path, taken_at, source in catalog.rows(
                "SELECT path, taken_at, date_source FROM photos"
            )
        }


def test_facts_of_an_earlier_version_are_made_again_without_a_photo_being_opened(
    settings: Settings, trip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (trip / "verde.xmp").write_bytes(packet(bag("dc:subject", "prato")))
    paint(trip / "Natale 2016" / "giallo.png", (250, 250, 10))
    paint(trip / "via" / "nero.png", (5, 5, 5))
    Library(settings).index([trip])
    (trip / "via").rename(trip.parent / "via")
    with open_catalogue(settings.catalog) as db:
        db.execute("UPDATE photos SET facts_version = 1")
        db.execute("UPDATE photos SET taken_at = '2024' WHERE date_source IS NOT 'exif'")
        db.execute("DELETE FROM words")
    db.close()

    def refuse(*args: Any, **kwargs: Any) -> None:
        raise AssertionError("a file was read")

    monkeypatch.setattr(Decoders, "__init__", refuse)
    monkeypatch.setattr(beside, "read_beside", refuse)
    report = Library(settings).index()
    assert (report.described, report.unchanged, report.missing) == (5, 4, 1)
    assert dates(settings) == {
        "rosso": ("2019-08-14T10:30:05", "exif"),
        "blu": ("2018-01-02T23:00:00", "exif"),
        "verde": (None, None),
        "giallo": ("2016-12", "folder"),
        "nero": (None, None),
    }
    assert matching(settings, "prato") == ["verde"]
    assert matching(settings, "natale") == ["giallo"]
    assert passing(settings, Filters(keywords=("prato",))) == ["verde"]
    assert Library(settings).index().described == 0


def test_putting_facts_together_again_goes_on_where_it_was_interrupted(
    settings: Settings, trip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Library(settings).index([trip])
    with open_catalogue(settings.catalog) as db:
        db.execute("UPDATE photos SET facts_version = 1")
    db.close()
    monkeypatch.setattr("cercafoto.indexing.stored_metadata.RECOMPUTED_AT_ONCE", 1)
    put_together = Intake.recompute_metadata
    seen: list[int] = []

    def interrupted(self: Intake, photo_id: int, *rest: Any) -> None:
        if seen:
            raise KeyboardInterrupt
        seen.append(photo_id)
        put_together(self, photo_id, *rest)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(Intake, "recompute_metadata", interrupted)
        Library(settings).index()
    assert Library(settings).index().described == 2


def test_a_photo_moved_to_another_folder_gets_its_date(settings: Settings, trip: Path) -> None:
    Library(settings).index([trip])
    for folder, date_of_it in (("2011-05 Lago", "2011-05"), ("Estate 2012", "2012"), ("x", None)):
        (photo,) = trip.rglob("verde.png")
        (trip / folder).mkdir()
        photo.rename(trip / folder / "verde.png")
        assert Library(settings).index().moved == 1
        assert dates(settings)["verde"] == (date_of_it, "folder" if date_of_it else None)


def test_only_the_folders_that_are_indexed_count_and_a_wider_one_later(
    settings: Settings, tmp_path: Path
) -> None:
    photo = paint(tmp_path / "1999" / "Agosto" / "verde.png", PAINT["verde"])
    Library(settings).index([photo.parent])
    assert dates(settings) == {"verde": (None, None)}
    Library(settings).index([photo.parent.parent])  # its own name counts
    assert dates(settings) == {"verde": ("1999-08", "folder")}


def test_colours_are_learnt_when_a_photo_is_read(settings: Settings, trip: Path) -> None:
    grey = paint(trip / "grigio.png", (90, 90, 90))
    Library(settings).index([trip])
    assert passing(settings, Filters(monochrome=True)) == ["grigio"]
    assert set(passing(settings, Filters(monochrome=False))) == {"rosso", "blu", "verde"}
    with open_catalogue(settings.catalog) as db:
        db.execute("UPDATE contents SET monochrome = NULL")
    db.close()
    assert passing(settings, Filters(monochrome=True)) == []
    assert passing(settings, Filters(monochrome=False)) == []
    report = Library(settings).index()
    assert (report.described, report.unchanged) == (0, 4)
    grey.rename(trip / "altro.png")  # what is read anyway is looked at
    assert Library(settings).index().moved == 1
    assert passing(settings, Filters(monochrome=True)) == ["altro"]
