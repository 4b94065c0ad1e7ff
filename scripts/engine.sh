#!/bin/sh
# Sees to a Docker engine: one that answers is used and left as it is; else, as root on Debian or Ubuntu, one is installed
# and started; else one line says what to do (exit 4). Safe to run again, and from several processes at once.
set -eu

WAIT=${GRADER_ENGINE_WAIT:-90}   # seconds until a started engine has to answer
LOG=/var/log/grader-engine.log     # only root writes it
VENV_PYTHON=$(dirname "$0")/../.venv/bin/python

PING='import socket, sys
with socket.socket(socket.AF_UNIX) as engine:
    engine.settimeout(10)
    engine.connect(sys.argv[1].removeprefix("unix://"))
    engine.sendall(b"GET /_ping HTTP/1.0\r\n\r\n")
    sys.exit(b" 200 " not in engine.recv(64))'

say() { echo "engine: $*" >&2; }
fail() { say "$*"; exit 4; }
has() { command -v "$1" >/dev/null 2>&1; }

answers() {
    # Not `docker info`: some versions of it succeed although no server answers.
    if has docker; then
        docker version --format '{{.Server.Version}}' >/dev/null 2>&1
    elif [ -x "$VENV_PYTHON" ] && "$VENV_PYTHON" -c 'import docker, grader' 2>/dev/null; then
        "$VENV_PYTHON" -c 'from grader.sandbox.engine import connect; from grader.settings import Settings
connect(Settings(engine_deadline=10))' 2>/dev/null
    elif has curl; then
        address=${DOCKER_HOST:-unix:///var/run/docker.sock}
        case $address in
            unix://*) curl -fsS -m 10 --unix-socket "${address#unix://}" http://engine/_ping >/dev/null 2>&1 ;;
            tcp://*) curl -fsS -m 10 "http://${address#tcp://}/_ping" >/dev/null 2>&1 ;;
            *) return 1 ;;
        esac
    else
        # Debian's docker.io may come without the command line client.
        python3 -c "$PING" "${DOCKER_HOST:-unix:///var/run/docker.sock}" 2>/dev/null
    fi
}

is_debian() {
    [ -r /etc/os-release ] && has apt-get || return 1
    # shellcheck disable=SC1091
    case " $(. /etc/os-release && echo "${ID:-} ${ID_LIKE:-}") " in
        *" debian "* | *" ubuntu "*) return 0 ;;
        *) return 1 ;;
    esac
}

missing() {
    # $1: `engine` for what runs containers; the rest makes base images where none can be pulled.
    if [ "$1" = engine ]; then
        has dockerd || echo docker.io
        has iptables || echo iptables
    fi
    has debootstrap || echo debootstrap
    [ -e /usr/share/keyrings/debian-archive-keyring.gpg ] || echo debian-archive-keyring
}

add() {
    # shellcheck disable=SC2086  # a list of words
    [ -z "$*" ] || {
        say "installing $(echo $*)"
        # An index of some third party that cannot be refreshed is no reason to stop: the installation decides.
        DEBIAN_FRONTEND=noninteractive apt-get -qq update >"$LOG.apt" 2>&1 || :
        DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends $* >>"$LOG.apt" 2>&1 9>&-
    }
}

wait_for() {
    # $1: process id of the engine we started, or empty where somebody else did.
    seconds=0
    while ! answers; do
        [ -z "$1" ] || kill -0 "$1" 2>/dev/null || return 1
        [ "$seconds" -lt "$WAIT" ] || return 1
        seconds=$((seconds + 1))
        sleep 1
    done
}

start() {
    if [ -d /run/systemd/system ] && has systemctl; then
        say "starting docker.service"
        systemctl start docker 9>&- && wait_for "" && return
        say "docker.service did not start; trying dockerd itself"
    fi
    # Somebody may have started one a moment ago.
    if has pidof && pidof dockerd >/dev/null; then wait_for "" && return; fi
    say "starting dockerd (log: $LOG)"
    setsid dockerd >"$LOG" 2>&1 </dev/null 9>&- &
    wait_for $! && return
    tail -n 15 "$LOG" >&2
    fail "dockerd ended, or did not answer within $WAIT s; the end of its log is above"
}

root_on_debian=no
if [ "$(id -u)" -eq 0 ] && is_debian; then root_on_debian=yes; fi

if answers; then
    if [ $root_on_debian = yes ]; then
        # shellcheck disable=SC2046  # a list of words
        add $(missing base) || say "debootstrap cannot be installed ($LOG.apt); images then have to be pulled"
    fi
    exit 0
fi

[ -z "${DOCKER_HOST:-}" ] || fail "no engine answers at DOCKER_HOST=$DOCKER_HOST; correct it, or unset it to use a local engine"
if [ $root_on_debian = no ]; then
    if [ -S /var/run/docker.sock ] && [ ! -w /var/run/docker.sock ]; then
        fail "the Docker engine refuses this user; add it to the group docker and log in again, or run as root"
    fi
    fail "no Docker engine answers; start Docker (or run this as root on Debian or Ubuntu, which installs it)"
fi

if has flock; then
    exec 9>/run/grader-engine.lock
    flock 9
    if answers; then exit 0; fi
fi
# shellcheck disable=SC2046  # a list of words
add $(missing engine) || { tail -n 15 "$LOG.apt" >&2; fail "apt-get could not install the engine; the end of its log is above"; }
start
