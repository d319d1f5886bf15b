"""List the commands that lead from the downloads to the two published tables.

What each takes of disk, time and money is calculated in docs/data.md, not measured.
"""

from __future__ import annotations

import argparse
import os
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from cercafoto.training.training_errors import InputError

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


def steps_of_all(chosen: argparse.Namespace) -> Iterator[Step]:
    """Yield the steps in their order, for the chosen options of `reproduce`.

    Raises InputError if photos are to be downloaded and nobody has given an address.
    """
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
