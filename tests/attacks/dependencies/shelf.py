"""Wheels and folders of a simple index (PEP 427, PEP 503), honest ones and others."""

import base64
import hashlib
import io
import zipfile
from collections.abc import Mapping

Files = dict[str, bytes]


def wheel(name: str, version: str, files: Mapping[str, bytes], *requires: str, tag: str = "py3-none-any") -> Files:
    """A wheel in its project's folder.

    Args:
        name: of the distribution.
        version: of the distribution.
        files: what it holds.
        requires: lines of `Requires-Dist`.
        tag: what it was built for.
    """
    information = f"{name}-{version}.dist-info"
    needs = "".join(f"Requires-Dist: {line}\n" for line in requires)
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{needs}".encode()
    about = f"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: {tag}\n".encode()
    held = {**files, f"{information}/METADATA": metadata, f"{information}/WHEEL": about}
    record = [f"{path},sha256={digest(content)},{len(content)}" for path, content in held.items()]
    return raw_wheel(
        name, version, {**held, f"{information}/RECORD": "\n".join([*record, f"{information}/RECORD,,", ""]).encode()}
    )


def raw_wheel(name: str, version: str, files: Mapping[str, bytes]) -> Files:
    """A wheel of just these files, whether or not they make one."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in files.items():
            archive.writestr(path, content)
    return served(name, f"{name}-{version}-py3-none-any.whl", buffer.getvalue())


def served(name: str, file: str, content: bytes) -> Files:
    """Any file in a project's folder."""
    return {f"simple/{name}/": b"", f"simple/{name}/{file}": content}


def digest(content: bytes) -> str:
    """As a wheel's RECORD has it."""
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
