"""The embedded model is complete, small, and right about ordinary words."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import cercafoto.models
from cercafoto.models.encode.encoder import PATCHES, Encoder
from cercafoto.photos.decoding.picture import open_upright
from tests.support.optional_packages import needs

SHIPPED = Path(cercafoto.models.__file__).parent / "mini"


def test_the_shipped_folder_is_whole_and_small(mini: Encoder) -> None:
    mini.folder.verify()
    inside = {p.name for p in SHIPPED.iterdir()} - {"model.json"}
    assert inside == set(mini.folder.files)
    assert sum(p.stat().st_size for p in SHIPPED.iterdir()) <= 60e6
    card = (SHIPPED / "README.md").read_text(encoding="utf-8")
    assert "In breve" in card
    assert "must not be used" in card


def test_the_shipped_model_gives_unit_vectors(mini: Encoder) -> None:
    texts = mini.embed_texts(["un gatto", "", "un cane sulla spiaggia al tramonto", "x" * 900])
    photos = mini.embed_images([Image.new("RGB", (90, 60), c) for c in ("black", "white")])
    captions = (SHIPPED.parent / "prepare" / "background_it.txt").read_text("utf-8").splitlines()
    assert len(set(captions)) == len(captions) == len(mini.background)
    for vectors in (texts, photos, mini.background):
        assert vectors.shape[1] == mini.dimension
        assert np.isfinite(vectors).all()
        assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=2e-3)


def test_patches_have_the_shape_for_localisation(mini: Encoder) -> None:
    pixels = np.stack([mini.preprocessing(Image.new("RGB", (300, 200), "green"))])
    whole, patches = mini.embed_patches(pixels)
    assert whole.shape == (1, mini.dimension)
    assert patches.shape == (1, 49, mini.dimension)
    assert np.allclose(np.linalg.norm(patches, axis=2), 1, atol=1e-3)
    assert np.allclose(whole, mini.embed_pixels(pixels), atol=1e-6)


@needs("onnx")
def test_a_photos_vector_does_not_pay_for_its_places(mini: Encoder) -> None:
    """ONNX Runtime also computes unused outputs, so image.onnx has no places; it shares its weights
    with the graph that has them."""
    import onnx

    image, patches = (
        onnx.load(SHIPPED / name, load_external_data=False) for name in ("image.onnx", PATCHES)
    )
    assert [output.name for output in image.graph.output] == ["image_embeds"]
    assert {output.name for output in patches.graph.output} == {"image_embeds", "patch_embeds"}
    kept = [t for t in image.graph.initializer if t.external_data]
    assert kept
    places = {t.name: list(t.external_data) for t in patches.graph.initializer}
    assert all(places[tensor.name] == list(tensor.external_data) for tensor in kept)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("UN GATTO", "un gatto"),
        ("  un   gatto ", "un gatto"),
        ("una tazza di caffe", "una tazza di caffè"),
        ("Citta di notte", "città di notte"),
        ("l’uomo", "l'uomo"),
        ("un_gatto", "un gatto"),
    ],
)
def test_spelling_that_does_not_matter(mini: Encoder, typed: str, meant: str) -> None:
    one, other = mini.embed_texts([typed, meant])
    assert float(one @ other) > 0.9999


def test_a_query_means_the_same_alone_and_in_a_batch(mini: Encoder) -> None:
    alone = mini.embed_texts(["un gatto"])[0]
    beside = mini.embed_texts(["un gatto", "una lunga frase che parla di tutt'altro ancora"])[0]
    assert float(alone @ beside) > 0.999


def test_a_name_counts_by_its_class_and_a_sentence_by_what_was_learned(mini: Encoder) -> None:
    names = mini.embed_texts(["un tucano", "una fisarmonica"])
    sentence = mini.embed_texts(["due persone parlano sedute una di fronte all'altra"])
    half = mini.dimension // 2
    of_class = [float((v[half:] ** 2).sum()) for v in (*names, *sentence)]
    assert min(of_class[:2]) > 0.5
    assert of_class[2] < 0.3


@needs("skimage")
def test_ordinary_photos_answer_ordinary_words(mini: Encoder) -> None:
    import skimage

    folder = Path(skimage.__file__).parent / "data"
    names = [
        "chelsea.png",
        "coffee.png",
        "rocket.jpg",
        "motorcycle_left.png",
        "coins.png",
        "brick.png",
        "page.png",
    ]
    paths = [folder / n for n in names if (folder / n).exists()]
    if len(paths) < len(names):
        pytest.skip("this scikit-image wheel has other photos")
    photos = mini.embed_images([open_upright(p, 224) for p in paths])
    queries = ["un gatto", "una tazza di caffè", "un razzo", "una moto", "monete"]
    first = np.argmax(mini.embed_texts(queries) @ photos.T, axis=1)
    assert first.tolist() == [0, 1, 2, 3, 4]
