"""How containers of ours reach a package index: the host's certificates, index addresses and proxies.

Candidates' containers never get any of this; only the ones that build images and install wheels.
"""

import os
import re
from collections.abc import Mapping
from pathlib import Path

from grader.errors import ImageError
from grader.settings import Settings

INDEX_VARIABLES = (
    "PIP_INDEX_URL",
    "PIP_EXTRA_INDEX_URL",
    "PIP_TRUSTED_HOST",
    "PIP_DEFAULT_TIMEOUT",
    "UV_DEFAULT_INDEX",
    "UV_INDEX",
    "UV_INDEX_URL",
    "UV_EXTRA_INDEX_URL",
    "UV_INSECURE_HOST",
    "UV_HTTP_TIMEOUT",
    "UV_HTTP_RETRIES",
)
SAME = {
    "PIP_INDEX_URL": "UV_DEFAULT_INDEX",
    "PIP_EXTRA_INDEX_URL": "UV_INDEX",
    "PIP_TRUSTED_HOST": "UV_INSECURE_HOST",
    "UV_INDEX_URL": "PIP_INDEX_URL",
    "UV_DEFAULT_INDEX": "PIP_INDEX_URL",
}
"""Images are built with pip and uv, and each reads its own variables only."""
PROXY_VARIABLES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")
CA_VARIABLES = ("SSL_CERT_FILE", "PIP_CERT", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


def index_environment(environ: Mapping[str, str] | None = None) -> dict[str, str]:
    """The host's index and proxy settings, without those that name a place on the host's own disk.

    Args:
        environ: the host's environment; the process's own by default.
    """
    environ = os.environ if environ is None else environ
    names = (*INDEX_VARIABLES, *PROXY_VARIABLES, *(name.lower() for name in PROXY_VARIABLES))
    passed = {name: environ[name] for name in names if environ.get(name) and "file:" not in environ[name]}
    for ours, theirs in SAME.items():
        if ours in passed:
            # uv lets an index have a name, `name=https://...`; pip does not.
            passed.setdefault(theirs, re.sub(r"^[\w-]+=(?=https?:)", "", passed[ours]))
    return passed


def ca_bundle(settings: Settings, environ: Mapping[str, str] | None = None) -> bytes | None:
    """The certificates that the host trusts, where it says so: PEM, or None for the container's own.

    Args:
        settings: `ca_bundle` goes before the environment.
        environ: the host's environment; the process's own by default.

    Raises:
        ImageError: the bundle that is named cannot be read.
    """
    environ = os.environ if environ is None else environ
    named = [str(settings.ca_bundle or ""), *(environ.get(name, "") for name in CA_VARIABLES)]
    path = next((Path(name) for name in named if name), None)
    if path is None:
        return None
    try:
        return path.read_bytes()
    except OSError as error:
        raise ImageError(
            f"the CA bundle {path} cannot be read: {error.strerror}", hint="set GRADER_CA_BUNDLE to a PEM file"
        ) from error


def trust(path: str) -> dict[str, str]:
    """Variables that make pip and uv trust the bundle at `path` inside a container."""
    return {"SSL_CERT_FILE": path, "PIP_CERT": path, "REQUESTS_CA_BUNDLE": path}
