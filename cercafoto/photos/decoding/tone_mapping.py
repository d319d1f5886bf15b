"""Turn the colours of an HDR frame (PQ or HLG, BT.2020) into those of an ordinary screen."""

from __future__ import annotations

import numpy as np
from PIL import Image

from cercafoto.base.arrays import Floats

WHITE = 203.0  # cd/m2 of a white sheet in HDR, by ITU-R BT.2408
_PEAK = 1000.0 / WHITE  # all brighter light is shown as white
# Linear BT.2020 -> linear sRGB, by ITU-R BT.2087.
_TO_SRGB = np.array(
    [[1.6605, -0.5876, -0.0728], [-0.1246, 1.1329, -0.0083], [-0.0182, -0.1006, 1.1187]],
    np.float32,
)


def as_screens_show(image: Image.Image, is_pq: bool) -> Image.Image:
    """Return an RGB frame as sRGB. is_pq: whether its curve is PQ; else it is HLG."""
    light = _light(np.linspace(0, 1, 256, dtype=np.float32), is_pq)[np.asarray(image)]
    light = np.clip(light @ _TO_SRGB.T, 0, None)
    # Reinhard's curve with a white point, on the brightest channel, so that no colour changes.
    most = np.maximum(light.max(axis=2, keepdims=True), 1e-6)
    light *= (1 + most / _PEAK**2) / (1 + most)
    light = np.clip(light * 1.6, 0, 1)  # the curve darkens a white sheet to 0.54
    srgb = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    return Image.fromarray((255 * srgb + 0.5).astype(np.uint8))


def _light(values: Floats, is_pq: bool) -> Floats:
    """Return the light of code values 0..1, relative to WHITE (ITU-R BT.2100)."""
    if is_pq:
        power = values ** (1 / 78.84375)
        ratio = np.maximum(power - 0.8359375, 0) / (18.8515625 - 18.6875 * power)
        light: Floats = (10_000 / WHITE) * ratio ** (1 / 0.1593017578125)
        return light.astype(np.float32)
    scene = np.where(
        values <= 0.5, values**2 / 3, (np.exp((values - 0.55991073) / 0.17883277) + 0.28466892) / 12
    )
    return (_PEAK * scene**1.2).astype(np.float32)
