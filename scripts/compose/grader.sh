#!/bin/sh
# The command `grader` of the services `worker` and `grader`. Begins as root for as long as it takes to learn whose the
# engine's socket is, which differs from host to host; the grader itself runs as an ordinary user.
set -eu

SOCKET=/var/run/docker.sock
REPORTS=/work/grader-reports
fail() { echo "grader: $*" >&2; exit 2; }

if [ "$(id -u)" -eq 0 ] && [ -z "${GRADER_DROPPED:-}" ]; then
    user=${GRADER_USER:-10001}
    case $user in *[!0-9]*) fail "GRADER_USER is to be the number of a user (\`id -u\`), not '$user'" ;; esac
    # Nothing but the group that may use the socket is kept of root.
    groups=--clear-groups
    if [ -S "$SOCKET" ]; then groups=--groups=$(stat -c %g "$SOCKET"); fi
    as_user="setpriv --reuid $user --regid $user $groups --no-new-privs --"
    for folder in /cache /store; do
        [ "$(stat -c %u "$folder")" -eq "$user" ] || chown -R "$user:$user" "$folder"
    done
    # A folder that the host lacked was made by the engine, for root. One that holds something is somebody's.
    if mountpoint -q "$REPORTS"; then
        owner=$(stat -c %u "$REPORTS")
        if [ "$owner" -eq 0 ] && [ -z "$(ls -A "$REPORTS")" ]; then chown "$user:$user" "$REPORTS"; fi
        $as_user test -w "$REPORTS" || fail "user $user may not write into the folder of reports, which is user $owner's;" \
            "set GRADER_USER=$owner in .env, or give the folder to $user with chown"
    fi
    export GRADER_DROPPED=yes
    exec $as_user sh "$0" "$@"
fi

if [ -s /trust/ca.pem ]; then export GRADER_CA_BUNDLE=/trust/ca.pem; fi
exec /opt/grader/bin/grader "$@"
