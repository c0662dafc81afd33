"""Which implementation computes a step on this device: Triton, PyTorch, a captured graph; how many units it takes."""

__all__ = ["backends", "compiler", "eight_bits", "formats", "graphs", "pieces", "rows", "slot_by_slot", "units"]
