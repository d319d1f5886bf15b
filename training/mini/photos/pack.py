"""Pack what this package ships about the photos of `mini` (see `shipped`), from a data folder.

python -m cercafoto.training.mini.photos.pack DATA
"""

from __future__ import annotations

import argparse
import gzip
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cercafoto.base.atomic_file import write_atomically
from cercafoto.photos.decoding.picture import open_upright
from cercafoto.training.measure.class_texts import TRAIN, VALID, read_json_lines
from cercafoto.training.mini.photos.lay_out import SIDE
from cercafoto.training.mini.photos.photo_hash import difference_hash
from cercafoto.training.mini.photos.shipped import ALSO, HERE, PHOTOS, PLACES, TEXTS, json_lines

# Folders of photos whose texts were all written for cercafoto by looking at the photo. Those of the
# others were made from the data sets' own captions, and do not ship.
OURS = frozenset(["imagenet", "scene", "animali", "coco_test", "strade"])
# Of `coco_altre` 599 are ours too, but the file does not say which. These must be: MS-COCO has
# published no captions of its test photos.
NO_CAPTIONS = "foto/coco_altre/COCO_test"

DIGITS = 16  # hexadecimal, of a SHA-256: 64 bits, which no other file has by chance


def may_ship(row: Mapping[str, Any]) -> bool:
    """Whether the texts of a photo were written for cercafoto. row: its line of `coppie_*.jsonl`"""
    path = str(row["image_path"])
    return Path(path).parent.name in OURS or path.startswith(NO_CAPTIONS)


def pack(data: Path, out: Path) -> None:
    """Write the packed files into the folder `out`."""
    rows = [row for name in (TRAIN[0], VALID[0]) for row in read_json_lines(data / name)]
    lines = []
    for row in rows:
        bits = difference_hash(open_upright(data / row["image_path"], SIDE))
        lines.append(f"{row['image_path']}\t{bits:016x}\n")
    contents = {PHOTOS: "".join(lines).encode(), TEXTS: json_lines(filter(may_ship, rows))}
    contents[PLACES] = places((data / PLACES).read_text(encoding="utf-8"))
    contents |= {name: (data / name).read_bytes() for name in ALSO}
    out.mkdir(exist_ok=True)
    for name, content in contents.items():
        # Without a time in it, so that equal data make equal files.
        packed = gzip.compress(content, compresslevel=9, mtime=0)
        write_atomically(out / f"{name}.gz", packed, overwrite=True)


def places(table: str) -> bytes:
    """Return the shipped table of where the second set lies, by repository and file.

    table: the data folder's, with the columns id, repository, commit, file, SHA-256, data set.
    """
    rows = [line.split("\t") for line in table.splitlines()]
    rows.sort(key=lambda row: (row[1], row[3]))
    lines = [
        f"altre/{name}.jpg\t{repository}\t{commit}\t{file}\t{digest[:DIGITS]}\n"
        for name, repository, commit, file, digest, _ in rows
    ]
    return "".join(lines).encode()


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("data", type=Path, help="data folder, complete")
    pack(parser.parse_args(arguments).data, HERE)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
