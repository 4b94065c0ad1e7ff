"""There is no network: no address answers but the pod's own loopback."""

import json
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from tests.attacks.attack import HONEST, Attack

APP = """
import ctypes, json, os, socket, struct
from pathlib import Path

hosts = json.loads(Path("hosts.json").read_text())
found = {"connected": [], "resolved": [], "answered": [], "raw": [], "names": [], "routes": 0, "devices": []}

def connects(family, address):
    with socket.socket(family, socket.SOCK_STREAM) as one:
        one.settimeout(1)
        try:
            one.connect(address)
            found["connected"].append([*map(str, address)])
        except OSError:
            pass

for address, port in hosts["addresses"]:
    connects(socket.AF_INET6 if ":" in address else socket.AF_INET, (address, port))
for address in ("169.254.169.254", "100.100.100.200", "192.0.0.192", "1.1.1.1", "10.0.0.1", "172.17.0.1", "192.168.0.1",
                "255.255.255.255"):
    for port in (53, 80, 443, 2375, 2376):
        connects(socket.AF_INET, (address, port))
for address in ("fd00:ec2::254", "2606:4700:4700::1111", "fe80::1", "ff02::1"):
    for scope in (0, 1, 2):
        connects(socket.AF_INET6, (address, 80, 0, scope))

query = b"\\x12\\x34\\x01\\x00\\x00\\x01" + bytes(6) + b"\\x07example\\x03com\\x00\\x00\\x01\\x00\\x01"
for address in ("127.0.0.11", "127.0.0.53", "127.0.0.1", "1.1.1.1", "8.8.8.8", "172.17.0.1", "169.254.169.253"):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.settimeout(0.3)
        try:
            one.sendto(query, (address, 53))
            one.recv(512)
            found["answered"].append(address)
        except OSError:
            pass
for name in ("example.com", "host.docker.internal", "gateway.docker.internal", "metadata.google.internal",
             "host.containers.internal"):
    try:
        found["resolved"].append([name, socket.gethostbyname(name)])
    except OSError:
        pass

for family, kind, protocol in ((2, 3, 1), (2, 3, 6), (2, 3, 255), (10, 3, 58), (17, 3, 0x0300), (17, 2, 0x0300)):
    try:
        socket.socket(family, kind, protocol).close()
        found["raw"].append([family, kind, protocol])
    except OSError:
        pass

for name in hosts["names"]:
    with socket.socket(socket.AF_UNIX) as one:
        try:
            one.connect("\\0" + name)
            found["names"].append(name)
        except OSError:
            pass

found["devices"] = [line.split(":")[0].strip() for line in open("/proc/net/dev").readlines()[2:]]
found["routes"] = len(open("/proc/net/route").readlines()) - 1
found["others"] = [line.split()[-1] for line in open("/proc/net/unix") if "@" in line]

def refused(message_kind, body):
    # Asks the kernel by netlink (rtnetlink(7)) to change the pod's network, and reads the number of its error.
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0) as one:
        one.bind((0, 0))
        one.send(struct.pack("=IHHII", 16 + len(body), message_kind, 1 | 4 | 0x400 | 0x200, 1, 0) + body)
        return -struct.unpack("=i", one.recv(4096)[16:20])[0]

found["netlink"] = {
    "new device": refused(16, struct.pack("=BxHiII", 0, 0, 0, 1, 1)),
    "new address": refused(20, struct.pack("=BBBBI", 2, 24, 0, 0, 1) + struct.pack("=HH4s", 8, 2, b"\\x0a\\0\\0\\x09")),
}
print("FOUND", json.dumps(found), flush=True)
"""
NAME = "grader-attack-listener"


def addresses_of_this_machine() -> set[str]:
    """Those that it answers at, besides loopback."""
    found = set()
    for family, outside in ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1")):
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            try:
                probe.connect((outside, 9))  # sends nothing; the kernel chooses the address that it would come from
            except OSError:
                continue
            found.add(probe.getsockname()[0])
    return found


@contextmanager
def listening() -> Iterator[int]:
    """A port of all addresses of this machine, and an abstract name, which its network namespace has (unix(7))."""
    with ExitStack() as stack:
        listener = stack.enter_context(socket.create_server(("", 0)))
        named = stack.enter_context(socket.socket(socket.AF_UNIX))
        named.bind(f"\0{NAME}")
        named.listen()
        yield listener.getsockname()[1]


def test_nothing_answers(attack: Attack) -> None:
    """Services of the host at each of its addresses, gateways, metadata, name servers, raw packets, abstract names."""
    with listening() as port:
        mine = {"127.0.0.1", "127.0.0.2", "172.17.0.1", "0.0.0.0", *addresses_of_this_machine()}
        assert any(_answers(address, port) for address in mine), "the listener must be there"
        hosts = {"addresses": [[address, port] for address in sorted(mine)], "names": [NAME]}
        outcome = attack.app(APP + HONEST, {"hosts.json": json.dumps(hosts)})
    outcome.graded(score=100)
    found = outcome.findings()
    assert found.pop("netlink") == {"new device": 1, "new address": 1}  # EPERM
    assert found == {
        "connected": [],
        "resolved": [],
        "answered": [],
        "raw": [],
        "names": [],
        "routes": 0,
        "devices": ["lo"],
        "others": [],
    }


def _answers(address: str, port: int) -> bool:
    try:
        socket.create_connection((address, port), timeout=2).close()
    except OSError:
        return False
    return True
