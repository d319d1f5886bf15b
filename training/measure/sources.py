"""What can be measured, by name: anything that brings photos and texts into one space.

| --model NAME | What it is |
|---|---|
| a folder with model.json, or the name of a model of this machine | a model as it is served |
| a folder with checkpoints/ | a training run, its best checkpoint |
| hub:ID, hub:ID@REVISION, or a folder with config.json | VisionTextDualEncoder, CLIP, SigLIP |
| mclip | the baseline of the published figures, see `mclip` |

Checkpoints of transformers run in torch, through the towers that a model folder would be made
from. Making the folder first would take a minute and twice the disk, to measure the same
vectors: a preparation ends with the check that they are the same.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from cercafoto.base.arrays import Floats
from cercafoto.models.encode.encoder import Encoder
from cercafoto.models.folder import DESCRIPTION, ModelFolder
from cercafoto.models.registry import Registry, unknown
from cercafoto.photos.preprocessing import Preprocessing
from cercafoto.settings import Settings
from cercafoto.training.errors import InputError

if TYPE_CHECKING:
    from tokenizers import Tokenizer
    from torch import Tensor

HUB = "hub:"
MCLIP = "mclip"
TEXTS_AT_ONCE = 64

# Weights for other programs lie in folders of their own; those of sentence-transformers' modules
# are called 0_CLIPModel, 1_Pooling, 2_Dense.
_PART = re.compile(r"(?:\d+_\w+/)?[^/]+")
_SMALL = {".json", ".txt", ".model", ".md"}


class Source(Protocol):
    """preprocessing: how photos become the pixels that it takes."""

    preprocessing: Preprocessing

    def embed_pixels(self, pixels: Floats) -> Floats:
        """float32 [N, 3, H, W] -> unit vectors float32 [N, D]."""
        ...

    def embed_texts(self, texts: Sequence[str]) -> Floats:
        """Unit vectors float32 [N, D]."""
        ...


class TorchSource:
    """Two functions of torch, on the GPU where there is one.

    images: [N, 3, H, W] -> [N, D]. texts: input_ids, attention_mask int64 [N, T] -> [N, D].
    tokenizer: one that pads and truncates.
    """

    def __init__(
        self,
        preprocessing: Preprocessing,
        images: Callable[[Tensor], Tensor],
        texts: Callable[[Tensor, Tensor], Tensor],
        tokenizer: Tokenizer,
        device: str = "cpu",
    ) -> None:
        self.preprocessing = preprocessing
        self.tokenizer = tokenizer
        self.device = device
        self._images, self._texts = images, texts

    def embed_pixels(self, pixels: Floats) -> Floats:
        import torch

        with torch.inference_mode():
            return _unit(self._images(torch.from_numpy(pixels).to(self.device)))

    def embed_texts(self, texts: Sequence[str]) -> Floats:
        import torch

        parts = []
        with torch.inference_mode():
            for at in range(0, len(texts), TEXTS_AT_ONCE):
                encoded = self.tokenizer.encode_batch(list(texts[at : at + TEXTS_AT_ONCE]))
                ids = torch.tensor([one.ids for one in encoded], device=self.device)
                mask = torch.tensor([one.attention_mask for one in encoded], device=self.device)
                parts.append(_unit(self._texts(ids, mask)))
        return np.concatenate(parts)


def open_source(name: str, mclip_text: str = "", mclip_images: str = "") -> Source:
    """The model called `name`, in one of the ways above.

    mclip_text, mclip_images: Hub ids or folders of the two halves of the baseline, "" for the
    published ones. Raises InputError or ModelError where there is no such model.
    """
    folder = Path(name)
    if name == MCLIP:
        from cercafoto.training.measure import mclip as baselines

        return baselines.mclip(
            located(mclip_text or baselines.TEXT_ID), located(mclip_images or baselines.IMAGE_ID)
        )
    if name.startswith(HUB):
        return checkpoint_source(located(name.removeprefix(HUB)))
    if (folder / DESCRIPTION).is_file():
        return Encoder(ModelFolder.open(folder))
    if (folder / "checkpoints").is_dir():
        return run_source(folder)
    if (folder / "config.json").is_file():
        return checkpoint_source(folder)
    found = Registry(Settings.resolve()).find(name)
    if found is None:
        raise unknown(name)
    return Encoder(found)


def checkpoint_source(folder: Path) -> TorchSource:
    """A checkpoint of transformers in a folder. Raises ModelError where it cannot be served."""
    from tokenizers import Tokenizer

    from cercafoto.models.prepare.build import require_torch
    from cercafoto.models.prepare.checkpoint import Checkpoint
    from cercafoto.models.prepare.tokenizer import save_tokenizer
    from cercafoto.models.prepare.towers import load, towers

    require_torch()
    checkpoint = Checkpoint.open(folder)
    with tempfile.TemporaryDirectory() as work:
        save_tokenizer(checkpoint, Path(work) / "tokenizer.json")
        tokenizer = Tokenizer.from_file(str(Path(work) / "tokenizer.json"))
    image, text = towers(load(checkpoint), checkpoint)
    where = device()
    image.to(where)
    text.to(where)
    return TorchSource(
        Preprocessing.from_json(checkpoint.image),
        lambda pixels: image(pixels)[0],
        text,
        tokenizer,
        where,
    )


def run_source(folder: Path) -> TorchSource:
    """The best checkpoint of a training run. Raises InputError."""
    from cercafoto.models.prepare.build import require_torch

    require_torch()
    from cercafoto.training.clip_italian.model import load_run

    run: Any = load_run(folder)
    where = device()
    model = run.model.to(where)
    return TorchSource(
        run.preprocessing, model.embed_images, model.embed_texts, run.tokenizer, where
    )


def located(name: str) -> Path:
    """A folder as it is; else the Hub's repository of that id ("owner/name", or with @REVISION),
    downloaded into the Hub's own cache where it is not there yet. Raises InputError."""
    if Path(name).is_dir():
        return Path(name)
    repo, _, revision = name.partition("@")
    from huggingface_hub import HfApi, constants, hf_hub_download, snapshot_download

    from cercafoto.models.hub import endpoint

    try:
        if constants.HF_HUB_OFFLINE:
            return Path(snapshot_download(repo, revision=revision or None, local_files_only=True))
        info = HfApi(endpoint=endpoint()).model_info(repo, revision=revision or None)
        wanted = wanted_files([sibling.rfilename for sibling in info.siblings or []])
        if "config.json" not in {Path(file).name for file in wanted}:
            raise FileNotFoundError("no config.json among its files")
        # All of the commit that was listed, whatever comes in between: they share a folder.
        found = [
            hf_hub_download(repo, file, revision=info.sha, endpoint=endpoint()) for file in wanted
        ]
        return Path(found[0]).parents[wanted[0].count("/")]
    except Exception as error:  # httpx and the Hub raise classes of their own
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise InputError(
            f"{name}: neither a folder nor a model that the Hub gives ({reason[:200]})"
        ) from error


def wanted_files(listed: Sequence[str]) -> list[str]:
    """Of a repository's files those that a PyTorch model is made of, each weight once."""
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


def device() -> str:
    """Where torch computes: on the GPU where there is one."""
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"


def _unit(vectors: Tensor) -> Floats:
    import torch

    found: Floats = torch.nn.functional.normalize(vectors.float(), dim=-1).cpu().numpy()
    return found
