"""`make demo`: real photos, five questions, a page that is read, one tagging run, with the
embedded model.

The photos are the pictures inside the scikit-image and scikit-learn wheels, or a folder given on
the command line. Everything is written under `.demo/`; nothing else is touched.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

DEMO = Path(".demo").absolute()

# Photographs only: both wheels also hold test patterns and microscope slides.
PICTURES = {
    "skimage": (
        "astronaut.png camera.png chelsea.png clock_motion.png coffee.png coins.png grass.png "
        "hubble_deep_field.jpg moon.png motorcycle_left.png rocket.jpg brick.png gravel.png "
        "page.png"
    ),
    "sklearn": "china.jpg flower.jpg",
}
FOLDERS = {"skimage": "data", "sklearn": "datasets/images"}

# Each with the picture that answers it; tests/flows/test_demo.py holds the model to it.
QUESTIONS = {
    "un gatto": "chelsea.png",
    "una tazza di caffè": "coffee.png",
    "una motocicletta": "motorcycle_left.png",
    "un fiore": "flower.jpg",
    "un tempio": "china.jpg",
}
# What is written in a picture, with its name.
WRITTEN = {"markers of the coins": "page.png"}
ONES_OWN_QUESTIONS = (
    "persone a tavola",
    "il mare d'estate",
    "un cane",
    "montagne con la neve",
    "una città di notte",
)
LABELS = """\
# Un'etichetta per riga; dopo i due punti, i sinonimi.
gatto
caffè: tazza di caffè, cappuccino
razzo: lancio spaziale
moto: motocicletta
fiore: fiori
monete
astronauta
luna
tempio: pagoda
"""


def collect(folder: Path) -> Path:
    """Copy the demo's photos into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    for package, names in PICTURES.items():
        spec = find_spec(package)
        if spec is None or spec.origin is None:
            sys.exit(f"Manca {package}: esegui «make setup».")
        source = Path(spec.origin).parent / FOLDERS[package]
        for name in names.split():
            shutil.copyfile(source / name, folder / name)
    return folder


def cercafoto(*arguments: str) -> None:
    """Print a command as one would type it, and run it."""
    typed = " ".join(f'"{a}"' if " " in a else a for a in arguments)
    print(f"\n$ cercafoto {typed}", flush=True)
    command = [sys.executable, "-m", "cercafoto", *arguments]
    outcome = subprocess.run(command, env=os.environ | {"CERCAFOTO_ARCHIVIO": str(DEMO / "a")})
    if outcome.returncode not in (0, 3):  # 3: done, some photos skipped
        sys.exit(outcome.returncode)


def main() -> None:
    own = Path(sys.argv[1]).expanduser().absolute() if len(sys.argv) > 1 else None
    shutil.rmtree(DEMO, ignore_errors=True)
    folder = own or collect(DEMO / "foto")
    labels = DEMO / "etichette.txt"
    DEMO.mkdir(exist_ok=True)
    labels.write_text(LABELS, encoding="utf-8")
    cercafoto("index", str(folder), "--modello", "mini")
    for question in ONES_OWN_QUESTIONS if own else QUESTIONS:
        cercafoto("cerca", question, "--max", "3")
    if own is None:
        cercafoto("leggi")
        for phrase in WRITTEN:
            cercafoto("cerca", "--testo", phrase)
    cercafoto("tag", "--labels", str(labels), "--elenco")
    cercafoto("stato")


if __name__ == "__main__":
    main()
