"""Vision tokenizer: SAM ViT-B with window attention, then a sixteen-fold compression into visual tokens."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.backends.cuda import SDPAParams, can_use_cudnn_attention
from torch.nn.attention import SDPBackend, sdpa_kernel

from pipeline.model.attention import attend
from pipeline.model.config import PATCH, VisionConfig

# Measured on two cores: best of 4, 8 and all for squares of 64 and 48. More, and the bias leaves the cache; fewer, and
# calls cost more than products.
ROWS_AT_ONCE = 8
# One large square, or some twenty windows: measured on a core, a fifth faster than all tiles at once.
PATCHES_AT_ONCE = 4096


def normalize_pixels(views: Tensor, dtype: torch.dtype) -> Tensor:
    """uint8 RGB [N, side, side, 3], 0..255 → [N, 3, side, side] in -1..1; floating views are in -1..1 already."""
    # In float32, and cast at the end: in bfloat16 the quotient, which goes up to 2, would round grey levels together.
    scaled = views.float() / 127.5 - 1.0 if views.dtype == torch.uint8 else views
    return scaled.to(dtype).permute(0, 3, 1, 2)


class RelativeAttention(nn.Module):
    """Attention over a square of patches with decomposed relative positions (MViTv2, arXiv 2112.01526, eq. 4)."""

    def __init__(self, width: int, heads: int, side: int) -> None:
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width)
        self.output = nn.Linear(width, width)
        self.rows = nn.Parameter(torch.zeros(2 * side - 1, width // heads))  # learned for squares of this side
        self.columns = nn.Parameter(torch.zeros(2 * side - 1, width // heads))

    def forward(self, x: Tensor) -> Tensor:
        """[squares, side, side, width] → the same."""
        side = x.shape[1]
        projected = self.qkv(x).unflatten(-1, (3, self.heads, -1))  # [N, side, side, 3, heads, d]
        queries, keys, values = projected.unbind(3)
        to_rows = torch.einsum("nyxhd,ykd->nyxhk", queries, distances(self.rows, side).to(queries.dtype))
        to_columns = torch.einsum("nyxhd,xkd->nyxhk", queries, distances(self.columns, side).to(queries.dtype))
        # Only the product with the keys is scaled; the positions are not, as in SAM.
        attention = biased_attention if x.device.type == "cpu" else wide_attention
        mixed: Tensor = self.output(attention(queries, keys, values, to_rows, to_columns).reshape(x.shape))
        return mixed


def wide_attention(queries: Tensor, keys: Tensor, values: Tensor, to_rows: Tensor, to_columns: Tensor) -> Tensor:
    """Attention of [N, side, side, heads, d] with the bias to_rows[.., y'] + to_columns[.., x'], each [.., side].

    The bias is written as extra head dimensions: queries carry theirs, keys carry the one-hot row and column that they
    stand in. It is exact, and no [patches, patches] bias is ever made, so the fast kernels of accelerators can run it.
    Returns [N, side², heads, d].
    """
    side, head_dim = queries.shape[1], queries.shape[-1]
    extra = -(head_dim + 2 * side) % 8  # kernels want a multiple of eight
    wide_queries = torch.cat((queries * head_dim**-0.5, to_rows, to_columns), dim=-1)
    wide_keys = torch.cat((keys, _one_hot_places(side, keys)), dim=-1)
    if extra:
        wide_queries, wide_keys = F.pad(wide_queries, (0, extra)), F.pad(wide_keys, (0, extra))
    wide_queries, wide_keys, values = (part.flatten(1, 2) for part in (wide_queries, wide_keys, values))
    if _cudnn_takes(wide_queries, wide_keys, values):
        # Measured on an H100: 2.7 times as fast as FlashAttention, which wants values as wide as keys.
        with sdpa_kernel(SDPBackend.CUDNN_ATTENTION):
            return attend(wide_queries, wide_keys, values, scale=1.0)
    return attend(wide_queries, wide_keys, F.pad(values, (0, 2 * side + extra)), scale=1.0)[..., :head_dim]


def _cudnn_takes(queries: Tensor, keys: Tensor, values: Tensor) -> bool:
    if not queries.is_cuda:
        return False
    q, k, v = (part.transpose(1, 2) for part in (queries, keys, values))
    return can_use_cudnn_attention(SDPAParams(q, k, v, None, 0.0, False, False))


def biased_attention(queries: Tensor, keys: Tensor, values: Tensor, to_rows: Tensor, to_columns: Tensor) -> Tensor:
    """The same with a bias tensor, for a few rows of patches at a time: on a CPU that stays in the cache.

    Three times as fast as `wide_attention` on the global view of the smaller network, two cores.
    """
    side = queries.shape[1]
    at_once = max(1, PATCHES_AT_ONCE // side**2)
    if queries.shape[0] > at_once:
        chunks = zip(
            *(torch.split(part, at_once) for part in (queries, keys, values, to_rows, to_columns)), strict=True
        )
        return torch.cat([biased_attention(*chunk) for chunk in chunks])
    keys, values = keys.flatten(1, 2), values.flatten(1, 2)
    parts = []
    for first in range(0, side, ROWS_AT_ONCE):
        rows = slice(first, first + ROWS_AT_ONCE)
        bias = (to_rows[:, rows, ..., :, None] + to_columns[:, rows, ..., None, :]).flatten(
            -2
        )  # [N, y, x, heads, side²]
        parts.append(attend(queries[:, rows].flatten(1, 2), keys, values, mask=bias.flatten(1, 2).transpose(1, 2)))
    return torch.cat(parts, dim=1)


def distances(table: Tensor, side: int) -> Tensor:
    """A learned table, resized where need be, as rows by (query, key) place: [side, side, d]."""
    places = torch.arange(side, device=table.device)
    return resize_distances(table, side)[places[:, None] - places[None, :] + side - 1]


def resize_distances(table: Tensor, side: int) -> Tensor:
    """A learned table [2 s - 1, d] for squares of `side` patches a side: [2 side - 1, d], by query less key place."""
    length = 2 * side - 1
    if table.shape[0] == length:
        return table
    # In float32: a table in bfloat16 would be rounded twice.
    return F.interpolate(table.float().T[None], size=length, mode="linear")[0].T


def _one_hot_places(side: int, like: Tensor) -> Tensor:
    """For each patch of a square its row and its column, one-hot: [N, side, side, heads, 2 * side]."""
    eye = torch.eye(side, device=like.device, dtype=like.dtype)
    rows = eye[:, None, :].expand(side, side, side)
    columns = eye[None, :, :].expand(side, side, side)
    return torch.cat((rows, columns), dim=-1)[None, :, :, None].expand(*like.shape[:-1], 2 * side)


class VisionMlp(nn.Module):
    """Two linear layers around a GELU."""

    def __init__(self, width: int, inner: int) -> None:
        super().__init__()
        self.up = nn.Linear(width, inner)
        self.down = nn.Linear(inner, width)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.down(F.gelu(self.up(x)))
        return out


class VisionBlock(nn.Module):
    """Attention within windows, or over the whole view where `window` is None, then the MLP."""

    def __init__(self, config: VisionConfig, window: int | None) -> None:
        super().__init__()
        self.window = window
        self.norm1 = nn.LayerNorm(config.width, eps=config.norm_eps)
        self.attention = RelativeAttention(config.width, config.heads, window or config.grid)
        self.norm2 = nn.LayerNorm(config.width, eps=config.norm_eps)
        self.mlp = VisionMlp(config.width, config.mlp_inner)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self._attend(self.norm1(x))
        out: Tensor = x + self.mlp(self.norm2(x))
        return out

    def _attend(self, x: Tensor) -> Tensor:
        if self.window is None:
            out: Tensor = self.attention(x)
            return out
        windows: Tensor = self.attention(_split_windows(x, self.window))
        return _join_windows(windows, x.shape[1])


def _split_windows(x: Tensor, window: int) -> Tensor:
    """[N, side, side, C] → [N * windows, window, window, C]; the last windows are filled up with zeros."""
    images, side, _, width = x.shape
    per_side = -(-side // window)
    padding = per_side * window - side
    padded = F.pad(x, (0, 0, 0, padding, 0, padding))
    split = padded.view(images, per_side, window, per_side, window, width)
    return split.transpose(2, 3).reshape(-1, window, window, width)


def _join_windows(windows: Tensor, side: int) -> Tensor:
    """The inverse: [N * windows, window, window, C] → [N, side, side, C]."""
    window, width = windows.shape[1], windows.shape[-1]
    per_side = -(-side // window)
    split = windows.view(-1, per_side, per_side, window, window, width).transpose(2, 3)
    return split.reshape(-1, per_side * window, per_side * window, width)[:, :side, :side]


class ChannelNorm(nn.LayerNorm):
    """Layer normalisation over the channels of [N, C, height, width]."""

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


class VisionTokenizer(nn.Module):
    """Views in, one visual token for each 64 × 64 pixels out."""

    def __init__(self, config: VisionConfig) -> None:
        super().__init__()
        first, last = config.downsample_widths
        neck = config.neck_width
        self.patch_embedding = nn.Conv2d(3, config.width, PATCH, stride=PATCH)
        self.position_embedding = nn.Parameter(torch.zeros(1, config.grid, config.grid, config.width))
        self.layers = nn.ModuleList(
            VisionBlock(config, None if layer in config.global_layers else config.window)
            for layer in range(config.layers)
        )
        self.neck = nn.Sequential(
            nn.Conv2d(config.width, neck, 1, bias=False),
            ChannelNorm(neck, eps=config.norm_eps),
            nn.Conv2d(neck, neck, 3, padding=1, bias=False),
            ChannelNorm(neck, eps=config.norm_eps),
        )
        self.compressor = nn.Sequential(
            nn.Conv2d(neck, first, 3, stride=2, padding=1, bias=False),
            nn.Conv2d(first, last, 3, stride=2, padding=1, bias=False),
        )

    @property
    def format(self) -> torch.dtype:
        """What it computes in."""
        return self.position_embedding.dtype

    def of_views(self, views: Tensor) -> Tensor:
        """Views as `normalize_pixels` takes them → as `forward`."""
        tokens: Tensor = self(normalize_pixels(views, self.patch_embedding.weight.dtype))
        return tokens

    def forward(self, pixels: Tensor) -> Tensor:
        """Pixels in -1..1, [N, 3, side, side] with side a multiple of 64 → [N, (side / 64)², width], row-major."""
        return self.compress(self.patches(pixels))

    def patches(self, pixels: Tensor) -> Tensor:
        """Pixels as in `forward` → the last layer's patches, [N, side / 16, side / 16, width]."""
        x: Tensor = self.patch_embedding(pixels).permute(0, 2, 3, 1)
        x = x + resize_positions(self.position_embedding, x.shape[1])
        for layer in self.layers:
            x = layer(x)
        return x

    def compress(self, patches: Tensor) -> Tensor:
        """Patches [N, s, s, width] → visual tokens [N, (s / 4)², flow width]."""
        features: Tensor = self.compressor(self.neck(patches.permute(0, 3, 1, 2)))
        tokens: Tensor = features.flatten(2).transpose(1, 2)
        return tokens


def resize_positions(table: Tensor, side: int) -> Tensor:
    """Learned positions [1, s, s, C] for a view of `side` patches a side; cheap enough to be done each time."""
    if table.shape[1] == side:
        return table
    # float32 and antialiasing, as released: the difference shows in the 48-patch tiles, whose table is always resized.
    channels_first = table.float().permute(0, 3, 1, 2)
    resized = F.interpolate(channels_first, size=(side, side), mode="bicubic", align_corners=False, antialias=True)
    return resized.permute(0, 2, 3, 1).to(table.dtype)
