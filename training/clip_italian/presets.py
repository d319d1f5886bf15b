"""The presets: the published recipe, small runs of it, and the recipes of today.

`config` says how the sources of the numbers are written.
"""

from __future__ import annotations

import dataclasses

from cercafoto.training.clip_italian.config import (
    TEACHER,
    Data,
    Engine,
    Loss,
    Optimizer,
    Run,
    Schedule,
    Towers,
)
from cercafoto.training.training_errors import InputError

# The dropout of frozen backbones and the augmentation stay on, as the script has them.
STAGE_1 = Run(
    name="clip-italian-stage1",
    freeze="backbones",  # run_training.sh@8f7f4c5:27
    optimizer=Optimizer(learning_rate=5e-5),  # run_training.sh@8f7f4c5:20
    # run_training.sh@8f7f4c5:17; what run_training.sh@9ca42b9:27 goes on from is epoch 26
    schedule=Schedule(epochs=50, stop_after_epochs=26),
)
# The last weights of stage 1 are those of its epoch 26: run_training.sh@9ca42b9:27.
STAGE_2 = Run(name="clip-italian-stage2", freeze="none", start_from="last")
# Seconds on two cores, from random weights: does everything run? [ours]
SMOKE = Run(
    name="smoke",
    towers=Towers(
        image="random:vit-tiny",
        text="random:bert-tiny",
        projection=32,
        image_size=64,
        max_tokens=32,
    ),
    data=Data(workers=0),
    loss=Loss(negatives=0),
    optimizer=Optimizer(learning_rate=1e-3),
    schedule=Schedule(epochs=2),
    engine=Engine(batch=16, chunk=0),
)
# What two cores can train: public towers that pip installs, fewer layers, smaller pictures (so
# small that they have to be smoothed), batches of one block, and larger steps, since 1e-5 hardly
# moves anything in the few steps that few pairs make. [ours]
SMALL_2 = Run(
    name="small-stage2",
    towers=Towers(
        image="efficientnet-lite0",
        text="e5-small",
        projection=256,
        image_size=96,
        max_tokens=48,
        text_layers=3,
    ),
    data=Data(antialias=True, workers=2),
    loss=Loss(negatives=64),
    optimizer=Optimizer(learning_rate=1e-4),
    schedule=Schedule(epochs=3),
    engine=Engine(batch=64, chunk=0),
)
# Neither augmented nor with dropout, so that the backbones are gone through once. [ours]
SMALL_1 = dataclasses.replace(
    SMALL_2,
    name="small-stage1",
    freeze="backbones",
    frozen_dropout=False,
    data=dataclasses.replace(SMALL_2.data, augment="none"),
    optimizer=Optimizer(learning_rate=5e-4),
    schedule=Schedule(epochs=8),
)

# An Italian model of today, in three stages: docs/recipes.md. Numbers are from papers, or [ours];
# no run at full size stands behind these. AdamW, its betas from [clip], table 18.
_LIT_OPTIMIZER = Optimizer(
    name="adamw",
    learning_rate=1e-4,
    betas=(0.9, 0.98),
    epsilon=1e-8,
    weight_decay=0.01,
    decayed="matrices",
    average=0.999,
    agc=0.0,
)
_LIT_TOWERS = Towers(
    image=TEACHER, text=TEACHER, pooling="mean", projection=0, image_size=0, max_tokens=64
)
# Reimers and Gurevych, arXiv:2004.09813: mean squared error, AdamW at 2e-5, warm-up, batches of 64
# (theirs start from a trained sentence encoder); M-CLIP likewise, for CLIP's text tower (Carlsson
# et al., LREC 2022). [ours] 1e-4, and 512 texts: the projection begins from nothing.
DISTIL = Run(
    name="distil",
    towers=dataclasses.replace(_LIT_TOWERS, text=""),
    data=Data(augment="none"),
    loss=Loss(name="mse", value=0.0, negatives=0),
    optimizer=_LIT_OPTIMIZER,
    schedule=Schedule(epochs=5),
    engine=Engine(batch=512),
    image_blocks=0,
    frozen_dropout=False,
)
# Zhai et al., arXiv:2111.07991 (image tower locked) and arXiv:2303.15343 (sigmoid loss). [ours] The
# factor and the bias learn at 1e-3, at which they can move; the term that keeps the teacher's
# similarities is affinity mimicking (Wu et al., arXiv:2309.12314), weighed as the loss itself.
LIT = dataclasses.replace(
    DISTIL,
    name="lit",
    towers=_LIT_TOWERS,
    loss=Loss(name="sigmoid", scale="learned", value=0.0, rate=10.0, negatives=0, keep=1.0),
    schedule=Schedule(epochs=10),
    engine=Engine(),
)
# [ours] A twentieth of lit's rate, so that what was aligned stays so; a rate falling by 0.75 a
# block as in BEiT's fine-tuning (Bao et al., arXiv:2106.08254, appendix).
UNFREEZE = dataclasses.replace(
    LIT,
    name="unfreeze",
    data=Data(antialias=True),
    loss=dataclasses.replace(LIT.loss, rate=200.0, keep=0.0),
    optimizer=dataclasses.replace(_LIT_OPTIMIZER, learning_rate=5e-6, layer_decay=0.75),
    schedule=Schedule(epochs=3),
    engine=Engine(batch=512),
    image_blocks=4,
    text_blocks=6,
)

PRESETS: dict[str, Run] = {
    run.name: run for run in (STAGE_1, STAGE_2, SMOKE, SMALL_1, SMALL_2, DISTIL, LIT, UNFREEZE)
}


def preset(name: str) -> Run:
    """Return a preset by its name. Raises InputError, which lists the names."""
    if name not in PRESETS:
        raise InputError(f"no preset {name!r}: there are {', '.join(PRESETS)}")
    return PRESETS[name]
