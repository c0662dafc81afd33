"""The way to a bucket: with which patience, and with whose credentials."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.stores.errors import StoreError
from pipeline.stores.urls import Url

if TYPE_CHECKING:
    from obstore.store import ObjectStore

CONNECT = timedelta(seconds=10)
SILENCE = timedelta(seconds=30)
"""Without a byte: the request is given up and sent again."""
# Half a minute in all: what buckets need when they answer "slow down". Chosen, not measured.
RETRIES = 8
"""Times that a request is sent again, with pauses that double from a tenth of a second to fifteen seconds."""
_ENDPOINTS = "AWS_ENDPOINT_URL", "AWS_ENDPOINT", "AZURE_STORAGE_ENDPOINT", "GOOGLE_BASE_URL"
"""Variables that name another server; one on this machine may do without encryption."""


def opened(url: Url) -> ObjectStore:
    """obstore's own object for it; nothing is asked of the server. Raises StoreError."""
    try:
        from obstore import store
    except ImportError:
        raise StoreError(f"{url}: object stores need an extra: pip install '.[stores]'") from None
    options: dict[str, Any] = {
        # A request has no limit as a whole: a large body may take its time as long as bytes come.
        "client_options": {
            "connect_timeout": CONNECT, "read_timeout": SILENCE, "timeout": timedelta(hours=1),
            "allow_http": any(os.environ.get(name, "").startswith("http:") for name in _ENDPOINTS),
        },
        "retry_config": {"max_retries": RETRIES, "retry_timeout": timedelta(minutes=3)},
    }  # fmt: skip
    if url.scheme == "gs":
        return store.GCSStore(url.bucket, **options)
    if url.scheme == "az":
        return store.AzureStore(url.bucket, **options)
    return store.S3Store(url.bucket, **options, **_profile())


def _profile() -> dict[str, Any]:
    """Credentials in files that of all tools only AWS's own read."""
    if "AWS_ACCESS_KEY_ID" in os.environ or not (Path.home() / ".aws").is_dir():
        return {}
    try:
        from obstore.auth.boto3 import Boto3CredentialProvider
    except ImportError:
        return {}
    return {"credential_provider": Boto3CredentialProvider()}
