"""List the commands that lead from the downloads to the two published tables.

What each takes of disk, time and money is calculated in docs/data.md, not measured.
"""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from cercafoto.training.clip_italian import config_text, presets
from cercafoto.training.reproduce import reproduce_checks as checks
from cercafoto.training.training_errors import InputError

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
    hours, euros: what it takes, as docs/data.md calculates it.
    checks: each raises InputError if this machine cannot do the step.
    inputs: downloaded files (pattern, where from) that must be there first.
    instead: a folder that makes the step unnecessary, if its inputs are not there.
    table: the file that keeps what the command prints.
    """

    words: Sequence[str]
    about: str
    disk: float
    hours: float
    euros: float = 0.0
    checks: Sequence[Callable[[], None]] = ()
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
    yield Step(["prepare", "split", *made, "--out", pairs], f"{pairs}: 95 and 5 %", 1, 0.02)
    yield from _training(chosen, name, pairs, sources)
    yield from _tables(tables, f"runs/{name}-stage2")


def _photos_of_coco() -> Iterator[Step]:
    for part, size in (("train2014", 13.5), ("val2014", 6.6)):
        yield Step(
            ["prepare", "unzip", f"coco/{part}.zip", "--out", "coco"],
            f"coco/{part}: photos",
            size,
            0.1,
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
        0.2,
        inputs=[(pattern, COCO_IT) for pattern in (trained, *held_out)],
    )


def _wit(chosen: argparse.Namespace) -> Iterator[Step]:
    tables = "wit/wit_v1.train.all-*.tsv.gz"
    yield Step(
        ["prepare", "wit-urls", tables, "--out", "wit/urls.tsv"],
        "wit/urls.tsv: the photos to download",
        0.2,
        1,
        inputs=[(tables, WIT)],
    )
    yield _download(chosen, "wit", 1, 2, ["--timeout", "60", "--retries", "2"], 20, 72)
    words = ["prepare", "wit", tables, "--images", "wit/photos", "--out", "pairs/wit.jsonl"]
    about = "pairs/wit.jsonl: about 550,000 photos"
    yield Step(words, about, 0.2, 3, checks=(checks.tagger,))


def _conceptual(chosen: argparse.Namespace) -> Iterator[Step]:
    table = "cc/Train_GCC-training.tsv"
    yield Step(
        ["prepare", "conceptual-urls", table, "--out", "cc/urls.tsv"],
        "cc/urls.tsv: the photos to download",
        0.5,
        0.02,
        inputs=[(table, GOOGLE)],
    )
    patience = ["--timeout", "20", "--retries", "1"]
    yield _download(chosen, "cc", 8, 64, patience, 100, 10)
    limit = ["--limit", str(TRANSLATED)]
    engine = (
        ["--deepl", *(["--confirm"] if chosen.confirm else [])] if chosen.deepl else ["--model"]
    )
    words = ["prepare", "translate", table, "--images", "cc/photos", *limit, *engine]
    yield Step(
        [*words, "--cache", "cc/translations.sqlite", "--out", "cc/italian.tsv"],
        "cc/italian.tsv: the captions of the first 700,000 photos, in Italian",
        0.5,
        3,
        770 if chosen.deepl else 0,
        checks=(partial(checks.translator, chosen.deepl, chosen.confirm),),
    )
    words = ["prepare", "conceptual", "cc/italian.tsv", "--images", "cc/photos", *limit]
    yield Step([*words, "--out", "pairs/conceptual.jsonl"], "pairs/conceptual.jsonl", 0.2, 1)


def _foto_del_giorno(chosen: argparse.Namespace) -> Iterator[Step]:
    words = ["prepare", "foto-del-giorno", "foto/pagine", "--out", "pairs/foto-del-giorno.jsonl"]
    where = "https://www.ilpost.it/foto-del-giorno, saved page by page"
    inputs, needs = [("foto/pagine", where)], (partial(checks.modules, "train", "bs4"),)
    yield Step(words, "pairs/foto-del-giorno.jsonl", 0.1, 0.1, checks=needs, inputs=inputs)


def _download(
    chosen: argparse.Namespace,
    folder: str,
    processes: int,
    threads: int,
    patience: Sequence[str],
    disk: float,
    hours: float,
) -> Step:
    if not chosen.contact:
        raise InputError("photos are downloaded from their sites: --contact you@example.org")
    words = f"img2dataset --url_list {folder}/urls.tsv --input_format tsv --url_col url"
    words += f" --output_folder {folder}/photos --output_format webdataset --image_size 256"
    words += " --resize_mode keep_ratio --resize_only_if_bigger True"
    words += f" --processes_count {processes} --thread_count {threads}"
    agent = ["--user_agent_token", f"cercafoto; {chosen.contact}"]
    download = [*words.split(), *patience, *agent]
    about = f"{folder}/photos: downloaded"
    return Step(download, about, disk, hours, checks=(checks.img2dataset,))


def _training(
    chosen: argparse.Namespace, name: str, pairs: str, sources: Sequence[str]
) -> Iterator[Step]:
    files = ["--train", f"{pairs}/train.jsonl", "--valid", f"{pairs}/valid.jsonl"]
    count = sum(PHOTOS[source] for source in sources)
    if (train := Path(files[1])).is_file():
        with train.open("rb") as lines:
            count = sum(1 for _ in lines)
    settings = [word for setting in chosen.set for word in ("--set", setting)]
    if chosen.devices > 1:
        settings += ["--processes", str(chosen.devices)]
    if chosen.without_gpu:
        settings.append("--without-gpu")
    before: list[str] = []
    for preset in ("clip-italian-stage1", "clip-italian-stage2"):
        run = config_text.override(presets.preset(preset), chosen.set)
        epochs = run.schedule.stop_after_epochs or run.schedule.epochs
        out = f"runs/{name}-{preset.rpartition('-')[2]}"
        yield Step(
            ["train", "--preset", preset, *before, *files, "--out", out, "--resume", *settings],
            f"{out}: {epochs} epochs, at {PAIRS_A_SECOND:,} pairs a second on each GPU "
            f"(`throughput --preset {preset}` says what this machine does)",
            3.5,
            count * epochs / PAIRS_A_SECOND / chosen.devices / 3600,
            checks=(
                partial(checks.machine, run, chosen.devices, chosen.without_gpu),
                partial(checks.towers, run),
            ),
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
            0.1,
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
            0.1,
            checks=(partial(checks.modules, "train", "scipy"),),
            inputs=[(archive, IMAGENET) for archive in archives],
            instead="imagenet/val",
        )
        words = ["evaluate", "--table", "imagenet", "--imagenet", "imagenet/val"]
        yield Step(
            [*words, "--labels", labels, "--model", run],
            "ImageNet, zero-shot",
            0.1,
            1,
            inputs=[(labels, LABELS)],
            table=f"{run}/imagenet.txt",
        )
