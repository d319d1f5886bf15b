"""ONNX Runtime sends no telemetry."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest

EMBEDS = """
from cercafoto.models.encode.encoder import Encoder
from cercafoto.models.model_folder import ModelFolder
from cercafoto.models.registry import EMBEDDED_PATH

Encoder(ModelFolder.open(EMBEDDED_PATH)).embed_texts(["un gatto"])
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows keeps no file of it")
def test_it_makes_no_identifier_and_keeps_no_record(tmp_path: Path) -> None:
    """Both would leave files, with or without a network."""
    place = tmp_path / "runtime"
    place.mkdir()
    own = {name: value for name, value in os.environ.items() if not name.startswith("ORT_")}
    own |= dict.fromkeys(("HOME", "TMPDIR", "XDG_CACHE_HOME", "XDG_DATA_HOME"), str(place))
    subprocess.run([sys.executable, "-B", "-c", EMBEDS], env=own, check=True)
    assert list(place.iterdir()) == []


def test_whoever_quantises_finds_the_log_as_it_was() -> None:
    from cercafoto.models.onnx_runtime import without_advice

    log = logging.getLogger()
    before = log.level
    with pytest.raises(KeyError), without_advice():
        assert log.level == logging.ERROR
        raise KeyError
    assert log.level == before
