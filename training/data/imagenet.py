"""Unpack the archives of photos: COCO's zips, and ImageNet 2012 as DIR/<wnid>/*.JPEG.

Training photos come as a tar of a thousand tars, each named by its class (n01440764.tar); the
validation photos as a flat tar (ILSVRC2012_val_00000001.JPEG, ...), whose classes the development
kit tells: a number for each photo, and a table in MATLAB's format from numbers to WordNet ids.
"""

from __future__ import annotations

import io
import re
import shutil
import tarfile
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from cercafoto.training.training_errors import InputError

TRUTH = "ILSVRC2012_validation_ground_truth.txt"
META = "meta.mat"
PARTIAL = ".partial"
_CLASS = re.compile(r"(?:.*/)?(n\d{8})\.tar")
_PHOTO = re.compile(r"(?:.*/)?(n\d{8}_\d+\.JPEG)")
_VALIDATION = re.compile(r"(?:.*/)?(ILSVRC2012_val_(\d{8})\.JPEG)")


@dataclass(frozen=True)
class Unpacked:
    """What an unpacking did.

    photos: how many are in the folder now.
    written: how many of them were written by this unpacking.
    """

    photos: int
    written: int
    classes: int


def unpack(archive: Path, folder: Path, devkit: Path | None = None) -> Unpacked:
    """Unpack the training or validation tar into `folder`/<wnid>/.

    A photo that is there at its full size is not written again.
    devkit: ILSVRC2012_devkit_t12.tar.gz, which the validation photos need.
    Raises InputError for another or a damaged file, and for validation photos without a kit that
    knows them; OSError if the disk fails.
    """
    wnids = read_devkit(devkit) if devkit else None
    photos = written = 0
    classes = set()
    try:
        with tarfile.open(archive, "r:") as tar:
            for wnid, name, size, stream in _photos(tar, archive, wnids):
                written += _put(folder / wnid / name, size, stream)
                photos += 1
                classes.add(wnid)
    except tarfile.TarError as error:
        raise InputError(f"{archive}: not an uncompressed tar, or damaged ({error})") from error
    if not photos:
        raise InputError(f"{archive}: no photos of ImageNet 2012 in it")
    return Unpacked(photos, written, len(classes))


def unzip(archive: Path, folder: Path) -> tuple[int, int]:
    """Unpack a .zip into `folder`; return how many files it has, and how many were written now.

    What is there at its full size is not written again. Raises InputError for a file that is no
    zip, is damaged, or has names that lead out of the folder.
    """
    files = written = 0
    try:
        with zipfile.ZipFile(archive) as content:
            for member in content.infolist():
                if member.is_dir():
                    continue
                path = folder / member.filename
                if not path.resolve().is_relative_to(folder.resolve()):
                    raise InputError(f"{archive}: {member.filename!r} leads out of {folder}")
                with content.open(member) as stream:
                    written += _put(path, member.file_size, stream)
                files += 1
    except (OSError, zipfile.BadZipFile) as error:
        raise InputError(f"{archive}: cannot be unpacked ({error})") from error
    return files, written


def read_devkit(path: Path) -> list[str]:
    """Return the WordNet id of each validation photo, in their order. Raises InputError."""
    try:
        from scipy.io import loadmat
    except ImportError as error:
        raise InputError("scipy is not installed: pip install 'cercafoto[train]'") from error
    try:
        with tarfile.open(path, "r:gz") as kit:
            files = {Path(m.name).name: m for m in kit if m.isreg()}
            truth, meta = (_content(kit, files[name]) for name in (TRUTH, META))
        synsets = loadmat(io.BytesIO(meta), squeeze_me=True)["synsets"]
        wnids = {int(row["ILSVRC2012_ID"]): str(row["WNID"]) for row in synsets}
        return [wnids[int(number)] for number in truth.split()]
    except (OSError, EOFError, tarfile.TarError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path}: not the development kit of ImageNet 2012 ({error!r})") from error


def _photos(
    tar: tarfile.TarFile, archive: Path, wnids: Sequence[str] | None
) -> Iterator[tuple[str, str, int, IO[bytes]]]:
    """Yield the class (wnid), file name, size in bytes and content of each photo."""
    for member in tar:
        if not member.isreg():
            continue
        stream = tar.extractfile(member)
        assert stream is not None  # a regular file has content
        if found := _CLASS.fullmatch(member.name):
            # Seekable, so that photos which are there already are skipped and not read.
            with tarfile.open(fileobj=stream, mode="r:") as inner:
                for photo in inner:
                    name = _PHOTO.fullmatch(photo.name)
                    content = inner.extractfile(photo) if name and photo.isreg() else None
                    if name and content:
                        yield found[1], name[1], photo.size, content
        elif found := _VALIDATION.fullmatch(member.name):
            if wnids is None:
                raise InputError(
                    f"{archive}: validation photos, whose classes the development kit tells: "
                    "--devkit ILSVRC2012_devkit_t12.tar.gz"
                )
            number = int(found[2])
            if not 1 <= number <= len(wnids):
                raise InputError(f"{archive}: {found[1]} is no photo that the kit knows")
            yield wnids[number - 1], found[1], member.size, stream


def _put(path: Path, size: int, stream: IO[bytes]) -> bool:
    """Write a file unless it is there at its full size; return True if it was written."""
    if path.is_file() and path.stat().st_size == size:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + PARTIAL)
    with partial.open("wb") as out:
        shutil.copyfileobj(stream, out)
    if partial.stat().st_size != size:
        raise InputError(f"{path.name}: cut short in the archive")
    partial.replace(path)
    return True


def _content(kit: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    stream = kit.extractfile(member)
    assert stream is not None  # a regular file has content
    return stream.read()
