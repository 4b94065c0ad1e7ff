"""What runs beside the candidate and decides. Checks import from here, from `probes` and from `upstream.script` alone.

The names are looked up when they are first used (PEP 562): the upstreams' process, which is part of this package, must
be there soon and needs none of them.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from grader.harness.api import Api
    from grader.harness.database import Database
    from grader.harness.decorator import check
    from grader.harness.json_node import Json
    from grader.harness.latency.measuring import Latency
    from grader.harness.latency.mix import Mix
    from grader.harness.lifecycle import Lifecycle
    from grader.harness.mismatch import DeadlinePassed, Mismatch, Missed
    from grader.harness.reply import Reply
    from grader.harness.request import Request
    from grader.harness.tally import Tally
    from grader.harness.upstream.call import Call
    from grader.harness.upstream.gate import Gate
    from grader.harness.upstream.upstreams import Upstream, Upstreams
    from grader.harness.upstream.waiting import sending
    from grader.harness.websocket.client import Handshake
    from grader.harness.websocket.socket import Socket

_HOMES = {
    "Api": "api",
    "Call": "upstream.call",
    "Database": "database",
    "DeadlinePassed": "mismatch",
    "Gate": "upstream.gate",
    "Handshake": "websocket.client",
    "Json": "json_node",
    "Latency": "latency.measuring",
    "Lifecycle": "lifecycle",
    "Mismatch": "mismatch",
    "Missed": "mismatch",
    "Mix": "latency.mix",
    "Reply": "reply",
    "Request": "request",
    "Socket": "websocket.socket",
    "Tally": "tally",
    "Upstream": "upstream.upstreams",
    "Upstreams": "upstream.upstreams",
    "check": "decorator",
    "sending": "upstream.waiting",
}

__all__ = [
    "Api",
    "Call",
    "Database",
    "DeadlinePassed",
    "Gate",
    "Handshake",
    "Json",
    "Latency",
    "Lifecycle",
    "Mismatch",
    "Missed",
    "Mix",
    "Reply",
    "Request",
    "Socket",
    "Tally",
    "Upstream",
    "Upstreams",
    "check",
    "sending",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
