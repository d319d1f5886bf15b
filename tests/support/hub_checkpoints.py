"""Small random checkpoints of the real classes, in the layout that the Hub serves them.

The weights are random but wide, so that different sentences and photos get clearly different
vectors: a parity test over vectors that are all alike would prove nothing.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
import transformers
from tokenizers import Tokenizer, models, pre_tokenizers, processors

SENTENCE = """
    una foto di un gatto cane la il mare perche no ? . , ! ' tazza caffe e sul tavolo legno
    razzo che decolla notte astronauta sorridente in tuta arancione davanti alla bandiera
    spiaggia due bambini giocano sole sono tavola ##a ##o ##i ##e
"""
WORDS = SENTENCE.split()
CLIP_MEAN, CLIP_STD = [0.48145466, 0.4578275, 0.40821073], [0.26862954, 0.26130258, 0.27577711]
README = "---\nlanguage: it\nlicense: gpl-3.0\ntags:\n- clip\n---\n# Un modello a caso\n"

# As in CLIP-Italian of 2021: integers, and the name of a removed class.
OLD_PREPROCESSOR = {
    "crop_size": 224,
    "do_center_crop": True,
    "do_normalize": True,
    "do_resize": True,
    "feature_extractor_type": "CLIPFeatureExtractor",
    "image_mean": CLIP_MEAN,
    "image_std": CLIP_STD,
    "resample": 3,
    "size": 224,
}
NEW_PREPROCESSOR = {
    "crop_size": {"height": 224, "width": 224},
    "do_center_crop": True,
    "do_convert_rgb": True,
    "do_normalize": True,
    "do_rescale": True,
    "do_resize": True,
    "image_mean": CLIP_MEAN,
    "image_processor_type": "CLIPImageProcessor",
    "image_std": CLIP_STD,
    "resample": 3,
    "rescale_factor": 1 / 255,
    "size": {"shortest_edge": 224},
}
SMALL = {
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
}


def make_dual(
    folder: Path,
    weights: str = "bin",
    seed: int = 0,
    size: dict[str, int] = SMALL,
    words: int = 0,
    rows: int = 0,
) -> Path:
    """Write a small CLIP-Italian: uncased BERT and a CLIP vision tower, projected to 512, with the
    original's file names, old tensor names and old image processor file.

    size: of both towers. words, rows: least size of the vocabulary and of the text tower's table.
    """
    folder.mkdir(parents=True)
    specials = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    vocabulary = list(dict.fromkeys([*specials, *WORDS]))
    vocabulary += [f"parola{number}" for number in range(words - len(vocabulary))]
    config = transformers.VisionTextDualEncoderConfig.from_vision_text_configs(
        transformers.CLIPVisionConfig(**size, image_size=224, patch_size=32),
        transformers.BertConfig(
            **size,
            vocab_size=max(rows, len(vocabulary)),
            max_position_embeddings=512,
            initializer_range=0.5,
        ),
        projection_dim=512,
        logit_scale_init_value=1.0,
    )
    torch.manual_seed(seed)
    model = transformers.VisionTextDualEncoderModel(config)
    _widen(model)
    _save(model, folder, weights, old_names=True)
    (folder / "vocab.txt").write_text("\n".join(vocabulary) + "\n", encoding="utf-8")
    tokenizer = transformers.BertTokenizer(str(folder / "vocab.txt"), do_lower_case=True)
    tokenizer.backend_tokenizer.save(str(folder / "tokenizer.json"))
    _json(folder / "tokenizer_config.json", do_lower_case=True, tokenizer_class="BertTokenizer")
    _json(folder / "special_tokens_map.json", pad_token="[PAD]", unk_token="[UNK]")
    _json(folder / "preprocessor_config.json", **OLD_PREPROCESSOR)
    (folder / "README.md").write_text(README, encoding="utf-8")
    return folder


def make_clip(folder: Path, weights: str = "safetensors", seed: int = 1) -> Path:
    """Write a CLIPModel with a byte-level BPE, pooled at its end-of-text token."""
    folder.mkdir(parents=True)
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    pieces = [*letters, *(letter + "</w>" for letter in letters), "ga", "gat"]
    pieces += ["<|startoftext|>", "<|endoftext|>"]
    vocabulary = {piece: index for index, piece in enumerate(pieces)}
    tokenizer = transformers.CLIPTokenizer(
        vocab=vocabulary, merges=[("g", "a"), ("ga", "t")], model_max_length=77
    )
    tokenizer.save_pretrained(folder)
    config = transformers.CLIPConfig(
        # OpenAI's own checkpoints say 2, which means: pool at the highest token.
        text_config={**SMALL, "vocab_size": len(pieces), "eos_token_id": 2},
        vision_config={**SMALL, "image_size": 224, "patch_size": 32},
        projection_dim=48,
    )
    torch.manual_seed(seed)
    model = transformers.CLIPModel(config)
    _widen(model)
    _save(model, folder, weights)
    _json(folder / "preprocessor_config.json", **NEW_PREPROCESSOR)
    return folder


def make_siglip(folder: Path, weights: str = "safetensors", seed: int = 2) -> Path:
    """Write a SiglipModel: text padded to 64, square pictures, pooling by attention."""
    folder.mkdir(parents=True)
    pieces = ["</s>", "<unk>", "▁", *"abcdefghijlmnopqrstuvzèòù", "▁gatto", "▁foto", "▁una"]
    tokenizer = Tokenizer(models.Unigram([(p, -float(i)) for i, p in enumerate(pieces)], unk_id=1))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="$A </s>", special_tokens=[("</s>", 0)]
    )
    tokenizer.add_special_tokens(["</s>"])
    tokenizer.save(str(folder / "tokenizer.json"))
    _json(folder / "tokenizer_config.json", tokenizer_class="SiglipTokenizer", pad_token="</s>")
    config = transformers.SiglipConfig(
        text_config={**SMALL, "vocab_size": len(pieces), "projection_size": 32},
        vision_config={**SMALL, "image_size": 64, "patch_size": 16},
    )
    torch.manual_seed(seed)
    model = transformers.SiglipModel(config)
    _end_loss(model)
    _save(model, folder, weights)
    _json(
        folder / "preprocessor_config.json",
        do_normalize=True,
        do_rescale=True,
        do_resize=True,
        image_mean=[0.5, 0.5, 0.5],
        image_std=[0.5, 0.5, 0.5],
        image_processor_type="SiglipImageProcessor",
        resample=3,
        size={"height": 64, "width": 64},
    )
    return folder


def make_siglip2(folder: Path, weights: str = "bin", seed: int = 3) -> Path:
    """Write a Siglip2Model: it takes patches and their layout; positions are 3 x 3, pictures 4 x 4
    patches, so that positions are resized."""
    folder.mkdir(parents=True)
    pieces = ["<pad>", "<eos>", "<bos>", "<unk>", "<mask>", "▁", *"abcdefghijlmnopqrstuvzèòù"]
    tokenizer = transformers.Siglip2Tokenizer(
        vocab={p: i for i, p in enumerate(pieces)}, merges=[], padding_side="right"
    )
    tokenizer.save_pretrained(folder)
    config = transformers.Siglip2Config(
        text_config={**SMALL, "vocab_size": len(pieces), "projection_size": 32},
        vision_config={**SMALL, "num_patches": 9, "patch_size": 16},
    )
    torch.manual_seed(seed)
    model = transformers.Siglip2Model(config)
    _end_loss(model)
    _save(model, folder, weights)
    _json(
        folder / "preprocessor_config.json",
        do_normalize=True,
        do_rescale=True,
        do_resize=True,
        image_mean=[0.5, 0.5, 0.5],
        image_std=[0.5, 0.5, 0.5],
        image_processor_type="Siglip2ImageProcessor",
        max_num_patches=16,
        patch_size=16,
        resample=2,
    )
    return folder


def make_metaclip2(folder: Path, weights: str = "safetensors", seed: int = 4) -> Path:
    """Write a MetaClip2Model: CLIP's towers with XLM-R's kind of vocabulary, pooled at the first
    end-of-text token, and the licence of Meta's own."""
    folder.mkdir(parents=True)
    pieces = ["<s>", "<pad>", "</s>", "<unk>", "▁", *"abcdefghijlmnopqrstuvzèò", "▁gatto", "▁una"]
    vocabulary = [(piece, -float(rank)) for rank, piece in enumerate(pieces)]
    transformers.XLMRobertaTokenizer(vocab=vocabulary).save_pretrained(folder)
    config = transformers.MetaClip2Config(
        text_config={**SMALL, "vocab_size": len(pieces) + 1, "eos_token_id": 2, "bos_token_id": 0},
        vision_config={**SMALL, "image_size": 224, "patch_size": 32},
        projection_dim=48,
    )
    torch.manual_seed(seed)
    model = transformers.MetaClip2Model(config)
    _widen(model)
    _save(model, folder, weights)
    _json(folder / "preprocessor_config.json", **NEW_PREPROCESSOR)
    (folder / "README.md").write_text("---\nlicense: cc-by-nc-4.0\n---\n", encoding="utf-8")
    return folder


def _end_loss(model: Any) -> None:
    """Set the scale, as a logarithm, and the bias to values that training may end with."""
    with torch.no_grad():
        model.logit_scale.fill_(4.0)
        model.logit_bias.fill_(-12.0)


def _widen(model: Any) -> None:
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "weight" in name and parameter.dim() > 1:
                parameter.mul_(3.0)
            elif parameter.dim() == 1:
                # The exporter merges equal biases, which training never leaves equal.
                parameter.add_(torch.randn_like(parameter), alpha=0.05)


def _save(model: Any, folder: Path, weights: str, old_names: bool = False) -> None:
    model.eval()
    if weights == "safetensors":
        model.save_pretrained(folder)
        return
    model.config.architectures = [type(model).__name__]
    model.config.save_pretrained(folder)
    state = model.state_dict()
    if old_names:
        state = {
            name.replace("vision_model.", "vision_model.vision_model.", 1)
            if name.startswith("vision_model.")
            else name: tensor
            for name, tensor in state.items()
        }
        state["text_model.embeddings.position_ids"] = torch.arange(512).expand(1, -1)
    torch.save(state, folder / "pytorch_model.bin")


def _json(path: Path, **content: Any) -> None:
    path.write_text(json.dumps(content, indent=2), encoding="utf-8")


MAKERS: dict[str, Callable[..., Path]] = {
    "dual": make_dual,  # .bin, tensors and files named as in 2021
    "clip": make_clip,  # safetensors
    "siglip": make_siglip,  # safetensors
    "siglip2": make_siglip2,  # .bin
    "metaclip2": make_metaclip2,  # safetensors
}
