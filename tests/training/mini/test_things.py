"""The head that recognises things and people: its targets, its graph, and its training command."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from cercafoto.models.model_folder import THINGS, ModelFolder, file_digest
from cercafoto.training.__main__ import main
from tests.support.optional_packages import needs

pytest.importorskip("torch")
pytest.importorskip("onnx")

from cercafoto.training.mini.things.detected import WHOLE, Box, Detected, Thing
from cercafoto.training.mini.things.thing_targets import likelihood, targets
from cercafoto.training.mini.things.tower_maps import (
    View,
    draw_view,
    middle_of,
    view_pixels,
)

KINDS = ["cat", "person"]
CELLS, PICTURE = 8, 160
MIDDLE = middle_of(CELLS, PICTURE)  # 16 pixels on each side are left out
CAT = Box(2.5 / 8, 4.5 / 8, 4.5 / 8, 6.5 / 8)  # two cells wide, its centre that of cell (5, 3)


def photo_of(*things: Thing) -> Detected:
    return Detected("foto/a.png", {thing.kind: thing.score for thing in things}, things)


PLAIN = View(WHOLE, False)


def of(photo: Detected, view: View = PLAIN):
    """Return the targets of one view of a photo."""
    return targets([photo], [view], KINDS, CELLS, MIDDLE)


def test_a_box_becomes_heat_sides_and_presence() -> None:
    wanted, sure = of(photo_of(Thing("cat", 0.9, CAT))), likelihood(0.9)
    heat = wanted.heat[0, 0, 0]
    assert heat[5, 3] == heat.max() == pytest.approx(sure)
    assert heat[5, 2] == heat[5, 4] == pytest.approx(sure * np.exp(-0.5 / 0.4**2))
    assert wanted.weight[0, 0, 5, 3] == pytest.approx(sure)
    assert np.count_nonzero(wanted.weight[0, 0]) == 1
    assert wanted.boxes[0, 0, :, 5, 3].tolist() == pytest.approx([-1, -1, 1, 1])
    assert wanted.presence[0].tolist() == pytest.approx([sure, 0])
    assert not wanted.heat[0, :, 1].any() and wanted.people[0] == 0
    # The middle: 16 of 160 pixels further in, and 1.25 times as large.
    down, across = (5.5 / 8 - 0.1) / 0.8 * 8, (3.5 / 8 - 0.1) / 0.8 * 8
    assert (int(down), int(across)) == (5, 3) and wanted.weight[0, 1, 5, 3] > 0
    half = 1.25
    expected = [across - half - 3.5, down - half - 5.5, across + half - 3.5, down + half - 5.5]
    assert wanted.boxes[0, 1, :, 5, 3].tolist() == pytest.approx(expected, abs=1e-5)


def test_a_mirrored_view_has_mirrored_targets() -> None:
    photo = photo_of(Thing("cat", 0.9, CAT), Thing("person", 0.8, Box(0.05, 0.1, 0.3, 0.83)))
    plain, mirrored = of(photo), of(photo, View(WHOLE, True))
    assert np.allclose(mirrored.heat, plain.heat[..., ::-1], atol=1e-6)
    assert np.allclose(mirrored.weight, plain.weight[..., ::-1])
    left, top, right, bottom = np.moveaxis(plain.boxes[..., ::-1], 2, 0)
    assert np.allclose(mirrored.boxes, np.stack([-right, top, -left, bottom], 2), atol=1e-5)
    assert np.array_equal(mirrored.presence, plain.presence)
    assert mirrored.people.tolist() == plain.people.tolist() == [1]


def test_a_view_has_the_labels_of_what_it_shows() -> None:
    cat, person = Thing("cat", 0.9, CAT), Thing("person", 0.8, Box(0.7, 0.1, 0.9, 0.5))
    lower = View(Box(0, 0.5, 1, 1), False)
    wanted = of(photo_of(cat, person), lower)
    # The lower half has the cat's centre at (5.5 - 4) * 2 = 3 cells from its top.
    assert wanted.weight[0, 0].nonzero() == (np.array([3]), np.array([3]))
    assert wanted.boxes[0, 0, :, 3, 3].tolist() == pytest.approx([-1, -2.5, 1, 1.5])
    assert wanted.people[0] == 0 and of(photo_of(cat, person)).people[0] == 1
    assert wanted.presence[0].tolist() == pytest.approx([likelihood(0.9), 0.1 * likelihood(0.8)])
    # Without boxes a class may be in either half.
    unsure = Detected("foto/a.png", {"person": 0.2}, ())
    assert of(unsure, lower).presence[0, 1] == pytest.approx(likelihood(0.2) / 2)


@pytest.mark.parametrize(("there", "expected"), [(0, 0), (1, 1), (2, 2), (3, 3), (5, 3), (6, 4)])
def test_people_are_counted_in_classes(there: int, expected: int) -> None:
    boxes = [Box(at / 8, 0.2, at / 8 + 0.1, 0.8) for at in range(there)]
    faint = Thing("person", 0.3, Box(0.8, 0.2, 0.9, 0.8))
    photo = photo_of(faint, *(Thing("person", 0.9, box) for box in boxes))
    assert of(photo).people[0] == expected


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Draw sixteen pictures, half with a red square that the detector takes for a person."""
    folder = tmp_path_factory.mktemp("data")
    (folder / "foto").mkdir()
    detected, judged = [], []
    for at in range(16):
        photo = f"foto/{at}.png"
        picture = Image.new("RGB", (PICTURE, PICTURE), (20, 90, 16 * at))
        left, top = 8 * at, 100 - 6 * at
        if at % 2:
            ImageDraw.Draw(picture).rectangle((left, top, left + 40, top + 40), "red")
        picture.save(folder / photo)
        box = [round(side / PICTURE, 3) for side in (left, top, left + 40, top + 40)]
        detected.append(
            {"image_path": photo, "best": {"person": 0.9}, "boxes": [["person", 0.9, *box]]}
            if at % 2
            else {"image_path": photo, "best": {"car": 0.2}, "boxes": []}
        )
        judged.append(f"{photo}\t{'persone' if at % 2 else ''}\t\t\n")
    lines = "".join(json.dumps(line) + "\n" for line in detected)
    (folder / "oggetti.jsonl").write_text(lines, "utf-8")
    (folder / "giudizi_valid.tsv").write_text("".join(judged), "utf-8")
    return folder


@pytest.fixture(scope="module")
def towers(tiny: Path, data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make the tiny model with another image tower: random eight-bit convolutions, and maps of
    strides 8, 16 and 32 for both looks."""
    from cercafoto.training.mini.graphs import eight_bit_tower
    from cercafoto.training.mini.graphs.image_tower import add_two_looks
    from cercafoto.training.mini.graphs.onnx_writer import FLOAT, Graph

    folder = tmp_path_factory.mktemp("towers") / "mini"
    shutil.copytree(tiny, folder)
    rng = np.random.default_rng(0)
    graph = Graph("image")
    x, channels = add_two_looks(graph, PICTURE, 16 * CELLS), 3
    for name, side, more in (
        ("stem", 8, 16), ("early", 1, 8), ("block3.0.expand", 2, 8), ("block5.0.expand", 2, 16),
        ("late", 1, 16), ("top", 1, 24),
    ):  # fmt: skip
        weight = rng.normal(0, 1.5 / side / np.sqrt(channels), (more, channels, side, side))
        x = graph.op(
            "Conv", x, graph.weight(f"{name}.w", weight), graph.weight(f"{name}.b", np.zeros(more)),
            kernel_shape=[side, side], strides=[side, side],
        )  # fmt: skip
        x, channels = graph.op("Clip", x, graph.constant(0.0), graph.constant(6.0)), more
    pooled = graph.op("ReduceMean", x, graph.constant([2, 3]), keepdims=0)
    looks = graph.op("Reshape", pooled, graph.constant([2, -1, channels]))
    first = graph.op("ReduceMean", looks, graph.constant([0]), keepdims=0)
    graph.rename(graph.unit(graph.linear(first, "last", rng.normal(size=(4, 24)))), "image_embeds")
    graph.rename(graph.unit(looks), "patch_embeds")
    full, light = folder.with_name("full.onnx"), folder.with_name("light.onnx")
    pixels = {"pixel_values": (FLOAT, ["N", 3, PICTURE, PICTURE])}
    outputs = {"image_embeds": ["N", 4], "patch_embeds": [2, "N", 24]}
    graph.save(full, pixels, outputs, external=False)
    description = json.loads((folder / "model.json").read_text("utf-8"))
    description["image"] |= {"size": PICTURE, "resize_to": PICTURE}
    description |= {"quality": {}, "rounding": {"photos": 0, "least": 1.0, "mean": 1.0}}
    (folder / "model.json").write_text(json.dumps(description), "utf-8")
    preprocessing = _preprocessing(folder)
    pictures = [view_pixels(data, f"foto/{at}.png", 0, preprocessing) for at in range(16)]
    eight_bit_tower.quantise(full, light, pictures)
    eight_bit_tower.split(light, folder / "image.onnx", folder / "patches.onnx")
    description["files"] = {
        path.name: file_digest(path) for path in folder.iterdir() if path.name != "model.json"
    }
    (folder / "model.json").write_text(json.dumps(description), "utf-8")
    return folder


def _preprocessing(folder: Path):
    from cercafoto.photos.preprocessing import Preprocessing

    return Preprocessing.from_json(json.loads((folder / "model.json").read_text("utf-8"))["image"])


@needs("scipy", "sklearn")
def test_the_graph_says_what_the_head_says(towers: Path, data: Path, tmp_path: Path) -> None:
    import onnxruntime as ort
    import torch

    from cercafoto.training.mini.things.thing_graph import save_things_graph
    from cercafoto.training.mini.things.thing_head import ThingHead
    from cercafoto.training.mini.things.tower_maps import tower_maps

    photos = [f"foto/{at}.png" for at in range(16)]
    maps = tower_maps(ModelFolder.open(towers), data, photos, 2, tmp_path)
    assert (maps.channels, maps.cells) == ((8, 8, 16), CELLS)
    kept = {file: file.stat().st_mtime_ns for file in tmp_path.iterdir()}
    again = tower_maps(ModelFolder.open(towers), data, photos, 2, tmp_path)
    assert {file: file.stat().st_mtime_ns for file in tmp_path.iterdir()} == kept
    other = tmp_path / "other"  # photos with the same names
    shutil.copytree(data, other)
    shutil.copy(other / photos[1], other / photos[0])
    tower_maps(ModelFolder.open(towers), other, photos, 2, tmp_path)
    assert len([*tmp_path.glob("maps-*")]) == 12
    inputs = again.of(range(16), [0] * 16)
    torch.manual_seed(0)
    head = ThingHead(maps.channels, 5, width=16, blocks=2)
    with torch.no_grad():
        head(*inputs)  # moves the means of the batch normalisation
        head.heat.bias.zero_()
        told = head.eval()(*inputs)
    model = tmp_path / "model"
    shutil.copytree(towers, model)
    save_things_graph(model / "image.onnx", model / THINGS, head)
    pixels = np.stack([view_pixels(data, photo, 0, _preprocessing(model)) for photo in photos])

    def run(name: str) -> dict[str, np.ndarray]:
        session = ort.InferenceSession(model / name)
        names = [output.name for output in session.get_outputs()]
        return dict(zip(names, session.run(None, {"pixel_values": pixels}), strict=True))

    found = run(THINGS)
    assert np.array_equal(found["image_embeds"], run("image.onnx")["image_embeds"])
    heat = told.heat.sigmoid()
    tops = torch.nn.functional.max_pool2d(heat.flatten(0, 1), 3, 1, 1).view_as(heat)
    peaks = torch.where(heat == tops, heat, 0).numpy()
    shown = found["thing_peaks"] > 0
    assert (shown == (peaks > 0)).mean() > 0.999  # weights in float16 may move a tie
    assert np.allclose(found["thing_peaks"][shown], heat.numpy()[shown], atol=2e-3)
    assert 0 < shown.mean() < 0.3
    for name, expected in (
        ("thing_presence", told.presence.sigmoid()),
        ("thing_boxes", told.boxes),
        ("person_counts", told.people.softmax(-1)),
    ):
        assert found[name].shape == expected.shape
        assert np.allclose(found[name], expected, atol=5e-3), name


@needs("scipy", "sklearn")
def test_the_command_adds_a_head_and_nothing_else(
    towers: Path, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = ModelFolder.open(towers)
    written = []
    for name, seed in (("one", "1"), ("same", "1"), ("other", "2")):
        shutil.copytree(towers, tmp_path / name)
        chosen = ["--data", str(data), "--model", str(tmp_path / name)]
        assert main(["things", *chosen, "--seed", seed, "--cache", str(tmp_path / "maps")]) == 0
        written.append((tmp_path / name / THINGS).read_bytes())
    assert written[0] == written[1] != written[2]
    told = capsys.readouterr().out
    assert "label AP" in told and "nobody: 0" in told
    after = ModelFolder.open(tmp_path / "one")
    after.verify()
    assert after.fingerprint == before.fingerprint
    assert {**before.files, **after.files} == after.files | {"README.md": after.files["README.md"]}
    description = json.loads((tmp_path / "one" / "model.json").read_text("utf-8"))
    assert description["things"]["classes"] == ["car", "person"]
    assert len(description["things"]["curve"]) == 2
    assert description["quality"]["things"]["photos"] == 16
    assert "PicoDet" in (tmp_path / "one" / "README.md").read_text("utf-8")


@needs("scipy", "sklearn")
def test_the_figures_of_five_photos_are_those_worked_out_by_hand() -> None:
    from cercafoto.training.measure.judgments import Judgments, fit_half
    from cercafoto.training.mini.things.thing_figures import Seen, curve, figures

    names = [f"foto/{at}.png" for at in range(40)]
    fitted = [name for name in names if fit_half(name)][:4]
    photos = [*fitted, *(name for name in names if not fit_half(name))][:10]
    shown = np.array([1, 1, 0, 0, 1, 1, 1, 0, 0, 0], np.int8)
    labels = ["persone", "automobile", "gruppo di persone"]
    truth = np.stack([shown, 0 * shown, np.eye(10, dtype=np.int8)[5]], 1)
    odds = np.array([3.0, 1, -1, -3, 4, 2, -2, 3.5, -4, -5])
    people = np.array([1, 1, 0, 0, 1, 3, 0, 1, 0, 0])
    seen = Seen(["person"], odds[:, None], people)
    judgments = Judgments(photos, labels, truth)
    told = figures(seen, judgments)
    # By odds: right, wrong, right, right, right, wrong, right...; the last right one is seventh.
    assert told["label AP"] == pytest.approx((1 + 2 / 3 + 3 / 4 + 4 / 5 + 5 / 7) / 5)
    counts = ("nobody: 0", "persone: 1 or more", "gruppo di persone: 3 or more")
    assert [told[name] for name in counts] == [0.8, 0.8, 1.0]
    slope, start = curve(seen, judgments)
    assert slope > 0 and abs(start) < 0.1 * slope


def test_a_view_is_drawn_from_the_path_alone(data: Path, towers: Path) -> None:
    view, _ = draw_view("foto/1.png", 1)
    assert view == draw_view("foto/1.png", 1)[0] != draw_view("foto/3.png", 1)[0]
    assert 0 <= view.frame.left < view.frame.right <= 1
    preprocessing = _preprocessing(towers)
    one, same, whole = (view_pixels(data, "foto/1.png", at, preprocessing) for at in (1, 1, 0))
    assert np.array_equal(one, same) and not np.array_equal(one, whole)
