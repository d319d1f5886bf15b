"""The filters for a photo's file: camera, lens, format, shape, stars, coloured label, colours,
video or not."""

from __future__ import annotations

from collections.abc import Iterable

from cercafoto.base.color_labels import COLORS, color_called
from cercafoto.errors import UsageError
from cercafoto.question.filters.filter import (
    Counts,
    Facet,
    Filter,
    Filters,
    Needed,
    Option,
    Typed,
    each_once,
)
from cercafoto.question.lens_names import lens_meant

OF_CAMERA = Option(
    "--fotocamera",
    "camera",
    "NOME",
    "Marca o modello, anche in parte: iPhone; ripetibile.",
    repeatable=True,
    completion="CAMERA",
    title="Fotocamera",
    example="Canon, iPhone",
)


# A photo must be of one of these cameras, each named whole or in part.
CAMERA = Filter[tuple[str, ...]](
    name="camera",
    say=lambda cameras: f"fotocamera: {' o '.join(cameras)}",
    hidden="è di un'altra fotocamera",
    options=(OF_CAMERA,),
    parse=lambda typed: each_once(typed.several(OF_CAMERA)),
    data=lambda cameras: {"camera": list(cameras)},
    both=each_once,
    needs=Needed(
        lambda: ("",),
        "di una foto non si sa la fotocamera",
        "di {} foto non si sa la fotocamera",
        "di nessuna foto si sa la fotocamera",
    ),
    facet=Facet("Fotocamera", OF_CAMERA.instead, at_once=True),
)

OF_LENS = Option(
    "--obiettivo",
    "lens",
    "NOME",
    "Focale o nome, anche in parte: 50mm; ripetibile.",
    repeatable=True,
    completion="LENS",
    title="Obiettivo",
    example="50mm, 24-70",
)


def _lenses(typed: Typed) -> tuple[int | str, ...]:
    lenses = list[int | str]()
    for text in typed.several(OF_LENS):
        lenses.append(lens_meant(text))
        if not lenses[-1]:
            raise UsageError(f"--obiettivo vuole una focale come 50mm, o un nome, non «{text}».")
    return each_once(tuple(lenses))


def _say_lens(lens: int | str) -> str:
    return f"{lens} mm" if isinstance(lens, int) else lens


# A photo must be of one of these lenses: a focal length in mm, or a name, whole or in part.
LENS = Filter[tuple[int | str, ...]](
    name="lens",
    say=lambda lenses: f"obiettivo: {' o '.join(map(_say_lens, lenses))}",
    hidden="è di un altro obiettivo",
    options=(OF_LENS,),
    parse=_lenses,
    data=lambda lenses: {"lens": list(lenses)},
    both=each_once,
    facet=Facet("Obiettivo", OF_LENS.instead),
)

OF_FORMAT = Option(
    "--formato",
    "format",
    "NOME",
    "Formato del file: jpeg, png, heic.",
    title="Formato",
    example="jpeg, png, heic",
)


def _format(typed: Typed) -> str | None:
    name = typed.one(OF_FORMAT)
    if name is None:
        return None
    from cercafoto.question.values import FORMATS, SAME_FORMAT

    name = name.lower().lstrip(".")  # ".JPG" is "jpg"
    if SAME_FORMAT.get(name.upper(), name.upper()) not in FORMATS:
        raise UsageError(
            f"--formato non conosce «{typed.values[OF_FORMAT.key]}».",
            f"Conosce: {', '.join(FORMATS).lower()}; jpg, tif e heic vanno bene lo stesso.",
        )
    return name


FORMAT = Filter[str](
    name="format",
    say=lambda format: f"formato: {format}",
    hidden="è di un altro formato",
    options=(OF_FORMAT,),
    parse=_format,
    is_common=lambda format: True,
    facet=Facet("Formato", lambda typed, name: OF_FORMAT.added(typed, name.lower())),
)

_SHAPE = "Verticale, orizzontale o quadrato."
OF_SHAPE = Option(
    "--orientamento",
    "orientation",
    "COME",
    _SHAPE,
    completion="SHAPE",
    title="Orientamento",
    example="verticale",
)


def _shape(typed: Typed) -> str | None:
    """Return one of SHAPES; None without the option. Raises UsageError for another word."""
    given = typed.values.get(OF_SHAPE.key)
    if given is None:
        return None
    from cercafoto.question.grammar.tokens import fold
    from cercafoto.question.values import SHAPES

    folded = fold(given.strip())
    for shape in SHAPES:
        # "quadrata" and "verticali" are right too: only the last letter differs.
        if folded[:-1] == shape[:-1] and len(folded) == len(shape):
            return shape
    raise UsageError(f"--orientamento vuole {', '.join(SHAPES[:2])} o {SHAPES[2]}, non «{given}».")


ORIENTATION = Filter[str](
    name="orientation",
    say=lambda shape: f"orientamento: {shape}",
    hidden="ha un altro orientamento",
    options=(OF_SHAPE,),
    parse=_shape,
    is_common=lambda shape: True,
    facet=Facet("Orientamento", OF_SHAPE.added),
)

OF_STARS = Option(
    "--stelle",
    "rating",
    "N",
    "Con almeno N stelle, da 1 a 5.",
    kind=int,
    title="Stelle, almeno",
    example="da 1 a 5",
)


def _stars(typed: Typed) -> int | None:
    stars: int | None = typed.values.get(OF_STARS.key)
    if stars is not None and not 1 <= stars <= 5:
        raise UsageError(f"--stelle vuole un numero da 1 a 5, non {stars}.")
    return stars


def _at_least(counted: Iterable[tuple[int, int]]) -> Counts:
    """Return how many photos have at least one star, two and so on, the most stars first."""
    exactly = dict(counted)
    most = [(stars, sum(exactly.get(n, 0) for n in range(stars, 6))) for stars in range(5, 0, -1)]
    return tuple((stars, number) for stars, number in most if number)


def _say_stars(stars: int) -> str:
    return "★" * stars + (" o più" if stars < 5 else "")


# The least number of stars.
RATING = Filter[int](
    name="rating",
    say=lambda stars: f"stelle: almeno {stars}",
    hidden="ha meno stelle",
    options=(OF_STARS,),
    parse=_stars,
    needs=Needed(
        lambda: 1, "una foto non ha stelle", "{} foto non hanno stelle", "nessuna foto ha stelle"
    ),
    facet=Facet("Stelle", OF_STARS.added, _say_stars, _at_least),
)

OF_COLOR = Option(
    "--colore",
    "color_label",
    "COLORE",
    "Con etichetta di questo colore; ripetibile.",
    repeatable=True,
    completion="COLOR",
    title="Etichetta colorata",
    example="rosso, giallo, verde",
)


def color_meant(option: str, text: str) -> str:
    """Return the colour of a label that a text means. Raises UsageError.

    option: named in its message.
    """
    name = color_called(text) or color_called(text.strip()[:-1] + "o")  # "rossa"
    if name is None:
        raise UsageError(f"{option} non conosce «{text}».", f"Conosce: {', '.join(COLORS)}.")
    return name


# A photo must have a label of one of these colours.
COLOR_LABEL = Filter[tuple[str, ...]](
    name="color_label",
    say=lambda colors: f"etichetta colorata: {' o '.join(colors)}",
    hidden="non ha un'etichetta di quel colore",
    options=(OF_COLOR,),
    parse=lambda typed: each_once(
        tuple(color_meant(OF_COLOR.flag, text) for text in typed.several(OF_COLOR))
    ),
    data=lambda colors: {"color_label": list(colors)},
    both=each_once,
    needs=Needed(
        lambda: tuple(COLORS),
        "una foto non ha un'etichetta colorata",
        "{} foto non hanno un'etichetta colorata",
        "nessuna foto ha un'etichetta colorata",
    ),
    facet=Facet("Etichetta colorata", OF_COLOR.instead),
)

# A photo whose colours are not known fulfils neither value.
MONOCHROME = Filter[bool](
    name="monochrome",
    say=lambda monochrome: "in bianco e nero" if monochrome else "a colori",
    hidden="non ha i colori chiesti, o non si sa",
    is_common=lambda monochrome: not monochrome,
)

ONLY_VIDEOS = Option(
    "--solo-video", "only_videos", "", "Solo i video.", kind=bool, title="Solo video"
)
NO_VIDEOS = Option(
    "--senza-video", "no_videos", "", "Niente video.", kind=bool, title="Senza video"
)


def _video(typed: Typed) -> bool | None:
    """Return True for only videos, False for no videos, None without an option. Raises UsageError
    for both."""
    only, without = (bool(typed.values.get(option.key)) for option in (ONLY_VIDEOS, NO_VIDEOS))
    if only and without:
        raise UsageError("--solo-video e --senza-video si escludono a vicenda.")
    return only if only or without else None


def _choose_videos(typed: Filters, video: int) -> Filters:
    """Return typed options for only videos (1), or for no videos (0)."""
    return typed.but(**{ONLY_VIDEOS.key: bool(video) or None, NO_VIDEOS.key: not video or None})


VIDEO = Filter[bool](
    name="video",
    say=lambda video: "solo video" if video else "senza video",
    hidden="è una foto e cerchi i video, o il contrario",
    options=(ONLY_VIDEOS, NO_VIDEOS),
    parse=_video,
    is_common=lambda video: not video,
    facet=Facet("Foto o video", _choose_videos, lambda video: "video" if video else "foto"),
)
