"""Merge labels into the keywords of an XMP packet, as programs for photos read them.

Four properties are kept up to date. `dc:subject` has plain names, also of genera. Two hierarchies
have whole paths: "animale|cane" for Lightroom and darktable, "animale/cane" for digiKam.
`cercafoto:Etichette` lists the labels that cercafoto put there, each with its label file, so that a
later run removes only these and never a person's keywords.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from cercafoto.labels.sidecars.packet import (
    DIGIKAM,
    LIGHTROOM,
    OURS,
    PROPERTIES,
    SUBJECT,
    Key,
    Packet,
)
from cercafoto.photos.xmp import PacketError

# For each label in `cercafoto:Etichette` the paths of all its genera are made, which takes memory
# that grows with the square of its depth. Real photos have some dozen labels, five deep at most.
MAX_GENERA = 1_000_000

Path_ = tuple[str, ...]  # path of a label: its genera, outermost first, and its own name


def keywords(content: bytes) -> list[str]:
    """Return the plain names in `dc:subject` of a packet. Raises PacketError."""
    return lists(content)[SUBJECT]


def lists(content: bytes) -> dict[Key, list[str]]:
    """Return name of each of the four properties -> its items. Raises PacketError."""
    packet = Packet(content)
    return {key: packet.texts(key) for key in PROPERTIES}


def merge(
    content: bytes,
    labels: Sequence[Path_],
    source: str,
    inherited: Callable[[], dict[Key, list[str]]] = dict,
    taken: Sequence[str] = (),
) -> bytes:
    """Return a packet with labels added; the same bytes if it has them already.

    Labels that an earlier merge from the same `source` added and that are not in `labels` are
    removed. Labels that a person removed are not added again. A label without genera is put under
    the genera that it has in another source.

    labels: paths of all labels from this source.
    source: name of the label file.
    inherited: returns the lists inside the photo file; called if the packet has no lists. Programs
        that find a list in the sidecar ignore the list in the photo, so its keywords are copied.
    taken: names of labels that the person takes away; a name is removed if any source added it.

    Raises PacketError for a packet that is not XMP, or that cannot be changed safely.
    """
    packet = Packet(content)
    before = {key: packet.texts(key) for key in PROPERTIES}
    if sum(text.count("|") ** 2 for text in before[OURS]) > MAX_GENERA:
        raise PacketError("ha troppe etichette di cercafoto")
    start = before
    if labels and not any(before.values()):
        start = before | inherited()
    gone = {_safe(name) for name in taken} & {path[-1] for _, path in _claims(before[OURS])}
    start = start | {SUBJECT: [text for text in start[SUBJECT] if text not in gone]}
    after = _merged(start, [tuple(map(_safe, path)) for path in labels], _safe(source))
    for key in PROPERTIES:
        if after[key] != before[key]:
            packet.change(key, after[key])
    return packet.written()


def _merged(
    before: dict[Key, list[str]], labels: Sequence[Path_], source: str
) -> dict[Key, list[str]]:
    """Return the four lists with the labels of a source merged into them."""
    subjects = set(before[SUBJECT])
    hierarchical, tags = set(before[LIGHTROOM]), set(before[DIGIKAM])
    claims = _claims(before[OURS])
    foreign = [text for text in before[OURS] if not _claims([text])]
    claimed = {path for name, path in claims if name == source}
    others = _with_genera([path for name, path in claims if name != source])
    trees = {path[-1]: path for path in others}
    labelled = _with_genera([trees.get(p[-1], p) if len(p) == 1 else p for p in labels])
    # A label that cercafoto added and that is gone was removed by a person: it stays removed.
    borne = [path for path in labelled if path not in claimed or path[-1] in subjects]

    ours = {path[-1] for path in claimed}  # under any genera

    def is_a_persons(path: Path_) -> bool:
        there = path[-1] in subjects or _piped(path) in hierarchical
        return path not in others and path[-1] not in ours and (there or _slashed(path) in tags)

    new = [path for path in borne if path not in claimed and not is_a_persons(path)]
    valid_claims = [claim for claim in claims if claim[0] != source or claim[1] in labelled]
    # The hierarchies have only the longest paths: "animale|cane" without "animale".
    present = [*borne, *(path for path in others if path[-1] in subjects)]
    genera = {path[:n] for path in present for n in range(1, len(path))}
    leaves = [path for path in present if path not in genera]
    stale = {*claimed, *others, *new}.difference(leaves)
    gone_names = {path[-1] for path in claimed} - {path[-1] for path in present}
    digikam = before[DIGIKAM] or (_seed(before) if leaves else [])
    return {
        SUBJECT: _list(before[SUBJECT], gone_names, [path[-1] for path in borne]),
        LIGHTROOM: _list(before[LIGHTROOM], set(map(_piped, stale)), list(map(_piped, leaves))),
        DIGIKAM: _list(digikam, set(map(_slashed, stale)), list(map(_slashed, leaves))),
        OURS: [
            *foreign,
            *(
                _piped((name, *path))
                for name, path in [*valid_claims, *((source, path) for path in new)]
            ),
        ],
    }


def _seed(before: dict[Key, list[str]]) -> list[str]:
    """Return the items to begin a digiKam list with: the keywords of the other lists. digiKam reads
    only the first list that it finds: a list of our labels would hide other keywords."""
    if before[LIGHTROOM]:
        return [_slashed(text.split("|")) for text in before[LIGHTROOM]]
    return [_slashed([name]) for name in before[SUBJECT]]


def _list(old: Sequence[str], removed: set[str], new: Sequence[str]) -> list[str]:
    """Return `old` without `removed` and with `new` at the end; an item in both stays."""
    removed = removed.difference(new)
    texts = [text for text in old if text not in removed]
    there = set(texts)
    return [*texts, *(text for text in dict.fromkeys(new) if text not in there)]


def _with_genera(paths: Sequence[Path_]) -> dict[Path_, None]:
    """Return each path and the paths of its genera, in order and without repeats, as keys."""
    return dict.fromkeys(path[: n + 1] for path in paths for n in range(len(path)))


def _piped(path: Sequence[str]) -> str:
    return "|".join(path)


def _slashed(path: Sequence[str]) -> str:
    """Return a path as digiKam writes it: with "/", and a backslash for a slash in a name."""
    return "/".join(name.replace("/", "\\") for name in path)


def _claims(items: Sequence[str]) -> list[tuple[str, Path_]]:
    """Return the source and the label's path of each item of `cercafoto:Etichette`. An item without
    a label, which another program wrote, is left out."""
    split = (item.split("|") for item in items)
    return [(source, tuple(path)) for source, *path in split if path and all(path)]


def _safe(name: str) -> str:
    """Return a name without "|", which separates the names of a path."""
    return name.replace("|", "¦")
