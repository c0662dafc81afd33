"""What goes wrong with a bucket, as one line that names the remedy."""

from __future__ import annotations

import re

from pipeline.stores.urls import Url

_FORBIDDEN = re.compile(r"\b(401|403)\b|AccessDenied|InvalidAccessKeyId|SignatureDoesNotMatch", re.IGNORECASE)
_CREDENTIALS = {
    "s3": "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a profile with boto3 installed",
    "gs": "GOOGLE_APPLICATION_CREDENTIALS",
    "az": "AZURE_STORAGE_ACCOUNT_NAME and AZURE_STORAGE_ACCOUNT_KEY",
}


class StoreError(Exception):
    """A bucket or an object cannot be used; the text is one line with the URL, the reason and what to do."""


class ChangedError(StoreError):
    """An object is not what it was said to be before, so nothing was put."""


class MissingError(StoreError):
    """There is no such object."""


def told(url: Url, error: Exception) -> StoreError:
    """What obstore has raised about an object."""
    text = str(error)
    if "NoSuchBucket" in text or "ContainerNotFound" in text or "bucket does not exist" in text:
        return StoreError(f"{url}: there is no bucket {url.bucket}: check the address, or make it")
    if is_final(error):
        keys = _CREDENTIALS[url.scheme]
        return StoreError(f"{url}: permission denied: give the account the right to it, or another one ({keys})")
    if isinstance(error, FileNotFoundError):
        return ChangedError(f"{url} was removed by somebody else meanwhile")
    first = " ".join(text.partition("\n\nDebug source")[0].split())[:300]
    return StoreError(f"{url} cannot be reached ({first}): check the network and the address, and try again")


def is_final(error: Exception) -> bool:
    """Whether asking again does not help: permission was denied."""
    import obstore

    denied = obstore.exceptions.PermissionDeniedError, obstore.exceptions.UnauthenticatedError
    return isinstance(error, denied) or bool(_FORBIDDEN.search(str(error).partition("\n\nDebug source")[0]))
