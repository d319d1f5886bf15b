"""What a walk skips: junk, exclusions and links."""

from __future__ import annotations

import os
import unicodedata
from pathlib import Path

import pytest

from cercafoto.photos import ignore
from cercafoto.photos.ignore import Patterns, is_pattern
from cercafoto.photos.scan import Walk
from tests.conftest import paint

RED = (255, 0, 0)


def found(walk: Walk) -> list[str]:
    return [os.path.relpath(os.fsdecode(f.path), os.fsdecode(walk.start)) for f in walk]


def walk(folder: Path, *escludi: str, follow: bool = False, top: Path | None = None) -> Walk:
    start = os.fsencode(folder)
    base = os.fsencode(top or folder)
    chosen = (Patterns.parse(base, escludi),) if escludi else ()
    return Walk(start, top=base, chosen=chosen, follow=follow)


@pytest.mark.parametrize(
    "junk",
    [
        "@eaDir/a.jpg/SYNOPHOTO_THUMB_XL.jpg",
        ".thumbnails/a.jpg",
        ".Trash-1000/files/a.jpg",
        "$RECYCLE.BIN/S-1-5/a.jpg",
        "$Recycle.Bin/a.jpg",
        "lost+found/a.jpg",
        "System Volume Information/a.jpg",
        "Catalogo Previews.lrdata/1/a.jpg",
        "Foto.photoslibrary/resources/derivatives/a.jpg",
        "#recycle/a.jpg",
        "@tmp/a.jpg",
        "__MACOSX/a.jpg",
        "._a.jpg",
        ".nascosta.jpg",
    ],
)
def test_junk_is_passed_over(tmp_path: Path, junk: str) -> None:
    paint(tmp_path / "foto" / "vera.png", RED)
    paint(tmp_path / "foto" / junk, RED)
    one = walk(tmp_path / "foto")
    assert found(one) == ["vera.png"]
    assert one.passed_over == {os.fsencode(tmp_path / "foto" / junk.split("/")[0])} or (
        "photoslibrary" in junk
    )


def test_originals_of_apple_photos_are_photos(tmp_path: Path) -> None:
    paint(tmp_path / "Foto.photoslibrary" / "originals" / "0" / "a.jpg", RED)
    paint(tmp_path / "Foto.photoslibrary" / "resources" / "a.jpg", RED)
    assert found(walk(tmp_path)) == ["Foto.photoslibrary/originals/0/a.jpg"]


def test_patterns_of_the_person(tmp_path: Path) -> None:
    for name in ("a.png", "a.jpg", "bozze/b.jpg", "2019/bozze/c.jpg", "2019/d.jpg", "è/e.jpg"):
        paint(tmp_path / name, RED)
    left = ["a.jpg", "2019/d.jpg", "2019/bozze/c.jpg", "bozze/b.jpg", "è/e.jpg"]
    assert found(walk(tmp_path, "*.png")) == left
    assert found(walk(tmp_path, "bozze/", "*.png")) == ["a.jpg", "2019/d.jpg", "è/e.jpg"]
    assert found(walk(tmp_path, "/bozze", "*.png", "è")) == left[:3]
    # A walk that begins in a subfolder obeys the exclusions of the whole.
    assert found(walk(tmp_path / "2019", "bozze/", top=tmp_path)) == ["d.jpg"]
    assert walk(tmp_path / "2019" / "bozze", "bozze/", top=tmp_path).left_out()
    assert walk(tmp_path / "2019" / "bozze" / "c.jpg", "bozze/", top=tmp_path).left_out()
    assert not walk(tmp_path / "2019", "bozze/", top=tmp_path).left_out()


def test_ignore_files_nest_and_negate(tmp_path: Path) -> None:
    for name in ("a.png", "tieni.png", "sotto/b.png", "sotto/c.jpg", "sotto/giu/d.png"):
        paint(tmp_path / name, RED)
    (tmp_path / ".cercafotoignore").write_text("# prove\n*.png\n!tieni.png\n!\n", "utf-8")
    assert found(walk(tmp_path)) == ["tieni.png", "sotto/c.jpg"]
    (tmp_path / "sotto" / ".cercafotoignore").write_text("!b.png\n*.jpg\n", "utf-8")
    assert found(walk(tmp_path)) == ["tieni.png", "sotto/b.png"]
    assert found(walk(tmp_path / "sotto", top=tmp_path)) == ["b.png"]
    # Exclusions that were typed win over those in a file.
    assert found(walk(tmp_path, "b.png", "!a.png")) == ["a.png", "tieni.png"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_an_ignore_file_may_come_from_windows(tmp_path: Path, encoding: str) -> None:
    for name in ("a.png", "perché/b.png", "c\u2028d.png", "d.png"):
        paint(tmp_path / name, RED)
    lines = ["# così", "a.png", "perché/", "d.png" if encoding == "cp1252" else "c\u2028d.png"]
    (tmp_path / ".cercafotoignore").write_bytes("\r\n".join(lines).encode(encoding))
    assert found(walk(tmp_path)) == ["c\u2028d.png" if encoding == "cp1252" else "d.png"]


def test_bytes_that_are_no_text_exclude_names_of_these_bytes(tmp_path: Path) -> None:
    try:
        for name in (b"\x81.png", b"\xe8.png"):
            os.rename(paint(tmp_path / "x.png", RED), os.path.join(os.fsencode(tmp_path), name))
    except OSError:
        pytest.skip("the disk takes no such names")
    (tmp_path / ".cercafotoignore").write_bytes(b"\x81.png\n\xe8.png\n")
    assert found(walk(tmp_path)) == []


def test_a_long_ignore_file_is_read_to_its_last_whole_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ignore, "MOST_BYTES", len("è.png\nà".encode()) - 1)
    for name in ("è.png", "à.png"):
        paint(tmp_path / name, RED)
    (tmp_path / ".cercafotoignore").write_text("è.png\nà.png\n", "utf-8")
    assert found(walk(tmp_path)) == ["à.png"]


def test_an_ignore_file_that_cannot_be_read_hides_its_folder_not_the_rest(tmp_path: Path) -> None:
    paint(tmp_path / "a.png", RED)
    paint(tmp_path / "sotto" / "b.png", RED)
    (tmp_path / "sotto" / ".cercafotoignore").mkdir()  # reading it fails, even for root
    one = walk(tmp_path)
    assert found(one) == ["a.png"]
    assert [place for place, _ in one.unreadable] == [os.fsencode(tmp_path / "sotto")]
    paint(tmp_path / "sotto" / "giu" / "c.png", RED)
    lower = walk(tmp_path / "sotto" / "giu", top=tmp_path)
    assert found(lower) == []
    assert [place for place, _ in lower.unreadable] == [os.fsencode(tmp_path / "sotto")]


@pytest.mark.parametrize("spelling", ["NFC", "NFD"])
def test_accents_mean_both_spellings_and_bytes_that_are_no_text_do_no_harm(
    tmp_path: Path, spelling: str
) -> None:
    name = unicodedata.normalize(spelling, "perché.png")  # type: ignore[arg-type]
    paint(tmp_path / name, RED)
    try:
        os.rename(paint(tmp_path / "x.png", RED), os.path.join(os.fsencode(tmp_path), b"\xff.png"))
    except OSError:
        pytest.skip("this file system does not allow the name")
    assert found(walk(tmp_path, "perché.png")) == ["\udcff.png"]
    assert found(walk(tmp_path, "*.png")) == []


def test_lines_that_are_not_patterns() -> None:
    assert is_pattern("*.png") and is_pattern("!a") and is_pattern("bozze/")
    assert not is_pattern("!") and not is_pattern("\\")


def test_links_are_followed_once_when_asked(tmp_path: Path) -> None:
    photos, other = tmp_path / "foto", tmp_path / "altrove"
    kept = paint(photos / "z" / "a.png", RED)
    paint(other / "b.png", RED)
    (other / "indietro").symlink_to(photos)  # a loop
    (photos / "altrove").symlink_to(other)
    (photos / "ancora").symlink_to(other)
    (photos / "a_prima").symlink_to(photos / "z")
    (photos / "singola.png").symlink_to(kept)
    (photos / "giro").symlink_to(photos / "giro")
    (photos / "smontata").symlink_to(tmp_path / "non c'è")
    still = walk(photos)
    assert found(still) == ["z/a.png"]
    assert os.fsencode(photos / "altrove") in still.passed_over
    going = walk(photos, follow=True)
    # The real folder keeps its path although a link to it comes first.
    assert found(going) == ["singola.png", "z/a.png", "altrove/b.png"]
    assert going.dangling == [os.fsencode(photos / "giro"), os.fsencode(photos / "smontata")]
    assert going.unreadable == []


def test_hard_links_are_names_of_their_own(tmp_path: Path) -> None:
    os.link(paint(tmp_path / "a.png", RED), tmp_path / "b.png")
    assert found(walk(tmp_path)) == ["a.png", "b.png"]
