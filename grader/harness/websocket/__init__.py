"""WebSockets to an application that nothing is trusted of.

The bytes are judged without input or output: `opening` (the handshake, by h11) and `frames` (what follows, by the
protocol layer of `websockets`). `connection` carries them, within bounds; `client` opens; `socket` is what checks use;
`entry` and `transcript` are what people read.
"""

from grader.harness.websocket.client import Handshake, SocketClient
from grader.harness.websocket.connection import SMALL_READ_BUFFER
from grader.harness.websocket.frames import SocketLimits
from grader.harness.websocket.socket import Socket

__all__ = ["SMALL_READ_BUFFER", "Handshake", "Socket", "SocketClient", "SocketLimits"]
