"""Merging of labels into the keywords of an XMP packet, as programs for photos read them.

Four properties are kept. `dc:subject` has the plain names, genera included; the two hierarchies
have whole paths, "animale|cane" for Lightroom and darktable, "animale/cane" for digiKam; and
`cercafoto:Etichette` says which of them cercafoto put there, and for which label file, so that a
later run takes back its own and never a person's.
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

# All genera of all labels in `cercafoto:Etichette` are listed, each with those above it: memory
# that grows with the square of their depth. A photo has some dozen labels, five deep at most.
MAX_GENERA = 1_000_000

Path_ = tuple[str, ...]  # a label's genera, outermost first, and itself


def keywords(content: bytes) -> list[str]:
    """List the plain names in `dc:subject`. Raises PacketError."""
    return lists(content)[SUBJECT]


def lists(content: bytes) -> dict[Key, list[str]]:
    """List the items of the four properties. Raises PacketError."""
    packet = Packet(content)
    return {key: packet.texts(key) for key in PROPERTIES}


def merge(
    content: bytes,
    labels: Sequence[Path_],
    source: str,
    inherited: Callable[[], dict[Key, list[str]]] = dict,
    taken: Sequence[str] = (),
) -> bytes:
    """Put labels into the packet; the same bytes come back when it has them already.

    What an earlier merge from the same `source` put there and is not in `labels` is taken away;
    what a person took away stays away. A label without genera stands where another source's tree
    has it.

    labels: their paths.
    source: the name of the label file.
    inherited: gives the lists inside the photo itself, called when the packet has none: programs
        read the sidecar's instead of the photo's, which must not get lost for that.
    taken: names that a person takes away, where any source put them there.

    Raises PacketError for anything that is no XMP or that cannot be merged for sure.
    """
    packet = Packet(content)
    before = {key: packet.texts(key) for key in PROPERTIES}
    if sum(text.count("|") ** 2 for text in before[OURS]) > MAX_GENERA:
        raise PacketError("ha troppe etichette di cercafoto")
    start = before
    if labels and not any(before.values()):
        start = before | inherited()
    gone = {_safe(name) for name in taken} & {text.split("|")[-1] for text in before[OURS]}
    start = start | {SUBJECT: [text for text in start[SUBJECT] if text not in gone]}
    after = _merged(start, [tuple(map(_safe, path)) for path in labels], _safe(source))
    for key in PROPERTIES:
        if after[key] != before[key]:
            packet.change(key, after[key])
    return packet.written()


def _merged(
    before: dict[Key, list[str]], labels: Sequence[Path_], source: str
) -> dict[Key, list[str]]:
    """Work out the four lists as they should be."""
    subjects = set(before[SUBJECT])
    hierarchical, tags = set(before[LIGHTROOM]), set(before[DIGIKAM])
    claims = [_claim(text) for text in before[OURS]]
    claimed = {path for name, path in claims if name == source}
    others = _with_genera([path for name, path in claims if name != source])
    trees = {path[-1]: path for path in others}
    labelled = _with_genera([trees.get(p[-1], p) if len(p) == 1 else p for p in labels])
    # Claimed, and no longer there: somebody took it away. The claim stays, and keeps it away.
    borne = [path for path in labelled if path not in claimed or path[-1] in subjects]

    ours = {path[-1] for path in claimed}  # wherever in the tree they stood

    def is_a_persons(path: Path_) -> bool:
        there = path[-1] in subjects or _piped(path) in hierarchical
        return path not in others and path[-1] not in ours and (there or _slashed(path) in tags)

    new = [path for path in borne if path not in claimed and not is_a_persons(path)]
    valid_claims = [claim for claim in claims if claim[0] != source or claim[1] in labelled]
    # The hierarchies have whole paths alone: "animale|cane", and not "animale" beside it.
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
            _piped((name, *path))
            for name, path in [*valid_claims, *((source, path) for path in new)]
        ],
    }


def _seed(before: dict[Key, list[str]]) -> list[str]:
    """List what digiKam read before there was a TagsList. It reads the first list that it finds,
    so one with our labels alone would hide the person's own."""
    if before[LIGHTROOM]:
        return [_slashed(text.split("|")) for text in before[LIGHTROOM]]
    return [_slashed([name]) for name in before[SUBJECT]]


def _list(old: Sequence[str], removed: set[str], new: Sequence[str]) -> list[str]:
    removed = removed.difference(new)
    texts = [text for text in old if text not in removed]
    there = set(texts)
    return [*texts, *(text for text in dict.fromkeys(new) if text not in there)]


def _with_genera(paths: Sequence[Path_]) -> dict[Path_, None]:
    """List each path and those of its genera once, in order."""
    return dict.fromkeys(path[: n + 1] for path in paths for n in range(len(path)))


def _piped(path: Sequence[str]) -> str:
    return "|".join(path)


def _slashed(path: Sequence[str]) -> str:
    """Join as digiKam does: with "/", a slash in a name turned into a backslash."""
    return "/".join(name.replace("/", "\\") for name in path)


def _claim(text: str) -> tuple[str, Path_]:
    source, *path = text.split("|")
    return source, tuple(path)


def _safe(name: str) -> str:
    """Replace the sign that parts names."""
    return name.replace("|", "¦")
