"""The command `reproduce`: from what was downloaded to the two published tables.

It is a list of commands, each a line that a person could type. What each needs is told before it
runs; what is done is noted, so that the same command goes on after an interruption.
"""

from __future__ import annotations

import argparse
import io
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path

from cercafoto.training.training_errors import InputError

RunCommand = Callable[[Sequence[str]], int]  # of the training program, in this process
DONE = "reproduce.done"  # commands that are done, a line each
BATCH = 1024  # pairs an update, over all processes; run_training.sh@9ca42b9:18
SOURCES = ("wit", "mscoco", "conceptual", "foto-del-giorno")
TABLES = ("mscoco", "imagenet")
COCO_IT = "https://github.com/crux82/mscoco-it"
COCO = "http://images.cocodataset.org/zips"
GOOGLE = "https://ai.google.com/research/ConceptualCaptions/download"
WIT = "https://github.com/google-research-datasets/wit/blob/main/DATA.md"
IMAGENET = "https://image-net.org/download.php"
LABELS = "https://github.com/clip-italian/clip-italian, branch imagenet_templates"
TRANSLATED = 700_000  # captions of Conceptual Captions in the published pairs: its README
# Photos of each source, as docs/data.md has them, until its pairs are there to be counted.
PHOTOS = {"wit": 550_000, "mscoco": 116_195, "conceptual": TRANSLATED, "foto-del-giorno": 30_000}
PAIRS_A_SECOND = 2_500  # the aim for one GPU in docs/reproduction.md, not a measurement


@dataclass(frozen=True)
class Step:
    """One command.

    words: of the command; the first is "prepare", "train", ... or another program's name.
    about: what comes of it.
    disk: gigabytes that it writes.
    time, money: what it takes, as docs/data.md calculates it.
    inputs: downloaded files (pattern, where from) that must be there first.
    instead: a folder that makes the step unnecessary, if its inputs are not there.
    table: the file that keeps what the command prints.
    """

    words: Sequence[str]
    about: str
    disk: float
    time: str
    money: str = "none"
    inputs: Sequence[tuple[str, str]] = ()
    instead: str = ""
    table: str = ""

    @property
    def line(self) -> str:
        ours = "" if self.words[0] == "img2dataset" else "python -m cercafoto.training "
        return ours + shlex.join(self.words)


def add_arguments(parser: argparse.ArgumentParser, run_command: RunCommand) -> None:
    """Add the options of `reproduce`; `run_command` runs a command line of this program."""
    parser.add_argument(
        "--only", action="append", choices=SOURCES, help="pairs of this source; may be repeated"
    )
    parser.add_argument(
        "--table", action="append", choices=TABLES, help="only this table; may be repeated"
    )
    parser.add_argument("--plan", action="store_true", help="tell the steps, and do none")
    parser.add_argument(
        "--processes", type=int, default=1, metavar="N", dest="devices", help="as for train"
    )
    parser.add_argument(
        "--set", action="append", default=[], metavar="FIELD=VALUE", help="as for train"
    )
    parser.add_argument(
        "--contact", help="your e-mail address: the sites whose photos are downloaded may ask"
    )
    parser.add_argument(
        "--deepl", action="store_true", help="translate by DeepL, not by an open model"
    )
    parser.add_argument("--confirm", action="store_true", help="let DeepL bill what it costs")
    parser.set_defaults(run=run, run_command=run_command)


def run(chosen: argparse.Namespace) -> int:
    """Run the steps that are not done; return the first exit code that is not 0.

    Raises InputError if a download is missing, or the disk is too small for the next step.
    """
    steps, done = list(_steps(chosen)), _done()
    left = [step for step in steps if step.line not in done]
    if missing := [text for step in left for text in _missing(step)]:
        lines = "\n".join(f"  {text}" for text in dict.fromkeys(missing))
        raise InputError(f"to be downloaded first, into this folder:\n{lines}")
    for number, step in enumerate(steps, 1):
        print(f"[{number}/{len(steps)}] {step.about}", file=sys.stderr)
        if step.line in done or (step.instead and not _inputs(step)):
            print("    done", file=sys.stderr)
            if step.table and not chosen.plan:
                print(Path(step.table).read_text(encoding="utf-8"))
            continue
        needs = f"disk {step.disk:g} GB, time: {step.time}, money: {step.money}"
        print(f"    needs {needs}\n    {step.line}", file=sys.stderr)
        if chosen.plan:
            continue
        free = shutil.disk_usage(".").free / 1e9
        if free < step.disk:
            raise InputError(f"{step.about}: needs {step.disk:g} GB of disk, {free:.0f} are free")
        if code := _do(step, chosen.run_command):
            return code
        with Path(DONE).open("a", encoding="utf-8") as note:
            note.write(step.line + "\n")
    return 0


def _do(step: Step, run_command: RunCommand) -> int:
    words = [word for given in step.words for word in (_found(given) if "*" in given else [given])]
    if words[0] == "img2dataset":
        if not shutil.which("img2dataset"):
            raise InputError("img2dataset is not installed: pipx install img2dataset==1.47.0")
        return subprocess.run(words, check=False).returncode
    if not step.table:
        return run_command(words)
    said = io.StringIO()
    with redirect_stdout(said):
        code = run_command(words)
    if code == 0:
        Path(step.table).write_text(said.getvalue(), encoding="utf-8")
        print(said.getvalue())
    return code


def _done() -> set[str]:
    path = Path(DONE)
    return set(path.read_text(encoding="utf-8").splitlines()) if path.is_file() else set()


def _found(pattern: str) -> list[str]:
    return sorted(path.as_posix() for path in Path().glob(pattern)) or [pattern]


def _inputs(step: Step) -> bool:
    return all(any(Path().glob(pattern)) for pattern, _ in step.inputs)


def _missing(step: Step) -> list[str]:
    if step.instead and Path(step.instead).is_dir():
        return []
    return [f"{p}, from {where}" for p, where in step.inputs if not any(Path().glob(p))]


def _steps(chosen: argparse.Namespace) -> Iterator[Step]:
    sources = [source for source in SOURCES if source in (chosen.only or SOURCES)]
    if not chosen.only and not Path("foto/pagine").is_dir():
        sources.remove("foto-del-giorno")  # 2 % of the pairs, and pages to be saved by hand
    tables = chosen.table or TABLES
    if "mscoco" in sources or "mscoco" in tables:
        yield from _photos_of_coco()
    makers = {
        "wit": _wit,
        "mscoco": _mscoco,
        "conceptual": _conceptual,
        "foto-del-giorno": _foto_del_giorno,
    }
    for source in sources:
        yield from makers[source](chosen)
    name = "-".join(chosen.only or ["all"])
    pairs = f"pairs/{name}"
    made = [f"pairs/{source}.jsonl" for source in sources]
    yield Step(["prepare", "split", *made, "--out", pairs], f"{pairs}: 95 and 5 %", 1, "a minute")
    yield from _training(chosen, name, pairs, sources)
    yield from _tables(tables, f"runs/{name}-stage2")


def _photos_of_coco() -> Iterator[Step]:
    for part, size in (("train2014", 13.5), ("val2014", 6.6)):
        yield Step(
            ["prepare", "unzip", f"coco/{part}.zip", "--out", "coco"],
            f"coco/{part}: photos",
            size,
            "some minutes",
            inputs=[(f"coco/{part}.zip", f"{COCO}/{part}.zip")],
            instead=f"coco/{part}",
        )


def _mscoco(chosen: argparse.Namespace) -> Iterator[Step]:
    held_out = [f"mscoco-it/captions_ita_{part}set_*.json.gz" for part in ("dev", "test")]
    trained = "mscoco-it/captions_ita_trainingset_*.json.gz"
    words = ["prepare", "mscoco", trained, "--images", "coco", "--held-out", *held_out]
    yield Step(
        [*words, "--out", "pairs/mscoco.jsonl"],
        "pairs/mscoco.jsonl: 116,195 photos, each decoded to check it",
        0.1,
        "10 minutes of 16 cores",
        inputs=[(pattern, COCO_IT) for pattern in (trained, *held_out)],
    )


def _wit(chosen: argparse.Namespace) -> Iterator[Step]:
    tables = "wit/wit_v1.train.all-*.tsv.gz"
    yield Step(
        ["prepare", "wit-urls", tables, "--out", "wit/urls.tsv"],
        "wit/urls.tsv: the photos to download",
        0.2,
        "an hour",
        inputs=[(tables, WIT)],
    )
    yield _download(chosen, "wit", 1, 2, ["--timeout", "60", "--retries", "2"], 20, "3 days")
    words = ["prepare", "wit", tables, "--images", "wit/photos", "--out", "pairs/wit.jsonl"]
    yield Step(words, "pairs/wit.jsonl: about 550,000 photos", 0.2, "some hours")


def _conceptual(chosen: argparse.Namespace) -> Iterator[Step]:
    table = "cc/Train_GCC-training.tsv"
    yield Step(
        ["prepare", "conceptual-urls", table, "--out", "cc/urls.tsv"],
        "cc/urls.tsv: the photos to download",
        0.5,
        "a minute",
        inputs=[(table, GOOGLE)],
    )
    patience = ["--timeout", "20", "--retries", "1"]
    yield _download(chosen, "cc", 8, 64, patience, 100, "10 hours at 100 Mbit/s")
    limit = ["--limit", str(TRANSLATED)]
    engine = (
        ["--deepl", *(["--confirm"] if chosen.confirm else [])] if chosen.deepl else ["--model"]
    )
    words = ["prepare", "translate", table, "--images", "cc/photos", *limit, *engine]
    yield Step(
        [*words, "--cache", "cc/translations.sqlite", "--out", "cc/italian.tsv"],
        "cc/italian.tsv: the captions of the first 700,000 photos, in Italian",
        0.5,
        "some hours",
        "about 770 €, told to the character before" if chosen.deepl else "none",
    )
    words = ["prepare", "conceptual", "cc/italian.tsv", "--images", "cc/photos", *limit]
    yield Step(
        [*words, "--out", "pairs/conceptual.jsonl"], "pairs/conceptual.jsonl", 0.2, "an hour"
    )


def _foto_del_giorno(chosen: argparse.Namespace) -> Iterator[Step]:
    words = ["prepare", "foto-del-giorno", "foto/pagine", "--out", "pairs/foto-del-giorno.jsonl"]
    where = "https://www.ilpost.it/foto-del-giorno, saved page by page"
    inputs = [("foto/pagine", where)]
    yield Step(words, "pairs/foto-del-giorno.jsonl", 0.1, "some minutes", inputs=inputs)


def _download(
    chosen: argparse.Namespace,
    folder: str,
    processes: int,
    threads: int,
    patience: Sequence[str],
    disk: float,
    time: str,
) -> Step:
    if not chosen.contact:
        raise InputError("photos are downloaded from their sites: --contact you@example.org")
    words = f"img2dataset --url_list {folder}/urls.tsv --input_format tsv --url_col url"
    words += f" --output_folder {folder}/photos --output_format webdataset --image_size 256"
    words += " --resize_mode keep_ratio --resize_only_if_bigger True"
    words += f" --processes_count {processes} --thread_count {threads}"
    agent = ["--user_agent_token", f"cercafoto; {chosen.contact}"]
    return Step([*words.split(), *patience, *agent], f"{folder}/photos: downloaded", disk, time)


def _training(
    chosen: argparse.Namespace, name: str, pairs: str, sources: Sequence[str]
) -> Iterator[Step]:
    files = ["--train", f"{pairs}/train.jsonl", "--valid", f"{pairs}/valid.jsonl"]
    count = sum(PHOTOS[source] for source in sources)
    if (train := Path(files[1])).is_file():
        with train.open("rb") as lines:
            count = sum(1 for _ in lines)
    settings = [f"engine.batch={BATCH // chosen.devices}", f"data.workers={os.cpu_count() or 1}"]
    settings = [w for setting in (*settings, *chosen.set) for w in ("--set", setting)]
    if chosen.devices > 1:
        settings += ["--processes", str(chosen.devices)]
    before: list[str] = []
    for stage, epochs in ((1, 26), (2, 15)):
        out = f"runs/{name}-stage{stage}"
        words = ["train", "--preset", f"clip-italian-stage{stage}", *before, *files]
        yield Step(
            [*words, "--out", out, "--resume", *settings],
            f"{out}: {epochs} epochs",
            3.5,
            f"{count * epochs / PAIRS_A_SECOND / 3600:.1f} hours at {PAIRS_A_SECOND:,} pairs a "
            f"second (`throughput --preset clip-italian-stage{stage}` says what this machine does)",
        )
        before = ["--init-from", out]


def _tables(tables: Sequence[str], run: str) -> Iterator[Step]:
    if "mscoco" in tables:
        captions = "mscoco-it/captions_ita_devset_unvalidated.json.gz"
        words = ["evaluate", "--table", "mscoco", "--captions", captions]
        yield Step(
            [*words, "--images", "coco/val2014", "--model", run],
            "MSCOCO-IT, caption to photo",
            0.1,
            "some minutes",
            inputs=[(captions, COCO_IT)],
            table=f"{run}/mscoco.txt",
        )
    if "imagenet" in tables:
        archives = ["imagenet/ILSVRC2012_img_val.tar", "imagenet/ILSVRC2012_devkit_t12.tar.gz"]
        labels = "imagenet/imagenet_labels_IT.tsv"
        words = ["prepare", "imagenet", archives[0], "--devkit", archives[1]]
        yield Step(
            [*words, "--out", "imagenet/val"],
            "imagenet/val: photos",
            6.7,
            "some minutes",
            inputs=[(archive, IMAGENET) for archive in archives],
            instead="imagenet/val",
        )
        words = ["evaluate", "--table", "imagenet", "--imagenet", "imagenet/val"]
        yield Step(
            [*words, "--labels", labels, "--model", run],
            "ImageNet, zero-shot",
            0.1,
            "an hour of a core's decoding",
            inputs=[(labels, LABELS)],
            table=f"{run}/imagenet.txt",
        )
