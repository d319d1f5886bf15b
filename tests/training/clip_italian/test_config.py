"""The configuration: presets as published, overrides by name, a file that reads back."""

from __future__ import annotations

import json

import pytest

from cercafoto.training.clip_italian import config_text, presets
from cercafoto.training.training_errors import InputError


def test_published_numbers():
    one, two = presets.preset("clip-italian-stage1"), presets.preset("clip-italian-stage2")
    assert one.freeze == "backbones" and one.frozen_dropout
    assert (one.schedule.epochs, one.schedule.stop_after_epochs) == (50, 26)
    assert two.freeze == "none"
    assert (two.schedule.epochs, two.schedule.stop_after_epochs) == (15, 0)
    assert (one.optimizer.learning_rate, two.optimizer.learning_rate) == (5e-5, 1e-5)
    for run in (one, two):
        assert run.towers.image == "openai/clip-vit-base-patch32"
        assert run.towers.text == "dbmdz/bert-base-italian-xxl-uncased"
        assert (run.towers.projection, run.towers.max_tokens) == (512, 96)
        assert (run.loss.scale, run.loss.value) == ("fixed", 20.0)
        assert run.optimizer.name == "adabelief" and run.loss.negatives == 128
        assert (run.optimizer.agc, run.optimizer.agc_floor) == (0.01, 1e-3)
        assert run.optimizer.weight_decay == 0
        assert (run.schedule.warmup, run.schedule.decay) == (0.1, "cosine")
        assert (run.engine.batch, run.engine.precision) == (1024, "auto")
        assert run.engine.chunk == -1, "as many as fit"
        assert run.data.augment == "published" and not run.data.antialias
        assert run.data.sample_captions
    assert two.start_from == "last"


@pytest.mark.parametrize("name", sorted(presets.PRESETS))
def test_a_run_reads_back_from_its_file(name):
    run = config_text.override(presets.preset(name), ["seed=7", "optimizer.betas=0.8,0.99"])
    assert config_text.from_json(config_text.to_json(run)) == run


def test_overrides_take_the_type_of_the_field():
    run = config_text.override(
        presets.preset("smoke"),
        [
            "optimizer.learning_rate=3e-5",
            "engine.batch=32",
            "engine.compile=true",
            "loss.scale=learned",
            "data.augment=none",
        ],
    )
    assert run.optimizer.learning_rate == 3e-5
    assert run.engine.batch == 32 and run.engine.compile is True
    assert (run.loss.scale, run.data.augment) == ("learned", "none")
    assert presets.preset("smoke").engine.batch == 16


@pytest.mark.parametrize(
    "setting",
    [
        "optimizer.speed=1",
        "optimizer=adamw",
        "engine.batch=many",
        "engine.compile=maybe",
        "engine.batch",
        "engine.batch=1",
        "loss.scale=free",
        "loss.negatives=3",
        "loss.negatives=1",
        "schedule.decay=steps",
        "schedule.stop_after_epochs=3",
        "optimizer.weight_decay=0.1",
        "schedule.warmup=1.5",
        "seed.more=1",
    ],
)
def test_a_wrong_override_says_which(setting):
    with pytest.raises(InputError) as caught:
        config_text.override(presets.preset("smoke"), [setting])
    assert setting.partition("=")[0].split(".")[0] in str(caught.value)


def test_a_file_that_is_no_configuration(tmp_path):
    path = tmp_path / "config.json"
    with pytest.raises(InputError, match="cannot be read"):
        config_text.load(path)
    for content in ("{", "[]", '{"colour": "red"}', json.dumps({"engine": {"wheels": 4}})):
        path.write_text(content)
        with pytest.raises(InputError, match=r"config\.json"):
            config_text.load(path)


def test_an_unknown_preset_names_the_known_ones():
    with pytest.raises(InputError, match="clip-italian-stage1"):
        presets.preset("clip-italian")


def test_a_gpu_distorts_its_pictures_unless_told_otherwise() -> None:
    run = presets.preset("clip-italian-stage2")
    assert run.distorts_on("cuda") and not run.distorts_on("cpu")
    for where, cuda, cpu in (("workers", False, False), ("device", True, True)):
        told = config_text.override(run, [f"engine.augment_on={where}"])
        assert (told.distorts_on("cuda"), told.distorts_on("cpu")) == (cuda, cpu)
    assert not config_text.override(run, ["data.augment=none"]).distorts_on("cuda")


@pytest.mark.parametrize("devices, share", [(1, 1024), (2, 512), (8, 128)])
def test_devices_share_a_batch(devices: int, share: int) -> None:
    assert presets.preset("clip-italian-stage2").share(devices) == share


@pytest.mark.parametrize("devices", [3, 16])
def test_blocks_are_not_cut_in_two(devices: int) -> None:
    with pytest.raises(InputError, match=rf"which {devices} devices cannot share.*1, 2, 4, 8 can"):
        presets.preset("clip-italian-stage2").share(devices)
    whole = config_text.override(presets.preset("clip-italian-stage2"), ["loss.negatives=0"])
    assert whole.share(16) == 64, "no blocks"
