"""Open mCLIP, the baseline of the published figures: a multilingual text tower in CLIP's space.

Texts: sentence-transformers/clip-ViT-B-32-multilingual-v1, which is a multilingual DistilBERT, the
mean of its tokens, and a linear layer from 768 to 512 (Reimers and Gurevych, arXiv:2004.09813).
Photos: sentence-transformers/clip-ViT-B-32, which is OpenAI's CLIP ViT-B/32 unchanged. The folders
are read in the layout of sentence-transformers, without that package:

    modules.json                                the steps: type and folder, "" for the folder itself
    config.json, model.safetensors, tokenizer   Transformer
    sentence_bert_config.json                   {"max_seq_length": 128}
    1_Pooling/config.json                       {"pooling_mode_mean_tokens": true, ...}
    2_Dense/config.json, model.safetensors      {"in_features": 768, "out_features": 512, ...}
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer
from torch import Tensor, nn

from cercafoto.errors import first_line
from cercafoto.training.measure.torch_source import TorchSource, checkpoint_source, device
from cercafoto.training.training_errors import InputError

TEXT_ID = "sentence-transformers/clip-ViT-B-32-multilingual-v1"
IMAGE_ID = "sentence-transformers/clip-ViT-B-32"

# Last parts of the step types; later releases of sentence-transformers have longer first parts.
STEPS = ("Transformer", "Pooling", "Dense", "Normalize")
ACTIVATIONS: dict[str, Callable[[], nn.Module]] = {
    "torch.nn.modules.linear.Identity": nn.Identity,
    "torch.nn.modules.activation.Tanh": nn.Tanh,
}


class SentenceEncoder(nn.Module):
    """Maps input_ids, attention_mask int64 [N, T] to [N, D]: the tokens' mean, then the layers."""

    def __init__(self, transformer: nn.Module, layers: nn.Sequential) -> None:
        super().__init__()
        self.transformer = transformer
        self.layers = layers

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        states: Tensor = self.transformer(
            input_ids=input_ids, attention_mask=attention_mask
        ).last_hidden_state
        mask = attention_mask.unsqueeze(-1).to(states.dtype)
        mean = (states * mask).sum(dim=1) / mask.sum(dim=1).clamp(min=1)
        projected: Tensor = self.layers(mean)
        return projected


def mclip(text: Path, images: Path) -> TorchSource:
    """Open the baseline from its two folders.

    text: folder of the text model; see `sentence_encoder`.
    images: folder of a CLIP, of sentence-transformers or of transformers.

    Raises InputError, or ModelError if the CLIP cannot be served.
    """
    encoder, tokenizer = sentence_encoder(text)
    clip = checkpoint_source(_clip_folder(images))
    encoder.to(device())
    return TorchSource(clip.preprocessing, clip.images, encoder, tokenizer, device())


def sentence_encoder(folder: Path) -> tuple[SentenceEncoder, Tokenizer]:
    """Open a text model of sentence-transformers that pools by the mean. Return it and its
    tokenizer.

    Raises InputError for a folder with other steps: leaving one out would give other vectors.
    """
    import transformers

    steps = [(str(m["type"]).rsplit(".", 1)[-1], folder / m["path"]) for m in _modules(folder)]
    names = [name for name, _ in steps]
    if names[:2] != ["Transformer", "Pooling"] or not set(names) <= set(STEPS):
        raise InputError(f"{folder / 'modules.json'}: steps {names}, expected {STEPS}")
    pooling = _json(steps[1][1] / "config.json")
    chosen = [key for key, value in pooling.items() if "pooling_mode" in key and value is True]
    # The newest release writes one name instead of a flag for each.
    if chosen != ["pooling_mode_mean_tokens"] and pooling.get("pooling_mode") != "mean":
        raise InputError(f"{steps[1][1]}: pooling {chosen}, expected the mean of the tokens")
    root = steps[0][1]
    try:
        model = transformers.AutoModel.from_pretrained(str(root), local_files_only=True)
        fast = transformers.AutoTokenizer.from_pretrained(str(root), local_files_only=True)
    except (OSError, ValueError) as error:
        raise InputError(f"{root}: cannot be loaded ({first_line(error, 200)})") from error
    layers = nn.Sequential(*(_dense(where) for name, where in steps if name == "Dense"))
    tokenizer = Tokenizer.from_str(fast.backend_tokenizer.to_str())
    tokenizer.enable_truncation(_longest(root, fast, model))
    tokenizer.enable_padding(pad_id=fast.pad_token_id, pad_token=fast.pad_token)
    return SentenceEncoder(model, layers).float().eval(), tokenizer


def _longest(root: Path, tokenizer: Any, model: Any) -> int:
    """Return the length limit in tokens: the lower of the model's own and the folder's."""
    file = root / "sentence_bert_config.json"
    declared = _json(file).get("max_seq_length") if file.is_file() else None
    return min(
        int(declared or tokenizer.model_max_length), int(model.config.max_position_embeddings)
    )


def _dense(folder: Path) -> nn.Module:
    config = _json(folder / "config.json")
    name = str(config.get("activation_function", "torch.nn.modules.activation.Tanh"))
    if name not in ACTIVATIONS or config.get("use_residual"):
        raise InputError(f"{folder}: a layer of a kind unknown here ({name})")
    linear = nn.Linear(config["in_features"], config["out_features"], bool(config.get("bias", 1)))
    state = _weights(folder)
    try:
        linear.load_state_dict({k.removeprefix("linear."): v for k, v in state.items()})
    except RuntimeError as error:
        raise InputError(f"{folder}: its weights are not those of its config.json") from error
    return nn.Sequential(linear, ACTIVATIONS[name]())


def _weights(folder: Path) -> dict[str, Tensor]:
    try:
        if (folder / "model.safetensors").is_file():
            from safetensors.torch import load_file

            return dict(load_file(folder / "model.safetensors"))
        weights: dict[str, Tensor] = torch.load(folder / "pytorch_model.bin", weights_only=True)
    except Exception as error:  # pickle, zip and safetensors raise nearly anything
        raise InputError(f"{folder}: no weights that can be read ({error})") from error
    return weights


def _clip_folder(folder: Path) -> Path:
    """Return the folder of transformers' CLIP inside `folder`."""
    if not (folder / "modules.json").is_file():
        return folder
    return folder / str(_modules(folder)[0]["path"])


def _modules(folder: Path) -> list[dict[str, Any]]:
    steps: Any = _json(folder / "modules.json", list)
    if not all(isinstance(m, dict) and {"type", "path"} <= set(m) for m in steps) or not steps:
        raise InputError(f"{folder / 'modules.json'}: not a list of steps")
    return list(steps)


def _json(path: Path, kind: type = dict) -> Any:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: cannot be read ({error})") from error
    if not isinstance(content, kind):
        raise InputError(f"{path}: not what sentence-transformers writes")
    return content
