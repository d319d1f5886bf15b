"""RapidOCR itself, on pictures drawn here."""

from __future__ import annotations

import logging
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from tests.support.optional_packages import needs

if TYPE_CHECKING:
    from cercafoto.ocr.rapid import Rapid

FONT = "DejaVuSans.ttf"


def _has_font() -> bool:
    try:
        ImageFont.truetype(FONT, 20)
    except OSError:
        return False
    return True


pytestmark = [
    needs("rapidocr"),
    pytest.mark.skipif(not _has_font(), reason=f"{FONT} is not installed"),
]

RECEIPT = [("TRATTORIA DA GIGI", ""), ("Coperto", "2,50"), ("Caffè", "1,20"), ("TOTALE", "23,50")]


@pytest.fixture(scope="module")
def engine() -> Iterator[Rapid]:
    from cercafoto.ocr.rapid import open_engine

    yield open_engine()


def receipt() -> Image.Image:
    picture = Image.new("RGB", (900, 600), "white")
    draw = ImageDraw.Draw(picture)
    font = ImageFont.truetype(FONT, 44)
    for number, (what, price) in enumerate(RECEIPT):
        draw.text((60, 60 + 120 * number), what, fill="black", font=font)
        draw.text((700, 60 + 120 * number), price, fill="black", font=font)
    return picture


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_a_receipt_is_read_whichever_way_it_lies(engine: Rapid, turn: int) -> None:
    from cercafoto.ocr.reading import read
    from cercafoto.ocr.reading_order import rows

    text = read(engine, receipt().rotate(turn, expand=True))
    assert text.turned == turn
    assert [tuple(line.text for line in row) for row in rows(text.lines, turn)] == [
        tuple(filter(None, row)) for row in RECEIPT
    ]
    assert text.engine.startswith("rapidocr 3.")
    assert all(line.confidence > 0.8 for line in text.lines)


def test_accents_of_a_sentence_are_read(engine: Rapid) -> None:
    from cercafoto.ocr.reading import read

    picture = Image.new("RGB", (1600, 300), "white")
    sentence = "Perché no? È già così: caffè, città, più, università"
    font = ImageFont.truetype(FONT, 52)
    ImageDraw.Draw(picture).text((60, 100), sentence, fill="black", font=font)
    assert read(engine, picture).text == sentence


@pytest.mark.parametrize("blur", [0.0, 2.0])
def test_noise_says_nothing(engine: Rapid, blur: float) -> None:
    from cercafoto.ocr.reading import read

    noise = np.random.default_rng(2).integers(0, 255, (1200, 1600, 3), np.uint8)
    picture = Image.fromarray(noise).filter(ImageFilter.GaussianBlur(blur))
    assert read(engine, picture).lines == ()


def test_nothing_is_logged_and_no_socket_opened(
    no_sockets: None, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    from cercafoto.ocr.rapid import open_engine
    from cercafoto.ocr.reading import read

    with caplog.at_level(logging.DEBUG):
        assert read(open_engine(), receipt()).lines
    assert not caplog.records
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("file", "damage"), [("PP-OCRv6_det_small.onnx", "cut"), ("PP-OCRv6_rec_small.onnx", "gone")]
)
def test_a_damaged_model_is_named(no_sockets: None, tmp_path: Path, file: str, damage: str) -> None:
    import rapidocr

    from cercafoto.ocr.engine import EngineError
    from cercafoto.ocr.rapid import Rapid

    models = tmp_path / "models"
    shutil.copytree(Path(str(rapidocr.__file__)).parent / "models", models)
    if damage == "cut":
        content = (models / file).read_bytes()
        (models / file).write_bytes(content[: len(content) // 2])
    else:
        (models / file).unlink()
    with pytest.raises(
        EngineError, match="è danneggiato" if damage == "cut" else "manca"
    ) as caught:
        Rapid(models)
    assert file in caught.value.message
    assert "testo" in caught.value.hint


def test_without_the_extra_one_line_says_how_to_add_it(monkeypatch: pytest.MonkeyPatch) -> None:
    from cercafoto.ocr.engine import EngineError
    from cercafoto.ocr.rapid import open_engine

    monkeypatch.setitem(sys.modules, "rapidocr", None)
    with pytest.raises(EngineError, match="manca RapidOCR") as caught:
        open_engine()
    assert "testo]" in caught.value.hint
