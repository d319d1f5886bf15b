"""Export of a run to a folder for transformers' VisionTextDualEncoderModel.from_pretrained.

Only for towers that this class can be made of: CLIP's vision transformer, and a text model whose
own pooler gives the caption's vector, as in the published recipe.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer

from cercafoto.photos.preprocessing import Preprocessing
from cercafoto.training.training_errors import InputError

# Pillow's numbers for the filters, as image processors write them.
FILTERS = {"nearest": 0, "lanczos": 1, "bilinear": 2, "bicubic": 3, "box": 4, "hamming": 5}
SPECIAL = {
    "unk_token": "[UNK]", "sep_token": "[SEP]", "pad_token": "[PAD]", "cls_token": "[CLS]",
    "mask_token": "[MASK]",
}  # fmt: skip


def is_vtde(model: Any) -> bool:
    """Return whether transformers' class can hold this DualEncoder."""
    import transformers

    return isinstance(model.image_tower.model, transformers.CLIPVisionModel) and (
        model.text_tower.pooling == "pooler"
        and isinstance(model.text_tower.model, transformers.PreTrainedModel)
    )


def vtde(model: Any) -> Any:
    """Return a VisionTextDualEncoderModel of a DualEncoder, in evaluation mode.

    It has a copy of the weights, and of the scale that the loss ended with. Raises InputError.
    """
    import transformers

    if not is_vtde(model):
        raise InputError(
            "these towers do not fit VisionTextDualEncoderModel (a CLIP vision model, and a text "
            "model with a pooler): export with --to cercafoto"
        )
    vision, text = model.image_tower.model, model.text_tower.model
    scale = float(model.scale().detach().log())
    config = transformers.VisionTextDualEncoderConfig.from_vision_text_configs(
        vision.config,
        text.config,
        projection_dim=model.image_projection.out_features,
        logit_scale_init_value=scale,
    )
    dual = transformers.VisionTextDualEncoderModel(config)
    dual.vision_model.load_state_dict(vision.state_dict())
    dual.text_model.load_state_dict(text.state_dict())
    dual.visual_projection.load_state_dict(model.image_projection.state_dict())
    dual.text_projection.load_state_dict(model.text_projection.state_dict())
    with torch.no_grad():
        dual.logit_scale.fill_(scale)
    return dual.eval()


def write(
    folder: Path, model: Any, tokenizer: Tokenizer, preprocessing: Preprocessing, tokens: int
) -> None:
    """Write config.json, model.safetensors, tokenizer and image processor into an empty folder.

    tokens: longest text.
    Raises InputError for towers that do not fit.
    """
    save(vtde(model), folder)
    write_tokenizer(folder, tokenizer, tokens)
    write_processor(folder, preprocessing)


def save(model: Any, folder: Path) -> None:
    """Write config.json and model.safetensors, without transformers' progress bars."""
    from transformers import logging

    shown = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    try:
        model.save_pretrained(folder)
    finally:
        if shown:
            logging.enable_progress_bar()


def write_tokenizer(folder: Path, tokenizer: Tokenizer, tokens: int) -> None:
    """Write the tokenizer's files as transformers reads them."""
    import transformers

    own = Tokenizer.from_str(tokenizer.to_str())
    padding = own.padding or {}
    # In transformers a caller says how to pad and where to cut; the file says with what.
    own.no_truncation()
    own.no_padding()
    special_tokens = {
        name: token for name, token in SPECIAL.items() if own.token_to_id(token) is not None
    }
    if padding:
        special_tokens["pad_token"] = str(padding["pad_token"])
    fast = transformers.PreTrainedTokenizerFast(
        tokenizer_object=own, model_max_length=tokens, **special_tokens
    )
    fast.save_pretrained(folder)


def write_processor(folder: Path, preprocessing: Preprocessing) -> None:
    """Write `preprocessor_config.json` for the same pixels."""
    shortest = preprocessing.resize == "shortest"
    side = {"height": preprocessing.size, "width": preprocessing.size}
    described = {
        "image_processor_type": "CLIPImageProcessor",
        "do_convert_rgb": True,
        "do_resize": True,
        "size": {"shortest_edge": preprocessing.resize_to} if shortest else side,
        "resample": FILTERS[preprocessing.interpolation],
        "do_center_crop": shortest,
        "crop_size": side,
        "do_rescale": True,
        "rescale_factor": 1 / 255,
        "do_normalize": True,
        "image_mean": list(preprocessing.mean),
        "image_std": list(preprocessing.std),
    }
    text = json.dumps(described, indent=2) + "\n"
    (folder / "preprocessor_config.json").write_text(text, encoding="utf-8")
