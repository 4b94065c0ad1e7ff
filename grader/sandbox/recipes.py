"""What goes into the images: the package lists of pyproject.toml, and the shell recipe that installs them.

An image's tag is a hash of everything here that shapes it, so editing a list rebuilds that image and nothing else does.
"""

import hashlib
from importlib.metadata import requires
from typing import Literal

from packaging.requirements import Requirement

from grader.errors import ImageError
from grader.settings import Settings

Kind = Literal["base", "runner", "harness", "postgres"]

PYTHON = "/opt/venv/bin/python"
"""The interpreter of the runner and the harness image."""
UV = "/opt/uv/uv"
"""In the runner image only: it installs what a submission declares."""
DEPENDENCIES = "/opt/deps"
"""Where a volume of installed dependencies is mounted; the installer's own in the image, so in a fresh volume too."""
BUILD = "/mnt"
"""A volume while an image is built, so that what lies there (certificates, caches) never becomes part of it."""

CANDIDATE_UID = 65532
HARNESS_UID = 65531
INSTALLER_UID = 65533
SERVICE_UID = 65530

DEBIAN_PACKAGES = ("ca-certificates", "netbase", "python3", "python3-venv", "tzdata")

ENVIRONMENT = {
    "PATH": "/opt/venv/bin:/usr/local/bin:/usr/bin:/bin",
    "LANG": "C.UTF-8",
}

RECIPE = f"""\
set -eu
umask 022
. {BUILD}/environment
export UV_CACHE_DIR={BUILD}/cache UV_LINK_MODE=copy UV_PYTHON_DOWNLOADS=never UV_NO_CONFIG=1 UV_NO_PROGRESS=1
export PYTHONDONTWRITEBYTECODE=1

python3 -m venv {BUILD}/boot
{BUILD}/boot/bin/python -m pip install --quiet --no-input --disable-pip-version-check --only-binary :all: 'uv>=0.7'
python3 -m venv --without-pip /opt/venv
# Published as source alone; blockbuster needs it. It is the one package that is built here.
{BUILD}/boot/bin/python -m pip wheel --quiet --no-input --disable-pip-version-check --no-deps --use-pep517 \\
    --wheel-dir {BUILD}/wheels 'forbiddenfruit>=0.1.4'
{BUILD}/boot/bin/uv pip install --quiet --python {PYTHON} --only-binary :all: --compile-bytecode \\
    --find-links {BUILD}/wheels --requirements {BUILD}/requirements.txt

for user in harness:{HARNESS_UID} candidate:{CANDIDATE_UID} installer:{INSTALLER_UID}; do
    echo "grader-${{user%:*}}:x:${{user#*:}}:${{user#*:}}::/tmp:/bin/sh" >> /etc/passwd
    echo "grader-${{user%:*}}:x:${{user#*:}}:" >> /etc/group
done

if [ "$KIND" = runner ]; then
    mkdir -p {UV.rpartition("/")[0]} {DEPENDENCIES}
    cp {BUILD}/boot/bin/uv {UV}
    chown {INSTALLER_UID}:{INSTALLER_UID} {DEPENDENCIES}
fi

# The official Python images carry no bytecode of the standard library; a read-only container could never keep its own.
python3 -c 'import sysconfig; print(sysconfig.get_path("stdlib"))' > {BUILD}/stdlib
unset PYTHONDONTWRITEBYTECODE
python3 -m compileall -q -j 0 -x '/(test|tests|idlelib|lib2to3|ensurepip|site-packages)/' "$(cat {BUILD}/stdlib)" || :

find / -xdev -perm /6002 -type f -exec chmod a-s,o-w {{}} +
rm -rf /opt/venv/.lock /tmp/* /var/tmp/* /root/.cache /var/cache/debconf/* /var/log/*
{PYTHON} -I -c 'import platform; print("grader-python", platform.python_version())'
"""


POSTGRES_RECIPE = f"""\
set -eu
umask 022
. {BUILD}/environment
if ! ls -d /usr/lib/postgresql/*/bin > /dev/null 2>&1; then
    # Proxies and certificates of the host for apt, whose settings must not stay in the image.
    APT_CONFIG={BUILD}/apt.conf
    export APT_CONFIG DEBIAN_FRONTEND=noninteractive
    printf 'Acquire::https::CaInfo "%s";\n' "${{SSL_CERT_FILE:-/etc/ssl/certs/ca-certificates.crt}}" > "$APT_CONFIG"
    mkdir -p /etc/postgresql-common
    echo 'create_main_cluster = false' > /etc/postgresql-common/createcluster.conf
    apt-get update -qq
    apt-get install -qq -y --no-install-recommends postgresql > /dev/null
    apt-get clean
fi
echo "grader-service:x:{SERVICE_UID}:{SERVICE_UID}::/tmp:/bin/sh" >> /etc/passwd
echo "grader-service:x:{SERVICE_UID}:" >> /etc/group
find / -xdev -perm /6002 -type f -exec chmod a-s,o-w {{}} +
rm -rf /var/lib/apt/lists/* /tmp/* /var/tmp/* /root/.cache /var/cache/debconf/* /var/log/*
$(ls -d /usr/lib/postgresql/*/bin | tail -n 1)/postgres --version | sed -E 's/.* ([0-9.]+)( .*)?$/grader-postgres \\1/'
"""


def recipe(kind: Kind) -> str:
    """The shell script that makes an image out of its base.

    Args:
        kind: not `base`.
    """
    return POSTGRES_RECIPE if kind == "postgres" else RECIPE


def packages(kind: Kind) -> tuple[str, ...]:
    """The requirements of an image, as pyproject.toml lists them under the extra of that name.

    Args:
        kind: `runner` or `harness`; the others have none.

    Raises:
        ImageError: the installed metadata has no such list.
    """
    if kind in {"base", "postgres"}:
        return ()
    declared = [Requirement(line) for line in requires("grader") or ()]
    chosen = [
        r for r in declared if r.marker and r.marker.evaluate({"extra": kind}) and not r.marker.evaluate({"extra": ""})
    ]
    if not chosen:
        raise ImageError(f"the grader's own metadata has no `{kind}` list", hint="install the grader again")
    for requirement in chosen:
        requirement.marker = None
    return tuple(sorted(str(requirement) for requirement in chosen))


def base_reference(settings: Settings) -> str:
    """The tag of the base image that these settings ask for."""
    return f"grader-base:{_digest(settings.python_version, *settings.debian_suites, *DEBIAN_PACKAGES)}"


def postgres_reference(settings: Settings) -> str:
    """The tag of the image with PostgreSQL; the official image or Debian's package, whichever could be had."""
    return f"grader-postgres:{_digest(settings.postgres_version, POSTGRES_RECIPE)}"


def reference(kind: Kind, base_id: str) -> str:
    """The tag of the image that the present list and recipe make on top of a base.

    Args:
        kind: `runner` or `harness`.
        base_id: the engine's id of the base image.
    """
    environment = (f"{name}={value}" for name, value in sorted(ENVIRONMENT.items()))
    return f"grader-{kind}:{_digest(base_id, RECIPE, *environment, *packages(kind))}"


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]
