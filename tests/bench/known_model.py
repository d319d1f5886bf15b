"""From nothing to a first search with a model of CLIP-Italian's size, where torch is not to be had.

    python -m tests.bench.known_model [--folder FOLDER] [--torch]

A checkpoint of random weights (796 MB, pytorch_model.bin, with the real names and shapes) is made,
served by a local server that plays the Hub, and taken by the real commands, in processes that can
import neither torch nor what belongs to it. --torch prepares it by torch as well, and compares:
graphs and weights byte for byte, vectors number by number. It takes some 3 GB of memory.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path
from unittest import mock

import numpy as np

from cercafoto.models.encode.encoder import Encoder
from cercafoto.models.model_folder import ModelFolder
from cercafoto.models.prepare import convert
from cercafoto.models.prepare.known_towers import KnownTowers
from cercafoto.models.prepare.shipped_photos import PHOTOS, photos
from cercafoto.models.registry import CLIP_ITALIAN
from tests.bench.timed_processes import here, watched
from tests.support.hub_checkpoints import make_dual
from tests.support.hub_server import HubServer

# The Italian BERT under CLIP-Italian has a thousand rows more than words.
WORDS, ROWS = 31_102, 32_102
MOST = 700_000_000  # bytes
WITHOUT_TORCH = """
import sys
for name in ("torch", "transformers", "onnxscript", "safetensors", "msgpack"):
    sys.modules[name] = None
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--folder", type=Path, default=None, help="keep checkpoint and models here")
    parser.add_argument("--torch", action="store_true", help="compare with torch's own way")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        base = chosen.folder or Path(temporary)
        checkpoint = base / "checkpoint"
        if not checkpoint.exists():
            base.mkdir(parents=True, exist_ok=True)
            made = make_dual(base / ".checkpoint", size={}, words=WORDS, rows=ROWS, spread=0.015)
            made.rename(checkpoint)
        print(here())
        light = from_nothing(checkpoint, base, "fp32" if chosen.torch else "auto")
        if chosen.torch:
            compare(checkpoint, light, base / "con-torch")
    return 0


def from_nothing(checkpoint: Path, base: Path, precision: str) -> ModelFolder:
    """Run the commands without torch; print the seconds and the memory of each."""
    blocked = base / "senza-torch"
    blocked.mkdir(exist_ok=True)
    (blocked / "sitecustomize.py").write_text(WITHOUT_TORCH, encoding="utf-8")
    with (
        tempfile.TemporaryDirectory(dir=base) as home,
        HubServer(checkpoint, CLIP_ITALIAN.repo, CLIP_ITALIAN.revision) as hub,
    ):
        environment = {
            "PYTHONPATH": f"{blocked}{os.pathsep}{os.environ.get('PYTHONPATH', '')}",
            "HF_ENDPOINT": hub.url,
            "CERCAFOTO_MODELLI": str(base / "modelli"),
            "CERCAFOTO_ARCHIVIO": str(Path(home) / "archivio"),
            "HOME": home,
        }
        commands = [
            ["modello", "scarica", "--precisione", precision],
            ["modello", "verifica", "clip-italian"],
            ["index", str(PHOTOS), "--modello", "clip-italian"],
            ["cerca", "un gatto"],
        ]
        for command in commands:
            measured = watched([sys.executable, "-m", "cercafoto", *command], **environment)
            print(
                f"cercafoto {' '.join(command[:2])}: {measured.seconds:.1f} s, "
                f"{measured.memory / 1e6:.0f} MB at most"
                + ("" if measured.memory <= MOST else f", over {MOST / 1e6:.0f}")
            )
    return ModelFolder.open(base / "modelli" / CLIP_ITALIAN.name)


def compare(checkpoint: Path, light: ModelFolder, destination: Path) -> None:
    """Prepare the same checkpoint by torch, and print what differs."""
    with mock.patch.object(KnownTowers, "of", lambda described: None):
        full = convert.prepare(
            checkpoint, destination, light.name, light.source, None, print, precision="fp32"
        )
    for name in ("image.onnx", "image.onnx.data", "text.onnx", "text.onnx.data", "tokenizer.json"):
        print(f"{name}: {'same bytes' if full.files[name] == light.files[name] else 'DIFFERS'}")
    print(f"fingerprint: {'same' if full.fingerprint == light.fingerprint else 'DIFFERS'}")
    ours, theirs = Encoder(light), Encoder(full)
    pictures, captions = list(photos().values()), convert.background_captions()
    for what, a, b in (
        ("photos", ours.embed_images(pictures), theirs.embed_images(pictures)),
        ("captions", ours.embed_texts(captions), theirs.embed_texts(captions)),
    ):
        print(f"{what}: vectors differ by {np.abs(a - b).max():.1e} at most")


if __name__ == "__main__":
    sys.exit(main())
