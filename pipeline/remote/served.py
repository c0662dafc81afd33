"""What a server says of itself before any page is sent."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

import httpx

from pipeline.errors import ModelError
from pipeline.model.checkpoints.thresholds import UNVERIFIED, Thresholds
from pipeline.model.family.known import MEMBERS, released_as
from pipeline.model.family.member import Member
from pipeline.remote.address import Address

KEY = "OPENAI_API_KEY"
OURS = "ocr2"
"""Who owns the models of `ocr2 serve`, and what its additions to requests and answers are called."""

# Seconds until a server must take a connection: it is asked while a user waits for the first word. Chosen.
_CONNECT = 10.0


@dataclass(frozen=True)
class Served:
    """A model of a server. `settings` is the server's own key of all that its text depends on, empty where it is not
    one of ours; `thresholds` say how sure it has to be. `member` is what it is taken for, whatever it is called.
    """

    model: str
    settings: str = ""
    thresholds: Thresholds = UNVERIFIED
    member: Member = MEMBERS[0]

    @property
    def ours(self) -> bool:
        """Whether `ocr2 serve` serves it: it reads as it would on this machine, again in other ways where asked."""
        return bool(self.settings)


def headers() -> dict[str, str]:
    """With the key that is in the environment, where there is one."""
    key = os.environ.get(KEY, "").strip()
    return {"Authorization": f"Bearer {key}"} if key else {}


def ask_what_is_served(where: Address) -> Served:
    """Raises ModelError where there is no such server or model, or it wants another key."""
    try:
        answer = httpx.get(f"{where.base}/models", headers=headers(), timeout=_CONNECT)
    except httpx.HTTPError as error:
        raise ModelError(
            f"no server answers at {where.base} ({_reason(error)}); start it, or check the address"
        ) from error
    refuse_strangers(where.base, answer.status_code)
    try:
        listed = {str(entry["id"]): entry for entry in answer.json()["data"]} if answer.is_success else {}
    except (ValueError, LookupError, TypeError, AttributeError):
        listed = {}
    if not listed:
        raise ModelError(
            f"{where.base}/models lists no models (status {answer.status_code}); give the address of an "
            "OpenAI-compatible API, which mostly ends in /v1"
        )
    return _chosen(where, listed)


def refuse_strangers(base: str, status: int) -> None:
    """Raises ModelError where a server does not let us in."""
    if status in (401, 403):
        raise ModelError(f"{base} does not let us in (status {status}); put its key into the variable {KEY}")


def _chosen(where: Address, listed: dict[str, Any]) -> Served:
    name = where.model or (next(iter(listed)) if len(listed) == 1 else None)
    if name not in listed:
        wish = f"has no model {where.model}" if where.model else "serves several models"
        raise ModelError(f"{where.base} {wish}; give one of them, like --model {where.base}#{next(iter(listed))}")
    return _described(name, listed[name].get(OURS))


def _described(name: str, ours: object) -> Served:
    if not isinstance(ours, dict):
        return Served(name, member=released_as(name) or MEMBERS[0])
    try:
        sure = ours["thresholds"]
        thresholds = Thresholds(float(sure["unreadable"]), float(sure["doubtful"]), bool(sure["verified"]))
        (member,) = (each for each in MEMBERS if each.name == ours["member"])
        return Served(name, str(ours["settings"]), thresholds, member)
    except (LookupError, TypeError, ValueError) as error:
        raise ModelError(f"the server of {name} is of another version of ocr2; update the older one") from error


def _reason(error: httpx.HTTPError) -> str:
    return " ".join(str(error).split()) or type(error).__name__
