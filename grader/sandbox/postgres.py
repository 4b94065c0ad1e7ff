"""A PostgreSQL for one pod: its data in memory, its passwords and its database the run's own.

The application gets a role that owns its database and nothing else; the harness gets the server's owner, and sees all.
References: https://www.postgresql.org/docs/current/app-initdb.html, .../app-postgres.html (single-user mode)
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from grader.sandbox.pod import Access

PORT: Final = 5432
READY: Final = b"ready\n"
"""What the command writes to standard output once connections are accepted."""

OWNER: Final = "grader"
ROLE: Final = "application"
DATABASE: Final = "application"

# Everything lies in the working directory, a tmpfs, so there is nothing for fsync to save from a power cut.
# Shared memory by mmap(2): /dev/shm is small. No unix socket: nobody shares a file system with it.
_SCRIPT = f"""\
set -eu
bin=$(ls -d /usr/lib/postgresql/*/bin | tail -n 1)
printf %s "$OWNER_PASSWORD" > password
"$bin/initdb" --pgdata=data --username={OWNER} --pwfile=password --auth=scram-sha-256 --encoding=UTF8 \\
    --locale=C.UTF-8 --no-sync --no-instructions > initdb.log 2>&1 || {{ cat initdb.log >&2; exit 1; }}
rm password
"$bin/postgres" --single -D data -c fsync=off postgres > /dev/null <<SQL
CREATE ROLE {ROLE} LOGIN PASSWORD '$ROLE_PASSWORD'
CREATE DATABASE {DATABASE} OWNER {ROLE}
SQL
unset OWNER_PASSWORD ROLE_PASSWORD
"$bin/postgres" -D data -c listen_addresses=127.0.0.1 -c port={PORT} -c unix_socket_directories= -c fsync=off \\
    -c dynamic_shared_memory_type=mmap -c shared_buffers=64MB -c max_connections=100 -c log_statement=none &
until "$bin/pg_isready" --quiet --host=127.0.0.1 --port={PORT}; do
    kill -0 $! 2> /dev/null || wait $!
    sleep 0.05
done
echo ready
wait $!
"""

COMMAND: Final = ("/bin/sh", "-c", _SCRIPT)


@dataclass(frozen=True, slots=True)
class Service:
    """One server.

    Attributes:
        access: how it is reached.
        environment: the variables that `COMMAND` needs for that.
    """

    access: Access
    environment: Mapping[str, str]


def fresh() -> Service:
    """A server with passwords that nobody has had before."""
    owner, role = secrets.token_hex(16), secrets.token_hex(16)
    place = f"127.0.0.1:{PORT}/{DATABASE}"
    access = Access(f"{ROLE}:{role}@{place}", f"postgresql://{OWNER}:{owner}@{place}")
    return Service(access, {"OWNER_PASSWORD": owner, "ROLE_PASSWORD": role})
