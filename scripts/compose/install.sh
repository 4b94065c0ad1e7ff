#!/bin/sh
# Part of the Dockerfile. `locked` installs what the grader needs into /opt/grader, in the versions of uv.lock; `grader`
# adds the grader itself. Files come from the index that the environment names, not from the addresses in uv.lock.
set -eu

export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1 PIP_ROOT_USER_ACTION=ignore
export UV_NO_CACHE=1 UV_LINK_MODE=copy UV_PYTHON_DOWNLOADS=never UV_NO_PROGRESS=1 UV_COMPILE_BYTECODE=1
if [ -s /trust/ca.pem ]; then
    export SSL_CERT_FILE=/trust/ca.pem PIP_CERT=/trust/ca.pem REQUESTS_CA_BUNDLE=/trust/ca.pem
fi

# pip and uv read their own variables only, and take an empty one at its word.
share() {
    # $1, $2: names of variables that mean the same.
    eval "first=\${$1:-} second=\${$2:-}"
    [ -n "$first$second" ] || { unset "$1" "$2"; return; }
    export "$1=${first:-$second}" "$2=${second:-$first}"
}
share PIP_INDEX_URL UV_DEFAULT_INDEX
share PIP_EXTRA_INDEX_URL UV_INDEX
share PIP_TRUSTED_HOST UV_INSECURE_HOST

cd /source
case $1 in
    locked)
        python3 -m venv /build/boot
        /build/boot/bin/python -m pip install --quiet --only-binary :all: 'uv>=0.7'
        python3 -m venv --without-pip /opt/grader
        /build/boot/bin/uv export --quiet --frozen --no-dev --no-emit-project --extra workers \
            --output-file /build/requirements.txt
        # Where some wheel is missing: hdrhistogram has none for ARM.
        [ "$(uname -m)" = x86_64 ] || {
            . /build/apt.sh
            apt-get install -qq -y --no-install-recommends gcc libc6-dev python3-dev > /dev/null
        }
        /build/boot/bin/uv pip install --quiet --python /opt/grader/bin/python --require-hashes \
            --requirements /build/requirements.txt
        ;;
    grader)
        /build/boot/bin/uv pip install --quiet --python /opt/grader/bin/python --no-deps /source
        /opt/grader/bin/grader --version
        ;;
esac
