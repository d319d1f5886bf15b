"""Write and read pairs in WebDataset shards (https://github.com/webdataset/webdataset).

A shard is a tar. In it the files of one sample have the same name up to the first dot, and follow
each other. A disk reads a few large files in order many times faster than a million small ones.
"""

from __future__ import annotations

import io
import json
import re
import tarfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

from PIL import Image

from cercafoto.base.atomic_file import replacing
from cercafoto.training.data.captions import distinct
from cercafoto.training.data.pairs import MEMBER_MARK, SHARD_SUFFIX, Pair, moved
from cercafoto.training.data.photo_store import PhotoStore
from cercafoto.training.data.tally import BROKEN, MISSING, NO_CAPTION, Tally
from cercafoto.training.training_errors import InputError

PHOTOS = ("jpg", "jpeg", "png", "webp")
SIZES = "sizes.json"  # as open_clip looks for it
NO_PHOTO = "caption without image"
MAX_BYTES = 500_000_000  # of a shard: few files, each quick to copy and to check again
TAR_END = 11_264  # most that closes a tar: two empty blocks of 512, then up to a whole record
_SAMPLE = re.compile(r"((?:.*/)?[^./]+)\.([^/]+)")  # "a/000123.jpg" -> "a/000123", "jpg"


def pack(
    pairs: Sequence[Pair], root: Path, folder: Path, prefix: str, max_bytes: int = MAX_BYTES
) -> tuple[list[Pair], Tally]:
    """Write photos, as they are, and captions into `folder`/`prefix`-00000.tar, ...

    The layout is open_clip's: beside a photo its first caption as .txt, here also all of them as
    .json; and the numbers of samples of all shards in `folder`/sizes.json.

    Returns pairs whose paths point into the shards, relative to `folder`. A photo that is missing,
    or in a format that WebDataset does not know, is counted and left out.
    root: folder that the paths of `pairs` are relative to.
    max_bytes: of a shard; only a shard of one larger sample may pass it.
    Raises InputError if there are such shards already.
    """
    if present := sorted(folder.glob(f"{prefix}-*{SHARD_SUFFIX}")):
        raise InputError(f"{present[0]}: already there; choose another folder or prefix")
    store, tally = PhotoStore(root), Tally(prefix)
    packed: list[Pair] = []
    number, used = 0, max_bytes
    sizes = _sizes(folder)
    with ExitStack() as shard:
        for pair in pairs:
            tally.read += 1
            sample = _sample(pair, store, tally)
            if sample is None:
                continue
            photo, suffix, facts = sample
            caption = pair.captions[0].encode()
            size = sum(_in_tar(len(content)) for content in (photo, caption, facts))
            if used + size > max_bytes:
                shard.close()
                name = f"{prefix}-{number:05d}{SHARD_SUFFIX}"
                tar = shard.enter_context(_Shard(folder / name))
                number, used = number + 1, TAR_END
            key = f"{len(packed):09d}"
            tar.add(f"{key}.{suffix}", photo)
            tar.add(f"{key}.txt", caption)
            tar.add(f"{key}.json", facts)
            sizes[name] = sizes.get(name, 0) + 1
            used += size
            packed.append(replace(pair, image_path=f"{name}{MEMBER_MARK}{key}.{suffix}"))
    with replacing(folder / SIZES) as partial:
        partial.write_text(json.dumps(sizes, indent=2) + "\n", encoding="utf-8")
    return packed, tally


def _sizes(folder: Path) -> dict[str, int]:
    """Return the numbers of samples of the shards that are there already."""
    try:
        sizes: dict[str, int] = json.loads((folder / SIZES).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except ValueError as error:
        raise InputError(f"{folder / SIZES}: not a table of sizes ({error})") from error
    return sizes


def pairs_of_shards(shards: Sequence[Path], root: Path) -> tuple[list[Pair], Tally]:
    """Return a pair for each sample of WebDataset tars that has a photo and captions.

    Photos are .jpg, .jpeg, .png and .webp, captions in .json ("captions" or "caption"), else .txt.
    Paths are relative to `root`. The source is the json's "source", else the tar's name without
    its number. "read" counts samples.
    """
    tally = Tally("shards")
    pairs = []
    for path in shards:
        source = re.sub(r"[-_]?\d*$", "", path.stem) or "shards"
        for photo, captions, named in _samples(path):
            tally.read += 1
            if photo is None:
                tally.leave_out(NO_PHOTO)
            elif not captions:
                tally.leave_out(NO_CAPTION)
            else:
                member = moved(f"{path.name}{MEMBER_MARK}{photo}", path.parent, root)
                pairs.append(Pair(member, captions, named or source))
    return pairs, tally


def _sample(pair: Pair, store: PhotoStore, tally: Tally) -> tuple[bytes, str, bytes] | None:
    """Return the photo, its suffix and its .json; count why, and return None, otherwise."""
    try:
        photo = store.read(pair.image_path)
        with Image.open(io.BytesIO(photo)) as image:
            suffix = {"JPEG": "jpg", "PNG": "png", "WEBP": "webp"}[image.format or ""]
    except FileNotFoundError:
        tally.leave_out(MISSING)
        return None
    except KeyError:
        tally.leave_out("not JPEG, PNG or WebP")
        return None
    except Exception:  # Pillow raises nearly anything on malformed input
        tally.leave_out(BROKEN)
        return None
    facts = {"captions": list(pair.captions), "source": pair.source, "from": pair.image_path}
    return photo, suffix, json.dumps(facts, ensure_ascii=False).encode()


class _Shard:
    """Writes a tar that takes its name when it is closed; equal samples make equal bytes."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __enter__(self) -> _Shard:
        with ExitStack() as stack:
            partial = stack.enter_context(replacing(self.path))
            self.tar = stack.enter_context(tarfile.open(partial, "w", format=tarfile.USTAR_FORMAT))
            self.stack = stack.pop_all()
        return self

    def __exit__(self, *error: Any) -> bool | None:
        return self.stack.__exit__(*error)

    def add(self, name: str, data: bytes) -> None:
        info = tarfile.TarInfo(name)
        info.size = len(data)
        self.tar.addfile(info, io.BytesIO(data))


def _in_tar(size: int) -> int:
    """Return the bytes that a file takes in a tar: a header of 512 and whole blocks of 512."""
    return 512 + (size + 511) // 512 * 512


def _samples(shard: Path) -> list[tuple[str | None, tuple[str, ...], str | None]]:
    """Return (photo member, captions, source) of each sample, in the order of the tar."""
    photos: dict[str, str] = {}
    texts: dict[str, str] = {}
    facts: dict[str, dict[str, Any]] = {}
    keys: dict[str, None] = {}
    try:
        with tarfile.open(shard, "r:") as tar:
            for member in tar:
                named = _SAMPLE.fullmatch(member.name)
                if not member.isreg() or named is None:
                    continue
                key, suffix = named[1], named[2].lower().rpartition(".")[2]
                if suffix in PHOTOS:
                    photos[key] = member.name
                elif suffix in {"txt", "json"} and (stream := tar.extractfile(member)):
                    content = stream.read().decode("utf-8", "replace")
                    if suffix == "txt":
                        texts[key] = content
                    else:
                        facts[key] = _facts(content)
                else:
                    continue
                keys[key] = None
    except FileNotFoundError as error:
        raise InputError(f"{shard}: no such shard") from error
    except tarfile.TarError as error:
        raise InputError(f"{shard}: not an uncompressed tar, or damaged ({error})") from error
    samples = []
    for key in keys:
        captions, source = _captions(facts.get(key, {}))
        samples.append((photos.get(key), captions or distinct([texts.get(key)]), source))
    return samples


def _facts(content: str) -> dict[str, Any]:
    """Return the object in a .json; {} for a damaged one, whose .txt may still hold the caption."""
    try:
        facts = json.loads(content)
    except ValueError:
        return {}
    return facts if isinstance(facts, dict) else {}


def _captions(facts: dict[str, Any]) -> tuple[tuple[str, ...], str | None]:
    """Return the captions and the source that a sample's .json states."""
    value = facts.get("captions", facts.get("caption"))
    texts = value if isinstance(value, list) else [value]
    source = facts.get("source")
    captions = distinct(text for text in texts if isinstance(text, str))
    return captions, source if isinstance(source, str) and source else None
