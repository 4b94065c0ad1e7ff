"""Ports of the local sandbox's pods."""

import socket
import subprocess
import sys

import pytest

from grader.errors import PodError
from grader.sandbox import ports
from grader.sandbox.ports import reserved_port, reserved_ports


def test_two_pods_never_share_a_port(monkeypatch: pytest.MonkeyPatch) -> None:
    # Of two ports, each pod has one, though neither listens yet; a third gets none until one is left.
    monkeypatch.setattr(ports, "PORTS", range(20_001, 20_003))
    with reserved_port() as one:
        with reserved_port() as two:
            assert {one, two} == {20_001, 20_002}
            with pytest.raises(PodError, match="no free port"), reserved_port():
                pass
        with reserved_port() as again:
            assert again == two


def test_a_port_on_which_somebody_listens_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    # Another grader, or anything else on this machine, has it.
    with reserved_port() as port:
        pass
    monkeypatch.setattr(ports, "PORTS", range(port, port + 1))
    with socket.create_server(("127.0.0.1", port)), pytest.raises(PodError), reserved_port():
        pass


def test_graders_of_one_machine_share_the_ports() -> None:
    # Another process cannot have what is reserved here, and has it as soon as it is given back.
    reserve = "from grader.sandbox import ports\nports.PORTS = range({0}, {0} + 1)\nwith ports.reserved_port(): pass"

    def another(port: int) -> int:
        return subprocess.run([sys.executable, "-c", reserve.format(port)], check=False, capture_output=True).returncode

    with reserved_port() as port:
        assert another(port) != 0
    assert another(port) == 0


def test_each_name_has_a_port_of_its_own_as_long_as_it_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    # Of three ports two are taken, so that there are not two more; on leaving, all are free.
    monkeypatch.setattr(ports, "PORTS", range(20_011, 20_014))
    with reserved_ports(("catalog", "pricing")) as taken:
        assert list(taken) == ["catalog", "pricing"]
        assert len(set(taken.values())) == 2
        with pytest.raises(PodError, match="no free port"), reserved_ports(("catalog", "pricing")):
            pass
        with reserved_port() as third:
            assert third not in taken.values()
    with reserved_ports(("a", "b", "c")) as again:
        assert sorted(again.values()) == [20_011, 20_012, 20_013]


def test_ports_lie_below_those_of_outgoing_connections() -> None:
    # A connection that the harness opens must not take the port that a candidate is about to bind.
    assert max(ports.PORTS) < 32_768
