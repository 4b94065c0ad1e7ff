#!/bin/sh
# Part of the Dockerfile. Downloads Debian packages, each with all that it needs, into /packages/<name>/.
set -eu

. /build/apt.sh
for package in "$@"; do
    mkdir -p "/packages/$package/partial"
    # The user that apt downloads as may write only there.
    ! id _apt > /dev/null 2>&1 || chown _apt "/packages/$package/partial"
    apt-get install -qq -y --no-install-recommends --download-only -o "Dir::Cache::archives=/packages/$package/" \
        "$package" > /dev/null
    rm -rf "/packages/$package/partial" "/packages/$package/lock"
done
