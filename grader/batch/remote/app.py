"""The Celery application, made from settings when it is asked for: nothing happens when this is imported."""

import ssl
from typing import Any, Final

from celery import Celery

from grader.batch.remote.ticket import WIRE
from grader.batch.remote.urls import REDIS, TLS, require_broker
from grader.settings import Settings

QUEUE: Final = f"grader-{WIRE}"
"""Workers and clients of another wire format have another queue: during an upgrade both sorts go on, each by itself."""
TASK: Final = "grader.grade"
_DAY: Final = 86_400


def make_app(broker: str, settings: Settings, *, workers: int = 1) -> Celery:
    """The application of a client or a worker.

    Args:
        broker: its address.
        settings: how long a job may go unacknowledged.
        workers: jobs that a worker takes at once.

    Raises:
        UsageError: the address is none.
    """
    scheme = require_broker(broker).partition(":")[0]
    redis = scheme in REDIS
    # Results are for monitors such as Flower: the store has the reports, and a client looks there.
    app = Celery("grader", broker=broker, backend=broker if redis else None, set_as_current=False)
    app.conf.update(
        accept_content=["json"],
        result_accept_content=["json"],
        task_serializer="json",
        result_serializer="json",
        task_default_queue=QUEUE,
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        task_ignore_result=not redis,
        result_expires=_DAY,
        worker_prefetch_multiplier=1,
        worker_pool="threads",
        worker_concurrency=workers,
        worker_hijack_root_logger=False,
        worker_send_task_events=False,
        worker_cancel_long_running_tasks_on_connection_loss=False,
        broker_connection_retry=True,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        broker_connection_timeout=5,
        **(_redis(settings) if redis else {}),
        **(_tls(redis=redis) if scheme in TLS else {}),
    )
    return app


def _redis(settings: Settings) -> dict[str, Any]:
    patience = {"socket_connect_timeout": 5, "socket_timeout": 30, "socket_keepalive": True}
    return {
        "worker_disable_prefetch": True,
        "broker_transport_options": {"visibility_timeout": settings.visibility, **patience},
        "redis_socket_connect_timeout": 5,
        "redis_socket_timeout": 30,
        "redis_socket_keepalive": True,
    }


def _tls(*, redis: bool) -> dict[str, Any]:
    """The certificate must be one that this machine trusts; SSL_CERT_FILE names another authority."""
    paths = ssl.get_default_verify_paths()
    prefix = "ssl_" if redis else ""
    options: dict[str, Any] = {f"{prefix}cert_reqs": ssl.CERT_REQUIRED}
    if paths.cafile:
        options[f"{prefix}ca_certs"] = paths.cafile
    return {"broker_use_ssl": options, **({"redis_backend_use_ssl": options} if redis else {})}
