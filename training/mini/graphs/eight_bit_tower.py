"""The image tower's convolutions in eight bits, and a graph of its own for a photo's patches.

A processor computes eight-bit convolutions twice as fast, and Lite networks clip at 6, which makes
them fit eight bits. The average shift that rounding causes is corrected in the biases, one layer
after the other (Nagel et al.,
"Data-Free Quantization through Weight Equalization and Bias Correction", ICCV 2019, 4.2, with means
measured on photos).

Cosine with the full tower's vector, the mean subtracted, on 244 training photos that the heads did
not see: 0.9958 with all blocks in eight bits, 0.9985 without the first ones, 0.9995 with corrected
biases too. Leaving out any later block gains nothing. The weights are then rounded so that no
processor overflows (`cercafoto.models.eight_bits`), which costs little: training/mini/log.md,
"The same on every processor".
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime as ort
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from onnx.utils import Extractor
from onnxruntime.quantization import (
    CalibrationDataReader,
    QuantFormat,
    QuantType,
    quantize_static,
)

from cercafoto.base.arrays import Floats
from cercafoto.models.eight_bits import refit
from cercafoto.models.graph_file import save_graph
from cercafoto.models.onnx_runtime import without_advice
from cercafoto.models.prepare.quantization import centred_cosines

WHOLE = ("stem.", "block0.", "block1.0.")  # beginnings of weights' names: blocks left in float32
PHOTO = "image_embeds"
CORRECTED_ON = 64  # pictures; more change the means by less than a step of the biases
TOGETHER = 8


class _Pictures(CalibrationDataReader):  # type: ignore[misc]
    def __init__(self, pictures: Sequence[Floats]) -> None:
        self._pictures: Iterator[Floats] = iter(pictures)

    def get_next(self) -> dict[str, Floats] | None:
        picture = next(self._pictures, None)
        return None if picture is None else {"pixel_values": picture[None]}


def quantise(full: Path, target: Path, pictures: Sequence[Floats]) -> None:
    """Write the graph `full` to `target` with its convolutions, and the clips after them, in eight
    bits. The first blocks (WHOLE) stay in float32.

    Weights are rounded by output channel, activations within the range that they have on the
    pictures.

    pictures: preprocessed pixels, float32 [3, H, W] each.
    """
    whole = onnx.load(full)
    convolutions = [
        node
        for node in whole.graph.node
        if node.op_type == "Conv" and not node.input[1].startswith(WHOLE)
    ]
    results = {node.output[0] for node in convolutions}
    clips = [n.name for n in whole.graph.node if n.op_type == "Clip" and n.input[0] in results]
    with without_advice():
        quantize_static(
            full,
            target,
            _Pictures(pictures),
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=["Conv", "Clip"],
            nodes_to_quantize=[*(node.name for node in convolutions), *clips],
            per_channel=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
        )
    light = onnx.load(target)
    refit(whole, light)
    _correct(whole, light, [node.name for node in convolutions], pictures[:CORRECTED_ON])
    onnx.save_model(light, target)


def _correct(
    whole: onnx.ModelProto,
    light: onnx.ModelProto,
    convolutions: Sequence[str],
    pictures: Sequence[Floats],
) -> None:
    """Correct each convolution's bias, by channel, for the average shift of its outputs.

    whole, light: the graph before and after rounding; `light` is changed.
    convolutions: names of the nodes, in the order of the graph.
    """
    before = {node.name: node for node in whole.graph.node}
    after = {node.name: node for node in light.graph.node}
    makers = {output: node for node in light.graph.node for output in node.output}
    stored = {tensor.name: tensor for tensor in light.graph.initializer}
    means = _channel_means(whole, [before[name].output[0] for name in convolutions], pictures)
    for name, mean in zip(convolutions, means, strict=True):
        # In the order of the graph: the input of a layer includes the corrections of earlier ones.
        (moved,) = _channel_means(light, [after[name].output[0]], pictures)
        bias, scale = (stored[weight] for weight in makers[after[name].input[2]].input[:2])
        numbers, step = numpy_helper.to_array(bias), numpy_helper.to_array(scale)
        right = (numbers + np.rint((mean - moved) / step)).astype(numbers.dtype)
        bias.CopyFrom(numpy_helper.from_array(right, bias.name))


def _channel_means(
    model: onnx.ModelProto, tensors: Sequence[str], pictures: Sequence[Floats]
) -> list[NDArray[np.float64]]:
    """Return the average of each channel over the pictures, [C] for each tensor [N, C, H, W]."""
    probed = onnx.ModelProto()
    probed.CopyFrom(model)
    names = [f"{tensor}_mean" for tensor in tensors]
    graph = probed.graph
    graph.initializer.append(numpy_helper.from_array(np.array([0, 2, 3], np.int64), "all_but_c"))
    for tensor, name in zip(tensors, names, strict=True):
        node = helper.make_node("ReduceMean", [tensor, "all_but_c"], [name], keepdims=0)
        graph.node.append(node)
        graph.output.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, None))
    sums: list[Any] = [0.0] * len(names)
    for batch, results in _outputs(probed, names, pictures):
        sums = [total + batch * mean for total, mean in zip(sums, results, strict=True)]
    return [total / len(pictures) for total in sums]


def _outputs(
    model: onnx.ModelProto, names: Sequence[str], pictures: Sequence[Floats]
) -> Iterator[tuple[int, list[Floats]]]:
    """Run the graph in batches. Yield the number of pictures of a batch and the outputs `names` for
    them."""
    options = ort.SessionOptions()
    options.log_severity_level = 3
    session = ort.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    for at in range(0, len(pictures), TOGETHER):
        batch = np.stack(pictures[at : at + TOGETHER])
        yield len(batch), session.run(list(names), {"pixel_values": batch})


def agreement(full: Path, light: Path, pictures: Sequence[Floats]) -> dict[str, float]:
    """Return the number of photos, and the least and the mean cosine between their vectors by both
    graphs.

    The full graph's mean vector is subtracted first.
    """
    vectors = [
        np.concatenate([results[0] for _, results in _outputs(onnx.load(path), [PHOTO], pictures)])
        for path in (full, light)
    ]
    cosines = centred_cosines(*vectors)
    return {
        "photos": len(pictures),
        "least": round(float(cosines.min()), 4),
        "mean": round(float(cosines.mean()), 4),
    }


def split(graph: Path, image: Path, patches: Path) -> None:
    """Split a graph in two: `image` computes photos' vectors, `patches` also the vectors of their
    patches.

    ONNX Runtime computes every output of a graph, used or not, and the patches of a photo take a
    fifth of the time. Both graphs use the same weights, in a file beside `image`.
    """
    save_graph(onnx.load(graph), patches, image)
    light = Extractor(onnx.load(patches, load_external_data=False))
    image.write_bytes(light.extract_model(["pixel_values"], [PHOTO]).SerializeToString())
