#!/bin/sh
# Entry point of the service `broker`. The password must not stand in the command line, which others may see.
set -eu

password=${REDISCLI_AUTH:-}
case $password in
    *[!A-Za-z0-9_-]*)
        echo "broker: GRADER_BROKER_PASSWORD is to be letters, digits, - and _ alone: it is part of an address" >&2
        exit 2
        ;;
esac
umask 077
cp /etc/grader/broker.conf /tmp/broker.conf
[ -z "$password" ] || echo "requirepass $password" >> /tmp/broker.conf
exec redis-server /tmp/broker.conf
