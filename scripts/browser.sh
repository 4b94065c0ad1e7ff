#!/bin/sh
# Sees to a Chromium for the tests of report.html: one that is there is used; else, as root on Debian or Ubuntu, it is
# installed; else one line says what to do, and those tests are skipped (in continuous integration they fail).
# Safe to run again, and from several processes at once.
set -eu

LOG=/var/log/grader-browser.log     # only root writes it

say() { echo "browser: $*" >&2; }
has() { command -v "$1" >/dev/null 2>&1; }

# tests/report/html/test_browser.py looks for the same names.
there() { has chromium || has chromium-browser || has google-chrome; }

is_debian() {
    [ -r /etc/os-release ] && has apt-get || return 1
    # shellcheck disable=SC1091
    case " $(. /etc/os-release && echo "${ID:-} ${ID_LIKE:-}") " in
        *" debian "* | *" ubuntu "*) return 0 ;;
        *) return 1 ;;
    esac
}

if there; then exit 0; fi
if [ "$(id -u)" -ne 0 ] || ! is_debian; then
    say "no Chromium; install it (or run this as root on Debian or Ubuntu, which does), else the browser tests are skipped"
    exit 0
fi
if has flock; then
    exec 9>/run/grader-browser.lock
    flock 9
    if there; then exit 0; fi
fi
say "installing chromium"
# An index of some third party that cannot be refreshed is no reason to stop: the installation decides.
DEBIAN_FRONTEND=noninteractive apt-get -qq update >"$LOG" 2>&1 || :
DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends chromium fonts-dejavu-core >>"$LOG" 2>&1 9>&- || {
    tail -n 5 "$LOG" >&2
    say "apt-get could not install it; the end of its log is above. The browser tests are skipped"
}
