"""Check what the steps of `reproduce` need of this machine: each check raises InputError.

Days of downloading must not end where a program, a key or a model turns out to be missing.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
from pathlib import Path

from cercafoto.training.clip_italian.config import Run
from cercafoto.training.training_errors import InputError


def modules(extra: str, *names: str) -> None:
    """Check that these modules of an extra are installed."""
    if missing := [name for name in names if importlib.util.find_spec(name) is None]:
        raise InputError(f"{', '.join(missing)}: pip install 'cercafoto[{extra}]'")


def img2dataset() -> None:
    if not shutil.which("img2dataset"):
        raise InputError("img2dataset is not installed: pipx install img2dataset==1.47.0")


def tagger() -> None:
    from cercafoto.training.data.proper_nouns import tagger_named

    modules("data", "spacy")
    tagger_named("spacy")


def translator(by_deepl: bool, confirmed: bool) -> None:
    """Check the key of DeepL, and that it may bill; or that the open model can be had."""
    from cercafoto.training.data.checkpoint_translator import HUB, OPUS
    from cercafoto.training.data.deepl import KEY, DeepL

    if not by_deepl:
        modules("train", "sacremoses", "sentencepiece", "transformers")
        on_hub(OPUS.removeprefix(HUB))
        return
    modules("train", "deepl")
    if not os.environ.get(KEY):
        raise InputError(f"--deepl needs a key in the environment variable {KEY}")
    if not DeepL(os.environ[KEY]).free and not confirmed:
        raise InputError("DeepL bills the translations of this key: --confirm lets it")


def towers(run: Run) -> None:
    """Check that both towers of a run can be had."""
    from cercafoto.training.clip_italian.backbones import E5, LITE0

    modules("train", "torchvision", "transformers")
    for name in (run.towers.image, run.towers.text):
        if name not in (E5, LITE0) and not name.startswith("random:"):
            on_hub(name)


def on_hub(name: str) -> None:
    """Check that a model is in a folder or in the Hub's cache, or can be downloaded."""
    from transformers import AutoConfig

    from cercafoto.training.clip_italian.backbones import pretrained

    if not (Path(name) / "checkpoints").is_dir():
        pretrained(AutoConfig, name)


def machine(run: Run, devices: int, without_gpu: bool) -> None:
    from cercafoto.training.clip_italian.launch import check_machine

    modules("train", "torch")
    check_machine(run, devices, without_gpu)
