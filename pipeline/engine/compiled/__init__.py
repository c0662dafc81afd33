"""A small network's step on a CPU as machine code that Numba makes on the user's machine: no call between its parts.

What is computed of a token does not depend on the tokens beside it: each sum is made by the same code in the same
order, however many rows a step has. So drafts are lossless here to the bit.
"""

__all__ = ["chooser", "decoder"]
