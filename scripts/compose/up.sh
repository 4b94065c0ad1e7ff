#!/bin/sh
# `docker compose up` for any machine, with a registry or without: sees to an engine and to Compose, makes the base image
# and the images of the pods where they are missing, and completes `.env`, so that `docker compose` alone does afterwards.
# Safe to run again, which is also how to upgrade. Arguments are handed on: scripts/compose/up.sh --scale worker=3
set -eu
cd "$(dirname "$0")/../.."

TRUST=scripts/compose/trust/ca.pem
GRADER=.venv/bin/grader
fail() { echo "compose: $*" >&2; exit 4; }

[ -x "$GRADER" ] || GRADER=$(command -v grader) || fail "no grader here; run \`make setup\` first, or \`make compose\`"
sh scripts/engine.sh
sh scripts/compose.sh

setting() { sed -n "s/^$1=//p" .env | tail -n 1; }
put() {
    # $1: name, $2: value; replaces the line of that name.
    (umask 077; { grep -v "^$1=" .env || :; echo "$1=$2"; } > .env.new)    # it holds a password
    mv .env.new .env
}

[ -e .env ] || : > .env
case $(setting GRADER_BASE) in
    "" | grader-base:*)
        # Its first line names the base that the others stand on.
        built=$("$GRADER" images build)
        put GRADER_BASE "${built%% *}"
        ;;
    *) ;;     # somebody's own
esac
[ -n "$(setting GRADER_BROKER_PASSWORD)" ] || put GRADER_BROKER_PASSWORD "$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')"
# So that reports belong to who asked for them.
if [ -z "$(setting GRADER_USER)" ] && [ "$(id -u)" -ne 0 ]; then put GRADER_USER "$(id -u)"; fi

umask 022     # the site reads as another user
mkdir -p submissions grader-reports
for bundle in "${GRADER_CA_BUNDLE:-}" "${SSL_CERT_FILE:-}" "${PIP_CERT:-}" "${REQUESTS_CA_BUNDLE:-}" "${CURL_CA_BUNDLE:-}"; do
    [ -n "$bundle" ] || continue
    [ -r "$bundle" ] || fail "the CA bundle $bundle cannot be read; set GRADER_CA_BUNDLE to a PEM file"
    # Only where it differs: a new file would make every image be built again.
    cmp -s "$bundle" "$TRUST" || cp "$bundle" "$TRUST"
    chmod 644 "$TRUST"
    break
done

exec sh scripts/compose.sh up --detach --build "$@"
