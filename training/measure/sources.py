"""Open a model to measure by its name: anything that embeds photos and texts in one space.

Checkpoints of transformers run in torch, through the towers that a model folder is made from.
Making the folder first would take a minute and twice the disk, and the vectors would be the same:
preparing a model ends with that check.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from cercafoto.base.arrays import Floats
from cercafoto.errors import first_line
from cercafoto.models.encode.encoder import Encoder
from cercafoto.models.model_folder import DESCRIPTION, ModelFolder
from cercafoto.models.registry import Registry, unknown
from cercafoto.photos.preprocessing import Preprocessing
from cercafoto.settings import Settings
from cercafoto.training.measure.torch_source import checkpoint_source
from cercafoto.training.training_errors import InputError

HUB = "hub:"
MCLIP = "mclip"

# Weights for other programs are in folders with other names than sentence-transformers' modules
# (0_CLIPModel, 1_Pooling, 2_Dense).
_PART = re.compile(r"(?:\d+_\w+/)?[^/]+")
_SMALL = {".json", ".txt", ".model", ".md"}


class Source(Protocol):
    """A model that embeds pixels and texts.

    preprocessing: makes pixels of photos.
    """

    preprocessing: Preprocessing

    def embed_pixels(self, pixels: Floats) -> Floats:
        """Return unit vectors float32 [N, D] of pixels float32 [N, 3, H, W]."""
        ...

    def embed_texts(self, texts: Sequence[str]) -> Floats:
        """Return unit vectors float32 [N, D] of texts."""
        ...


OpenRun = Callable[[Path], Source]


def open_source(
    name: str, mclip_text: str = "", mclip_images: str = "", open_run: OpenRun | None = None
) -> Source:
    """Return the model called `name`: `mclip`, `hub:ID` or `hub:ID@REVISION`, a folder of any kind
    (a model, a run, a checkpoint of transformers), or a model of this machine.

    mclip_text, mclip_images: Hub ids or folders of the baseline's halves, "" for the published.
    open_run: opens a training run.
    Raises InputError or ModelError for an unknown model.
    """
    folder = Path(name)
    if name == MCLIP:
        from cercafoto.training.measure.mclip import IMAGE_ID, TEXT_ID, Mclip

        return Mclip(located(mclip_text or TEXT_ID), located(mclip_images or IMAGE_ID))
    if name.startswith(HUB):
        return checkpoint_source(located(name.removeprefix(HUB)))
    if (folder / DESCRIPTION).is_file():
        return Encoder(ModelFolder.open(folder))
    if open_run and (folder / "checkpoints").is_dir():
        return open_run(folder)
    if (folder / "config.json").is_file():
        return checkpoint_source(folder)
    model = Registry(Settings.resolve()).find(name)
    if model is None:
        raise unknown(name)
    return Encoder(model)


def located(name: str) -> Path:
    """Return the folder of a model: a folder, or of the Hub "owner/name" or "owner/name@REVISION".

    A repository is downloaded into the Hub's own cache unless it is there. Raises InputError.
    """
    if Path(name).is_dir():
        return Path(name)
    repo, _, revision = name.partition("@")
    from huggingface_hub import HfApi, constants, hf_hub_download, snapshot_download

    from cercafoto.models.hub import endpoint

    try:
        if constants.HF_HUB_OFFLINE:
            return Path(snapshot_download(repo, revision=revision or None, local_files_only=True))
        info = HfApi(endpoint=endpoint()).model_info(repo, revision=revision or None)
        files = model_files([sibling.rfilename for sibling in info.siblings or []])
        if "config.json" not in {Path(file).name for file in files}:
            raise FileNotFoundError("no config.json among its files")
        # All files of the commit that was listed: they lie in one folder.
        paths = [
            hf_hub_download(repo, file, revision=info.sha, endpoint=endpoint()) for file in files
        ]
        return Path(paths[0]).parents[files[0].count("/")]
    except Exception as error:  # httpx and the Hub raise classes of their own
        raise InputError(
            f"{name}: neither a folder nor a model that the Hub gives ({first_line(error, 200)})"
        ) from error


def model_files(listed: Sequence[str]) -> list[str]:
    """Return the files of a repository that make up a PyTorch model, each weight once."""
    own = [file for file in listed if _PART.fullmatch(file)]
    safe = {str(Path(file).parent) for file in own if file.endswith(".safetensors")}
    return [
        file
        for file in own
        if Path(file).suffix in _SMALL | {".safetensors"}
        or (
            Path(file).name.startswith("pytorch_model")
            and file.endswith(".bin")
            and str(Path(file).parent) not in safe
        )
    ]
