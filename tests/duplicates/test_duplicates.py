"""Test which photos are grouped as duplicates, and which file is kept."""

from __future__ import annotations

import json
import os
import random
import shutil
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pillow_heif
import pytest
from PIL import ExifTags, Image, ImageDraw, ImageFont

from cercafoto import Library
from cercafoto.duplicates import groups as duplicate_groups
from cercafoto.duplicates.groups import CHANGED, GONE, Duplicates
from cercafoto.duplicates.ranking import Ranking
from cercafoto.errors import ArchiveError, UsageError
from cercafoto.photos.decoding.decoder_processes import Decoders
from cercafoto.photos.opening import PhotoFolders
from cercafoto.photos.perceptual import FINE_SIDE, Bytes, same_picture, thumbnail, thumbnail_of
from cercafoto.results.photos import PhotoFile
from cercafoto.search.same_shot import other_moment
from tests.cli.test_main import Cli
from tests.support.read_texts import write_texts
from tests.support.recorder import Recorder
from tests.support.scenes import COPIES, all_of, scene
from tests.support.waiting import PATIENCE


@pytest.fixture
def scenes(tmp_path: Path) -> Path:
    """Return a folder of six different pictures with similar colours."""
    folder = tmp_path / "scene"
    folder.mkdir()
    for number in range(6):
        scene(number).save(folder / f"s{number}.png")
    return folder


def groups(result: Duplicates) -> list[list[str]]:
    """Return the file names of each group, the file to keep first."""
    return [[Path(os.fsdecode(f.path)).name for f in (g.best, *g.others)] for g in result.groups]


def test_different_pictures_are_no_duplicates(library: Library, scenes: Path) -> None:
    library.index([scenes])
    result = library.duplicates.find()
    assert groups(result) == []
    # Their colours are alike, so they were all compared.
    assert (result.photos, result.compared, result.skipped) == (6, 6, ())


def test_copies_of_every_kind_are_grouped(library: Library, scenes: Path) -> None:
    for number, (_, copy) in enumerate(all_of(COPIES, scene(2), 5)):
        copy.save(scenes / f"copia{number}.jpg", quality=90)
    library.index([scenes])
    (group,) = groups(library.duplicates.find())
    assert group[0] == "s2.png"
    assert sorted(group[1:]) == [f"copia{n}.jpg" for n in range(len(COPIES))]
    assert groups(library.duplicates.find(exact=True)) == []
    known = library.data(scenes / "s2.png")
    assert sorted(Path(os.fsdecode(path)).name for path in known.duplicates) == sorted(group[1:])


def test_the_same_bytes_twice(library: Library, scenes: Path) -> None:
    shutil.copy(scenes / "s1.png", scenes / "a.png")
    os.utime(scenes / "s1.png", (1_400_000_000, 1_400_000_000))
    library.index([scenes])
    for exact in (True, False):
        result = library.duplicates.find(exact=exact)
        assert groups(result) == [["s1.png", "a.png"]]
        (group,) = result.groups
        assert group.exact == {os.fsencode(scenes / "a.png")}
        assert group.why == "è il file più vecchio"
    assert library.duplicates.find(exact=True).compared == 0


def test_pictures_of_one_colour_are_never_near_duplicates(library: Library, photos: Path) -> None:
    library.index([photos])
    assert groups(library.duplicates.find()) == []


def test_more_pixels_then_the_larger_file(library: Library, scenes: Path) -> None:
    large = scene(9, (800, 600))
    large.save(scenes / "grande.jpg", quality=60)
    scene(9).save(scenes / "piccola.png")
    large.save(scenes / "pesante.jpg", quality=95)
    library.index([scenes])
    result = library.duplicates.find()
    assert groups(result) == [["pesante.jpg", "grande.jpg", "piccola.png"]]
    assert result.groups[0].why == "è il file più grande"
    (scenes / "pesante.jpg").unlink()
    (scenes / "grande.jpg").rename(scenes / "una.jpg")
    library.index()
    result = library.duplicates.find()
    assert groups(result) == [["una.jpg", "piccola.png"]]
    assert result.groups[0].why == "ha più pixel"


def test_duplicates_only_in_a_folder(library: Library, scenes: Path) -> None:
    for name in ("x", "y"):
        (scenes / name).mkdir()
        shutil.copy(scenes / "s0.png", scenes / name / f"{name}.png")
        shutil.copy(scenes / "s3.png", scenes / name / f"{name}3.png")
    library.index([scenes])
    assert len(library.duplicates.find().groups) == 2
    assert groups(library.duplicates.find([scenes / "x"])) == []
    found = groups(library.duplicates.find([scenes / "x", scenes / "y"]))
    assert [sorted(group) for group in found] == [["x.png", "y.png"], ["x3.png", "y3.png"]]
    found = groups(library.duplicates.find(outside=[scenes / "x"]))
    assert {path for group in found for path in group} == {"s0.png", "y.png", "s3.png", "y3.png"}
    assert groups(library.duplicates.find([scenes], [scenes / "x", scenes / "y"])) == []
    (scenes.parent / "altrove").mkdir()
    for wrong in ([scenes.parent / "altrove"], []), ([], [scenes.parent / "altrove"]):
        with pytest.raises(UsageError, match="nessuna foto in"):
            library.duplicates.find(*wrong)


def test_a_photo_that_is_gone_or_changed_is_never_the_one_to_keep(
    library: Library, scenes: Path
) -> None:
    scene(4, (800, 600)).save(scenes / "grande.png")
    scene(4, (600, 450)).save(scenes / "media.png")
    shutil.copy(scenes / "s1.png", scenes / "copia.png")
    library.index([scenes])
    assert groups(library.duplicates.find())[0] == ["grande.png", "media.png", "s4.png"]
    (scenes / "grande.png").unlink()
    scene(5, (640, 480)).save(scenes / "copia.png")
    result = library.duplicates.find()
    assert groups(result) == [["media.png", "s4.png"]]
    assert dict(result.skipped) == {
        os.fsencode(scenes / "grande.png"): GONE,
        os.fsencode(scenes / "copia.png"): CHANGED,
    }
    result = library.duplicates.find(exact=True)
    assert groups(result) == []
    assert result.skipped == ((os.fsencode(scenes / "copia.png"), CHANGED),)


def test_two_names_of_one_file_are_one_photo(library: Library, scenes: Path) -> None:
    try:
        os.link(scenes / "s0.png", scenes / "legame.png")
    except OSError:
        pytest.skip("this file system has no hard links")
    library.index([scenes])
    assert groups(library.duplicates.find()) == []
    shutil.copy2(scenes / "s0.png", scenes / "vera.png")
    library.index()
    (group,) = groups(library.duplicates.find())
    assert len(group) == 2
    assert "vera.png" in group


def test_a_drifting_series_is_split_into_groups(library: Library, tmp_path: Path) -> None:
    """Windows slide over one wide picture: neighbours are copies, the ends are not."""
    folder = tmp_path / "serie"
    folder.mkdir()
    wide = scene(11, (520, 300))
    for step in range(13):
        wide.crop((step * 10, 0, step * 10 + 400 - step, 300)).save(folder / f"{step:02}.png")
    library.index([folder])
    found = groups(library.duplicates.find())
    assert len(found) > 1
    assert all(len(group) < 13 for group in found)
    # The widest window comes first, and groups only those that show nearly the same.
    assert found[0][0] == "00.png"
    assert "01.png" in found[0]
    assert "12.png" not in found[0]


def test_an_interruption_reads_no_further(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "tante"
    folder.mkdir()
    for number in range(60):
        scene(number, (60, 40)).save(folder / f"{number:02}.png")
    library.index([folder])
    too_late: list[int] = []
    monkeypatch.setattr(duplicate_groups, "usable_cores", lambda: 2)
    stopped, ended, end = threading.Event(), threading.Event(), Decoders.__exit__

    def slowly(pixels: bytes, side: int) -> Bytes:
        if stopped.is_set():
            too_late.append(1)
            assert ended.wait(PATIENCE)
        return thumbnail_of(pixels, side)

    def at_the_end(self: Decoders, *exc: object) -> None:
        end(self, *exc)
        ended.set()

    monkeypatch.setattr(duplicate_groups, "thumbnail_of", slowly)
    monkeypatch.setattr(Decoders, "__exit__", at_the_end)

    def stop(done: int, total: int, name: str) -> None:
        if done == 3:
            stopped.set()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        library.duplicates.find(reporter=Recorder(stop))
    assert len(too_late) <= 2  # those that were being read


def shot(taken_at: str, source: str = "exif") -> PhotoFile:
    return PhotoFile(b"/a.jpg", 1, 10, 10, 4, 3, taken_at, source)


@pytest.mark.parametrize(
    ("second", "other"),
    [
        (shot("2019-08-14T10:30:05"), False),
        (shot("2019-08-14T10:30:07"), True),  # the next shot of a series
        (shot("2019-08-14T10:30:05.500000"), False),  # a program dropped the fraction
        (shot("2019-08-14T12:30:05"), False),  # a clock put right
        (shot("2019-08-14T10:30:07", "name"), False),  # when a copy was saved
        (shot("2019-08", "folder"), False),
    ],
)
def test_clocks_tell_series_from_copies(second: PhotoFile, other: bool) -> None:
    assert other_moment(shot("2019-08-14T10:30:05"), second) is other
    assert other_moment(second, shot("2019-08-14T10:30:05")) is other


def test_fractions_of_a_second_tell_series_too() -> None:
    first = shot("2019-08-14T10:30:05.100000")
    assert other_moment(first, replace(first, taken_at="2019-08-14T10:30:05.400000"))


def page(*lines: str) -> Image.Image:
    """Return a page of text in two columns, of which one is the same on every page."""
    image = Image.new("RGB", (600, 800), "white")
    draw = ImageDraw.Draw(image)
    draw.rectangle((40, 40, 560, 120), fill=(40, 60, 90))
    for at, line in enumerate(lines):
        draw.text((50, 160 + 40 * at), line, (20, 20, 20), ImageFont.load_default(24))
    return image


def pages() -> tuple[Image.Image, Image.Image]:
    """Return two pages whose small thumbnails are alike."""
    words = ["bolletta", "acqua", "scadenza", "importo", "pagare", "entro", "gennaio", "totale"]
    chance = random.Random(3)
    texts = [[" ".join(chance.sample(words, 5)) for _ in range(15)] for _ in range(2)]
    first, second = (page(*lines) for lines in texts)
    assert same_picture(thumbnail(first)[None], thumbnail(second)[None]).all()
    return first, second


def test_two_pages_differ_in_detail_even_if_not_read(library: Library, tmp_path: Path) -> None:
    folder = tmp_path / "carte"
    folder.mkdir()
    first, second = pages()
    first.save(folder / "bolletta.png")
    second.save(folder / "multa.png")
    first.resize((300, 400)).save(folder / "piccola.jpg")
    library.index([folder])
    assert groups(library.duplicates.find()) == [["bolletta.png", "piccola.jpg"]]
    assert library.duplicates.compare(folder / "multa.png").missing


def test_two_pages_with_different_words_are_no_copies(library: Library, scenes: Path) -> None:
    scene(0, (200, 150)).save(scenes / "piccola.jpg")
    library.index([scenes])
    assert groups(library.duplicates.find()) == [["s0.png", "piccola.jpg"]]
    write_texts(library, {"s0.png": ("TOTALE 18,40",), "piccola.jpg": ("TOTALE 21,70",)})
    assert groups(library.duplicates.find()) == []


def test_names_with_different_days_are_no_copies(library: Library, scenes: Path) -> None:
    scene(7, (300, 200)).save(scenes / "2023-05-12 bolletta.jpg")
    scene(7, (200, 133)).save(scenes / "2023-07-12 bolletta.jpg")
    shutil.copy(scenes / "2023-07-12 bolletta.jpg", scenes / "2023-08-12 bolletta.jpg")
    library.index([scenes])
    assert groups(library.duplicates.find()) == [
        ["2023-07-12 bolletta.jpg", "2023-08-12 bolletta.jpg"]
    ]


def written(scenes: Path, name: str, day: str = "", size: tuple[int, int] = (400, 300)) -> None:
    exif = Image.Exif()
    if day:
        exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = day
    if name.endswith("heic"):
        pillow_heif.register_heif_opener()
    scene(8, size).save(scenes / name, exif=exif)


DAY = "2019:08:14 10:30:05"


@pytest.mark.parametrize(
    ("best", "other", "why"),
    [
        (("a.jpg", DAY), ("b.png", "", (800, 600)), "ha i dati di scatto"),
        (("a.heic", DAY), ("a.jpg", DAY), "è l'originale HEIC"),
        (("z.jpg", ""), ("a copia.jpg", ""), "il nome non è quello di una copia"),
        (("z.jpg", ""), ("Copy of z.png", ""), "il nome non è quello di una copia"),
        (("z (1).jpg", DAY, (800, 600)), ("z.jpg", DAY), "ha più pixel"),
    ],
)
def test_the_better_file_is_kept_with_the_right_reason(
    library: Library, scenes: Path, best: tuple[str], other: tuple[str], why: str
) -> None:
    written(scenes, *best)
    written(scenes, *other)
    library.index([scenes])
    (group,) = library.duplicates.find().groups
    assert groups(library.duplicates.find()) == [[best[0], other[0]]]
    assert group.why == why


def named(path: str, **facts: Any) -> PhotoFile:
    return replace(PhotoFile(path.encode(), 1, 900, 10, 40, 30, None, None), **facts)


WEDDING = "/foto/Matrimonio di Anna/DSC_0024.JPG"


@pytest.mark.parametrize(
    ("best", "other", "why"),
    [
        (named(WEDDING), named("/foto/Backup telefono/copia_000.jpg", mtime_ns=1), "il nome"),
        (named(WEDDING), named("/foto/Backup telefono/DSC_0024.JPG", size=9999), "non sta in una"),
        (named(WEDDING), named("/foto/WhatsApp/IMG-20190814-WA0003.jpg"), "il nome non è quello"),
        (named(WEDDING), named("/foto/DCIM/101CANON/DSC_0024.JPG"), "la cartella ha un nome suo"),
        (named(WEDDING), named("/foto/Sposi/uscita.jpg"), "il nome è quello della fotocamera"),
        (named(WEDDING), named("/foto/2019-08/DSC_0024.JPG", mtime_ns=1), "la cartella ha un nome"),
        # What a copy cannot have counts for more than any name.
        (named("/foto/Backup/copia_000.jpg", camera=True), named(WEDDING), "ha i dati di scatto"),
        (named("/foto/Backup/DSC_0024.JPG", width=80, height=60), named(WEDDING), "ha più pixel"),
        # An enlarged copy has lost the camera's data.
        (named(WEDDING, camera=True), named("/foto/a/b.jpg", width=80, height=60), "ha i dati"),
        (
            named(WEDDING, date_source="exif"),
            named("/foto/Sposi/DSC_0024.JPG", width=80, height=60, size=9999),
            "ha i dati di scatto",
        ),
    ],
)
def test_names_of_files_and_folders_tell_the_original(
    best: PhotoFile, other: PhotoFile, why: str
) -> None:
    ranking = Ranking()
    assert sorted([other, best], key=ranking.of) == [best, other]
    assert ranking.why(best, other).startswith(why)


def test_a_disconnected_disk_is_told_once(cli: Cli, scenes: Path, tmp_path: Path) -> None:
    disk = tmp_path / "disco"
    disk.mkdir()
    for number in range(30):
        scene(20 + number, (80, 60)).save(disk / f"{number:02}.png")
    shutil.copy(scenes / "s1.png", disk / "s1.png")
    cli("index", disk, scenes)
    assert "1 gruppo" in cli("doppioni")[2]
    away = tmp_path / "via"
    disk.rename(away)
    line = f"{disk} ora non c'è: 31 sue foto sono rimaste fuori. Collega il disco e riprova.\n"
    assert cli("doppioni") == (3, "", f"Nessun doppione (6 foto confrontate).\n{line}")
    disk.mkdir()  # an empty mount point
    assert cli("doppioni", "--in", disk) == (3, "", f"Nessuna foto da confrontare.\n{line}")
    assert cli("doppioni", "--in", scenes)[0] == 0
    report = json.loads(cli("doppioni", "--json")[1])
    assert (report["away"], report["skipped"]) == ([{"path": str(disk), "photos": 31}], [])
    code, _, told = cli("doppioni", "--confronta", scenes)
    assert (code, told.splitlines()[-1:]) == (3, line.splitlines())


def test_many_photos_that_are_gone_are_told_in_few_lines(cli: Cli, scenes: Path) -> None:
    for number in range(12):
        shutil.copy(scenes / f"s{number % 6}.png", scenes / f"copia {number}.png")
    cli("index", scenes)
    for path in scenes.glob("copia *"):
        path.unlink()
    code, _, told = cli("doppioni")
    assert code == 3
    first, *named_photos, more = told.splitlines()[1:]
    assert first == "Non c'è più, lasciata fuori (12 foto):" and len(named_photos) == 5
    assert more == "  e altre 7; l'elenco intero con --json"


def detailed(seed: int, size: tuple[int, int]) -> Image.Image:
    """Return a scene with fine detail, as a camera's photo has it."""
    grain = np.random.default_rng(seed).normal(0, 14, (size[1], size[0], 1))
    return Image.fromarray((np.asarray(scene(seed, size)) + grain).clip(0, 255).astype(np.uint8))


@pytest.mark.parametrize("how", [Image.Resampling.BICUBIC, Image.Resampling.LANCZOS])
def test_an_enlarged_copy_is_not_kept(
    library: Library, tmp_path: Path, how: Image.Resampling
) -> None:
    folder = tmp_path / "foto"
    folder.mkdir()
    photo = detailed(3, (600, 450))
    photo.save(folder / "vera.jpg", quality=90)
    photo.resize((1200, 900), how).save(folder / "grande.jpg", quality=90)
    photo.resize((300, 225), Image.Resampling.LANCZOS).save(folder / "piccola.jpg", quality=90)
    library.index([folder])
    (group,) = library.duplicates.find().groups
    assert groups(library.duplicates.find()) == [["vera.jpg", "piccola.jpg", "grande.jpg"]]
    assert group.why == "ha più pixel"
    (folder / "piccola.jpg").unlink()
    library.index()
    assert library.duplicates.find().groups[0].why == "non è stata ingrandita"


def test_a_larger_photo_with_more_detail_is_kept(library: Library, tmp_path: Path) -> None:
    folder = tmp_path / "foto"
    folder.mkdir()
    photo = detailed(3, (1200, 900))
    photo.save(folder / "copia_000.jpg", quality=80)
    photo.resize((600, 450), Image.Resampling.LANCZOS).save(folder / "DSC_0024.JPG", quality=90)
    library.index([folder])
    assert groups(library.duplicates.find()) == [["copia_000.jpg", "DSC_0024.JPG"]]


def test_shots_of_a_burst_are_no_copies(library: Library, scenes: Path) -> None:
    written(scenes, "IMG_2001.jpg", DAY)
    written(scenes, "IMG_2002.jpg", DAY, (396, 297))
    library.index([scenes])
    assert groups(library.duplicates.find()) == []


def test_a_raw_and_its_jpeg_are_no_copies() -> None:
    raw = replace(shot("2019-08-14T10:30:05"), path=b"/a.nef", format="RAW")
    files = [raw, replace(raw, path=b"/a.jpg", content_id=2, format="JPEG")]
    pixels = thumbnail(scene(1), FINE_SIDE)
    for format_, found in (("JPEG", []), ("RAW", [(1, 2)])):
        files[1] = replace(files[1], format=format_)
        search = duplicate_groups._Search(
            files, PhotoFolders.fixed({}), lambda a, b: False, Ranking()
        )
        assert search.same({1: pixels, 2: pixels}, [(1, 2)]) == found


def test_files_in_a_preferred_folder_are_kept(cli: Cli, scenes: Path) -> None:
    (scenes / "album").mkdir()
    scene(0, (200, 150)).save(scenes / "album" / "piccola.jpg")
    shutil.copy(scenes / "s1.png", scenes / "uguale.png")
    cli("index", scenes)
    data = json.loads(cli("doppioni", "--preferisci", scenes / "album", "--json")[1])
    kept = {Path(group["keep"]["path"]).name: group["why"] for group in data["groups"]}
    assert kept["piccola.jpg"] == f"sta in {scenes / 'album'}, che preferisci"
    moved = json.loads(
        cli(
            *("doppioni", "--preferisci", scenes / "album"),
            *("--sposta-in", scenes.parent / "via", "--json"),
        )[1]
    )["moved"]
    assert str(scenes / "s0.png") in [step["from"] for step in moved]
    assert cli("doppioni", "--preferisci", scenes / "album", "--annulla")[0] == 2
    assert cli("doppioni", "--preferisci", scenes / "no")[0] == 2


def test_an_answer_marks_photos_on_a_disconnected_disk(
    cli: Cli, scenes: Path, tmp_path: Path
) -> None:
    disk = tmp_path / "disco"
    disk.mkdir()
    shutil.copy(scenes / "s1.png", disk / "a.png")
    scene(9).save(disk / "sola.png")
    cli("index", disk, scenes)
    away = tmp_path / "via"
    disk.rename(away)
    hits = {
        Path(hit["path"]).name: hit
        for hit in json.loads(cli("cerca", "--tutte", "--json", "--in", disk, "--in", scenes)[1])[
            "hits"
        ]
    }
    assert hits["sola.png"]["reachable"] is False
    assert hits["s1.png"]["reachable"] is True
    assert hits["s1.png"]["copies"] == [str(disk / "a.png")]
    _, out, _ = cli("cerca", "--tutte", "--in", disk, "--in", scenes)
    (line,) = (line for line in out.splitlines() if "scollegato" in line)
    assert "sola.png" in line and "(disco scollegato)" in line
    assert groups_kept(cli) == []


def groups_kept(cli: Cli) -> list[str]:
    return [g["keep"]["path"] for g in json.loads(cli("doppioni", "--json")[1])["groups"]]


def test_the_copy_with_the_oldest_full_date_is_kept(library: Library, scenes: Path) -> None:
    folders = ("x", "2017", "2017-05", "2017-05-03", "2018-01-01")
    for number, folder in enumerate(folders):  # the oldest file is that without a date
        (scenes / folder).mkdir()
        shutil.copy(scenes / "s1.png", scenes / folder / "a.png")
        os.utime(scenes / folder / "a.png", (1_400_000_000 + number, 1_400_000_000 + number))
    (scenes / "s1.png").unlink()
    library.index([scenes])
    (group,) = library.duplicates.find(exact=True).groups
    kept = [os.fsdecode(file.path).split("/")[-2] for file in (group.best, *group.others)]
    assert kept == ["2017-05-03", "2017-05", "2017", "2018-01-01", "x"]
    assert group.why == "ha la data più antica"


def test_before_the_first_index(library: Library) -> None:
    with pytest.raises(ArchiveError, match="non esiste ancora"):
        library.duplicates.find()


# -- the command -------------------------------------------------------------------------------


def test_doppioni_prints_a_table_json_or_what_is_too_many(cli: Cli, scenes: Path) -> None:
    scene(0, (200, 150)).save(scenes / "piccola.jpg")
    shutil.copy(scenes / "s0.png", scenes / "uguale.png")
    os.utime(scenes / "s0.png", (1_400_000_000, 1_400_000_000))
    assert cli("index", scenes)[0] == 0
    before = {p: (p.read_bytes(), p.stat().st_mtime_ns) for p in scenes.iterdir()}
    code, out, err = cli("doppioni")
    assert code == 0
    kept, exact, near = out.splitlines()[1:]
    assert "tieni" in kept
    assert str(scenes / "s0.png") in kept
    assert "identica" in exact
    assert "simile" in near
    assert "200 × 150" in near
    assert "1 gruppo, 2 foto in più" in err
    assert "Niente è stato cancellato" in err
    data = json.loads(cli("doppioni", "--json")[1])
    assert (data["photos"], data["skipped"]) == (8, [])
    (group,) = data["groups"]
    assert group["keep"]["path"] == str(scenes / "s0.png")
    assert group["why"] == "è il file più vecchio"
    assert [(o["path"], o["exact"]) for o in group["others"]] == [
        (str(scenes / "uguale.png"), True),
        (str(scenes / "piccola.jpg"), False),
    ]
    assert cli("doppioni", "-0", "--quieto") == (
        0,
        f"{scenes / 'uguale.png'}\0{scenes / 'piccola.jpg'}\0",
        "",
    )
    assert cli("doppioni", "-0", "--esatti", "-q")[1] == f"{scenes / 'uguale.png'}\0"
    assert {p: (p.read_bytes(), p.stat().st_mtime_ns) for p in scenes.iterdir()} == before


def test_no_duplicates_and_skipped_photos_are_reported(cli: Cli, scenes: Path) -> None:
    cli("index", scenes)
    code, out, err = cli("doppioni")
    assert (code, out, err) == (0, "", "Nessun doppione (6 foto confrontate).\n")
    (scenes / "s0.png").unlink()
    code, _, err = cli("doppioni")
    assert code == 3
    assert f"{scenes / 's0.png'}: {GONE}" in err
    assert cli("doppioni", "--json", "-0")[0] == 2
