"""Requests that stores know and obstore does not: signed by it, sent by ourselves."""

from __future__ import annotations

import time
import urllib.error
import urllib.request
from datetime import timedelta
from enum import Enum, auto
from http.client import HTTPException
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from obstore.store import ObjectStore

TIMEOUT = 30.0
"""Seconds without a byte."""
# As long as obstore goes on itself where a bucket says "slow down": half a minute in all. Chosen, not measured.
PAUSES = (0.2, 0.5, 1.0, 2.0, 4.0, 8.0, 15.0)
"""Seconds before a request is sent again."""
_VALID = timedelta(minutes=10)  # for the clock of a machine that is a few minutes off


class Deletion(Enum):
    """What became of it."""

    DONE = auto()  # it is not there, or no longer
    CHANGED = auto()  # another object is there
    UNKNOWN = auto()  # the store does not take such a request, or was not reached


def delete_if(store: ObjectStore, key: str, tag: str) -> Deletion:
    """Remove an object if its tag (without quotes) is this one, in one step: nothing that comes between is lost."""
    import obstore
    from obstore.store import AzureStore, S3Store

    if not isinstance(store, AzureStore | S3Store):  # Google's condition would have to be signed with the request
        return Deletion.UNKNOWN
    try:
        address = obstore.sign(store, "DELETE", key, _VALID)
    except obstore.exceptions.BaseError:  # an account that may not sign
        return Deletion.UNKNOWN
    for pause in (*PAUSES, None):
        status = _status(urllib.request.Request(address, method="DELETE", headers={"If-Match": f'"{tag}"'}))
        if (status is not None and status < 300) or status == 404:
            return Deletion.DONE
        if status == 412:
            return Deletion.CHANGED
        if pause is None or (status is not None and status < 500 and status not in (408, 409, 429)) or status == 501:
            break
        time.sleep(pause)
    return Deletion.UNKNOWN


def _status(request: urllib.request.Request) -> int | None:
    """Of the answer; None where there was none."""
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code
    except (HTTPException, OSError):
        return None
