"""The vision tokenizer on a CPU: attention over transposed scores, and when 16 bits are chosen."""

from __future__ import annotations

import copy
import json
import shutil

import pytest
import torch

from pipeline.engine.load import load_checkpoint, load_engine, pick_format, settings_without_loading
from pipeline.engine.packing import relative, transposed
from pipeline.engine.packing.relative import PackedRelativeAttention
from pipeline.engine.packing.vision import PackedVisionTokenizer
from pipeline.engine.settings import settings_on_cpu
from pipeline.model.config import VisionConfig
from pipeline.model.formats import of_cpu as formats
from pipeline.model.formats.number_format import NumberFormat
from pipeline.model.vision_tokenizer import RelativeAttention, VisionTokenizer, biased_attention
from pipeline.reader_options import ReaderOptions
from pipeline.readers.choice import Choice
from pipeline.readers.number_formats import in_words

CPU = torch.device("cpu")


def noise(*shape):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(sum(shape)))


@pytest.mark.parametrize("at_once", [1, 3 * 100 * 100, 1 << 19])
@pytest.mark.parametrize("side", [4, 10])
@pytest.mark.parametrize("sharp", [1, 40])
def test_transposed_attention(side, at_once, sharp, monkeypatch):
    """Parts of a square, some heads, and all at once; also where exponentials of scores leave what a float can be."""
    monkeypatch.setattr(transposed, "SCORES_AT_ONCE", at_once)
    squares, heads, dim = 5, 2, 24  # scores are not divided by a power of two
    queries, keys, values = (noise(squares, side, side, heads, dim + part)[..., :dim] for part in range(3))
    queries *= sharp
    rows, columns = noise(side, side, dim), noise(side, side, dim + 1)[..., :dim]
    to_rows = torch.einsum("nyxhd,ykd->nyxhk", queries, rows)
    to_columns = torch.einsum("nyxhd,xkd->nyxhk", queries, columns)
    expected = biased_attention(queries, keys, values, to_rows, to_columns)
    across, upright = (0, 3, 4, 1, 2), (0, 3, 1, 2, 4)
    found = transposed.transposed_attention(
        queries.permute(across).reshape(-1, dim, side * side),
        keys.permute(upright).reshape(-1, side * side, dim),
        values.permute(across).reshape(-1, dim, side * side),
        rows, columns,
    )  # fmt: skip
    found = found.view(squares, heads, dim, -1).permute(0, 3, 1, 2)
    # Scores are rounded, so the larger they are the more it shows.
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-5 * sharp)


@pytest.fixture
def tokenizer():
    """Of three layers, the second of which sees the whole view."""
    made = VisionTokenizer(VisionConfig(32, 3, 2, 24, 3, (1,), 12, (20, 24))).requires_grad_(False)
    for number, parameter in enumerate(made.parameters()):
        torch.manual_seed(number)
        parameter.normal_(
            1.0 if parameter.dim() == 1 else 0.0, 0.3 if parameter.dim() < 2 else parameter[0].numel() ** -0.5
        )
    return made


@pytest.mark.parametrize(("side", "squares"), [(512, 2), (128, 0)])
def test_views_in_32_bits_are_the_same_with_large_squares_transposed(tokenizer, side, squares, monkeypatch):
    seen = list[int]()
    attention = relative.transposed_attention
    monkeypatch.setattr(relative, "transposed_attention", lambda *parts: seen.append(1) or attention(*parts))
    packed = PackedVisionTokenizer(copy.deepcopy(tokenizer))
    pixels = torch.rand(2, 3, side, side, generator=torch.Generator().manual_seed(side)) * 2 - 1
    torch.testing.assert_close(packed(pixels), tokenizer(pixels), rtol=1e-4, atol=1e-5)
    assert len(seen) == squares  # view by view, windows of 3 not among them


def test_views_in_16_bits_are_what_they_are_in_32(tokenizer):
    """Also where windows do not fill a view, and for more than one view of each size."""
    packed = PackedVisionTokenizer(copy.deepcopy(tokenizer).bfloat16())
    for side in (128, 64):
        pixels = torch.rand(2, 3, side, side, generator=torch.Generator().manual_seed(side)) * 2 - 1
        expected, found = tokenizer(pixels), packed(pixels.bfloat16())
        assert found.dtype is torch.bfloat16 and found.shape == expected.shape
        assert (found - expected).norm() < 0.02 * expected.norm()


@pytest.mark.parametrize("side", [7, 16])
def test_products_take_their_weights_once(side):
    """What goes into each is a matrix: torch takes a copy of the weights for each row of patches of any other."""
    attention = PackedRelativeAttention(RelativeAttention(32, 2, 7).bfloat16().requires_grad_(False))
    seen = list[bool]()
    for layer in (attention.qkv, attention.output):
        layer.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0].is_contiguous()))
    attention(noise(3, side, side, 32).bfloat16())
    assert seen == [True, True]


@pytest.mark.parametrize(
    ("flags", "ceiling", "found"),
    [
        ("fpu avx512f avx512_bf16 avx512_vnni", None, "torch.bfloat16"),
        ("fpu amx_bf16", None, "torch.bfloat16"),
        ("fpu avx2 avx512f avx512_vnni", None, "torch.float32"),
        ("fpu avx512_bf16", "AVX512_CORE_VNNI", "torch.float32"),
        ("fpu avx512_bf16", "avx512_core_bf16", "torch.bfloat16"),
        ("fpu avx512_bf16", "DEFAULT", "torch.bfloat16"),
    ],
)
def test_which_format(flags, ceiling, found, monkeypatch, tmp_path):
    told(monkeypatch, tmp_path, flags, ceiling)
    assert formats.vision_format() == found
    fast = found == "torch.bfloat16"
    assert pick_format(CPU) == NumberFormat(torch.float32, vision=torch.bfloat16 if fast else None)
    assert pick_format(CPU, "int8") == NumberFormat(torch.bfloat16 if fast else torch.float32, int8=True)


def test_intels_avx512_alone_gains_nothing(monkeypatch, tmp_path):
    """It multiplies as many numbers a cycle in either format; weights in 8 bits are read in bfloat16 all the same."""
    told(monkeypatch, tmp_path, "avx512_bf16", None, vendor="GenuineIntel")
    assert formats.vision_format() == "torch.float32"
    assert pick_format(CPU) == NumberFormat(torch.float32)
    assert pick_format(CPU, "int8") == NumberFormat(torch.bfloat16, int8=True)
    told(monkeypatch, tmp_path, "avx512_bf16 amx_bf16", None, vendor="GenuineIntel")
    assert formats.vision_format() == "torch.bfloat16"


@pytest.mark.parametrize(
    ("flags", "ceiling", "found"),
    [
        ("fpu avx512f avx512_vnni", None, "torch.int8"),
        ("fpu avx512_bf16 avx512_vnni", None, "torch.int8"),
        ("fpu amx_int8 amx_bf16", None, "torch.int8"),
        ("fpu avx2 avx512f", None, "torch.float32"),
        ("fpu avx512_vnni", "AVX512_CORE_VNNI", "torch.int8"),
        ("fpu avx512_vnni", "AVX512_CORE", "torch.float32"),
        ("fpu avx512_vnni", "AVX2", "torch.float32"),
    ],
)
def test_where_integers_gain(flags, ceiling, found, monkeypatch, tmp_path):
    told(monkeypatch, tmp_path, flags, ceiling)
    assert formats.vision_format(int8=True) == found
    vision = torch.int8 if found == "torch.int8" else None
    assert pick_format(CPU, int8_vision=True) == NumberFormat(torch.float32, vision=vision)
    assert pick_format(CPU, "int8", int8_vision=True).vision is None  # its weights are in 8 bits already
    assert formats.vision_format() != "torch.int8"  # of weights that nobody has tried so


def test_without_numba_nothing_stands_between_integers(monkeypatch, tmp_path):
    told(monkeypatch, tmp_path, "avx512_vnni", None)
    monkeypatch.setattr(formats.importlib.util, "find_spec", lambda name: None)
    assert formats.vision_format(int8=True) == "torch.float32"


def test_integers_have_a_key_and_words_of_their_own(monkeypatch, tmp_path, tiny_checkpoint):
    config = tiny_checkpoint / "config.json"
    folder = tmp_path / "tried"
    shutil.copytree(tiny_checkpoint, folder)
    (folder / "config.json").write_text(json.dumps(json.loads(config.read_text()) | {"int8_vision": True}))
    told(monkeypatch, tmp_path, "avx512_vnni", None)
    keys = []
    for flags in ("avx512_vnni", "avx2"):
        told(monkeypatch, tmp_path, flags, None)
        options = ReaderOptions(model=str(folder), device="cpu")
        keys.append(settings_on_cpu(str(folder), options))
        assert settings_without_loading(str(folder), options) == keys[-1]
    assert keys[0] != keys[1]
    told(monkeypatch, tmp_path, "avx512_vnni", None)
    assert in_words(Choice(own_text=False, network=str(folder)), options) == (
        "float32; the vision tokenizer in products of 8-bit integers"
    )
    assert in_words(Choice(own_text=False, network=str(tiny_checkpoint)), options) == "float32"


def test_where_nothing_is_told(monkeypatch, tmp_path):
    told(monkeypatch, tmp_path, "", None)
    monkeypatch.setattr(formats, "_CPUINFO", tmp_path / "none")
    assert formats.vision_format() == "torch.float32"


def test_a_page_is_read_in_either_format_under_keys_of_their_own(monkeypatch, tmp_path, tiny_checkpoint):
    keys = []
    for flags, dtype in (("avx512_bf16", torch.bfloat16), ("avx2", torch.float32)):
        told(monkeypatch, tmp_path, flags, None)
        options = ReaderOptions(model=str(tiny_checkpoint), device="cpu", max_tokens=4)
        network = load_checkpoint(options.model, CPU).network
        assert network.vision_tokenizer.position_embedding.dtype is dtype
        assert {each.dtype for each in network.decoder.parameters()} == {torch.float32}
        engine = load_engine(options.model, options, slots=1)
        keys.append(engine.settings)
        assert keys[-1] == settings_without_loading(options.model, options)
    assert keys[0] != keys[1]


def told(monkeypatch, tmp_path, flags, ceiling, vendor="AuthenticAMD"):
    lines = f"processor : 0\nvendor_id\t: {vendor}\nflags\t\t: {flags}\nbugs\t\t: none\n"
    (tmp_path / "cpuinfo").write_text(lines)
    monkeypatch.setattr(formats, "_CPUINFO", tmp_path / "cpuinfo")
    for name in formats._CEILINGS:
        monkeypatch.delenv(name, raising=False)
    if ceiling:
        monkeypatch.setenv("DNNL_MAX_CPU_ISA", ceiling)
