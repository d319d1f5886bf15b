"""Today's presets, on a few coloured pictures: from checkpoint folders to a served model."""

from __future__ import annotations

import re
import signal
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs the torch extra")
pytest.importorskip("torchvision", reason="training needs the train extra")

from cercafoto.models.encode.encoder import Encoder  # noqa: E402
from cercafoto.models.model_folder import ModelFolder  # noqa: E402
from cercafoto.settings import Settings  # noqa: E402
from cercafoto.training.__main__ import main  # noqa: E402
from cercafoto.training.clip_italian import (  # noqa: E402
    checkpoint,
    config_text,
    objective,
    presets,
    read_ahead,
)
from cercafoto.training.clip_italian import model as models  # noqa: E402
from cercafoto.training.clip_italian.config import Run  # noqa: E402
from cercafoto.training.clip_italian.model import load_run  # noqa: E402
from cercafoto.training.clip_italian.monitor.run_log import LOG, read  # noqa: E402
from cercafoto.training.clip_italian.train import train  # noqa: E402
from cercafoto.training.training_errors import InputError  # noqa: E402
from tests.support.hub_checkpoints import MAKERS  # noqa: E402
from tests.support.processes import train_together  # noqa: E402
from tests.support.text_checkpoints import STUDENTS, make_bert  # noqa: E402
from tests.support.training_pairs import write_pairs  # noqa: E402

SENTENCES = """\
a red wall\tun muro rosso
a green wall\tun muro verde
the colour is blue\til colore è blu
all yellow\ttutto giallo
a black cat\tun gatto nero
the sea is white\til mare è bianco
"""
SMALL = ["data.workers=0", "optimizer.average=0.9", "schedule.epochs=999", "engine.log_every=1"]
Folders = dict[str, Path]


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Folders:
    torch.set_num_threads(1)  # other tests run beside this one
    root = tmp_path_factory.mktemp("recipes")
    (root / "sentences.tsv").write_text(SENTENCES, encoding="utf-8")
    return {
        "teacher": MAKERS["siglip"](root / "teacher"),
        "student": make_bert(root / "student"),
        "sentences": root / "sentences.tsv",
        "pairs": write_pairs(root, "train", 24),
        "valid": write_pairs(root, "valid", 8, seed=1),
    }


def settings_of(stage: str, steps: int = 6) -> list[str]:
    """Return settings that make a stage small."""
    batch = 6 if stage == "distil" else 8
    own = [f"engine.batch={batch}", f"schedule.max_steps={steps}"]
    if stage == "unfreeze":
        own += ["image_blocks=1", "text_blocks=1"]
    return [*SMALL, *own]


def run_of(folders: Folders, stage: str, *more: str, steps: int = 6) -> Run:
    """Return a small run with a BERT as its student, unless `more` says otherwise."""
    texts = stage == "distil"
    files = {"data.train": "sentences" if texts else "pairs"}
    files |= {"data.valid": "sentences" if texts else "valid"}
    files |= {"towers.teacher": "teacher", "towers.text": "student"}
    settings = [f"{name}={folders[key]}" for name, key in files.items()]
    kept = ["loss.keep=0"] if stage == "lit" else []
    return config_text.override(
        presets.preset(stage), [*settings, *settings_of(stage, steps), *kept, *more]
    )


def weights(folder: Path, which: str = checkpoint.LAST) -> dict[str, torch.Tensor]:
    state: dict[str, torch.Tensor] = checkpoint.read(folder, which)["model"]
    return state


def same(one: Path, other: Path, which: str = checkpoint.LAST) -> bool:
    a, b = weights(one, which), weights(other, which)
    return set(a) == set(b) and all(torch.equal(a[name], b[name]) for name in a)


def losses(folder: Path) -> list[float]:
    return [row["loss"] for row in read(folder / LOG) if "loss" in row]


def embedded(model: Any, texts: list[str]) -> torch.Tensor:
    with torch.inference_mode():
        rows: torch.Tensor = model.embed_texts(*model.text_tower.tokens(texts))
    return rows


# -- from checkpoint folders to a model that is served -------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize(
    ("architecture", "student", "ladder"),
    [
        ("siglip", "xlm-roberta", ["distil", "lit"]),
        ("dual", "modernbert", ["distil", "lit", "unfreeze"]),
        ("siglip2", "teacher", ["lit"]),
    ],
)
def test_each_stage_ends_in_a_model_that_is_served(
    tmp_path: Path,
    folders: Folders,
    cli: Any,
    settings: Settings,
    architecture: str,
    student: str,
    ladder: list[str],
) -> None:
    """The commands run each stage from the run before it, and write its card."""
    teacher = MAKERS[architecture](tmp_path / "teacher")
    if student != "teacher":
        student = str(STUDENTS[student](tmp_path / "student"))
    begin = ["--teacher", str(teacher), "--student", student]
    for stage in ladder:
        data = folders["sentences" if stage == "distil" else "pairs"]
        valid = folders["sentences" if stage == "distil" else "valid"]
        option = "--sentences" if stage == "distil" else "--pairs"
        words = [stage, *begin, option, str(data), "--valid", str(valid)]
        words += ["--out", str(tmp_path / stage), "--set", "loss.matryoshka=16,8"]
        for setting in settings_of(stage, 2):
            words += ["--set", setting]
        assert main(words) == 0
        begin = ["--init-from", str(tmp_path / stage)]
    run, out = tmp_path / ladder[-1], tmp_path / "prova"
    export = ["export", "--run", str(run), "--to", "cercafoto", str(out), "--dimensions", "16"]
    assert main(export) == 0
    card = (out / "README.md").read_text("utf-8")
    assert "become 16 numbers" in card and "docs/recipes.md" in card
    assert "| photos, " in card and "`teacher`" in card and str(tmp_path) not in card
    assert ("6 sentences in English and Italian" in card) == ("distil" in ladder)

    code, _, err = cli("modello", "aggiungi", out)
    assert code == 0, err
    folder = ModelFolder.open(settings.models / "prova")
    assert folder.dimension == 16
    encoder, model = Encoder(folder), load_run(run).model
    pixels = torch.rand(2, 3, encoder.preprocessing.size, encoder.preprocessing.size)
    with torch.inference_mode():
        images = model.embed_images(pixels)
    for served, whole in (
        (encoder.embed_texts(["un gatto nero"]), embedded(model, ["un gatto nero"])),
        (encoder.embed_pixels(pixels.numpy()), images),
    ):
        expected = torch.nn.functional.normalize(whole[:, :16], dim=1)
        np.testing.assert_allclose(served, expected, atol=1e-4)


def test_short_embeddings_need_a_run_that_learned_them(folders, tmp_path, capsys) -> None:
    train(run_of(folders, "distil", steps=1), tmp_path / "run")
    out = tmp_path / "out"
    words = ["export", "--run", str(tmp_path / "run"), "--to", "cercafoto", str(out)]
    assert main([*words, "--dimensions", "16"]) == 1
    assert "--dimensions 16: the run did not learn short embeddings" in capsys.readouterr().err
    assert not out.exists()


# -- what each stage does ------------------------------------------------------------------------


def test_the_student_comes_to_give_the_teachers_vectors(folders: Folders, tmp_path: Path) -> None:
    settings = ["optimizer.learning_rate=3e-3", "optimizer.average=0", "engine.log_every=50"]
    result = train(run_of(folders, "distil", *settings, steps=250), tmp_path / "run")
    teacher, model = models.whole(folders["teacher"]), load_run(tmp_path / "run").model
    english, italian = ([line.split("\t")[i] for line in SENTENCES.splitlines()] for i in (0, 1))
    wanted = embedded(teacher, english)
    for texts in (english, italian):
        assert float((embedded(model, texts) * wanted).sum(1).min()) > 0.95
    assert result.steps == 250 and result.metrics["R@1"] == 1.0


def test_lit_tells_pairs_apart_without_touching_the_photos_tower(
    folders: Folders, tmp_path: Path
) -> None:
    run = run_of(
        folders, "lit", "optimizer.learning_rate=3e-3", "loss.name=softmax", "engine.log_every=50",
        steps=150,
    )  # fmt: skip
    result = train(run, tmp_path / "run")
    own, found = models.whole(folders["teacher"]).state_dict(), weights(tmp_path / "run")
    assert all(torch.equal(w, found[n]) for n, w in own.items() if n.startswith("image"))
    assert result.metrics["R@1"] > 0.6  # chance: an eighth; one of eight colours each


def test_a_photos_features_are_computed_once_for_every_run_with_the_cache(
    folders: Folders, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The teacher whose similarities are kept has the same image tower: its features are reused."""
    run = run_of(folders, "lit", f"engine.cache={tmp_path / 'cache'}", "loss.keep=1")
    train(run, tmp_path / "one")
    files = (tmp_path / "cache").glob("*.npy")
    names = sorted(path.name.rpartition("-")[2] for path in files)
    assert names == ["images.npy", "images.npy", "texts.npy"], "photos of both sets, captions"
    monkeypatch.setattr(
        "cercafoto.training.clip_italian.frozen.Photos.__getitem__",
        lambda *_: pytest.fail("a photo was looked at again"),
    )
    train(run, tmp_path / "two")
    assert same(tmp_path / "one", tmp_path / "two")


def test_photos_that_cannot_be_read_are_left_out(folders: Folders, tmp_path: Path) -> None:
    pairs = write_pairs(tmp_path, "some", 10)
    (tmp_path / "some" / "0003.jpg").write_bytes(b"no photo")
    settings = [f"data.train={pairs}", "engine.batch=9", "loss.keep=1"]
    result = train(run_of(folders, "lit", *settings), tmp_path / "run")
    assert result.broken == {"some/0003.jpg"}
    assert result.steps == 6, "the others make a batch of nine"


def test_unfreezing_changes_only_the_last_blocks(folders: Folders, tmp_path: Path) -> None:
    start = tmp_path / "lit"
    train(run_of(folders, "lit"), start)
    settings = [f"start={start}", "optimizer.learning_rate=1e-3"]
    train(run_of(folders, "unfreeze", *settings), tmp_path / "run")
    before, after = weights(start, checkpoint.BEST), weights(tmp_path / "run")
    changed = {name for name in before if not torch.equal(before[name], after[name])}
    assert not any("layer.0." in name or "embeddings" in name for name in changed)
    assert any("text_tower.model.encoder.layer.1." in name for name in changed)
    assert any(name.startswith("image_tower.") for name in changed)
    # After unfreezing, photos pass through the tower that has learned.
    train(run_of(folders, "lit", f"start={tmp_path / 'run'}"), tmp_path / "back")
    best, back = weights(tmp_path / "run", checkpoint.BEST), weights(tmp_path / "back")
    assert all(torch.equal(best[n], back[n]) for n in best if n.startswith("image_"))


def test_scale_and_bias_go_on_where_the_same_loss_ended(folders: Folders, tmp_path: Path) -> None:
    train(run_of(folders, "lit", "optimizer.learning_rate=1e-2"), tmp_path / "lit")
    ended = weights(tmp_path / "lit", checkpoint.BEST)
    assert float(ended["logit_bias"]) != -12.0, "at this rate it can move"
    still = [f"start={tmp_path / 'lit'}", "optimizer.learning_rate=0"]
    train(run_of(folders, "unfreeze", *still, steps=1), tmp_path / "same")
    train(run_of(folders, "unfreeze", *still, "loss.name=softmax", steps=1), tmp_path / "other")
    assert torch.equal(weights(tmp_path / "same")["logit_bias"], ended["logit_bias"])
    assert float(weights(tmp_path / "other")["logit_scale"]) == 4.0, "the teacher's own"


def test_a_matryoshka_space_says_most_with_its_first_numbers(
    folders: Folders, tmp_path: Path
) -> None:
    train(run_of(folders, "distil", "loss.matryoshka=8"), tmp_path / "run")
    model = load_run(tmp_path / "run").model
    assert model.basis is not None
    torch.testing.assert_close(model.basis @ model.basis.T, torch.eye(32), atol=1e-5, rtol=0)
    english = [line.split("\t")[0] for line in SENTENCES.splitlines()]
    shares = model.turned(embedded(models.whole(folders["teacher"]), english)).square().mean(0)
    assert torch.all(shares[:-1] >= shares[1:] - 1e-6)


def test_a_space_is_turned_once_and_its_texts_with_it(folders: Folders) -> None:
    run = run_of(folders, "lit")
    model = models.build(config_text.override(run, ["loss.matryoshka=8"])).eval()
    vectors = torch.nn.functional.normalize(torch.randn(50, 32), dim=1)
    texts = ["un gatto nero", "il mare è blu"]
    before = embedded(model, texts) @ model.turned(vectors).T
    model.turn_to_principal_axes(vectors)
    assert model.basis is not None
    basis = model.basis.clone()
    torch.testing.assert_close(before, embedded(model, texts) @ model.turned(vectors).T)
    assert not torch.equal(basis, torch.eye(32))
    model.turn_to_principal_axes(vectors.flip(1))
    assert torch.equal(model.basis, basis)


@pytest.mark.parametrize("architecture", ["siglip", "siglip2", "clip", "dual"])
def test_every_weight_that_learns_gets_a_gradient(
    tmp_path: Path, folders: Folders, architecture: str
) -> None:
    """Several GPUs average gradients as they arrive, and would wait for a missing one."""
    teacher = MAKERS[architecture](tmp_path / "teacher")
    all_learn = ["image_blocks=-1", "text_blocks=-1"]
    run = run_of(folders, "unfreeze", f"towers.teacher={teacher}", *all_learn)
    model = models.build(run)
    side = model.image_tower.preprocessing.size
    ids, mask = model.text_tower.tokens(["un muro rosso"] * 2)
    pixels = torch.rand(2, 3, side, side)
    rows = model({"pixel_values": pixels, "input_ids": ids, "attention_mask": mask})
    objective.compare(*rows, model, run.loss, 0).mean().backward()
    without = [n for n, w in model.named_parameters() if w.requires_grad and w.grad is None]
    assert not without


# -- the teacher's own text tower ----------------------------------------------------------------


@pytest.mark.parametrize("architecture", ["siglip", "siglip2", "clip"])
def test_a_cut_tower_begins_with_the_teachers_embeddings(
    tmp_path: Path, folders: Folders, architecture: str
) -> None:
    """Equal to rounding, with fewer rows; loading the run gives the same model."""
    teacher = MAKERS[architecture](tmp_path / "teacher")
    whole = models.whole(teacher)
    texts = ["una foto", "un muro rosso", "a red wall"]
    run = run_of(folders, "lit", f"towers.teacher={teacher}", "towers.text=teacher")
    model = models.build(run, tuple(texts)).eval()
    torch.testing.assert_close(embedded(model, texts), embedded(whole, texts))
    assert not torch.allclose(embedded(model, ["una foto"]), embedded(model, ["un muro rosso"]))


def test_the_untouched_teacher_costs_nothing_to_keep(folders: Folders, tmp_path: Path) -> None:
    """The first loss equals the teacher's own; keeping pulls the similarities back to the
    teacher's."""
    own = ["towers.text=teacher", "optimizer.learning_rate=3e-3", "optimizer.average=0"]
    for keep in (0, 1, 100):
        settings = [*own, f"loss.keep={keep}", "engine.log_every=30"]
        train(run_of(folders, "lit", *settings, steps=30), tmp_path / f"keep{keep}")
    first = {keep: losses(tmp_path / f"keep{keep}")[0] for keep in (0, 1, 100)}
    assert first[1] == pytest.approx(first[0], rel=1e-4)
    assert first[100] == pytest.approx(first[0], rel=1e-2)
    texts = ["un muro rosso", "il colore è blu", "tutto giallo", "tutto nero"]
    wanted = embedded(models.whole(folders["teacher"]), texts)
    kept, free = (
        float((embedded(load_run(tmp_path / name).model, texts) * wanted).sum(1).mean())
        for name in ("keep100", "keep0")
    )
    assert kept > free + 0.01


def test_a_larger_teacher_is_kept_too(folders: Folders, tmp_path: Path) -> None:
    """Its embeddings may have another length, and it has its own towers."""
    larger = MAKERS["clip"](tmp_path / "larger")
    own = ["towers.text=teacher", "loss.keep=1"]
    train(run_of(folders, "lit", *own), tmp_path / "one")
    train(run_of(folders, "lit", *own, f"loss.keep_also={larger}"), tmp_path / "two")
    assert losses(tmp_path / "two")[0] > losses(tmp_path / "one")[0] + 0.01
    tables = {np.load(path).shape for path in (tmp_path / "two" / "features").glob("*.npy")}
    assert (24, 32) in tables and (72, 32) in tables, "photos and captions"


def test_a_run_can_be_the_teacher(folders: Folders, tmp_path: Path) -> None:
    train(run_of(folders, "lit"), tmp_path / "first")
    settings = [f"towers.teacher={tmp_path / 'first'}", "towers.text=student"]
    run = run_of(folders, "lit", *settings[:1], "loss.keep=1")
    train(run, tmp_path / "second")
    first, second = (weights(tmp_path / name) for name in ("first", "second"))
    assert all(torch.equal(first[n], second[n]) for n in first if n.startswith("image_tower."))


# -- interruptions -------------------------------------------------------------------------------


@pytest.mark.parametrize("stage", ["distil", "lit", "unfreeze"])
def test_an_interrupted_run_ends_as_one_that_was_not(
    folders: Folders, tmp_path: Path, stage: str
) -> None:
    """Equal to the bit, with dropout, drawn captions, averages and augmentation."""
    more = ["loss.matryoshka=8", "engine.save_every=2"] + ["loss.keep=1"] * (stage == "lit")
    run = run_of(folders, stage, *more)
    train(run, tmp_path / "whole")

    def stop(step: int, steps: int, numbers: dict[str, float]) -> None:
        if step == 4 and "loss" in numbers:
            signal.raise_signal(signal.SIGTERM)

    stopped = train(run, tmp_path / "parts", report=stop)
    assert stopped.interrupted and stopped.steps == 4
    finished = train(run, tmp_path / "parts", resume=True)
    assert finished.steps == 6 and not finished.interrupted
    assert same(tmp_path / "whole", tmp_path / "parts")
    assert same(tmp_path / "whole", tmp_path / "parts", checkpoint.BEST)


@pytest.mark.slow
@pytest.mark.parametrize(("stage", "chunk"), [("lit", 2), ("unfreeze", 0)])
def test_two_processes_train_what_one_does(
    folders: Folders, tmp_path: Path, stage: str, chunk: int
) -> None:
    """Equal to rounding; both processes keep the teacher's similarities, and frozen weights delay
    neither."""
    files = ["--teacher", str(folders["teacher"]), "--student", "teacher"]
    files += ["--pairs", str(folders["pairs"]), "--valid", str(folders["valid"])]
    line = [stage, *files]
    # Adam turns any gradient into a full step, even one that is only rounding.
    for setting in [*settings_of(stage, 3), "optimizer.epsilon=1e-3"]:
        line += ["--set", setting]
    assert main([*line, "--out", str(tmp_path / "1")]) == 0
    line += ["--set", f"engine.chunk={chunk}"]
    train_together([*line, "--out", str(tmp_path / "2")])
    for which in (checkpoint.LAST, checkpoint.BEST):
        one, two = (weights(tmp_path / name, which) for name in ("1", "2"))
        for name, weight in one.items():
            torch.testing.assert_close(two[name], weight, atol=1e-5, rtol=1e-4, msg=name)
    assert losses(tmp_path / "2") == pytest.approx(losses(tmp_path / "1"), rel=1e-4)


def test_a_command_goes_on_as_it_was(
    folders: Folders, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    """Ctrl-C comes during the features, then between steps: --resume needs no other option."""
    files = ["--teacher", str(folders["teacher"]), "--student", str(folders["student"])]
    files += ["--sentences", str(folders["sentences"]), "--valid", str(folders["sentences"])]
    out = ["--out", str(tmp_path / "run")]
    line = ["distil", *files, *out]
    for setting in settings_of("distil"):
        line += ["--set", setting]

    def pressed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("cercafoto.training.clip_italian.frozen._texts", pressed)
        assert main(line) == 130
    assert "the same command with --resume goes on" in capsys.readouterr().err
    assert main([*line, "--resume", "--set", "schedule.stop_after_epochs=1"]) == 0
    assert main(["distil", "--resume", *out, "--set", "schedule.stop_after_epochs=1"]) == 0
    assert main(["distil", "--resume", *out, "--set", "optimizer.learning_rate=1"]) == 1
    assert "optimizer.learning_rate is" in capsys.readouterr().err


def test_the_best_is_the_mean_of_the_weights(folders: Folders, tmp_path: Path) -> None:
    kept = ["optimizer.average=0.9", "engine.keep=all"]
    result = train(run_of(folders, "distil", *kept), tmp_path / "mean")
    train(run_of(folders, "distil", "optimizer.average=0"), tmp_path / "last")
    mean, last = tmp_path / "mean", tmp_path / "last"
    assert same(mean, last), "the mean changes no step"
    name = "text_projection.weight"
    assert not torch.equal(weights(mean, "best")[name], weights(last, "best")[name])
    epoch = f"epoch-{result.best_step // 2}"  # of two steps: six sentences in two languages
    assert torch.equal(weights(mean, "best")[name], weights(mean, epoch)[name])


@pytest.mark.parametrize("stage", ["lit", "unfreeze"])
def test_photos_of_a_teachers_size_have_to_fit_into_shared_memory(
    folders: Folders, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stage: str
) -> None:
    """The picture size is the teacher's, unknown to the configuration; features need shared memory
    too."""
    monkeypatch.setattr(read_ahead, "SHARED", Path("/"))
    usage = SimpleNamespace(disk_usage=lambda path: SimpleNamespace(free=20e3))
    monkeypatch.setattr(read_ahead, "shutil", usage)
    with pytest.raises(InputError, match=r"data\.workers=2 needs .*--shm-size"):
        train(run_of(folders, stage, "data.workers=2"), tmp_path / "run")


# -- errors --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "name the teacher, a folder: --teacher"),
        (["--init-from", "nowhere"], r"nowhere/config\.json: cannot be read"),
        (["--teacher", "T"], "name the text tower, a folder or a name of the Hub: --student"),
        (["--teacher", "T", "--student", "T"], "a SiglipModel, not a model of text only"),
        (["--teacher", "S", "--student", "S"], "di un tipo che cercafoto non sa usare"),
        (["--set", "loss.name=triplet"], "loss.name is 'triplet'"),
        (["--set", "image_blocks=1"], "image_blocks=0"),
        (["--teacher", "T", "--student", "S", "--set", "loss.matryoshka=64"], "has 32 numbers"),
    ],
)
def test_what_is_wrong_is_said_in_a_line(
    folders: Folders,
    tmp_path: Path,
    words: list[str],
    said: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    places = {"T": str(folders["teacher"]), "S": str(folders["student"])}
    line = ["distil", *(places.get(word, word) for word in words), "--out", str(tmp_path / "run")]
    line += ["--sentences", str(folders["sentences"]), "--valid", str(folders["sentences"])]
    assert main(line) == 1
    found = capsys.readouterr().err
    assert "error: " in found and "Traceback" not in found
    assert re.search(said, found.replace("\n", " ")), found


@pytest.mark.parametrize(
    "settings",
    [
        ["towers.text=teacher"],
        ["loss.value=0"],
        ["loss.name=mse"],
        ["loss.keep=1"],
    ],
)
def test_what_needs_a_teacher_says_so(settings: list[str]) -> None:
    name = settings[0].partition("=")[0]
    with pytest.raises(InputError, match=f"{name} needs the teacher's image tower"):
        config_text.override(presets.preset("smoke"), settings)
    for wrong in (["image_blocks=2"], ["loss.negatives=8"], ["data.augment=published"]):
        with pytest.raises(InputError, match=r"loss\.keep compares photos"):
            config_text.override(presets.preset("lit"), ["engine.batch=8", *wrong])
    run = presets.preset("lit")
    with pytest.raises(InputError, match=r"loss\.keep_also needs a weight"):
        replace(run, loss=replace(run.loss, keep=0.0, keep_also="x")).check()
