"""Small stand-ins for programs that the training pages call and that need the network.

python -m tests.support.pretend_programs NAME ARGUMENT...

Each takes only the real program's options, and leaves the same files; `published_sources` plays the
network.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import shutil
import sys
import tarfile
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.support import published_sources
from tests.support.imagenet import add

REMOTE, TINY = "PRETEND_REMOTE", "PRETEND_TINY"  # environment: the Hub's files, the tiny model

# Of img2dataset 1.47.0, `download` in its main.py.
OPTIONS = """
url_list image_size output_folder processes_count resize_mode resize_only_if_bigger
upscale_interpolation downscale_interpolation encode_quality encode_format skip_reencode
output_format input_format url_col caption_col bbox_col thread_count number_sample_per_shard
extract_exif save_additional_columns timeout enable_wandb wandb_project oom_shard_count
compute_hash verify_hash distributor subjob_size retries disable_all_reencoding min_image_size
max_image_area max_aspect_ratio incremental_mode max_shard_retry user_agent_token
disallowed_header_directives
"""


# Of open_clip 3.3.0, `open_clip_train/params.py`: those of the page and some more.
OPEN_CLIP_OPTIONS = """
train_data val_data dataset_type model pretrained precision batch_size workers epochs lr warmup
train_num_samples val_num_samples imagenet_val logs name resume accum_freq siglip
"""


def install_open_clip(packages: Path) -> None:
    """Make `python -m open_clip_train.main` find the stand-in of this module."""
    folder = packages / "open_clip_train"
    folder.mkdir()
    (folder / "__init__.py").touch()
    (folder / "main.py").write_text(
        f"import sys\nfrom {__name__} import open_clip\nopen_clip(sys.argv[1:])\n"
    )


def open_clip(words: Sequence[str]) -> None:
    """Read the shards as open_clip's webdataset pipeline does, and count their samples."""
    parser = argparse.ArgumentParser(allow_abbrev=False)
    for name in OPEN_CLIP_OPTIONS.split():
        parser.add_argument(f"--{name.replace('_', '-')}")
    chosen = parser.parse_args(words)
    assert chosen.dataset_type == "webdataset"
    counts = {}
    for part, path in (("train", chosen.train_data), ("valid", chosen.val_data)):
        with tarfile.open(path) as tar:
            names = [name.partition(".") for name in tar.getnames()]
        samples: dict[str, set[str]] = {}
        for key, _, suffix in names:
            samples.setdefault(key, set()).add(suffix)
        assert all("txt" in found and found & {"png", "jpg", "webp"} for found in samples.values())
        sizes = json.loads(Path(path).with_name("sizes.json").read_text())
        assert sizes[Path(path).name] == len(samples)
        counts[part] = len(samples)
    Path("open_clip.json").write_text(json.dumps(counts))


def install(folder: Path, python: str, root: Path) -> None:
    """Write a script for each program into `folder`, to be put on the path."""
    folder.mkdir()
    for name in PROGRAMS:
        script = folder / name
        script.write_text(
            f'#!/bin/sh\nPYTHONPATH="{root}" exec "{python}" -m {__name__} {name} "$@"\n'
        )
        script.chmod(0o755)


def img2dataset(words: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(allow_abbrev=False)
    for name in OPTIONS.split():
        parser.add_argument(f"--{name}", required=name == "url_list")
    chosen = parser.parse_args(words)
    assert chosen.output_format == "webdataset" and chosen.input_format == "tsv"
    assert chosen.resize_mode == "keep_ratio" and "@" in chosen.user_agent_token
    out = Path(chosen.output_folder)
    out.mkdir(parents=True, exist_ok=True)
    with Path(chosen.url_list).open(encoding="utf-8") as table:
        urls = [row[chosen.url_col] for row in csv.DictReader(table, delimiter="\t")]
    if "wikimedia" in urls[0]:
        assert int(chosen.processes_count) * int(chosen.thread_count) <= 2
    with tarfile.open(out / "00000.tar", "w") as tar:
        for place, url in enumerate(urls):
            if photo := published_sources.photo_of(url):
                add(tar, f"{place:09d}.jpg", photo)
                facts = {"url": url, "key": f"{place:09d}", "status": "success"}
                add(tar, f"{place:09d}.json", json.dumps(facts).encode())
    (out / "00000_stats.json").write_text(json.dumps({"count": len(urls)}))


def curl(words: Sequence[str]) -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("-L", action="store_true", required=True)
    parser.add_argument("--create-dirs", action="store_true")
    parser.add_argument("-o", type=Path, required=True)
    parser.add_argument("url")
    chosen = parser.parse_args(words)
    if chosen.url.startswith("http://images.cocodataset.org/zips/"):
        assert chosen.o == Path("coco", chosen.url.rpartition("/")[2])
        assert chosen.o.is_file()  # the stand-in lies there already
        return
    start = "https://raw.githubusercontent.com/clip-italian/clip-italian/imagenet_templates/"
    contents = {
        f"{start}evaluation/imagenet_labels_IT.tsv": published_sources.labels(),
        f"{start}evaluation/italian_templates_IT.txt": "una foto di {}\n",
    }
    chosen.o.write_text(contents[chosen.url], "utf-8")


def hf(words: Sequence[str]) -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=["download"])
    parser.add_argument("repo")
    parser.add_argument("--local-dir", type=Path, required=True)
    chosen = parser.parse_args(words)
    shutil.copytree(Path(os.environ[REMOTE]) / chosen.repo, chosen.local_dir)


def cercafoto(words: Sequence[str]) -> None:
    assert words == ["modello", "scarica"]
    models = Path(os.environ["CERCAFOTO_MODELLI"])
    models.mkdir()
    (models / "clip-italian").symlink_to(os.environ[TINY])


def argos_translate(words: Sequence[str]) -> None:
    assert words == ["--from-lang", "en", "--to-lang", "it"]
    sys.stdout.writelines(line.upper() for line in sys.stdin)


PROGRAMS: dict[str, Callable[[Sequence[str]], None]] = {
    "img2dataset": img2dataset,
    "curl": curl,
    "hf": hf,
    "cercafoto": cercafoto,
    "argos-translate": argos_translate,
}

if __name__ == "__main__":
    PROGRAMS[sys.argv[1]](sys.argv[2:])
