"""`reproduce`: which commands it runs, what it announces, and where it resumes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from cercafoto.training import reproduce_command as reproduce
from cercafoto.training.__main__ import main, parser
from cercafoto.training.training_errors import InputError

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


def run(ran: list[list[str]], *words: str, fail: str = "") -> int:
    """Run `reproduce`, only recording its commands; the command with `fail` ends with 130."""

    def noted(command: Sequence[str]) -> int:
        if fail and fail in command:
            return 130
        ran.append(list(command))
        if command[0] == "train":
            Path(command[command.index("--out") + 1]).mkdir(parents=True)
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
    assert "--resume" in second and "engine.batch=256" in second and "seed=3" in second
    said = capsys.readouterr()
    assert said.err.count("needs disk ") == 9 and "money: none" in said.err
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


def test_what_is_missing_is_told_at_once(here: Path) -> None:
    (here / "coco" / "val2014.zip").unlink()
    (here / "imagenet" / "ILSVRC2012_img_val.tar").unlink()
    ran: list[list[str]] = []
    with pytest.raises(InputError) as refused:
        run(ran, "--only", "mscoco")
    assert "coco/val2014.zip, from http://images.cocodataset.org" in str(refused.value)
    assert "ILSVRC2012_img_val.tar, from https://image-net.org" in str(refused.value)
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
    assert main(["reproduce", "--plan", "--contact", "io@example.org", "--deepl"]) == 0
    told = capsys.readouterr().err
    assert "3.9 hours at 2,500 pairs a second" in told  # 1,366,195 photos, 26 times
    assert "about 770 €" in told and "3 days" in told and "disk 100 GB" in told
    assert told.count("img2dataset --url_list") == 2 and "cercafoto; io@example.org" in told
    assert "--limit 700000" in told and "--confirm" not in told
    assert not (here / reproduce.DONE).exists()


def test_a_small_disk_is_told_before_the_step(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = type("Usage", (), {"free": 5e9})
    monkeypatch.setattr(reproduce.shutil, "disk_usage", lambda path: usage)
    ran: list[list[str]] = []
    with pytest.raises(InputError, match=r"needs 13\.5 GB of disk, 5 are free"):
        run(ran, "--only", "mscoco")
    assert not ran
