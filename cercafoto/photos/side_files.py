"""Read the people that Google Takeout and Picasa name in files of their own beside the photos."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from functools import lru_cache

from cercafoto.photos.metadata_values import safely
from cercafoto.photos.person import Box, Person, box_of

JSON, PICASA = b".json", (b".picasa.ini", b"picasa.ini")
MAX_BYTES = 4 << 20  # of a file; Picasa's for a folder of 20,000 photos has 2 MB
LONGEST_STEM = 46  # characters of a name, without ".json", after which Takeout cuts it
_ADDED = ".supplemental-metadata"  # Takeout puts this after the photo's name since 2024
_EDITED = re.compile(r"-(?:edited|modificato|modificata)(?=(?:\(\d+\))?\.[^.]+$)", re.IGNORECASE)
_NUMBERED = re.compile(r"^(.*)(\(\d+\))(\.[^.]+)$", re.DOTALL)


def takeout_names(photo: bytes) -> Iterator[bytes]:
    """Yield the names that Takeout's file for a photo may have: IMG.jpg.json, or for the second
    photo of this name IMG.jpg(1).json. An edited photo shares the file of the original."""
    for name in dict.fromkeys((os.fsdecode(photo), _EDITED.sub("", os.fsdecode(photo)))):
        number = ""
        if match := _NUMBERED.match(name):
            name, number = match[1] + match[3], match[2]
        for stem in dict.fromkeys(((name + _ADDED)[:LONGEST_STEM], name[:LONGEST_STEM])):
            yield os.fsencode(f"{stem}{number}.json")


def people_in(path: bytes, content: bytes, photo: bytes) -> tuple[Person, ...]:
    """Return the people that a side file names in a photo; () for a damaged file. Never raises.

    path: of the side file, whose name tells its kind.
    photo: name of the photo.
    """
    # Imported here: a scan needs only the names of the files.
    from cercafoto.photos.person_regions import cleaned

    read = _in_takeout if path.lower().endswith(JSON) else _in_picasa
    return safely(lambda: cleaned(read(content, photo)), ())


def _in_takeout(content: bytes, photo: bytes) -> Iterator[Person]:
    for person in json.loads(content).get("people", []):
        yield Person(str(person["name"]))


def _in_picasa(content: bytes, photo: bytes) -> Iterator[Person]:
    """Yield the people in the photo's section, whose faces refer to those in [Contacts2]."""
    sections = _sections(content)
    listed = sections.get("contacts2", "")
    contacts = dict(re.findall(r"(?m)^([0-9a-f]{1,16})=([^;\r\n]*)", listed))
    name = photo.decode("utf-8", "replace").lower()
    faces = re.search(r"(?m)^faces=(.*)$", sections.get(name, ""))
    boxes = re.findall(r"rect64\(([0-9a-f]{1,16})\),([0-9a-f]{1,16})", faces[1] if faces else "")
    for rectangle, contact in boxes:
        if contact in contacts:  # a face without a name has "ffffffffffffffff"
            yield Person(contacts[contact], _box(rectangle))


@lru_cache(maxsize=4)  # each photo of a folder asks for the same file
def _sections(content: bytes) -> dict[str, str]:
    """Return the sections of a file, name in lower case -> lines; of equal names the first."""
    parts = re.split(r"(?m)^\[(.*)\][ \t\r]*$", content.decode("utf-8", "replace"))
    return dict(zip(map(str.lower, parts[-2::-2]), parts[:0:-2], strict=True))


def _box(digits: str) -> Box | None:
    """Return the box of a rect64: left, top, right, bottom in 65,535ths, four digits each; zeros at
    the beginning are left out."""
    padded = digits.rjust(16, "0")
    left, top, right, bottom = (
        int(padded[start : start + 4], 16) / 65535 for start in (0, 4, 8, 12)
    )
    return box_of(left, top, right - left, bottom - top)
