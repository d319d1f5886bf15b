"""The configuration of a training run, and the presets: the published recipe and those of today.

A comment beside each number says where it is from. FILE@COMMIT:LINE is a line of the public
repository clip-italian/clip-italian, in its folder hybrid_clip: 8f7f4c5 is the pretraining whose
epoch 26 the final run, 9ca42b9, begins from; both have the same Python. optax 0.0.9 is the one of
July 2021. [clip] is Radford et al., arXiv:2103.00020; [ours] was chosen here, with the reason. A
number without a source is no part of the recipe: it switches something off, or says how the same
run is computed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from cercafoto.training.training_errors import InputError

TEACHER = "teacher"  # a tower that is the teacher's own
CONTRASTS, DISTANCES = ("softmax", "sigmoid"), ("mse", "cosine")


@dataclass(frozen=True)
class Towers:
    """The two backbones, by their names in `backbones`, and the space that they share.

    teacher: folder of a CLIP, SigLIP, SigLIP 2 or VisionTextDualEncoder, or of a run of this
        trainer, whose towers and space the run takes over; the option --teacher. "": none.
    image: a name of the Hub, a folder, efficientnet-lite0, random:vit-b-32 or random:vit-tiny; or
        "teacher" for the teacher's own image tower.
    text: a name of the Hub, a folder, e5-small, random:bert-base or random:bert-tiny; or "teacher"
        for the teacher's own text tower, its vocabulary cut to Italian and English. The option
        --student.
    pooling: what a text tower of the Hub or of a folder makes of its tokens: "pooler", BERT's own
        layer over the first token, or "mean".
    projection: numbers in an embedding; a teacher's space keeps its own number.
    image_size: side of the square input, pixels; a teacher's image tower keeps its own.
    max_tokens: longest caption, special tokens included; a teacher's text tower keeps its own.
    text_layers: transformer layers of the text tower to use, 0 for all (to fit a small machine).
    """

    teacher: str = ""

    image: str = "openai/clip-vit-base-patch32"  # run_training.sh@9ca42b9:6
    text: str = "dbmdz/bert-base-italian-xxl-uncased"  # run_training.sh@9ca42b9:7
    pooling: str = "pooler"
    projection: int = 512  # configuration_hybrid_clip.py@9ca42b9:57
    image_size: int = 224  # run_hybrid_clip.py@9ca42b9:552, the image tower's own: 224 [clip]
    max_tokens: int = 96  # run_training.sh@9ca42b9:17
    text_layers: int = 0


@dataclass(frozen=True)
class Data:
    """The pairs of photo and captions, as JSON lines; sentences for a loss that is a distance.

    train: file to learn from; the option --train.
    valid: file that decides which checkpoint is the best; the option --valid.
    languages: the sentences that the student reads: "both", or "italian" only.
    augment: "published" or "none"; see `augment`.
    antialias: whether pictures to be augmented are smoothed as they are made smaller.
    sample_captions: whether a caption of a photo is drawn anew each time.
    window: shards whose pairs are mixed with each other at a time, so that a disk reads a few large
        files in order; 0: all pairs are mixed.
    workers: processes that decode, for each device; -1: this machine's cores are divided by its
        devices.
    tables: folder with mscoco-it/, coco/ and imagenet/ as `reproduce` has them: what there is of
        the published tables' photos is measured after every epoch; "": nothing.
    """

    train: str = ""
    valid: str = ""
    languages: str = "both"
    augment: str = "published"  # run_hybrid_clip.py@9ca42b9:552
    antialias: bool = False  # run_hybrid_clip.py@9ca42b9:244, of tensors, torchvision 0.10
    sample_captions: bool = True  # run_hybrid_clip.py@9ca42b9:332
    window: int = 0
    workers: int = -1
    tables: str = "."


@dataclass(frozen=True)
class Loss:
    """The loss: how a photo is compared with captions, and which pairs a pair is told from.

    name: "softmax", the reference's, or "sigmoid" (SigLIP's), between photos and captions; or a
        distance of sentences from the teacher's embeddings of their English originals, "mse" or
        "cosine".
    scale: whether the factor on the cosines is "fixed" or "learned"; the sigmoid's bias is too.
    value: the factor, or the first one if it is learned; 0: the teacher's own, and its bias.
    bias: what the sigmoid loss adds to a scaled cosine, or the first one if it is learned.
    ceiling: the largest factor that may be learned, 0 for none.
    rate: how many times faster factor and bias learn than the weights.
    negatives: pairs of a block. Each pair is told from the pairs of its own block only, and the
        loss is the blocks' mean, as if each of several devices saw its own pairs only. 0: from all
        pairs of the step, over all devices.
    matryoshka: the loss is also taken over so many first numbers of an embedding, as 512,256.
    keep: weight of a second term, which keeps the similarities of photos and captions that the
        untouched teacher gives; it needs an image tower that does not learn. 0: no such term.
    keep_also: folder of a larger teacher, whose similarities are kept as well; "": none.
    """

    name: str = "softmax"
    scale: str = "fixed"  # modeling_hybrid_clip.py@9ca42b9:116
    value: float = 20.0  # modeling_hybrid_clip.py@9ca42b9:64
    bias: float = 0.0
    ceiling: float = 0.0  # modeling_hybrid_clip.py@286b21d:108
    rate: float = 1.0
    negatives: int = 128  # run_training.sh@9ca42b9:18; one core's, run_hybrid_clip.py@9ca42b9:707
    matryoshka: tuple[int, ...] = ()
    keep: float = 0.0
    keep_also: str = ""


@dataclass(frozen=True)
class Optimizer:
    """The optimizer and its gradient clipping.

    name: "adabelief" or "adamw".
    learning_rate: the peak.
    betas: how much of the old mean and variance of a gradient stays, as 0.9,0.999.
    epsilon: AdaBelief adds it to the variance under the root, AdamW to the root.
    weight_decay: AdamW's; AdaBelief has none.
    decayed: the weights that weight_decay is for: "all", or "matrices" only.
    layer_decay: factor on the rate from a block of a tower to the block below it.
    average: decay of a running mean of the weights, which is then what is validated and kept as the
        best; 0: no mean.
    agc: factor of adaptive gradient clipping, 0 for none.
    agc_floor: the least norm that a weight is taken to have.
    """

    name: str = "adabelief"  # run_hybrid_clip.py@9ca42b9:669
    learning_rate: float = 1e-5  # run_training.sh@9ca42b9:20
    betas: tuple[float, float] = (0.9, 0.999)  # optax 0.0.9, scale_by_belief
    epsilon: float = 1e-16  # optax 0.0.9, scale_by_belief: eps_root; its eps is 0
    weight_decay: float = 0.0  # run_training.sh@9ca42b9:20
    decayed: str = "all"  # run_hybrid_clip.py@286b21d:579
    layer_decay: float = 1.0
    average: float = 0.0
    agc: float = 0.01  # run_hybrid_clip.py@9ca42b9:668
    agc_floor: float = 1e-3  # run_hybrid_clip.py@9ca42b9:668


@dataclass(frozen=True)
class Schedule:
    """Learning rate: linear to the peak over the `warmup` share of steps, then down to 0.

    epochs: times that all pairs are gone through.
    warmup: share of the steps in which the rate rises, from 0 to below 1.
    decay: "cosine" or "linear".
    stop_after_epochs: the run ends there, at the rate that `epochs` give; 0: after `epochs`.
    max_steps: shortens the whole schedule, to try something; 0: `epochs` decide.
    """

    epochs: int = 15  # run_training.sh@9ca42b9:17
    warmup: float = 0.1  # run_training.sh@9ca42b9:20
    decay: str = "cosine"  # run_hybrid_clip.py@9ca42b9:655
    stop_after_epochs: int = 0
    max_steps: int = 0


PRECISIONS = ("auto", "float32", "tf32", "bfloat16", "float16")


@dataclass(frozen=True)
class Engine:
    """Ways to compute the same run; none changes the result, except for rounding.

    batch: pairs in an update. The devices share them, in whole blocks, so the number of devices
        changes nothing.
    chunk: pairs whose activations are in memory at once; 0: the whole batch; -1: as many as fit on
        a GPU, 128 on a processor. Whole blocks cost no time; anything else embeds every pair twice
        (GradCache).
    precision: "float32"; "tf32": float32 whose matrices a GPU multiplies in TensorFloat-32;
        "bfloat16" or "float16": autocast, while weights and losses stay float32; "auto": bfloat16
        or float16 on a GPU, float32 on a processor.
    augment_on: "workers", the processes that decode, or "device", a batch at a time from the same
        draws; "auto": on a GPU where there is one.
    compile: run both towers through torch.compile, which takes minutes at first.
    deterministic: use only operations that give the same bits every time, which are slower. Without
        it a GPU promises the same weights to rounding.
    cache_frozen: compute the features of frozen backbones only once, if they are the same every
        time: no augmentation, no dropout.
    cache: folder of these features, which runs may share; "": beside the run.
    shared_memory_mb: shared memory that the processes that decode may fill, in millions of bytes;
        0: half of what is free when the run starts.
    timeout: minutes that a process waits for the others before it takes them for dead.
    keep: "best" keeps the weights of the best epoch, "all" those of every epoch.
    tracker: "trackio" or "wandb" send the figures there too; "" sends nothing.
    """

    batch: int = 1024  # run_training.sh@9ca42b9:18, run_hybrid_clip.py@9ca42b9:577: 128, 8 cores
    chunk: int = -1
    precision: str = "auto"  # [ours] the reference's is float32, run_hybrid_clip.py@9ca42b9:155
    augment_on: str = "auto"
    compile: bool = False
    deterministic: bool = False
    cache_frozen: bool = True
    cache: str = ""
    shared_memory_mb: int = 0
    timeout: int = 30  # [ours] a validation, or the index of a million pairs, takes minutes
    keep: str = "best"
    tracker: str = ""
    save_every: int = 500  # [ours] steps between checkpoints: minutes of work at most
    log_every: int = 20  # [ours] steps whose figures are waited for together
    peak_tflops: float = 0.0  # of the device, for MFU; 0: looked up by its name


@dataclass(frozen=True)
class Run:
    """A whole run.

    name: what its lines begin with.
    freeze: "backbones" (only the projections learn) or "none".
    image_blocks: last blocks of the image tower that learn, with what follows them; -1: the whole
        tower; 0: neither it nor its projection.
    text_blocks: the same of the text tower, whose projection always learns.
    frozen_dropout: whether frozen backbones drop units as they do where they learn.
    start: folder of the run whose weights are the beginning, "" for the towers' own weights.
    start_from: which weights of that run: "best", "last" or "epoch-26".
    seed: of all that is drawn.
    """

    name: str = "run"
    towers: Towers = field(default_factory=Towers)
    data: Data = field(default_factory=Data)
    loss: Loss = field(default_factory=Loss)
    optimizer: Optimizer = field(default_factory=Optimizer)
    schedule: Schedule = field(default_factory=Schedule)
    engine: Engine = field(default_factory=Engine)
    freeze: str = "none"
    image_blocks: int = -1
    text_blocks: int = -1
    frozen_dropout: bool = True  # run_hybrid_clip.py@8f7f4c5:700
    start: str = ""
    start_from: str = "best"
    seed: int = 0  # [ours] the reference's is 42, of generators that are not ours

    def distorts_on(self, device: str) -> bool:
        """Whether a device of this type, "cuda" or "cpu", distorts the pictures itself."""
        where = self.engine.augment_on
        on_device = where == "device" or (where == "auto" and device == "cuda")
        return self.data.augment == "published" and on_device

    def share(self, devices: int) -> int:
        """Return how many pairs of a batch each device takes.

        Raises InputError if so many devices cannot share the batch in whole blocks.
        """
        batch, block = self.engine.batch, self.loss.negatives or 1
        if batch % (devices * block):
            blocks = batch // block
            fitting = [str(n) for n in range(1, min(blocks, 64) + 1) if blocks % n == 0]
            parts = f"{blocks} blocks of {block} pairs" if block > 1 else f"{batch} pairs"
            raise InputError(
                f"engine.batch={batch} are {parts}, which {devices} devices cannot share evenly: "
                f"{', '.join(fitting)} can"
            )
        return batch // devices

    def check(self) -> None:
        """Check the values. Raises InputError for one that no part of the training knows."""
        _among("data.augment", self.data.augment, ("published", "none"))
        _among("data.languages", self.data.languages, ("both", "italian"))
        _among("towers.pooling", self.towers.pooling, ("pooler", "mean"))
        _among("loss.name", self.loss.name, (*CONTRASTS, *DISTANCES))
        _among("loss.scale", self.loss.scale, ("fixed", "learned"))
        _among("optimizer.name", self.optimizer.name, ("adabelief", "adamw"))
        _among("optimizer.decayed", self.optimizer.decayed, ("all", "matrices"))
        _among("schedule.decay", self.schedule.decay, ("cosine", "linear"))
        _among("engine.precision", self.engine.precision, PRECISIONS)
        _among("engine.augment_on", self.engine.augment_on, ("auto", "workers", "device"))
        _among("engine.keep", self.engine.keep, ("best", "all"))
        _among("engine.tracker", self.engine.tracker, ("", "trackio", "wandb"))
        if not re.fullmatch(r"best|last|epoch-\d+", self.start_from):
            raise InputError(f"start_from is {self.start_from!r}: it can be best, last or epoch-26")
        _among("freeze", self.freeze, ("backbones", "none"))
        if self.data.workers < -1:
            raise InputError("data.workers cannot be below -1, which is: by the cores")
        if (
            self.data.window < 0
            or min(self.engine.log_every, self.engine.save_every, self.engine.timeout) < 1
        ):
            raise InputError(
                "data.window cannot be below 0; engine.log_every, engine.save_every and "
                "engine.timeout not below 1"
            )
        if self.engine.chunk < -1 or self.engine.shared_memory_mb < 0:
            raise InputError("engine.chunk cannot be below -1, engine.shared_memory_mb not below 0")
        if self.engine.batch < 2:
            raise InputError("engine.batch must be at least 2: a pair needs another to differ from")
        block = self.loss.negatives
        if block < 0 or block == 1 or (block and self.engine.batch % block):
            raise InputError(
                f"loss.negatives is {block}, engine.batch {self.engine.batch}: a batch is made of "
                "whole blocks of at least 2 pairs (0: one block, of all pairs on all devices)"
            )
        if not 0 <= self.schedule.warmup < 1:
            raise InputError("schedule.warmup is a share of the steps: from 0 to below 1")
        if self.schedule.stop_after_epochs > self.schedule.epochs:
            raise InputError("schedule.stop_after_epochs is more than schedule.epochs")
        if self.optimizer.name == "adabelief" and self.optimizer.weight_decay:
            raise InputError("optimizer.weight_decay is AdamW's: AdaBelief has none")
        if not (0 <= self.optimizer.average < 1 and 0 < self.optimizer.layer_decay <= 1):
            raise InputError(
                "optimizer.average is from 0 to below 1, optimizer.layer_decay above 0, at most 1"
            )
        if (
            min(self.image_blocks, self.text_blocks) < -1
            or min(self.loss.value, self.loss.keep) < 0
        ):
            raise InputError(
                "image_blocks and text_blocks cannot be below -1, loss.value and loss.keep not "
                "below 0"
            )
        if any(numbers < 1 for numbers in self.loss.matryoshka):
            raise InputError("loss.matryoshka: so many first numbers, each at least 1")
        self._check_teacher()

    def _check_teacher(self) -> None:
        """Check the values that only a run with a teacher can have. Raises InputError."""
        loss = self.loss
        if self.towers.image != TEACHER:
            for name, wanted in (
                ("towers.text", self.towers.text == TEACHER),
                ("loss.value", not loss.value),
                ("loss.name", loss.name in DISTANCES),
                ("loss.keep", loss.keep > 0),
            ):
                if wanted:
                    raise InputError(
                        f"{name} needs the teacher's image tower: towers.image={TEACHER}"
                    )
        if loss.keep_also and not loss.keep:
            raise InputError("loss.keep_also needs a weight: loss.keep is 0")
        still = self.image_still and self.engine.cache_frozen
        if loss.name in DISTANCES and (not still or loss.keep or loss.scale != "fixed"):
            raise InputError(
                f"loss.name={loss.name} learns from sentences only: image_blocks=0, loss.keep=0, "
                "loss.scale=fixed, engine.cache_frozen=true"
            )
        if loss.keep and (not still or loss.negatives):
            raise InputError(
                "loss.keep compares photos whose features are computed once, over the whole batch: "
                "image_blocks=0, data.augment=none, frozen_dropout=false, loss.negatives=0, "
                "engine.cache_frozen=true"
            )

    @property
    def learning_blocks(self) -> tuple[int, int]:
        """Return how many last blocks of the image and of the text tower learn; -1: the whole
        tower."""
        frozen = self.freeze == "backbones"
        return (0, 0) if frozen else (self.image_blocks, self.text_blocks)

    @property
    def image_still(self) -> bool:
        """Whether a photo has the same pooled features every time."""
        drawn = self.data.augment != "none" or self.frozen_dropout
        return self.learning_blocks[0] == 0 and not drawn

    @property
    def text_still(self) -> bool:
        """Whether a caption has the same pooled features every time."""
        return self.learning_blocks[1] == 0 and not self.frozen_dropout


def _among(name: str, value: str, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise InputError(f"{name} is {value!r}: it can be {', '.join(choices)}")
