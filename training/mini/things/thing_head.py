"""The network that tells things: which of some classes a photo shows, where, and how many people.

It reads three maps that the image tower computes anyway, of both looks at a photo
(`graphs/image_tower.py`): strides 8, 16 and 32. Everything happens in cells of stride 16.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import nn
from torch.nn import functional as F  # noqa: N812

from cercafoto.training.mini.graphs.image_tower import LOOKS

Tensor = torch.Tensor
COUNTS = 5  # classes of the number of people: 0, 1, 2, 3 to 5, more
# Most cells show no class: without these the first steps would only learn that.
FIRST_HEAT, FIRST_PRESENCE = -4.5, -9.0


class Told(NamedTuple):
    """The head's results for N photos, before any sigmoid or softmax.

    heat [N, LOOKS, classes, cells, cells]: whether the centre of a thing lies in the cell.
    presence [N, classes]: whether the photo shows the class at all.
    boxes [N, LOOKS, 4, cells, cells]: left, top, right and bottom of the thing, in cells, from the
        centre of the cell.
    people [N, COUNTS].
    """

    heat: Tensor
    presence: Tensor
    boxes: Tensor
    people: Tensor


class ThingHead(nn.Module):
    """A sum of three maps, residual blocks that filter each channel and mix them, four outputs.

    channels: of the maps of strides 8, 16 and 32.
    """

    def __init__(
        self, channels: tuple[int, int, int], classes: int, width: int = 128, blocks: int = 3
    ) -> None:
        super().__init__()
        self.stride8 = nn.Conv2d(channels[0], width, 2, 2, bias=False)
        self.stride16 = nn.Conv2d(channels[1], width, 1, bias=False)
        self.stride32 = nn.Conv2d(channels[2], width, 1, bias=False)
        self.norm = nn.BatchNorm2d(width)
        self.blocks = nn.ModuleList(
            nn.Sequential(
                nn.Conv2d(width, width, 5, padding=2, groups=width, bias=False),
                nn.BatchNorm2d(width),
                nn.ReLU(),
                nn.Conv2d(width, width, 1, bias=False),
                nn.BatchNorm2d(width),
            )
            for _ in range(blocks)
        )
        self.heat = nn.Conv2d(width, classes, 1)
        self.presence = nn.Conv2d(width, classes, 1)
        self.boxes = nn.Conv2d(width, 4, 1)
        self.people = nn.Linear(2 * width * LOOKS, COUNTS)
        nn.init.constant_(self.heat.bias, FIRST_HEAT)  # type: ignore[arg-type]
        nn.init.constant_(self.presence.bias, FIRST_PRESENCE)  # type: ignore[arg-type]

    def forward(self, stride8: Tensor, stride16: Tensor, stride32: Tensor) -> Told:
        """Return the results for the maps, float32 [N, LOOKS, channels, side, side] each."""
        fine, middle, coarse = (m.flatten(0, 1) for m in (stride8, stride16, stride32))
        x = self.stride16(middle) + F.interpolate(self.stride32(coarse), scale_factor=2)
        x = F.relu(self.norm(x + self.stride8(fine)))
        for block in self.blocks:
            x = F.relu(x + block(x))

        def by_look(y: Tensor) -> Tensor:
            apart: Tensor = y.unflatten(0, (-1, LOOKS))
            return apart

        everywhere = by_look(self.presence(x)).transpose(1, 2).flatten(2)
        pooled = by_look(torch.cat([x.mean((2, 3)), x.amax((2, 3))], dim=1)).flatten(1)
        return Told(
            by_look(self.heat(x)),
            torch.logsumexp(everywhere, dim=-1),
            by_look(self.boxes(x)),
            self.people(pooled),
        )
