"""The filter for the camera that took a photo."""

from __future__ import annotations

from cercafoto.question.filters.filter import Filter, Needed, Option

OPTION = Option(
    "--fotocamera",
    "camera",
    "NOME",
    "Marca o modello, anche in parte: Canon, iPhone.",
    completion="CAMERA",
)
# The value is the name of a camera, or a part of the names of some.
CAMERA = Filter[str](
    name="camera",
    say=lambda camera: f"fotocamera: {camera}",
    hidden="è di un'altra fotocamera",
    options=(OPTION,),
    parse=lambda typed: typed.one(OPTION),
    needs=Needed(
        lambda: "",
        "di una foto non si sa la fotocamera",
        "di {} foto non si sa la fotocamera",
        "di nessuna foto si sa la fotocamera",
    ),
)
