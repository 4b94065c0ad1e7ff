"""A `requests` session whose sockets keep to a deadline, however the bytes come in."""

import socket
import threading
import time
from http.cookiejar import DefaultCookiePolicy

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection
from urllib3.connectionpool import HTTPConnectionPool

KEPT = 32  # idle connections to one upstream

_current = threading.local()


def _left() -> float:
    return float(_current.deadline - time.monotonic())


class _Socket(socket.socket):
    """Waits no longer for each piece than is left of the whole. http.client reads through `recv_into` alone."""

    def recv_into(self, *args, **kwargs) -> int:  # type: ignore[no-untyped-def]  # noqa: ANN002, ANN003
        left = _left()
        if left <= 0:
            raise TimeoutError("out of time")
        self.settimeout(left)
        return super().recv_into(*args, **kwargs)


class _Connection(HTTPConnection):
    def _new_conn(self) -> socket.socket:
        plain = super()._new_conn()
        left = plain.gettimeout()
        patient = _Socket(plain.family, plain.type, plain.proto, fileno=plain.detach())
        patient.settimeout(left)
        return patient


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _Adapter(HTTPAdapter):
    def init_poolmanager(self, *args, **kwargs) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN002, ANN003
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool}


def open_session() -> requests.Session:
    session = requests.Session()
    session.trust_env = False
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    session.mount("http://", _Adapter(pool_maxsize=KEPT, max_retries=0))
    return session


def get(session: requests.Session, url: str, headers: dict[str, str], seconds: float) -> requests.Response:
    """Return the answer, read to its end.

    Raises:
        TimeoutError: it was not complete in time.
        requests.RequestException: something else went wrong.
    """
    _current.deadline = time.monotonic() + seconds
    try:
        return session.get(url, headers=headers, timeout=seconds, allow_redirects=False)
    except requests.RequestException as error:
        # A timeout while the body is read comes as a ConnectionError; the clock knows better.
        if _left() <= 0:
            raise TimeoutError from error
        raise
