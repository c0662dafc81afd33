"""The network's sizes: frozen, explicit, and free to be any smaller than the released ones."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.errors import ModelError

# Sides and tokens are facts of the released weights: with other values no checkpoint fits.
GLOBAL_SIDE = 1024
"""Side of the padded global view in pixels."""
LOCAL_SIDE = 768
"""Side of a local tile in pixels."""
IMAGE = "<image>"
"""Stands in a prompt where the image's tokens go; the token of that name is theirs."""
PATCH = 16
"""Side of a patch of the vision tokenizer in pixels; four by four patches become one visual token."""
GLOBAL_TOKENS = 256
"""Visual tokens, and learned queries, of one global view."""
LOCAL_TOKENS = 144
"""Visual tokens, and learned queries, of one local tile."""


@dataclass(frozen=True)
class VisionConfig:
    """SAM ViT with a neck and two stride-2 convolutions: sixteen times fewer tokens than patches (paper, section 3)."""

    width: int
    layers: int
    heads: int
    mlp_inner: int
    window: int  # side of the attention window in patches
    global_layers: tuple[int, ...]  # layers whose attention sees the whole view
    neck_width: int
    downsample_widths: tuple[int, int]  # the last one is the width of the causal-flow encoder
    image_size: int = GLOBAL_SIDE  # side in pixels that the position tables were learned at
    norm_eps: float = 1e-6

    @property
    def grid(self) -> int:
        """Side of the learned position table, in patches."""
        return self.image_size // PATCH


@dataclass(frozen=True)
class FlowConfig:
    """Causal-flow encoder: a Qwen2 body over [visual tokens; learned queries]."""

    width: int
    layers: int
    heads: int
    kv_heads: int
    mlp_inner: int
    rope_theta: float = 1e6
    norm_eps: float = 1e-6


@dataclass(frozen=True)
class ClipConfig:
    """CLIP's body over the vision tokenizer's map, in place of a causal flow (DeepSeek-OCR 1, Unlimited-OCR)."""

    width: int
    layers: int
    heads: int
    mlp_inner: int
    image_size: int = 224  # with `patch`: the side of the learned position table, 16 x 16
    patch: int = 14
    norm_eps: float = 1e-5

    @property
    def grid(self) -> int:
        """Side of the learned position table, in tokens."""
        return self.image_size // self.patch


@dataclass(frozen=True)
class DecoderConfig:
    """DeepSeek MoE decoder: the first `dense_layers` have one plain MLP, the others routed and shared experts."""

    vocab_size: int
    width: int
    layers: int
    heads: int
    kv_heads: int
    dense_layers: int
    dense_inner: int
    experts: int  # routed experts of a sparse layer
    experts_per_token: int
    expert_inner: int
    shared_experts: int
    max_positions: int = 8192
    rope_theta: float = 10_000.0
    norm_eps: float = 1e-6
    normalize_weights: bool = False  # whether the chosen experts' weights are scaled to sum to one
    routed_scaling: float = 1.0
    window: int | None = (
        None  # an answer's token sees the whole prompt and, of the answer, itself and window - 1 before
    )

    @property
    def head_dim(self) -> int:
        """Width of one attention head."""
        return self.width // self.heads


@dataclass(frozen=True)
class NetworkConfig:
    """All parts together. Sizes that cannot fit each other raise a ModelError."""

    vision: VisionConfig
    encoder: FlowConfig | ClipConfig
    decoder: DecoderConfig
    image_token_id: int
    bos_token_id: int
    eos_token_id: int
    dense_tiles: int = 0  # most local views of a page of narrow lines that it has learned; 0: as of other pages
    int8_vision: bool = False  # whether it was tried with products of 8-bit integers in its vision tokenizer

    def __post_init__(self) -> None:
        for contradiction in _contradictions(self):
            raise ModelError(
                f"the model's configuration contradicts itself: {contradiction}; use an unchanged checkpoint"
            )

    @property
    def flow(self) -> FlowConfig:
        """The causal flow's sizes, of a network that has one."""
        assert isinstance(self.encoder, FlowConfig)
        return self.encoder

    @property
    def joint_width(self) -> int:
        """Channels that the projector takes: the flow's, or CLIP's beside those of the vision tokenizer."""
        beside = self.vision.downsample_widths[-1] if isinstance(self.encoder, ClipConfig) else 0
        return self.encoder.width + beside

    @classmethod
    def released(cls) -> NetworkConfig:
        """DeepSeek-OCR 2 as released (arXiv 2601.20552; `deepseek-ai/DeepSeek-OCR-2`)."""
        return cls(
            vision=VisionConfig(
                width=768,
                layers=12,
                heads=12,
                mlp_inner=3072,
                window=14,
                global_layers=(2, 5, 8, 11),
                neck_width=256,
                downsample_widths=(512, 896),
            ),
            encoder=FlowConfig(width=896, layers=24, heads=14, kv_heads=2, mlp_inner=4864),
            decoder=DecoderConfig(
                vocab_size=129_280,
                width=1280,
                layers=12,
                heads=10,
                kv_heads=10,
                dense_layers=1,
                dense_inner=6848,
                experts=64,
                experts_per_token=6,
                expert_inner=896,
                shared_experts=2,
            ),
            image_token_id=128_815,
            bos_token_id=0,
            eos_token_id=1,
        )


def _contradictions(config: NetworkConfig) -> list[str]:
    """Each way in which the sizes cannot belong to one network, in words."""
    vision, encoder, decoder = config.vision, config.encoder, config.decoder
    seen, special = vision.downsample_widths[-1], (config.image_token_id, config.bos_token_id, config.eos_token_id)
    rules = (
        (seen == encoder.width, f"vision ends in {seen} channels, but the encoder behind it has {encoder.width}"),
        (vision.width % vision.heads == 0, f"vision width {vision.width} is no multiple of {vision.heads} heads"),
        (vision.image_size % PATCH == 0, f"image size {vision.image_size} is no multiple of {PATCH}"),
        (max(vision.global_layers, default=-1) < vision.layers, f"no layer {max(vision.global_layers, default=0)}"),
        (0 <= decoder.dense_layers <= decoder.layers, f"{decoder.dense_layers} of {decoder.layers} layers are dense"),
        (
            1 <= decoder.experts_per_token <= decoder.experts,
            f"{decoder.experts_per_token} of {decoder.experts} experts",
        ),
        (decoder.shared_experts >= 1, "no shared experts"),
        (config.dense_tiles in range(37), f"{config.dense_tiles} local views of a page of narrow lines, not 0 to 36"),
        (max(special) < decoder.vocab_size, f"special tokens {special} in a vocabulary of {decoder.vocab_size}"),
        (decoder.window is None or decoder.window >= 1, f"a window of {decoder.window} tokens"),
        *_encoder_rules(encoder),
        *_head_rules("decoder", decoder.width, decoder.heads, decoder.kv_heads),
    )
    return [text for holds, text in rules if not holds]


def _encoder_rules(encoder: FlowConfig | ClipConfig) -> list[tuple[bool, str]]:
    if isinstance(encoder, FlowConfig):
        return _head_rules("causal-flow", encoder.width, encoder.heads, encoder.kv_heads)
    return [
        (encoder.width % encoder.heads == 0, f"CLIP's width {encoder.width} is no multiple of {encoder.heads} heads"),
        (encoder.patch >= 1 and encoder.grid >= 1, f"CLIP's image of {encoder.image_size} pixels has no patch"),
    ]


def _head_rules(part: str, width: int, heads: int, kv_heads: int) -> list[tuple[bool, str]]:
    return [
        (width % (2 * heads) == 0, f"{part} width {width} does not split into {heads} heads of even width"),
        (heads % kv_heads == 0, f"{heads} {part} heads cannot share {kv_heads} key/value heads"),
    ]
