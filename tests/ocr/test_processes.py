"""OCR processes: a crash, a hang or full memory costs one photo."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from PIL import Image

from cercafoto.base.piped_picture import PipedPicture
from cercafoto.errors import ImageError
from cercafoto.looking.sense import UnreadError
from cercafoto.ocr import ocr_processes
from cercafoto.ocr.engine import EngineError
from cercafoto.ocr.ocr_processes import Readers
from tests.conftest import PAINT, paint
from tests.support.fake_engine import NAME
from tests.support.waiting import until


def read_one(path: Path) -> list[str]:
    with Readers(1) as readers:
        text = readers.read_file(os.fsencode(path))
    assert text.engine == NAME
    return [line.text for line in text.lines]


Children = Callable[[], list[psutil.Process]]


def test_a_file_and_a_picture_that_is_none_are_read(
    fake: Callable[..., None], tmp_path: Path, own_decoders: Children
) -> None:
    path = paint(tmp_path / "a.png", PAINT["rosso"], (3000, 2001))
    with Readers(1) as readers:
        assert readers.engine() == NAME
        text = readers.read_file(os.fsencode(path))
        assert [line.text for line in text.lines] == ["rosso"]
        assert text.lines[0].box == (0.0, 0.0, 1.0, 0.0, 1.0, 1.0, 0.0, 1.0)
        assert readers.read_piped(PipedPicture(path.read_bytes())) == text
    until(lambda: not own_decoders())


def test_a_photo_is_upright_by_its_metadata(fake: Callable[..., None], tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (40, 60), PAINT["verde"]).save(tmp_path / "a.jpg", exif=exif)
    assert read_one(tmp_path / "a.jpg") == ["verde"]


@pytest.mark.parametrize(
    ("happening", "reason"),
    [
        ("crolla", "bloccato di colpo"),
        ("sbaglia", r"si è fermato \(RuntimeError\)"),
        ("riempie", "memoria non basta"),
    ],
)
def test_a_photo_that_breaks_the_engine_is_said(
    fake: Callable[..., None], tmp_path: Path, happening: str, reason: str
) -> None:
    fake(rosso=happening)
    red, green = (paint(tmp_path / f"{name}.png", PAINT[name]) for name in ("rosso", "verde"))
    with Readers(1) as readers:
        with pytest.raises(UnreadError, match=reason) as caught:
            readers.read_file(os.fsencode(red))
        assert "ho letto" not in caught.value.message  # what was read goes nowhere
        text = readers.read_file(os.fsencode(green))
    assert [line.text for line in text.lines] == ["verde"]


def test_a_photo_that_hangs_the_engine_is_given_up(
    fake: Callable[..., None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    own_decoders: Children,
) -> None:
    monkeypatch.setattr(ocr_processes, "LIMIT", 1.0)
    fake(rosso="si blocca")
    with pytest.raises(UnreadError, match="interrotta dopo 5 secondi"):
        read_one(paint(tmp_path / "a.png", PAINT["rosso"]))
    until(lambda: not own_decoders())


def test_what_the_engine_prints_is_no_answer(fake: Callable[..., None], tmp_path: Path) -> None:
    fake(rosso="scrive")
    assert read_one(paint(tmp_path / "a.png", PAINT["rosso"])) == ["rosso"]


def test_what_is_no_picture_is_told_by_the_decoder(
    fake: Callable[..., None], tmp_path: Path
) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(b"ciao")
    with pytest.raises(ImageError, match="non è una foto"):
        read_one(path)
    with pytest.raises(ImageError, match="non esiste"):
        read_one(tmp_path / "manca.jpg")


def test_a_missing_engine_is_no_fault_of_the_photo(
    fake: Callable[..., None], tmp_path: Path, own_decoders: Children
) -> None:
    fake(motore="manca")
    with pytest.raises(EngineError, match="finto manca") as caught:
        read_one(paint(tmp_path / "a.png", PAINT["rosso"]))
    assert caught.value.hint == "Aggiungilo."
    until(lambda: not own_decoders())


def test_an_engine_that_does_not_start_is_said(
    fake: Callable[..., None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ocr_processes, "PROGRAM", "raise SystemExit(3)")
    with pytest.raises(EngineError, match="non parte"):
        read_one(paint(tmp_path / "a.png", PAINT["rosso"]))


def test_a_hundred_megapixels_are_read(fake: Callable[..., None], tmp_path: Path) -> None:
    path = paint(tmp_path / "a.jpg", PAINT["blu"], (12_500, 8_000))
    assert read_one(path) == ["blu"]
