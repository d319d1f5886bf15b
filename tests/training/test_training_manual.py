"""The help of the training commands is a manual of all options."""

from __future__ import annotations

import dataclasses
import re
import typing

import pytest

from cercafoto.training.__main__ import main, parser
from cercafoto.training.clip_italian import config_text, fields
from cercafoto.training.clip_italian.config import Run
from cercafoto.training.clip_italian.presets import PRESETS


def help_of(*words: str, capsys: pytest.CaptureFixture[str]) -> str:
    with pytest.raises(SystemExit) as ended:
        main([*words, "--help"])
    assert ended.value.code == 0
    return capsys.readouterr().out


def paths(part: type = Run, prefix: str = "") -> list[str]:
    types = typing.get_type_hints(part)
    found = []
    for field in dataclasses.fields(part):
        if dataclasses.is_dataclass(types[field.name]):
            found += paths(types[field.name], f"{prefix}{field.name}.")
        else:
            found.append(f"{prefix}{field.name}")
    return found


def test_every_field_is_told_with_its_value() -> None:
    told = {field.path: field for field in fields.fields()}
    assert sorted(told) == sorted(paths())
    for path, field in told.items():  # a line in the docstring of its class is what is missing
        assert len(field.about) > 3 and not re.search(r"@[0-9a-f]{7}:", field.about), path
    assert "numbers in an embedding" in told["towers.projection"].about
    assert told["loss.negatives"].about.endswith("over all devices.")  # of several lines
    assert "steps between checkpoints" in told["engine.save_every"].about  # of the comment


def test_a_value_as_it_is_told_can_be_set() -> None:
    for field in fields.fields():
        if field.default:
            set_as_told = config_text.override(Run(), [f"{field.path}={field.default}"])
            assert set_as_told == Run(), field.path


def test_the_manual_has_examples_presets_and_fields(capsys: pytest.CaptureFixture[str]) -> None:
    text = help_of(capsys=capsys)
    for name in PRESETS:
        assert f"\n    {name}\n" in text
    for path in paths():
        assert f"\n    {path}=" in text
    for line in text.splitlines():
        assert len(line) <= 80, line
    examples = text.partition("examples:")[2].partition("exit code:")[0].replace("\\\n", " ")
    shown = re.findall(r"python -m cercafoto\.training (.+)", examples)
    assert len(shown) >= 6
    for words in shown:
        parser().parse_args(words.split())


def test_train_tells_them_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert fields.manual() in help_of("train", capsys=capsys)


def test_throughput_takes_only_presets_without_a_teacher() -> None:
    assert parser().parse_args(["throughput", "--preset", "smoke"]).preset == "smoke"
    with pytest.raises(SystemExit):
        parser().parse_args(["throughput", "--preset", "lit"])
