"""The command `mini-photos`: lay out the data folder that `mini` is built from."""

from __future__ import annotations

import argparse
import csv
import shlex
import sys
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cercafoto.training.mini.photos.lay_out import LaidOut

REPORT = "mini-photos.tsv"
SHOWN = 10  # photos that are named in the terminal; the report has them all


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "folders",
        type=Path,
        nargs="*",
        help="unpacked data sets, which are only read (docs/mini-data.md says which)",
    )
    parser.add_argument(
        "--out", type=Path, required=True, help="data folder to write, apart from the others"
    )
    parser.add_argument(
        "--repositories",
        type=Path,
        nargs="+",
        default=[],
        metavar="DIR",
        help="lay out the second set of photos too, from clones of public repositories in these "
        "folders, which are only read; prints how to clone those that are missing",
    )
    parser.add_argument(
        "--captions",
        type=Path,
        default=None,
        help="Italian captions of photos without texts of ours: a table with the columns url (the "
        "photo's file name) and italian, as `prepare translate` writes it",
    )
    parser.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Lay out photos and texts, print what became of them, and return the exit code: 1 if photos
    are missing. Raises InputError for a folder or table that cannot be used."""
    from cercafoto.training.mini.photos import lay_out, shipped
    from cercafoto.training.mini.photos.clones import clone_command, find_clones
    from cercafoto.training.mini.photos.lay_out_clones import lay_out_clones

    said = captions(chosen.captions) if chosen.captions else {}
    lay_out.check_apart([*chosen.folders, *chosen.repositories], chosen.out)
    photos = shipped.shipped_photos()
    others = shipped.repository_photos() if chosen.repositories else []
    repositories = list(dict.fromkeys(photo.repository for photo in others))
    clones = find_clones(chosen.repositories, repositories) if others else {}
    results = []
    for result in chain(
        lay_out.lay_out(photos, chosen.folders, chosen.out),
        lay_out_clones(others, clones, chosen.out),
    ):
        results.append(result)
        if sys.stderr.isatty():
            number = len(photos) + len(others)
            print(f"\r{len(results):,} of {number:,}", end="", file=sys.stderr)
    if sys.stderr.isatty():
        print(file=sys.stderr)
    done = {each.path for each in results if each.outcome in lay_out.DONE}
    by_path = {
        photo.path: said[key]
        for photo in photos
        if (key := lay_out.key_of(Path(photo.path).stem)) in said
    }
    trained_on = shipped.write_data(chosen.out, done, by_path)
    write_report(chosen.out / REPORT, results)
    print(lay_out.table(results))
    print(f"{trained_on:,} photos with texts to train on: {chosen.out}")
    wrong = [each for each in results if each.outcome not in lay_out.DONE]
    for each in wrong[:SHOWN]:
        print(f"{each.path}: {each.outcome}{_detail(each)}", file=sys.stderr)
    if wrong:
        print(f"{len(wrong):,} photos are not there: {chosen.out / REPORT}", file=sys.stderr)
    wanted = {photo.repository for photo in others if photo.path not in done}
    for repository in repositories:
        if repository in wanted and repository not in clones:
            command = shlex.join(clone_command(repository, chosen.repositories[0]))
            print(f"{repository} has not been cloned: {command}", file=sys.stderr)
    return int(bool(wrong))


def captions(path: Path) -> dict[str, list[str]]:
    """Return key of a photo (see `key_of`) -> its captions in a table. Raises InputError."""
    from cercafoto.training.mini.photos.lay_out import key_of
    from cercafoto.training.training_errors import InputError

    said: dict[str, list[str]] = {}
    try:
        with path.open(encoding="utf-8", newline="") as text:
            for row in csv.DictReader(text, delimiter="\t"):
                caption = row["italian"].strip()  # None, which has no strip, in a short line
                if caption:
                    said.setdefault(key_of(Path(row["url"]).stem), []).append(caption)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path}: cannot be read ({error})") from error
    except (KeyError, TypeError, AttributeError) as error:
        raise InputError(f"{path}: no columns url and italian in every line") from error
    return said


def write_report(path: Path, results: list[LaidOut]) -> None:
    """Write what became of each photo: path, outcome, file, bits that differ."""
    from cercafoto.base.atomic_file import replacing

    def rows() -> Iterator[tuple[object, ...]]:
        yield "photo", "outcome", "file", "bits apart"
        for each in results:
            apart = "" if each.apart is None else each.apart
            yield each.path, each.outcome, each.file or "", apart

    with (
        replacing(path) as partial,
        partial.open("w", encoding="utf-8", errors="surrogateescape", newline="") as text,
    ):
        csv.writer(text, delimiter="\t", lineterminator="\n").writerows(rows())


def _detail(each: LaidOut) -> str:
    if each.file is None:
        return ""
    apart = f", {each.apart} bits apart" if each.apart is not None else ""
    return f" ({each.file}{apart})"
