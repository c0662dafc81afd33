"""What printing, scanning and colour do to a page, and the views cut from it; all on the training device.

Nothing here makes the host wait for the device: a step would else take the time of both, one after the other.
"""

from __future__ import annotations

import math

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from train_nano.lie import FLAT, Lie
from train_nano.targets import GLOBAL, TILE

FAX = 1.0, 100 / 144  # 200 x 100 dpi, of which a page at 144 dpi keeps what it has across
GREY = 127 / 127.5 - 1  # the released padding colour in -1..1


class Degrader:
    """Draws its own random numbers, so that runs with one seed see the same pages."""

    def __init__(self, seed: int, clean_share: float = 0.45, faxes: float = 0.0) -> None:
        self.random = torch.Generator().manual_seed(seed)
        self.clean_share, self.faxes = clean_share, faxes

    def views(self, pixels: Tensor, columns: int, rows: int, lie: Lie) -> tuple[Tensor, Tensor]:
        """A grey page uint8 [H, W] → global view [3, 1024, 1024] and tiles [columns * rows, 3, 768, 768], in -1..1."""
        page = pixels.float()[None, None] / 255
        if lie != FLAT:
            page = photograph(page, lie)
        if lie.across and self._chance(0.7):
            page = page * self.shadow(page)
        if self._chance(1 - self.clean_share):
            page = self._scan(page)
        page = self._colour(page.clamp(0, 1)) * 2 - 1
        return fit(page), tiles(page, columns, rows)

    def wear(self, pixels: Tensor) -> Tensor:
        """The same wear without skew, colour or views: grey uint8 [H, W] → the same."""
        page = pixels.float()[None, None] / 255
        if self._chance(1 - self.clean_share):
            page = self._scan(page)
        return (page[0, 0].clamp(0, 1) * 255).round().to(torch.uint8)

    def _scan(self, page: Tensor) -> Tensor:
        printed = page
        if self._chance(0.3):
            page = thicken(page, self._between(-0.6, 0.6))
        if self.faxes and self._chance(self.faxes):
            page = resample(page, *FAX)
            return binary(page, printed, self._between(0.8, 0.98))
        if self._chance(0.35):
            page = resample(page, self._between(0.55, 0.95))
        if self._chance(0.5):
            page = blur(page, self._between(0.3, 1.1))
        if self._chance(0.4):
            page = page * (1 - self._between(0, 0.25) * self._clouds(page))
        page = (page.clamp(0, 1) ** self._between(0.7, 1.5)) * self._between(0.75, 1.0) + self._between(0, 0.12)
        if self._chance(0.6):
            page = page + torch.randn_like(page) * self._between(0.01, 0.09)
        if self._chance(0.15):
            page = binary(page, printed, self._between(0.8, 0.98))  # a fax or a 1-bit scan
        if self._chance(0.4):
            page = jpeg(page, self._between(0.02, 0.15))
        return page

    def _colour(self, page: Tensor) -> Tensor:
        """Grey [1, 1, H, W] → RGB with tinted paper and ink on some pages."""
        page = page.expand(1, 3, *page.shape[2:])
        if self._chance(0.65):
            return page
        ink = torch.rand(3, generator=self.random) * self._between(0, 0.5)
        paper = 1 - torch.rand(3, generator=self.random) * self._between(0, 0.3)
        ink, paper = (c.to(page.device, non_blocking=True)[None, :, None, None] for c in (ink, paper))
        return ink + page * (paper - ink)

    def _clouds(self, page: Tensor) -> Tensor:
        coarse = torch.rand(1, 1, 5, 4, device=page.device)
        return F.interpolate(coarse, size=page.shape[2:], mode="bicubic", align_corners=True).clamp(0, 1)

    def shadow(self, page: Tensor) -> Tensor:
        """A soft straight edge somewhere on the page, darker beyond it: an arm, or the phone itself."""
        height, width = page.shape[2:]
        angle, place = self._between(0, 2 * math.pi), self._between(-0.3, 0.5)
        y = torch.linspace(-0.5, 0.5, height, device=page.device)[:, None]
        x = torch.linspace(-0.5, 0.5, width, device=page.device)[None]
        beyond = (x * math.cos(angle) + y * math.sin(angle) - place) / self._between(0.01, 0.15)
        return 1 - self._between(0.1, 0.5) * beyond.sigmoid()

    def _chance(self, share: float) -> bool:
        return float(torch.rand(1, generator=self.random)) < share

    def _between(self, low: float, high: float) -> float:
        return low + (high - low) * float(torch.rand(1, generator=self.random))


def fit(page: Tensor) -> Tensor:
    """Page [1, 3, H, W] → the padded global view [3, 1024, 1024], as `pipeline.views.crops` makes it."""
    height, width = page.shape[2:]
    scale = GLOBAL / max(height, width)
    h, w = max(round(height * scale), 1), max(round(width * scale), 1)
    resized = F.interpolate(page, size=(h, w), mode="bicubic", antialias=True)[0]
    left, top = (GLOBAL - w) // 2, (GLOBAL - h) // 2
    return F.pad(resized, (left, GLOBAL - w - left, top, GLOBAL - h - top), value=GREY)


def tiles(page: Tensor, columns: int, rows: int) -> Tensor:
    """Page [1, 3, H, W] → row-major tiles [columns * rows, 3, 768, 768]."""
    if not columns:
        return page.new_empty(0, 3, TILE, TILE)
    whole = F.interpolate(page, size=(rows * TILE, columns * TILE), mode="bicubic", antialias=True)[0]
    cut = whole.view(3, rows, TILE, columns, TILE).permute(1, 3, 0, 2, 4)
    return cut.reshape(-1, 3, TILE, TILE)


def photograph(page: Tensor, lie: Lie) -> Tensor:
    """The page [1, C, H, W] as it lies before the lens, edges repeated."""
    height, width = page.shape[2:]
    back = torch.from_numpy(np.linalg.inv(lie.matrix(width, height))).float().to(page.device, non_blocking=True)
    y = torch.arange(height, device=page.device)[:, None] + 0.5
    x = torch.arange(width, device=page.device)[None] + 0.5
    u, v, w = (row[0] * x + row[1] * y + row[2] for row in back)
    grid = torch.stack((u / w * (2 / width) - 1, v / w * (2 / height) - 1), -1)[None]
    return F.grid_sample(page, grid, mode="bicubic", padding_mode="border", align_corners=False)


def blur(page: Tensor, sigma: float) -> Tensor:
    """Gaussian blur with sigma in pixels."""
    reach = torch.arange(-3, 4, device=page.device)
    kernel = torch.exp(-(reach**2) / (2 * sigma**2))
    kernel = kernel / kernel.sum()
    padded = F.pad(page, (3, 3, 3, 3), mode="replicate")
    return F.conv2d(F.conv2d(padded, kernel.view(1, 1, 1, 7)), kernel.view(1, 1, 7, 1))


def thicken(page: Tensor, amount: float) -> Tensor:
    """Ink spread (amount > 0) or thinned (< 0), as a share of one pixel."""
    spread = -F.max_pool2d(-page, 3, 1, 1) if amount > 0 else F.max_pool2d(page, 3, 1, 1)
    return page + (spread - page) * abs(amount)


def resample(page: Tensor, across: float, down: float | None = None) -> Tensor:
    """Scanned at a lower resolution and scaled back."""
    size = page.shape[2:]
    scales = across if down is None else down, across
    smaller = [max(int(side * scale), 1) for side, scale in zip(size, scales, strict=True)]
    small = F.interpolate(page, size=smaller, mode="bilinear", antialias=True)
    return F.interpolate(small, size=size, mode="bicubic").clamp(0, 1)


def binary(page: Tensor, printed: Tensor, kept: float) -> Tensor:
    """Black and white. That share of the strokes of the page as `printed` stays black: a threshold that is the same for
    all pages would wipe small pale print off some."""
    strokes = (printed < 0.6) & (F.max_pool2d(printed, 9, 1, 4) > 0.8)  # dark, and not the inside of a bar or picture
    inks = torch.where(strokes, page, 2.0).flatten().sort().values
    last = (kept * strokes.sum()).long().clamp(max=len(inks) - 1)
    return (page > inks.take(last).clamp(max=0.85)).float()  # an index in brackets would make the host wait for it


def jpeg(page: Tensor, step: float) -> Tensor:
    """Rounding of 8 x 8 cosine coefficients, coarser for the higher frequencies."""
    height, width = page.shape[2:]
    padded = F.pad(page, (0, -width % 8, 0, -height % 8), mode="replicate")
    k = torch.arange(8, device=page.device)
    basis = torch.cos((2 * k[None, :] + 1) * k[:, None] * math.pi / 16) * 0.5
    basis[0] /= math.sqrt(2)
    blocks = padded.unfold(2, 8, 8).unfold(3, 8, 8)  # [1, 1, h, w, 8, 8]
    table = step * (1 + (k[:, None] + k[None, :]) / 2)
    rounded = torch.round(basis @ blocks @ basis.T / table) * table
    out = basis.T @ rounded @ basis
    return out.permute(0, 1, 2, 4, 3, 5).reshape(padded.shape)[..., :height, :width]
