"""Run RapidOCR as the OCR engine, only with the models in its wheel, without the network."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cercafoto.base.installation import REINSTALL, install_command
from cercafoto.ocr.engine import EngineError

if TYPE_CHECKING:
    from cercafoto.ocr.engine import Pixels, Quads

EXTRA = "testo"
# Models in the wheel's folder `models`: one finds lines, one recognises lines that are upside down,
# one reads them.
MODELS = {
    "Det": "PP-OCRv6_det_small.onnx",
    "Cls": "ch_ppocr_mobile_v2.0_cls_mobile.onnx",
    "Rec": "PP-OCRv6_rec_small.onnx",
}
# Shorter lines are padded to this size. RapidOCR's default is twice as long: it takes two thirds
# more time for a receipt, and reads one letter in 500 better.
SHAPE = [3, 48, 160]
AT_ONCE = 1  # lines in one batch: six are no faster, and take 220 MB more


def open_engine() -> Rapid:
    """Return the engine. Raises EngineError if RapidOCR or a model is missing or damaged."""
    # Without this handler RapidOCR would log every step to the terminal.
    logging.getLogger("RapidOCR").addHandler(logging.NullHandler())
    try:
        import rapidocr
    except ImportError as error:
        raise lacking() from error
    folder = Path(str(rapidocr.__file__)).parent / "models"
    return Rapid(folder)


def lacking() -> EngineError:
    return EngineError(
        "Per leggere le parole nelle foto manca RapidOCR.",
        f"Si aggiunge così: {install_command(EXTRA)}",
    )


class Rapid:
    """An `Engine` that computes in one thread, because each core has its own process.

    models: folder of the files named in MODELS. Raises EngineError if one is missing or damaged.
    """

    def __init__(self, models: Path) -> None:
        import numpy as np
        from rapidocr import RapidOCR

        for file in MODELS.values():
            if not (models / file).is_file():  # RapidOCR would try to download it
                raise _damaged(models / file, "manca")
        self.name = f"rapidocr {version('rapidocr')} PP-OCRv6 small"
        params: dict[str, Any] = {
            # Lower levels would log the text of photos.
            "Global.log_level": "critical",
            "EngineConfig.onnxruntime.intra_op_num_threads": 1,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
            # `reading` decides the size of a picture; RapidOCR only rounds it.
            "Det.limit_type": "max",
            "Det.limit_side_len": 100_000,
            "Rec.rec_batch_num": AT_ONCE,
            "Rec.rec_img_shape": SHAPE,
        }
        params |= {f"{part}.model_path": str(models / file) for part, file in MODELS.items()}
        self._ocr = RapidOCR(params=params)
        # Each model is loaded when first used: use it here, where an error can name its file.
        blank = np.full((64, 64, 3), 255, np.uint8)
        for part, use in (
            ("Det", lambda: self.find(blank)),
            ("Cls", lambda: self.upside_down([blank])),
            ("Rec", lambda: self.words([blank])),
        ):
            try:
                use()
            except Exception as error:  # ONNX Runtime has no common class
                raise _damaged(models / MODELS[part], "è danneggiato") from error

    def find(self, picture: Pixels) -> Quads:
        import numpy as np
        from rapidocr.main import RapidOCRError

        try:
            _, found = self._ocr.detect_and_crop(_bgr(picture), {})
        except RapidOCRError:  # raised if there are no lines
            return np.empty((0, 4, 2), np.float32)
        return np.asarray(found.boxes, np.float32).reshape(-1, 4, 2)

    def strips(self, picture: Pixels, quads: Quads) -> list[Pixels]:
        import cv2
        import numpy as np

        strips = []
        for quad in quads:
            width = max(1, round(max(_length(quad, 0, 1), _length(quad, 3, 2))))
            height = max(1, round(max(_length(quad, 0, 3), _length(quad, 1, 2))))
            corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
            turn = cv2.getPerspectiveTransform(np.ascontiguousarray(quad, np.float32), corners)
            strips.append(
                cv2.warpPerspective(
                    picture,
                    turn,
                    (width, height),
                    flags=cv2.INTER_CUBIC,
                    borderMode=cv2.BORDER_REPLICATE,
                )
            )
        return strips

    def upside_down(self, strips: Sequence[Pixels]) -> list[bool]:
        if not strips:
            return []
        _, guessed = self._ocr.cls_and_rotate([_bgr(strip) for strip in strips])
        return [label == "180" for label, _ in guessed.cls_res or ()]

    def words(self, strips: Sequence[Pixels]) -> list[tuple[str, float]]:
        if not strips:
            return []
        read = self._ocr.recognize_txt([_bgr(strip) for strip in strips])
        return list(zip(read.txts, map(float, read.scores), strict=True))


def _bgr(picture: Pixels) -> Pixels:
    import numpy as np

    return np.ascontiguousarray(picture[..., ::-1])


def _length(quad: Quads, one: int, other: int) -> float:
    across, down = quad[one] - quad[other]
    return float((across**2 + down**2) ** 0.5)


def _damaged(file: Path, what: str) -> EngineError:
    return EngineError(
        f"Il file {file}, con cui si leggono le parole nelle foto, {what}.",
        f"Reinstalla: {install_command(EXTRA, REINSTALL)}",
    )
