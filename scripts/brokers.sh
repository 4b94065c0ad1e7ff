#!/bin/sh
# Sees to the programs redis-server and rabbitmq-server, which the tests of `grader worker` start instances of their own
# from: what is there is used; else, as root on Debian or Ubuntu, they are installed, without a service being started;
# else one line says what to do, and those tests are skipped (in continuous integration they fail).
# Safe to run again, and from several processes at once.
set -eu

LOG=/var/log/grader-brokers.log     # only root writes it

say() { echo "brokers: $*" >&2; }
has() { command -v "$1" >/dev/null 2>&1; }

missing() {
    for name in redis-server rabbitmq-server; do
        has "$name" || [ -x "/usr/sbin/$name" ] || echo "$name"
    done
}

is_debian() {
    [ -r /etc/os-release ] && has apt-get || return 1
    # shellcheck disable=SC1091
    case " $(. /etc/os-release && echo "${ID:-} ${ID_LIKE:-}") " in
        *" debian "* | *" ubuntu "*) return 0 ;;
        *) return 1 ;;
    esac
}

if [ -z "$(missing)" ]; then exit 0; fi
if [ "$(id -u)" -ne 0 ] || ! is_debian; then
    say "no $(echo $(missing)); install them (or run this as root on Debian or Ubuntu), else the tests with them are skipped"
    exit 0
fi
if has flock; then
    exec 9>/run/grader-brokers.lock
    flock 9
    if [ -z "$(missing)" ]; then exit 0; fi
fi
say "installing $(echo $(missing))"
# Debian starts what it installs, unless this program refuses: https://people.debian.org/~hmh/invokerc.d-policyrc.d-specification.txt
POLICY=/usr/sbin/policy-rc.d
if [ ! -e $POLICY ]; then
    printf '#!/bin/sh\nexit 101\n' >$POLICY
    chmod 755 $POLICY
    trap 'rm -f $POLICY' EXIT
fi
# An index of some third party that cannot be refreshed is no reason to stop: the installation decides.
DEBIAN_FRONTEND=noninteractive apt-get -qq update >"$LOG" 2>&1 9>&- || :
# shellcheck disable=SC2046  # a list of words
DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends $(missing) >>"$LOG" 2>&1 9>&- || {
    tail -n 5 "$LOG" >&2
    say "apt-get could not install them; the end of its log is above. The tests with them are skipped"
}
