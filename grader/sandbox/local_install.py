"""Installing what a submission declares, for the local backend: the container's installer, run on the host."""

import hashlib
import json
import shutil
import sys
import sysconfig
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name

from grader.errors import UsageError
from grader.intake.submission import Dependencies
from grader.sandbox import installer
from grader.sandbox.blame import judge
from grader.sandbox.install import installer_request
from grader.sandbox.inventory import Inventory, write_atomically
from grader.sandbox.locks import locked
from grader.sandbox.pod import Progress, Runtime
from grader.settings import Settings


def install_locally(
    dependencies: Dependencies, missing: list[str], inventory: Inventory, settings: Settings, progress: Progress
) -> Runtime:
    """Install into a virtual environment in the cache folder, or find it there.

    Args:
        dependencies: what the submission declares.
        missing: what this interpreter lacks of it.
        inventory: what this interpreter has; the new environment falls back on it.
        settings: limits, and the cache folder.
        progress: told when something slow begins.

    Returns:
        The runtime; its handle is the environment's folder.

    Raises:
        UsageError: there is no uv.
        DependenciesRejected: they do not resolve, have no wheels, or are too large.
        InfrastructureError: the network, the index or the disk failed.
    """
    request = _request(dependencies, missing, settings)
    asked = {name: request[name] for name in ("requirements", "optional", "pins")}
    key = hashlib.sha256(json.dumps([sys.prefix, inventory.python, asked]).encode()).hexdigest()[:24]
    folder = settings.cache_dir / "local" / key
    record = folder.with_suffix(".json")
    with locked(settings.cache_dir / "locks", f"local-{key}"):
        packages = _recall(folder, record)
        if packages is None:
            progress(f"installing {', '.join(missing)} for the local sandbox")
            packages = _install(request, folder, settings)
            write_atomically(record, json.dumps(packages))
    fresh = {str(canonicalize_name(name)): version for name, version in packages.items()}
    added = tuple(sorted(f"{name}=={version}" for name, version in fresh.items()))
    return Runtime(inventory.python, {**inventory.versions, **fresh}, added, str(folder))


def _request(dependencies: Dependencies, missing: list[str], settings: Settings) -> dict[str, Any]:
    uv = shutil.which("uv") or shutil.which("uv", path=sysconfig.get_path("scripts"))
    if uv is None:
        raise UsageError(
            f"this interpreter lacks {', '.join(missing)}, and there is no uv to install it",
            hint="install grader[local], or uv, or use --sandbox docker",
        )
    return installer_request(dependencies, missing, settings, uv=uv, fallback=sysconfig.get_path("purelib"))


def _recall(folder: Path, record: Path) -> dict[str, str] | None:
    """An earlier installation that is complete: its record is written last."""
    try:
        packages: dict[str, str] = json.loads(record.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return packages if (folder / "bin" / "python").exists() else None


def _install(request: Mapping[str, Any], folder: Path, settings: Settings) -> dict[str, str]:
    shutil.rmtree(folder, ignore_errors=True)  # half of an earlier attempt
    folder.mkdir(parents=True)
    done = False
    try:
        with tempfile.TemporaryDirectory(prefix="grader-install-") as work:
            packages = judge(installer.install(dict(request), folder, Path(work)), settings)
        done = True
    finally:
        if not done:
            shutil.rmtree(folder, ignore_errors=True)
    return packages
