"""Test which file is a photo's sidecar, and how it is replaced."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from cercafoto.labels.sidecars.merge import merge
from cercafoto.labels.sidecars.packet import EMPTY
from cercafoto.labels.sidecars.replacement import write
from cercafoto.labels.sidecars.sidecar import Change, locate, plan, read
from cercafoto.photos.xmp import PacketError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return an empty folder."""
    path = tmp_path / "foto"
    path.mkdir()
    return path


def at(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).write_bytes(EMPTY if name.lower().endswith(".xmp") else b"foto")
    return folder


def where(folder: Path, photo: str = "a.jpg") -> str:
    return os.fsdecode(os.path.basename(locate(os.fsencode(folder / photo))))


@pytest.mark.parametrize(
    ("there", "sidecar"),
    [
        (["a.jpg"], "a.jpg.xmp"),
        (["a.jpg", "a.jpg.xmp", "a.xmp"], "a.jpg.xmp"),
        (["a.jpg", "a.xmp"], "a.xmp"),
        (["a.jpg", "a.xmp", "ab.cr2"], "a.xmp"),
        (["a.jpg", "a.cr2", "a.xmp"], "a.jpg.xmp"),
        (["a.jpg", "a.png", "a.xmp"], "a.jpg.xmp"),
    ],
)
def test_where_the_sidecar_is(folder: Path, there: list[str], sidecar: str) -> None:
    assert where(at(folder, *there)) == sidecar


@pytest.mark.skipif(sys.platform != "linux", reason="needs names that differ in case")
def test_a_sidecar_in_capitals_is_taken_as_it_is(folder: Path) -> None:
    assert where(at(folder, "a.jpg", "a.jpg.XMP")) == "a.jpg.XMP"


@pytest.mark.parametrize(("extension", "sidecar"), [("JPG", "a.xmp"), ("CR2", "a.jpg.xmp")])
@pytest.mark.parametrize("form", ['photoshop:SidecarForExtension="{}"', "/>{}<"])
def test_a_lightroom_sidecar_names_its_photo(
    folder: Path, extension: str, sidecar: str, form: str
) -> None:
    at(folder, "a.jpg", "a.cr2")
    if form.startswith("/"):
        said = f"<p:SidecarForExtension xmlns:p='urn:p'>{extension}</p:SidecarForExtension>"
        content = EMPTY.replace(b"</rdf:Desc", said.replace(" xmlns:p='urn:p'", "").encode()
                                + b"</rdf:Desc")  # fmt: skip
    else:
        content = EMPTY.replace(b'about=""', f'about="" {form.format(extension)}'.encode())
    (folder / "a.xmp").write_bytes(content)
    assert where(folder) == sidecar


def test_no_change_without_labels_or_without_the_photo(folder: Path) -> None:
    photo = os.fsencode(at(folder, "a.jpg") / "a.jpg")
    assert plan(photo, {"e.txt": []}) is None
    change = plan(photo, {"e.txt": [("mare",)]})
    assert change == Change(photo + b".xmp", None, merge(EMPTY, [("mare",)], "e.txt"))
    with pytest.raises(FileNotFoundError):
        plan(os.fsencode(folder / "via.jpg"), {"e.txt": [("mare",)]})


def test_the_diff_names_the_file_and_shows_the_lines(folder: Path) -> None:
    change = Change(os.fsencode(folder / "a.jpg.xmp"), None, merge(EMPTY, [("mare",)], "e"))
    lines = change.diff().splitlines()
    assert lines[:2] == ["--- /dev/null", f"+++ {folder}/a.jpg.xmp"]
    assert "+     <rdf:li>mare</rdf:li>" in lines


def test_a_write_that_fails_leaves_the_old_file_and_no_litter(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sidecar = at(folder, "a.jpg.xmp") / "a.jpg.xmp"

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match="No space"):
        write(Change(os.fsencode(sidecar), EMPTY, b"dopo"), lambda: None)
    assert [p.name for p in folder.iterdir()] == ["a.jpg.xmp"]
    assert sidecar.read_bytes() == EMPTY


def test_a_diff_has_the_lines_of_the_file() -> None:
    shown = Change(b"a.xmp", b"uno\r\ndue\n", "uno\r\ndu\u2028e\n".encode()).diff()
    assert shown.split("\n")[2:] == ["@@ -1,2 +1,2 @@", " uno", "-due", "+du\u2028e", ""]


def test_a_sidecar_that_is_too_large_is_refused(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cercafoto.labels.sidecars.sidecar.MAX_BYTES", 10)
    sidecar = at(folder, "a.jpg.xmp") / "a.jpg.xmp"
    with pytest.raises(PacketError, match="troppo grande"):
        read(os.fsencode(sidecar))
