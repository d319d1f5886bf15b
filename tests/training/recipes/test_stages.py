"""Whole stages on a few coloured pictures, from checkpoint folders to a model that is served."""

from __future__ import annotations

import json
import re
import signal
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs the torch extra")
pytest.importorskip("torchvision", reason="training needs the train extra")

from cercafoto.models.encode.encoder import Encoder  # noqa: E402
from cercafoto.models.model_folder import ModelFolder  # noqa: E402
from cercafoto.settings import Settings  # noqa: E402
from cercafoto.training.__main__ import main  # noqa: E402
from cercafoto.training.clip_italian import checkpoint  # noqa: E402
from cercafoto.training.data.pairs import read_pairs  # noqa: E402
from cercafoto.training.recipes import run_folder, stages, teacher_vectors  # noqa: E402
from cercafoto.training.recipes.recipe import PRESETS, Recipe, load  # noqa: E402
from cercafoto.training.recipes.recipe_towers import open_student, open_teacher  # noqa: E402
from cercafoto.training.training_errors import InputError  # noqa: E402
from tests.support.hub_checkpoints import MAKERS  # noqa: E402
from tests.support.text_checkpoints import STUDENTS, make_bert  # noqa: E402
from tests.support.training_pairs import write_pairs  # noqa: E402

TOWERS = ("teacher", "student")
SENTENCES = """\
a red wall\tun muro rosso
a green wall\tun muro verde
the colour is blue\til colore è blu
all yellow\ttutto giallo
a black cat\tun gatto nero
the sea is white\til mare è bianco
"""


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    torch.set_num_threads(1)  # other tests run beside this one
    root = tmp_path_factory.mktemp("recipes")
    (root / "sentences.tsv").write_text(SENTENCES, encoding="utf-8")
    return {
        "teacher": MAKERS["siglip"](root / "teacher"),
        "student": make_bert(root / "student"),
        "sentences": root / "sentences.tsv",
        "pairs": write_pairs(root, "train", 24),
        "valid": write_pairs(root, "valid", 8, seed=1),
        "root": root,
    }


def recipe_of(folders: dict[str, Path], stage: str, **changed: Any) -> Recipe:
    data = folders["sentences" if stage == "distil" else "pairs"]
    towers: dict[str, Any] = {
        name: "" if "start" in changed else str(folders[name]) for name in TOWERS
    }
    small: dict[str, Any] = {
        "batch": 6 if stage == "distil" else 8,
        "steps": 6,
        "workers": 0,
        "average": 0.9,
    }
    if stage == "unfreeze":
        small |= {"image_blocks": 1, "text_blocks": 1}
    return replace(PRESETS[stage], data=str(data), **(towers | small | changed))


def run(recipe: Recipe, out: Path, report: Any = lambda *_: None, resume: bool = False) -> Any:
    recipe = run_folder.resolved(recipe)
    run_folder.claim(recipe, out, resume)
    teacher = open_teacher(Path(recipe.teacher))
    return stages.run(
        recipe, out, teacher, open_student(Path(recipe.student), recipe.max_tokens), report
    )


def weights(out: Path, which: str = "final") -> dict[str, torch.Tensor]:
    state: dict[str, torch.Tensor] = checkpoint.read(out, which)["model"]
    return state


def same(one: Path, other: Path) -> bool:
    a, b = weights(one), weights(other)
    return set(a) == set(b) and all(torch.equal(a[name], b[name]) for name in a)


def command(stage: str, **options: Any) -> list[str]:
    words = [stage]
    for name, value in options.items():
        words.append("--" + name.replace("_", "-"))
        words += [str(v) for v in value] if isinstance(value, tuple) else [str(value)]
    return words


# -- from checkpoint folders to a model that is served -------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize(
    ("architecture", "student", "ladder"),
    [
        ("siglip2", "bert", ["distil"]),
        ("dual", "xlm-roberta", ["distil", "lit"]),
        ("clip", "modernbert", ["unfreeze"]),
    ],
)
def test_each_rung_ends_in_a_model_that_is_served(
    tmp_path: Path,
    folders: dict[str, Path],
    cli: Any,
    settings: Settings,
    architecture: str,
    student: str,
    ladder: list[str],
    capfd: pytest.CaptureFixture[str],
) -> None:
    towers = {
        "teacher": str(MAKERS[architecture](tmp_path / "teacher")),
        "student": str(STUDENTS[student](tmp_path / "student")),
    }
    common: dict[str, Any] = {"matryoshka": (16, 8), "max_tokens": 24, "steps": 2, "batch": 6}
    begin: dict[str, Any] = dict(towers)
    *below, last = ladder
    for stage in below:
        run(recipe_of(folders, stage, **common, **begin), tmp_path / stage)
        begin = {"start": str(tmp_path / stage)}
    out = tmp_path / "prova"
    options = common | begin | {"out": out, "valid": folders["valid"], "dimensions": 16}
    options |= {"workers": 0} | (
        {"image_blocks": 1, "text_blocks": 1} if last == "unfreeze" else {}
    )
    data = {"sentences": folders["sentences"]} if last == "distil" else {"pairs": folders["pairs"]}
    assert main(command(last, **options, **data)) == 0
    said = capfd.readouterr()
    assert f"cercafoto modello aggiungi {out / 'model'}" in said.err
    figures = json.loads(said.out[said.out.rindex("{") :])
    assert set(figures) == {"steps", "loss"} | {
        f"R@{k}{of}" for k in (1, 5, 10) for of in ("", " of 16", " of 8")
    }

    code, _, err = cli("modello", "aggiungi", out / "model")
    assert code == 0, err
    folder = ModelFolder.open(settings.models / "prova")
    assert folder.dimension == 16 and folder.source["recipe"] == last
    encoder, model = Encoder(folder), final(out)
    pixels = torch.rand(2, 3, encoder.preprocessing.size, encoder.preprocessing.size)
    with torch.inference_mode():
        texts = model.embed_texts(*model.text.tokens(["un gatto nero"]))
        images = model.embed_images(pixels)
    for served, whole in (
        (encoder.embed_texts(["un gatto nero"]), texts),
        (encoder.embed_pixels(pixels.numpy()), images),
    ):
        expected = torch.nn.functional.normalize(whole[:, :16], dim=1)
        np.testing.assert_allclose(served, expected, atol=1e-4)


def final(out: Path) -> Any:
    """The model of a run that has ended."""
    recipe = load(out / run_folder.CONFIG)
    teacher = open_teacher(Path(recipe.teacher))
    student = open_student(Path(recipe.student), recipe.max_tokens)
    return stages.begin(replace(recipe, start=str(out)), teacher, student).eval()


# -- what each stage does ------------------------------------------------------------------------


def test_the_student_comes_to_give_the_teachers_vectors(
    folders: dict[str, Path], tmp_path: Path
) -> None:
    recipe = recipe_of(folders, "distil", steps=250, learning_rate=3e-3, average=0.0)
    model, result = run(recipe, tmp_path / "run")
    teacher = open_teacher(folders["teacher"])
    english = [line.split("\t")[0] for line in SENTENCES.splitlines()]
    italian = [line.split("\t")[1] for line in SENTENCES.splitlines()]
    wanted = torch.from_numpy(teacher.embed(english, torch.device("cpu")))
    with torch.inference_mode():
        for texts in (english, italian):
            found = model.embed_texts(*model.text.tokens(texts))
            assert float((found * wanted).sum(1).min()) > 0.95
    assert result.steps == 250
    assert not any(name.startswith("image.") for name in weights(tmp_path / "run"))


def test_lit_tells_pairs_apart_without_touching_the_photos_tower(
    folders: dict[str, Path], tmp_path: Path
) -> None:
    recipe = recipe_of(
        folders, "lit", steps=150, learning_rate=3e-3, loss="softmax", valid=str(folders["valid"])
    )
    model, _ = run(recipe, tmp_path / "run")
    teacher = open_teacher(folders["teacher"])
    for name, weight in teacher.image.state_dict().items():
        assert torch.equal(weight, model.image.state_dict()[name]), name
    figures = teacher_vectors.measure(recipe, tmp_path / "run", model, teacher, print)
    assert figures["R@1"] > 0.6  # chance: an eighth; one of eight colours each


def test_a_photos_vector_is_computed_once_for_every_run_with_the_cache(
    folders: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = recipe_of(folders, "lit", cache=str(tmp_path / "cache"))
    run(recipe, tmp_path / "one")
    (kept,) = (tmp_path / "cache").iterdir()
    assert np.load(kept).shape == (24, 32)
    monkeypatch.setattr(
        "cercafoto.training.recipes.teacher_vectors.Photos.__getitem__",
        lambda *_: pytest.fail("a photo was looked at again"),
    )
    run(recipe, tmp_path / "two")
    assert same(tmp_path / "one", tmp_path / "two")


def test_photos_that_cannot_be_read_are_left_out(folders: dict[str, Path], tmp_path: Path) -> None:
    pairs = write_pairs(tmp_path, "some", 10)
    (tmp_path / "some" / "0003.jpg").write_bytes(b"no photo")
    recipe = replace(recipe_of(folders, "lit", batch=9), data=str(pairs))
    said: list[str] = []
    teacher, student = open_teacher(folders["teacher"]), open_student(folders["student"], 24)
    run_folder.claim(recipe, tmp_path / "run", False)
    stages.run(recipe, tmp_path / "run", teacher, student, tell=said.append)
    assert "1 photos cannot be read, and are left out" in said
    # All the others make a batch of nine: none of them is the broken one.
    assert len(read_pairs(pairs)) == 10


def test_unfreezing_changes_the_last_blocks_alone(folders: dict[str, Path], tmp_path: Path) -> None:
    start = tmp_path / "lit"
    run(recipe_of(folders, "lit"), start)
    recipe = recipe_of(folders, "unfreeze", start=str(start), learning_rate=1e-3)
    run(recipe, tmp_path / "run")
    before, after = weights(start), weights(tmp_path / "run")
    changed = {name for name in before if not torch.equal(before[name], after[name])}
    assert not any("layer.0." in name or "embeddings" in name for name in changed)
    assert any("text.model.encoder.layer.1." in name for name in changed)
    own = open_teacher(folders["teacher"]).image.state_dict()
    moved = {n for n, w in own.items() if not torch.equal(w, after[f"image.{n}"])}
    assert moved and not any("embeddings" in name for name in moved)
    with pytest.raises(InputError, match="image tower has learned, so lit cannot follow"):
        run(recipe_of(folders, "lit", start=str(tmp_path / "run")), tmp_path / "back")


def test_a_matryoshka_space_says_most_with_its_first_numbers(
    folders: dict[str, Path], tmp_path: Path
) -> None:
    model, _ = run(recipe_of(folders, "distil", matryoshka=(8,)), tmp_path / "run")
    eye = torch.eye(len(model.basis))
    torch.testing.assert_close(model.basis @ model.basis.T, eye, atol=1e-5, rtol=0)
    (kept,) = (tmp_path / "run" / "cache").iterdir()
    turned = model.turned(torch.from_numpy(np.load(kept)))
    shares = turned.square().mean(0)
    assert torch.all(shares[:-1] >= shares[1:] - 1e-6)


def test_a_space_is_turned_once_and_its_texts_with_it(
    folders: dict[str, Path], tmp_path: Path
) -> None:
    teacher, student = open_teacher(folders["teacher"]), open_student(folders["student"], 24)
    model = stages.begin(recipe_of(folders, "lit"), teacher, student).eval()
    vectors = torch.nn.functional.normalize(torch.randn(50, 32), dim=1)
    texts = model.text.tokens(["un gatto nero", "il mare è blu"])
    with torch.inference_mode():
        before = model.embed_texts(*texts) @ model.turned(vectors).T
    model.principal_axes(vectors)
    basis = model.basis.clone()
    with torch.inference_mode():
        after = model.embed_texts(*texts) @ model.turned(vectors).T
    torch.testing.assert_close(before, after)
    assert not torch.equal(basis, torch.eye(32))
    model.principal_axes(vectors.flip(1))
    assert torch.equal(model.basis, basis)


# -- interruptions -------------------------------------------------------------------------------


@pytest.mark.parametrize("stage", ["distil", "lit", "unfreeze"])
def test_an_interrupted_run_ends_as_one_that_was_not(
    folders: dict[str, Path], tmp_path: Path, stage: str
) -> None:
    """To the bit, with dropout, drawn captions, averages and augmentation."""
    recipe = recipe_of(folders, stage, save_every=2, matryoshka=(8,))
    run(recipe, tmp_path / "whole")

    def stop(step: int, steps: int, numbers: dict[str, float]) -> None:
        if step == 3:
            signal.raise_signal(signal.SIGTERM)

    _, stopped = run(recipe, tmp_path / "parts", stop)
    assert stopped.interrupted and stopped.steps == 3
    assert not checkpoint.path_of(tmp_path / "parts", "final").exists()

    def crash(step: int, steps: int, numbers: dict[str, float]) -> None:
        if step == 5:
            raise MemoryError

    with pytest.raises(MemoryError):
        run(recipe, tmp_path / "parts", crash, resume=True)
    assert checkpoint.read(tmp_path / "parts", "last")["step"] == 4
    _, finished = run(recipe, tmp_path / "parts", resume=True)
    assert finished.steps == 6 and not finished.interrupted
    assert same(tmp_path / "whole", tmp_path / "parts")


def test_ctrl_c_while_vectors_are_computed_is_told_as_an_interruption(
    folders: dict[str, Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def pressed(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("cercafoto.training.recipes.recipe_towers.Teacher.embed", pressed)
    towers = {name: folders[name] for name in TOWERS}
    line = command("distil", sentences=folders["sentences"], out=tmp_path / "run", **towers)
    assert main(line) == 130
    assert "the same command with --resume goes on" in capsys.readouterr().err
    assert main(line) == 1
    assert "--resume goes on with it" in capsys.readouterr().err


def test_another_seed_is_another_run(folders: dict[str, Path], tmp_path: Path) -> None:
    for seed in (0, 1):
        run(recipe_of(folders, "distil", seed=seed), tmp_path / str(seed))
    assert not same(tmp_path / "0", tmp_path / "1")


def test_the_end_is_the_mean_of_the_last_weights(folders: dict[str, Path], tmp_path: Path) -> None:
    run(recipe_of(folders, "distil", average=0.9), tmp_path / "mean")
    run(recipe_of(folders, "distil", average=0.0), tmp_path / "last")
    mean, last = weights(tmp_path / "mean"), weights(tmp_path / "last")
    assert same_last(tmp_path / "mean", tmp_path / "last"), "the mean changes no step"
    name = "text_projection.weight"
    assert not torch.equal(mean[name], last[name])


def same_last(one: Path, other: Path) -> bool:
    a, b = weights(one, "last"), weights(other, "last")
    return all(torch.equal(a[name], b[name]) for name in a)


# -- errors --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({}, "name what to begin from: --teacher and --student"),
        ({"start": "nowhere"}, r"nowhere/config\.json: cannot be read"),
        ({"teacher": "T", "student": "nowhere"}, "nowhere: there is no such folder"),
        ({"teacher": "T", "student": "T"}, "a SiglipModel, not a model of text alone"),
        ({"teacher": "S", "student": "S"}, "di un tipo che cercafoto non sa usare"),
        ({"teacher": "T", "student": "S", "loss": "sigmoid"}, "--loss is 'sigmoid'"),
        (
            {"teacher": "T", "student": "S", "text_blocks": 3},
            "--text-blocks 3: the text tower has 2",
        ),
        ({"teacher": "T", "student": "S", "matryoshka": 64}, "vectors have 32 numbers"),
        ({"teacher": "T", "student": "S", "batch": 1}, "--batch must be at least 2"),
    ],
)
def test_what_is_wrong_is_said_in_a_line(
    folders: dict[str, Path],
    tmp_path: Path,
    options: dict[str, Any],
    said: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    places = {"T": folders["teacher"], "S": folders["student"]}
    options = {name: places.get(str(value), value) for name, value in options.items()}
    line = command("distil", sentences=folders["sentences"], out=tmp_path / "run", **options)
    assert main(line) == 1
    found = capsys.readouterr().err
    assert "error: " in found and "Traceback" not in found
    assert re.search(said, found.replace("\n", " ")), found


def test_a_folder_holds_one_run(folders: dict[str, Path], tmp_path: Path) -> None:
    recipe = recipe_of(folders, "distil")
    run(recipe, tmp_path / "run")
    with pytest.raises(InputError, match="holds a run already; --resume"):
        run(recipe, tmp_path / "run")
    with pytest.raises(InputError, match="another configuration"):
        run(replace(recipe, seed=3), tmp_path / "run", resume=True)
    run(replace(recipe, save_every=1), tmp_path / "run", resume=True)


def test_a_run_that_has_not_ended_is_no_beginning(folders: dict[str, Path], tmp_path: Path) -> None:
    run(recipe_of(folders, "distil"), tmp_path / "run")
    checkpoint.path_of(tmp_path / "run", "final").unlink()
    with pytest.raises(InputError, match="has not ended"):
        run(recipe_of(folders, "lit", start=str(tmp_path / "run")), tmp_path / "next")
