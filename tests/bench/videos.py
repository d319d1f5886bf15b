"""How well and how fast moments of videos are found: python -m tests.bench.videos DATA [WORK].

DATA is the folder with `coppie_valid.jsonl` and the complete judgments of its photos. From these
photos clips are made, so that what each second shows is known: some with eight photos of three
seconds each, some with one photo that the camera passes over for 24 seconds. One archive holds the
photos, another the clips and the photos that are in no clip. The questions are those of the half
that nothing was fitted to.

    moments   whether the best moment lies within TOLERANCE of a photo that answers, for questions
              and captions that the photo itself answers first
    sure      the calibration error with and without the correction for many looks at one scene
    labels    precision and recall of the labels of clips, beside those of the photos in them
    examples  how many photos of a clip are found by it, and by its first moment alone
    speed     frames a second, beside PyAV alone
    size      bytes of a video in the archive
    search    processor time of a search with a tenth of videos
"""

from __future__ import annotations

import json
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Literal

import av
import numpy as np
from PIL import Image

from cercafoto import Library, Query, Question, Settings
from cercafoto.archive.local.catalog import Catalog
from cercafoto.base.arrays import Floats
from cercafoto.labels.label_file import default_labels
from cercafoto.models import confidence
from cercafoto.models.registry import EMBEDDED_PATH
from cercafoto.photos.decoding.picture import open_upright
from cercafoto.photos.decoding.source import Source, Wanted
from cercafoto.photos.decoding.video_frames import decode
from cercafoto.photos.facts import Facts
from cercafoto.photos.read_file import MOST_FRAMES, FoundFile, ReadFile, ReadMoment
from cercafoto.results.answer import Hit
from cercafoto.training.measure.judgments import (
    HOLDS,
    Judgments,
    Questions,
    read_judgments,
    read_questions,
)
from cercafoto.training.measure.label_figures import tag_figures, tag_table
from tests.bench import archives
from tests.bench.timed_processes import here

TOLERANCE = 2.0  # seconds
SECONDS, SCENES, LONG = 3, 8, 24  # of a photo in a clip of many, how many, and of one alone
ALONE, TOGETHER = 16, 24  # clips of one photo, of many
RATE, SIZE = 5, (320, 240)
FIRST = 5  # results of each question that are looked at
SHOWN_AS = dict[str, list[tuple[str, float, float]]]  # name of a clip -> (photo, from, to)


def main() -> None:
    data = Path(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        work = Path(sys.argv[2]) if len(sys.argv) > 2 else Path(folder)
        print(here())
        pairs = [json.loads(line) for line in (data / "coppie_valid.jsonl").open()]
        photos = [pair["image_path"] for pair in pairs]
        questions = read_questions(data / "domande_valid.tsv", photos)
        shown = make_clips(data, photos, work / "clip")
        in_clips = {photo for scenes in shown.values() for photo, *_ in scenes}
        link(data, photos, work / "foto")
        link(data, [photo for photo in photos if photo not in in_clips], work / "clip" / "foto")
        of_photos, of_clips = (indexed(work, name) for name in ("foto", "clip"))
        report = [at for at, fit in enumerate(questions.to_fit) if not fit]
        asked = [
            (
                questions.texts[at],
                {photos[n] for n in np.flatnonzero(questions.matches[at]).tolist()},
            )
            for at in report
        ]
        found_moments("questions", of_photos, of_clips, asked, shown)
        captions = [(text, {pair["image_path"]}) for pair in pairs for text in pair["captions"]]
        found_moments("captions", of_photos, of_clips, captions, shown)
        for weight in (0.0, confidence.LOOKS_WEIGHT):
            how_sure(of_clips, questions, report, photos, shown, weight)
        how_labelled(data, of_photos, of_clips, shown)
        found_by_example(of_photos, work / "clip", shown)
        speed(sorted((work / "clip").glob("*.mp4")))
        size(of_photos, of_clips, len(shown))
        searches(work)


def make_clips(data: Path, photos: Sequence[str], folder: Path) -> SHOWN_AS:
    """Make the clips that are missing, and return what each shows. Every other clip has a key frame
    every second, as those of phones; the others only where the encoder puts them."""
    rng = random.Random(1)
    order = list(photos)
    rng.shuffle(order)
    groups = [[photo] for photo in order[:ALONE]]
    groups += [order[at : at + SCENES] for at in range(ALONE, len(order), SCENES)][:TOGETHER]
    folder.mkdir(parents=True, exist_ok=True)
    shown: SHOWN_AS = {}
    for number, group in enumerate(groups):
        each = LONG if len(group) == 1 else SECONDS
        name = f"{number:03}.mp4"
        shown[name] = [(photo, at * each, (at + 1) * each) for at, photo in enumerate(group)]
        if not (folder / name).exists():
            with av.open(str(folder / name), "w") as clip:
                stream = clip.add_stream("libx264", rate=RATE)
                stream.width, stream.height, stream.pix_fmt = *SIZE, "yuv420p"
                stream.codec_context.gop_size = RATE if number % 2 else 250
                for photo in group:
                    for frame in passing_over(open_upright(data / photo, 320), each * RATE, rng):
                        clip.mux(stream.encode(av.VideoFrame.from_image(frame)))
                clip.mux(stream.encode())
    return shown


def passing_over(photo: Image.Image, number: int, rng: random.Random) -> Iterator[Image.Image]:
    """Yield frames in which the camera passes over a photo: 72 % to all of it."""
    ends = [(rng.uniform(0.72, 1.0), rng.random(), rng.random()) for _ in range(2)]
    for at in range(number):
        share, x, y = (a + (b - a) * at / number for a, b in zip(*ends, strict=True))
        width, height = photo.width * share, photo.height * share
        left, top = x * (photo.width - width), y * (photo.height - height)
        crop = photo.crop((int(left), int(top), int(left + width), int(top + height)))
        crop.thumbnail(SIZE)
        frame = Image.new("RGB", SIZE)
        frame.paste(crop, ((SIZE[0] - crop.width) // 2, (SIZE[1] - crop.height) // 2))
        yield frame


def link(data: Path, photos: Sequence[str], folder: Path) -> None:
    for photo in photos:
        there = folder / photo
        there.parent.mkdir(parents=True, exist_ok=True)
        if not there.exists():
            there.symlink_to(data / photo)


def settings_of(work: Path, name: str) -> Settings:
    models = work / "modelli"
    models.mkdir(exist_ok=True)
    if not (models / "mini").exists():
        (models / "mini").symlink_to(EMBEDDED_PATH)
    return Settings(archive=work / f"archivio-{name}", models=models, model="mini", offline=True)


def indexed(work: Path, name: str) -> Library:
    from cercafoto.indexing.folder_choices import FolderChoices

    library = Library(settings_of(work, name))
    began, wall = time.process_time(), time.monotonic()
    report = library.index([work / name], choices=FolderChoices(follow_links=True))
    print(
        f"index {name}: {report.new} files, {time.monotonic() - wall:.1f} s, "
        f"{time.process_time() - began:.1f} s of processor here, beside the decoders"
    )
    return library


# -- moments -----------------------------------------------------------------------------------


def answer(library: Library, question: str, number: int = FIRST) -> tuple[Hit, ...]:
    return library.search(Query.of(Question((question,))), number).hits


def file_of(hit: Hit, root: Path) -> str:
    return os.path.relpath(os.fsdecode(hit.path), root)


def found_moments(
    what: str,
    of_photos: Library,
    of_clips: Library,
    asked: Sequence[tuple[str, set[str]]],
    shown: SHOWN_AS,
) -> None:
    """Print how often moments are right. asked: texts, each with the photos that answer."""
    clip_of = {photo: name for name, scenes in shown.items() for photo, *_ in scenes}
    there = own = first = number = 0
    for text, right in asked:
        if not right & clip_of.keys():
            continue
        hits = answer(of_photos, text, 1)
        photo = file_of(hits[0], of_photos.settings.archive.parent / "foto") if hits else ""
        if photo not in right or photo not in clip_of:
            continue
        number += 1
        rows = answer(of_clips, text, 2000)
        names = [Path(os.fsdecode(hit.path)).name for hit in rows]
        if clip_of[photo] not in names:
            continue
        row = rows[names.index(clip_of[photo])]
        answering = [(a, b) for one, a, b in shown[clip_of[photo]] if one in right]
        mine = next((a, b) for one, a, b in shown[clip_of[photo]] if one == photo)
        there += any(is_near(row, *span) for span in answering)
        own += is_near(row, *mine)
        first += is_right(rows[0], right, shown, of_clips)
    print(
        f"moments: of {number} {what} whose first photo is right and in a clip, the best moment "
        f"of this clip is within {TOLERANCE:.0f} s of a photo that answers in {there / number:.1%},"
        f" of this very photo in {own / number:.1%}; the first row is right in {first / number:.1%}"
    )


def is_near(hit: Hit, start: float, end: float) -> bool:
    frame = hit.frame
    return frame is not None and start - TOLERANCE <= frame <= end + TOLERANCE


def is_right(hit: Hit, right: set[str], shown: SHOWN_AS, library: Library) -> bool:
    """Return whether a row of the archive of clips answers, for a clip with the right moment."""
    name = Path(os.fsdecode(hit.path)).name
    if name in shown:
        return any(is_near(hit, a, b) for photo, a, b in shown[name] if photo in right)
    return file_of(hit, library.settings.archive.parent / "clip" / "foto") in right


def how_sure(
    library: Library,
    questions: Questions,
    asked: Sequence[int],
    photos: Sequence[str],
    shown: SHOWN_AS,
    weight: float,
) -> None:
    before, confidence.LOOKS_WEIGHT = confidence.LOOKS_WEIGHT, weight
    said: list[tuple[float, bool, int]] = []
    for at in asked:
        right = {photos[n] for n in np.flatnonzero(questions.matches[at]).tolist()}
        doubtful = {photos[n] for n in np.flatnonzero(questions.doubtful[at]).tolist()}
        for hit in answer(library, questions.texts[at]):
            if not is_right(hit, right, shown, library) and is_right(hit, doubtful, shown, library):
                continue
            scenes = len(shown.get(Path(os.fsdecode(hit.path)).name, ()))
            said.append((hit.confidence, is_right(hit, right, shown, library), scenes))
    confidence.LOOKS_WEIGHT = before
    kinds: tuple[tuple[str, Callable[[int], bool]], ...] = (
        ("all", lambda scenes: True), ("photos", lambda scenes: scenes == 0),
        ("clips of one scene", lambda scenes: scenes == 1),
        ("clips of eight", lambda scenes: scenes == SCENES),
    )  # fmt: skip
    for kind, which in kinds:
        rows = np.array([(c, r) for c, r, scenes in said if which(scenes)])
        print(
            f"sure, {weight:.1f} off for each log of looks, {kind}: {len(rows)} results, said "
            f"{rows[:, 0].mean():.3f}, right {rows[:, 1].mean():.3f}, "
            f"error {calibration_error(rows[:, 0], rows[:, 1]):.3f}"
        )


def calibration_error(said: Floats, right: Floats) -> float:
    places = np.minimum((said * 10).astype(int), 9)
    parts = [places == at for at in range(10)]
    return float(sum(abs(said[p].mean() - right[p].mean()) * p.mean() for p in parts if p.any()))


# -- labels and examples -----------------------------------------------------------------------


def how_labelled(data: Path, of_photos: Library, of_clips: Library, shown: SHOWN_AS) -> None:
    """A label holds for a clip if it does for a photo in it, and is doubtful if only for such."""
    judgments = read_judgments(data / "giudizi_valid.tsv")
    clips = {name: [photo for photo, *_ in scenes] for name, scenes in shown.items()}
    photos = {photo: [photo] for scenes in clips.values() for photo in scenes}
    one, eight = ({n: c for n, c in clips.items() if len(c) == size} for size in (1, SCENES))
    before = confidence.LOOKS_WEIGHT
    for what, library, folder, files, weight in (
        ("photos in clips", of_photos, "foto", photos, before),
        *((f"clips of {name}, {weight:.1f} off", of_clips, "clip", files, weight)
          for name, files in (("one", one), ("eight", eight)) for weight in (0.0, before)),
    ):  # fmt: skip
        confidence.LOOKS_WEIGHT = weight
        root = library.settings.archive.parent / folder
        given = {
            os.path.relpath(os.fsdecode(photo.path), root): [label for label, *_ in photo.tags]
            for photo in library.labels.tag(default_labels(), "predefinite", store=False).photos
        }
        truth = [judgments.over(of).truth for of in files.values()]
        holds = [np.where((t == HOLDS).any(axis=0), HOLDS, t.min(axis=0)) for t in truth]
        own = Judgments(list(files), judgments.labels, np.stack(holds))
        print(
            tag_table(
                {what: tag_figures([given[f] for f in files], own, np.ones(len(files), bool))}
            )
        )
    confidence.LOOKS_WEIGHT = before


def found_by_example(of_photos: Library, clips: Path, shown: SHOWN_AS) -> None:
    """Look for as many photos as a clip has, by the clip and by its beginning."""
    right = dict.fromkeys(("", " 0:00"), 0)
    for name, scenes in shown.items():
        for moment in right:
            query = Query.of(Question(like=(clips / f"{name}{moment}",)))
            hits = of_photos.search(query, len(scenes)).hits
            root = of_photos.settings.archive.parent / "foto"
            right[moment] += len({file_of(hit, root) for hit in hits} & {s[0] for s in scenes})
    number = sum(map(len, shown.values()))
    whole, begin = right.values()
    print(f"examples: of {number} photos {whole} found by their clips, {begin} by the beginnings")


# -- speed and size ----------------------------------------------------------------------------


def speed(clips: Sequence[Path]) -> None:
    def ours(path: Path) -> int:
        with path.open("rb") as stream:
            source = Source(stream, path.stat().st_size, bytes(path), path.name)
            return len(decode(source, 224, lambda needed: None, Wanted(MOST_FRAMES)).stills)

    def alone(path: Path, skip: Literal["NONKEY", "DEFAULT"]) -> int:
        with av.open(str(path)) as clip:
            stream = clip.streams.video[0]
            stream.codec_context.skip_frame, stream.codec_context.thread_count = skip, 1
            return sum(1 for frame in clip.decode(stream) if frame.to_image())

    for what, measure in (
        ("ours, frames kept", ours),
        ("PyAV, key frames", lambda path: alone(path, "NONKEY")),
        ("PyAV, all frames", lambda path: alone(path, "DEFAULT")),
    ):
        began = time.process_time()
        frames = sum(map(measure, clips))
        seconds = time.process_time() - began
        print(
            f"speed, {what}: {frames} of {len(clips)} clips in {seconds:.2f} s of processor, "
            f"{frames / seconds:.0f} a second, {1000 * seconds / len(clips):.0f} ms a clip"
        )


def size(of_photos: Library, of_clips: Library, clips: int) -> None:
    """Print the size of a frame, rows and vector, in a compacted copy of the archive."""
    with of_clips.archive.local().catalog() as catalog:
        frames = catalog.number("SELECT count(*) FROM moments")
        tables = ("moments", "contents", "vectors")
        (of_frames,) = catalog.row(
            "SELECT sum(length(vector)) FROM vectors JOIN moments USING (content_id)"
        )
        has_sizes = catalog.rows("SELECT 1 FROM pragma_compile_options WHERE "
                                 "compile_options = 'ENABLE_DBSTAT_VTAB'")  # fmt: skip
        if has_sizes:
            bytes_of = {
                table: catalog.number("SELECT sum(pgsize) FROM dbstat WHERE name = ?", table)
                / catalog.number(f"SELECT count(*) FROM {table}")
                for table in tables
            }
            print(f"size, bytes a row with its page: {bytes_of}")
    files = of_clips.settings.catalog.stat().st_size, of_photos.settings.catalog.stat().st_size
    print(
        f"size: {frames} frames of {clips} clips, {frames / clips:.1f} a clip; vectors "
        f"{of_frames / clips:.0f} bytes a clip; the catalogues {files[0]} with, {files[1]} without"
    )


def searches(work: Path, photos: int = 10_000, frames: int = 30, rounds: int = 8) -> None:
    """Compare the search times of three archives: made-up photos; the same number with one video in
    ten; and as many photos as the second has frames. They take turns, as the machine may be busy.
    """
    texts = ("un gatto", "una spiaggia al tramonto", "persone a tavola", "montagne con la neve")
    videos = photos // 10
    libraries: dict[str, Library] = {}
    for alone, of_videos in (
        (photos, 0),
        (photos - videos, videos),
        (photos - videos + videos * frames, 0),
    ):
        settings = settings_of(work, f"{alone}-{of_videos}")
        if not archives.is_there(settings):
            archives.fill(settings, alone)
            add_videos(settings, of_videos, frames)
        libraries[f"{alone} photos, {of_videos} videos of {frames} frames"] = Library(settings)
    times: dict[str, list[float]] = {name: [] for name in libraries}
    for number in range(rounds + 1):
        for name, library in libraries.items():
            for text in texts:
                began = time.process_time()
                answer(library, text, 10)
                if number:  # in the first round the caches are made
                    times[name].append(1000 * (time.process_time() - began))
    for name, each in times.items():
        middle = statistics.median(each)
        print(f"search: {name}: {middle:.1f} ms of processor, {min(each):.1f} at least")


def add_videos(settings: Settings, videos: int, frames: int) -> None:
    rng = np.random.default_rng(2)
    with Catalog.create(settings.catalog) as catalog, catalog.transaction():
        model, dimension = catalog.models.active_model, archives._model(settings).dimension
        assert model is not None
        for number in range(videos):
            vectors = rng.normal(size=(frames, dimension)).astype(np.float32)
            vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
            parts = [ReadMoment(n, n + 1, None, v) for n, v in enumerate(vectors)]
            file = FoundFile(f"/foto/{number:06}.mp4".encode(), 1, 1)
            facts = Facts(format="MP4", duration=float(frames))
            digest = b"v" + number.to_bytes(31, "big")
            video = ReadFile(
                file, digest, facts, 640, 480, monochrome=False, embedding=vectors[0],
                moments=tuple(parts),
            )  # fmt: skip
            catalog.intake.write([video], model, roots=[b"/foto"])


if __name__ == "__main__":
    main()
