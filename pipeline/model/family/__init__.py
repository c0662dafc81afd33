"""The members of the family, as data: sizes, views, prompts, decoding, licence.

The next member is a file here and a line in `known.py`; what its network has that none of these have is a part of its
own in `pipeline.model`, with the names of its tensors in `checkpoints/keys.py` and its sizes in
`checkpoints/config_encoders.py`.
"""

__all__ = ["asked", "blocks", "grammar", "known", "member"]
