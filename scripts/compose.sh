#!/bin/sh
# Sees to Docker Compose: one that is there is used; else, as root on Debian or Ubuntu, the distribution's is installed;
# else one line says what to do (exit 4). Safe to run again, and from several processes at once.
# `scripts/compose.sh ARGUMENT...` then runs it with these arguments.
set -eu

LOG=/var/log/grader-compose.log     # only root writes it

say() { echo "compose: $*" >&2; }
fail() { say "$*"; exit 4; }
has() { command -v "$1" >/dev/null 2>&1; }

# tests/compose/conftest.py looks for the same two.
there() { docker compose version >/dev/null 2>&1 || docker-compose version >/dev/null 2>&1; }

is_debian() {
    [ -r /etc/os-release ] && has apt-get || return 1
    # shellcheck disable=SC1091
    case " $(. /etc/os-release && echo "${ID:-} ${ID_LIKE:-}") " in
        *" debian "* | *" ubuntu "*) return 0 ;;
        *) return 1 ;;
    esac
}

install() {
    say "installing the distribution's Compose"
    # An index of some third party that cannot be refreshed is no reason to stop: the installation decides.
    DEBIAN_FRONTEND=noninteractive apt-get -qq update >"$LOG" 2>&1 || :
    # Ubuntu calls version 2 docker-compose-v2; Debian's docker-compose is version 1.29 or 2, by its release.
    for package in docker-compose-v2 docker-compose; do
        DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends "$package" >>"$LOG" 2>&1 9>&- || continue
        if there; then return; fi
    done
    tail -n 5 "$LOG" >&2
    fail "apt-get could not install Compose; the end of its log is above"
}

if ! there; then
    if [ "$(id -u)" -ne 0 ] || ! is_debian; then
        fail "no Docker Compose; install it: https://docs.docker.com/compose/install/ (or run this as root on Debian or Ubuntu)"
    fi
    if has flock; then
        exec 9>/run/grader-compose.lock
        flock 9
    fi
    there || install
    if has flock; then exec 9>&-; fi
fi

[ $# -gt 0 ] || exit 0
if docker compose version >/dev/null 2>&1; then exec docker compose "$@"; fi
exec docker-compose "$@"
