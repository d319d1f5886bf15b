"""Videos of one or two seconds, made on the fly: scenes of one colour, or of pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path

from PIL import Image, ImageDraw

Scene = tuple[int, int, int] | Image.Image
RED, GREEN, BLUE, BLACK = (230, 20, 20), (20, 200, 20), (20, 20, 230), (0, 0, 0)
RATE = 8  # frames a second


def make_clip(
    path: Path,
    scenes: Sequence[Scene],
    seconds: float = 1.0,
    *,
    codec: str = "mpeg4",
    gop: int = 4,
    size: tuple[int, int] = (96, 64),
    container: Mapping[str, str] = {},
    metadata: Mapping[str, str] = {},
    turned: int = 0,
    moments: Sequence[float] | None = None,
    sound: bool = False,
) -> Path:
    """Write a video that shows each scene for `seconds`.

    gop: frames from one key frame to the next.
    turned: degrees counter-clockwise that a player turns it.
    moments: time of each frame, for a variable rate; None for RATE.
    sound: whether there is a second of silence at the beginning.
    """
    import av

    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix in (".mp4", ".mov"):
        container = {"movflags": "use_metadata_tags", **container}
    rate = 25 if codec == "mpeg2video" else RATE  # one of those that MPEG-2 knows
    with av.open(path, "w", options=dict(container)) as clip:
        stream = clip.add_stream(codec, rate=rate)
        stream.width, stream.height = size
        stream.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
        stream.codec_context.gop_size = gop * rate // RATE
        if moments is not None:
            stream.codec_context.time_base = Fraction(1, 1000)
        clip.metadata.update(metadata)
        if turned:
            stream.set_display_rotation(turned)
        if sound:
            silence = av.AudioFrame(layout="mono", samples=8000)
            silence.rate = 8000
            heard = clip.add_stream("pcm_s16le", rate=8000)
            clip.mux([*heard.encode(silence), *heard.encode()])
        each = round(seconds * rate)
        for number in range(each * len(scenes)):
            frame = av.VideoFrame.from_image(_picture(scenes[number // each], size, number))
            if moments is not None:
                frame.pts, frame.time_base = round(1000 * moments[number]), Fraction(1, 1000)
            clip.mux(stream.encode(frame))
        clip.mux(stream.encode())
    return path


def _picture(scene: Scene, size: tuple[int, int], number: int) -> Image.Image:
    """Return a frame in which a small thing moves: no two frames are equal, all are alike."""
    if isinstance(scene, Image.Image):
        return scene.resize(size)
    picture = Image.new("RGB", size, scene)
    if scene != BLACK:
        at = number % (size[0] - 8)
        drawing = ImageDraw.Draw(picture)
        drawing.rectangle((size[0] // 2, 0, size[0], size[1] // 3), "white")
        drawing.rectangle((at, size[1] // 2, at + 8, size[1] // 2 + 8), "black")
    return picture
