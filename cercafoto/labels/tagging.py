"""Give every photo the labels that fit it, from the stored vectors (`tag`)."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from cercafoto.archive.archive import Archive
from cercafoto.base.arrays import Floats
from cercafoto.base.reporter import SILENT, Reporter
from cercafoto.errors import UsageError
from cercafoto.labels.genera import fitting_corrections
from cercafoto.labels.label_choice import Choice
from cercafoto.labels.label_file import Label
from cercafoto.labels.label_vectors import Score, scorer
from cercafoto.labels.own_names import apart_from_names
from cercafoto.labels.thing_labels import with_things
from cercafoto.models.confidence import TAG_FROM, less_for_looks
from cercafoto.question.filters.filter import Filters
from cercafoto.results.labels import LabelConfidence, Tagged, TagResult

# Other programs show a label without its confidence. So labels that are more likely wrong than
# right are not written to sidecars, unless the person gave a threshold.
SIDECARS_FROM = 0.5

Tags = tuple[tuple[str, float, float], ...]  # label, cosine, confidence


def tag(
    archive: Archive,
    labels: Sequence[Label],
    label_file: str,
    paths: Sequence[Path],
    *,
    threshold: float | None,
    most: int,
    store: bool,
    reporter: Reporter = SILENT,
) -> TagResult:
    """Choose labels for photos; with `store`, store them. For parameters and errors see
    `LabelAlbum.tag`."""
    labels, own_names = apart_from_names(labels)
    with archive.reading():
        named = [archive.path_of(path) for path in paths]
        unknown = tuple(path for path in named if not archive.photos.knows(path))
        if named and len(unknown) == len(named):
            raise UsageError(
                "Nessuna delle foto indicate è nell'archivio.",
                "Prima aggiungile: cercafoto index CARTELLA",
            )
        model_id, _ = archive.models.in_use()
        choose = Choice(
            labels,
            TAG_FROM if threshold is None else threshold,
            most,
            fitting_corrections(labels, archive.encoder.calibration.genera),
        )
        score = scorer(archive.encoder, labels, archive.settings.label_vectors, reporter.say)
        names = [label.name for label in labels if label.searched]
        tags: dict[int, Tags] = {}
        for contents, scores, likely in _scored(archive, score, names, named):
            chosen = map(tuple, choose(scores, likely))
            tags.update(zip(contents, chosen, strict=True))
        photos = tuple(
            Tagged(path, tags[content])
            for path, content in archive.photos.paths(named)
            if content in tags
        )
    action = _store(archive, tags, label_file, model_id) if store else None
    return TagResult(
        label_file,
        archive.model.name,
        archive.model.fingerprint,
        photos,
        unknown,
        {label.name: label.path for label in labels},
        frozenset(label.name for label in labels if label.rest),
        {label.name: _sidecars_from(label, threshold) for label in labels},
        action,
        tuple(label.path for label in own_names),
    )


def _scored(
    archive: Archive, score: Score, names: Sequence[str], paths: Sequence[bytes]
) -> Iterator[tuple[list[int], Floats, Floats]]:
    """Yield the ids of contents with the cosines and confidences of labels, two [n, S]. A video is
    one content, see `_best_frames`.

    score: see `scorer`. names: of the S labels. paths: only photos at or under these; none: all.
    """
    videos: dict[int, tuple[Floats, Floats]] = {}
    for part, vectors in archive.embeddings.parts(Filters(folders=tuple(paths)), with_moments=True):
        contents = part.tolist()
        scores, likely = score(vectors)
        likely = with_things(likely, names, contents, archive.things)
        moments = archive.photos.moments_of(contents)
        rows: dict[int, list[int]] = {}
        for row, content in enumerate(contents):
            rows.setdefault(moments[content].video if content in moments else 0, []).append(row)
        photos = rows.pop(0, [])
        yield [contents[row] for row in photos], scores[photos], likely[photos]
        for video, frames in rows.items():
            looks = [moments[contents[row]].looks for row in frames]
            best = _best_frames(scores[frames], likely[frames], looks)
            if video in videos:  # some frames were in the part before
                scored = np.concatenate([videos[video], best], axis=1)
                best = _best_frames(scored[0], scored[1], [1, 1])
            videos[video] = best
    for video, best in videos.items():
        yield [video], *best


def _best_frames(scores: Floats, likely: Floats, looks: Sequence[int]) -> tuple[Floats, Floats]:
    """Return the cosines and confidences of labels for a video, two [1, S]: of each label in the
    frame that shows it best, as a search finds a video by its best frame.

    scores, likely: of the frames, [n, S]. looks: see `less_for_looks`.
    """
    likely = less_for_looks(likely.T, looks).T
    best = likely.argmax(axis=0)[None]
    return np.take_along_axis(scores, best, 0), np.take_along_axis(likely, best, 0)


def label_confidences(
    archive: Archive,
    pictures: Floats,
    labels: Sequence[Label],
    cache: Path,
    looks: Sequence[int] = (1,),
) -> list[LabelConfidence]:
    """Return how likely each label is for a picture or a video, likeliest first.

    pictures: vector of the picture, or of each frame of the video, [n, D].
    cache: folder where the vectors of labels are kept.
    looks: see `less_for_looks`.
    """
    labels, _ = apart_from_names(labels)
    scores, likely = _best_frames(*scorer(archive.encoder, labels, cache)(pictures), looks)
    (labels_given,) = Choice(labels, TAG_FROM, len(labels))(scores, likely)
    names = {tag.label for tag in labels_given}
    searched = [label for label in labels if label.searched]
    confidences = [
        LabelConfidence(label.name, float(confidence), label.name in names)
        for label, confidence in zip(searched, likely[0], strict=True)
    ]
    return sorted(confidences, key=lambda label: -label.confidence)


def _sidecars_from(label: Label, threshold: float | None) -> float:
    """Return the confidence from which a label is written to sidecars.

    threshold: the threshold that the person gave for all labels, or None.
    """
    if label.threshold is not None:
        return label.threshold
    return SIDECARS_FROM if threshold is None else threshold


def _store(archive: Archive, tags: dict[int, Tags], label_file: str, model_id: int) -> int | None:
    """Store the labels of contents. Return the id of the action; None in a shared archive."""
    with archive.labelling(lock=False) as rows:
        action = rows.labels.record(f"--labels {shlex.quote(Path(label_file).name)}")
        rows.labels.write(
            list(tags),
            ((content, *tag) for content, labels_given in tags.items() for tag in labels_given),
            label_file,
            model_id,
        )
    return action
