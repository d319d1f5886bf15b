"""`reproduce`: which commands it runs, what it announces, and where it resumes."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="training needs the torch extra")

from cercafoto.training.__main__ import main, parser  # noqa: E402
from cercafoto.training.clip_italian.one_run import one_run  # noqa: E402
from cercafoto.training.reproduce import reproduce_checks, reproduce_notes  # noqa: E402
from cercafoto.training.reproduce import reproduce_command as reproduce  # noqa: E402
from cercafoto.training.training_errors import InputError  # noqa: E402

CAPTIONS = [
    "trainingset_train2014",
    "devset_unvalidated",
    "testset_validated",
]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a folder with the downloads for `--only mscoco`, empty."""
    monkeypatch.chdir(tmp_path)
    files = [f"mscoco-it/captions_ita_{name}.json.gz" for name in CAPTIONS]
    files += ["coco/train2014.zip", "coco/val2014.zip", "imagenet/imagenet_labels_IT.tsv"]
    files += ["imagenet/ILSVRC2012_img_val.tar", "imagenet/ILSVRC2012_devkit_t12.tar.gz"]
    for name in files:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    return tmp_path


@pytest.fixture(autouse=True)
def machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Simulate a machine with room, a GPU, the tagger and models of the Hub."""
    usage = type("Usage", (), {"free": 1e12})
    monkeypatch.setattr(reproduce.shutil, "disk_usage", lambda path: usage)
    for name in ("machine", "on_hub", "tagger", "img2dataset"):
        monkeypatch.setattr(reproduce_checks, name, lambda *given: None)


def run(ran: list[list[str]], *words: str, fail: str = "", weights: bytes = b"trained") -> int:
    """Run `reproduce`, only recording its commands; the command with `fail` ends with 130.

    weights: what each training writes as its best checkpoint.
    """

    def noted(command: Sequence[str]) -> int:
        if fail and fail in command:
            return 130
        ran.append(list(command))
        if command[0] == "train":
            run = Path(command[command.index("--out") + 1]) / "checkpoints"
            run.mkdir(parents=True, exist_ok=True)
            (run / "best.pt").write_bytes(weights)
        if command[0] == "evaluate":
            print(f"the table of {command[2]}")
        return 0

    chosen = parser().parse_args(["reproduce", *words])
    chosen.run_command = noted
    code: int = chosen.run(chosen)
    return code


def test_one_command_goes_from_the_downloads_to_both_tables(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ran: list[list[str]] = []
    assert run(ran, "--only", "mscoco", "--processes", "4", "--set", "seed=3") == 0
    assert [words[:2] for words in ran] == [
        ["prepare", "unzip"],
        ["prepare", "unzip"],
        ["prepare", "mscoco"],
        ["prepare", "split"],
        ["train", "--preset"],
        ["train", "--preset"],
        ["evaluate", "--table"],
        ["prepare", "imagenet"],
        ["evaluate", "--table"],
    ]
    for words in ran:
        parser().parse_args(words)
    assert "mscoco-it/captions_ita_trainingset_train2014.json.gz" in ran[2]
    second = ran[5]
    assert second[second.index("--init-from") + 1] == ran[4][ran[4].index("--out") + 1]
    assert "--resume" in second and "seed=3" in second
    assert second[second.index("--processes") + 1] == "4" and "engine.batch" not in str(second)
    said = capsys.readouterr()
    plan = said.err.partition("in all ")[0]
    assert plan.count(" hours, ") == 9 and "13.5 GB" in plan, "told before the first step"
    assert "the table of mscoco" in said.out and "the table of imagenet" in said.out


def test_it_goes_on_where_it_was(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ran: list[list[str]] = []
    assert run(ran, "--only", "mscoco", fail="clip-italian-stage2") == 130
    assert [words[0] for words in ran] == ["prepare"] * 4 + ["train"]
    ran.clear()
    assert run(ran, "--only", "mscoco") == 0
    assert [words[0] for words in ran] == ["train", "evaluate", "prepare", "evaluate"]
    ran.clear()
    capsys.readouterr()
    assert run(ran, "--only", "mscoco") == 0
    assert not ran
    assert "the table of imagenet" in capsys.readouterr().out, "kept beside the run"


def test_a_model_that_was_trained_again_is_measured_again(here: Path) -> None:
    """Its command line is the same; what it reads is not."""
    ran: list[list[str]] = []
    assert run(ran, "--only", "mscoco") == 0
    best = here / "runs" / "mscoco-stage2" / "checkpoints" / "best.pt"
    ran.clear()
    best.touch()
    assert run(ran, "--only", "mscoco") == 0
    assert not ran, "the same weights at another time"
    best.write_bytes(b"retrained")
    assert run(ran, "--only", "mscoco") == 0
    assert [words[:3] for words in ran] == [
        ["evaluate", "--table", "mscoco"],
        ["evaluate", "--table", "imagenet"],
    ]
    ran.clear()
    (here / "coco" / "train2014.zip").write_bytes(b"a newer one")
    assert run(ran, "--only", "mscoco") == 0
    assert [words[:2] for words in ran] == [
        ["prepare", "unzip"],
        ["prepare", "mscoco"],
    ], "the folder of photos is an input as well"


def test_a_note_that_a_crash_cut_short_is_made_again(here: Path) -> None:
    ran: list[list[str]] = []
    assert run(ran, "--only", "mscoco") == 0
    notes = here / reproduce_notes.NOTES
    notes.write_text(notes.read_text()[:-20])
    ran.clear()
    assert run(ran, "--only", "mscoco") == 0
    assert [words[:3] for words in ran] == [["evaluate", "--table", "imagenet"]]


def test_one_at_a_time_works_in_a_folder(here: Path) -> None:
    with one_run(here / reproduce.LOCK), pytest.raises(InputError, match="another process works"):
        run([], "--only", "mscoco")


def test_what_is_missing_is_told_at_once(here: Path) -> None:
    (here / "coco" / "val2014.zip").unlink()
    (here / "imagenet" / "ILSVRC2012_img_val.tar").unlink()
    ran: list[list[str]] = []
    with pytest.raises(InputError) as refused:
        run(ran, "--only", "mscoco")
    told = str(refused.value)
    assert "coco/val2014.zip, downloaded from http://images.cocodataset.org" in told
    assert "ILSVRC2012_img_val.tar, downloaded from https://image-net.org" in told
    assert not ran
    (here / "coco" / "val2014").mkdir()  # unpacked by hand, and the zip deleted
    assert run(ran, "--only", "mscoco", "--table", "mscoco") == 0
    assert [words[2] for words in ran if words[1] == "unzip"] == ["coco/train2014.zip"]


def test_the_plan_of_everything_tells_disk_time_and_money(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("wit/wit_v1.train.all-00000-of-00010.tsv.gz", "cc/Train_GCC-training.tsv"):
        (here / name).parent.mkdir()
        (here / name).touch()
    assert main(["reproduce", "--plan"]) == 1
    assert "--contact" in capsys.readouterr().err
    monkeypatch.setenv("DEEPL_AUTH_KEY", "279a2e9d-83b3-c416-7e2d-f721593e42a0:fx")
    assert main(["reproduce", "--plan", "--contact", "io@example.org", "--deepl"]) == 0
    told = capsys.readouterr().err
    assert "at 2,500 pairs a second on each GPU" in told
    assert "26 epochs" in told and "3.9 hours" in told  # 1,366,195 photos, 26 times
    assert "about 770 €" in told and "72.0 hours" in told and "100 GB" in told
    assert "in all 98 hours, 157 GB of disk (1000 are free), 770 €" in told
    assert told.count("img2dataset --url_list") == 2 and "cercafoto; io@example.org" in told
    assert "--limit 700000" in told and "--confirm" not in told
    assert not (here / reproduce_notes.NOTES).exists()


def test_all_that_this_machine_lacks_is_told_before_the_first_step(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The program that downloads, the tagger, DeepL's key, the Hub's models and the batch."""
    monkeypatch.undo()
    monkeypatch.chdir(here)
    for name in ("wit/wit_v1.train.all-00000-of-00010.tsv.gz", "cc/Train_GCC-training.tsv"):
        (here / name).parent.mkdir()
        (here / name).touch()
    # The Hub is asked five times, with pauses, before it is given up.
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setenv("PATH", "")
    monkeypatch.setitem(sys.modules, "spacy", None)
    monkeypatch.delenv("DEEPL_AUTH_KEY", raising=False)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    usage = type("Usage", (), {"free": 5e9})
    monkeypatch.setattr(reproduce.shutil, "disk_usage", lambda path: usage)
    ran: list[list[str]] = []
    everything = ["--contact", "io@example.org", "--set", "towers.image=none/such"]
    with pytest.raises(InputError) as refused:
        run(ran, *everything, "--deepl", "--processes", "4")
    told = str(refused.value)
    assert "img2dataset is not installed" in told and "DEEPL_AUTH_KEY" in told
    assert "spacy: pip install 'cercafoto[data]'" in told
    assert "none/such: cannot be loaded" in told
    assert "4 processes, one a GPU, and torch sees 2" in told
    assert re.search(r"the steps write \d+ GB, and 5 GB of the disk are free", told)
    monkeypatch.setenv("DEEPL_AUTH_KEY", "279a2e9d-83b3-c416-7e2d-f721593e42a0")
    with pytest.raises(InputError, match=r"DeepL bills .*--confirm lets it"):
        run(ran, *everything, "--deepl")
    with pytest.raises(InputError, match=r"which 3 devices cannot share evenly"):
        run(ran, *everything, "--processes", "3")
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 0)
    with pytest.raises(InputError, match=r"no GPU here.*--without-gpu"):
        run(ran, "--only", "mscoco")
    assert not ran


def test_a_small_disk_is_told_before_the_step(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = type("Usage", (), {"free": 5e9})
    monkeypatch.setattr(reproduce.shutil, "disk_usage", lambda path: usage)
    ran: list[list[str]] = []
    with pytest.raises(InputError, match=r"the steps write 35 GB, and 5 GB"):
        run(ran, "--only", "mscoco")
    begun = here / "coco" / "train2014"  # an unpacking that was interrupted
    begun.mkdir()
    with (begun / "most.jpg").open("wb") as sparse:
        sparse.truncate(13_000_000_000)
    with pytest.raises(InputError, match=r"the steps write 22 GB, and 5 GB"):
        run(ran, "--only", "mscoco")
    assert not ran
