#!/bin/sh
# Entry point of the service `site`. The root file system is read-only, so the configuration is completed in /tmp.
set -eu

names=${SITE_NAMES:-localhost 127.0.0.1 [::1]}
case $names in
    *[!A-Za-z0-9.:\ *_\[\]-]*)
        echo "site: GRADER_SITE_NAMES is to be host names with spaces between, not '$names'" >&2
        exit 2
        ;;
esac
sed "s|@NAMES@|$names|" /etc/grader/site.conf > /tmp/site.conf
exec nginx -e stderr -c /tmp/site.conf
