"""Declare the options of the command `prepare`; steps.py carries them out.

docs/data.md has, for each source, what to download and the command.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from cercafoto.training.data.checkpoint_translator import BATCH, OPUS
from cercafoto.training.data.deepl import KEY


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add one subcommand for each source, and for each later step."""
    steps = parser.add_subparsers(required=True, metavar="STEP", dest="step")

    wit = _builder(steps, "wit", "Wikipedia image-text, Italian reference descriptions")
    wit.add_argument("tables", type=Path, nargs="+", help="wit_v1.train.all-*.tsv.gz")
    _photos_by_url(wit, required=True)
    wit.add_argument(
        "--tagger",
        default="spacy",
        help="finds the captions that are only names: spacy (it_core_news_sm), spacy:PIPELINE, "
        "stanza, stanza:FOLDER, or none to leave them in",
    )

    wit_urls = steps.add_parser("wit-urls", help="the URLs that the wit step wants, to download")
    wit_urls.add_argument("tables", type=Path, nargs="+", help="wit_v1.train.all-*.tsv.gz")
    cc_urls = steps.add_parser("conceptual-urls", help="those of Conceptual Captions, to download")
    cc_urls.add_argument("table", type=Path, help="Train_GCC-training.tsv: caption<TAB>url")
    for urls in (wit_urls, cc_urls):
        urls.add_argument(
            "--out", type=Path, required=True, help="table of one column, url, for img2dataset"
        )

    mscoco = _builder(steps, "mscoco", "MSCOCO-IT, Italian captions of COCO 2014")
    mscoco.add_argument("annotations", type=Path, nargs="+", help="captions_ita_trainingset_*")
    mscoco.add_argument("--images", type=Path, required=True, help="has train2014/ and val2014/")
    mscoco.add_argument(
        "--held-out",
        type=Path,
        nargs="+",
        required=True,
        help="the four captions_ita_devset_* and captions_ita_testset_* files",
    )

    conceptual = _builder(steps, "conceptual", "Conceptual Captions, translated")
    conceptual.add_argument("table", type=Path, help="what the translate step wrote")
    _photos_by_url(conceptual, required=True)
    _limit(conceptual)

    foto = _builder(steps, "foto-del-giorno", "La Foto del Giorno of Il Post")
    foto.add_argument("pages", type=Path, help="folder of saved pages, or a .json/.jsonl dump")
    _photos_by_url(foto, required=False)

    local = _builder(steps, "local", "JSON lines that already name files on this machine")
    local.add_argument("captions", type=Path, help="image_path, captions, perhaps parole")
    local.add_argument("--words", action="store_true", help="parole become one more caption")

    stamps = _builder(steps, "stamps", "Tux Paint's stamps and their Italian names")
    stamps.add_argument("folder", type=Path, help="/usr/share/tuxpaint/stamps on Debian")

    shards = _builder(steps, "from-shards", "WebDataset shards, left where they are")
    shards.add_argument("shards", type=Path, nargs="+", help="uncompressed .tar files")

    _translate(steps.add_parser("translate", help="English captions -> url, english, italian"))

    unzip = steps.add_parser("unzip", help="a .zip -> DIR, as COCO's photos are published")
    unzip.add_argument("archive", type=Path, help="train2014.zip or val2014.zip")
    unzip.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder to fill")

    imagenet = steps.add_parser("imagenet", help="ImageNet 2012's tar -> DIR/<wnid>/*.JPEG")
    imagenet.add_argument("archive", type=Path, help="ILSVRC2012_img_val.tar or ..._train.tar")
    imagenet.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder to fill")
    imagenet.add_argument(
        "--devkit",
        type=Path,
        help="ILSVRC2012_devkit_t12.tar.gz, which tells the validation photos' classes",
    )

    split = steps.add_parser("split", help="train.jsonl and valid.jsonl, a share of each source")
    split.add_argument("pairs", type=Path, nargs="+", help="JSON lines of pairs")
    split.add_argument("--out", type=Path, required=True, help="folder to write to")
    split.add_argument("--valid", type=_share, default=0.05, help="share that validates (0.05)")
    split.add_argument("--seed", type=int, default=0)
    split.add_argument(
        "--same",
        choices=("path", "content"),
        default="path",
        help="what makes two photos one: their path, or their bytes (reads them all)",
    )

    pack = steps.add_parser("pack", help="photos and captions into shards, as open_clip reads them")
    pack.add_argument("pairs", type=Path, help="JSON lines of pairs")
    pack.add_argument("--out", type=Path, required=True, help="folder to write to")
    pack.add_argument("--prefix", help="of the shards' names (the file's own)")
    pack.add_argument(
        "--megabytes", type=_count, default=500, help="most in a shard, millions of bytes (500)"
    )


def run(chosen: argparse.Namespace) -> int:
    """Run a step, print its counts and return the exit code. Raises InputError."""
    from cercafoto.training.data import steps

    print(steps.STEPS[chosen.step](chosen))
    return 0


_Steps = argparse._SubParsersAction  # argparse has no public name for it


def _builder(
    steps: _Steps[argparse.ArgumentParser], name: str, about: str
) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = steps.add_parser(name, help=f"{about} -> pairs")
    parser.add_argument("--out", type=Path, required=True, help="JSON lines to write")
    parser.add_argument("--workers", type=_count, help="processes that decode the photos to check")
    parser.add_argument("--no-check", action="store_true", help="do not decode the photos")
    return parser


def _photos_by_url(parser: argparse.ArgumentParser, required: bool) -> None:
    parser.add_argument(
        "--images",
        type=Path,
        required=required,
        help="folder of downloads: img2dataset's, or files named by the hash of their URL",
    )
    parser.add_argument("--list", type=Path, help="lines of url<TAB>path in that folder")


def _translate(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("table", type=Path, help="Train_GCC-training.tsv: caption<TAB>url")
    parser.add_argument("--out", type=Path, required=True, help="table to write")
    parser.add_argument(
        "--cache", type=Path, required=True, help="SQLite file that keeps every translation"
    )
    _photos_by_url(parser, required=False)
    engine = parser.add_mutually_exclusive_group(required=True)
    engine.add_argument(
        "--model",
        nargs="?",
        const=OPUS,
        metavar="CHECKPOINT",
        help="an open model, on the GPU if there is one: a folder of transformers, or hub:OWNER/"
        f"NAME, which is downloaded ({OPUS} if not said)",
    )
    engine.add_argument("--command", help="reads one text a line, writes one translation a line")
    engine.add_argument(
        "--deepl", action="store_true", help=f"DeepL, with the key in ${KEY}; uses the network"
    )
    parser.add_argument("--server", help="instead of DeepL's own")
    parser.add_argument(
        "--confirm", action="store_true", help="let DeepL bill the price that is told without it"
    )
    _limit(parser)
    parser.add_argument(
        "--batch",
        type=_count,
        help=f"texts that a --command gets at once (500), or a --model computes at once ({BATCH})",
    )


def _limit(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--limit",
        type=_count,
        metavar="PHOTOS",
        help="only the first so many whose photo is there: the published run had 700,000",
    )


def _count(text: str) -> int:
    if (number := int(text)) < 1:
        raise argparse.ArgumentTypeError(f"{text} is not 1 or more")
    return number


def _share(text: str) -> float:
    if not 0.0 <= (share := float(text)) < 1.0:
        raise argparse.ArgumentTypeError(f"{text} is not between 0 and 1")
    return share
