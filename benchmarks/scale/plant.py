"""What is simulated: machines and what they share, and what breaks."""

import math
from dataclasses import dataclass

MINUTE, HOUR = 60.0, 3600.0
DAY = 24 * HOUR


@dataclass(frozen=True, slots=True)
class Plant:
    """Machines that are all alike, and what is there once for all of them.

    Attributes:
        machines: how many.
        cores: of each; what is busy shares them evenly.
        slots: gradings at a time on each.
        broker_seconds: the broker's, for one message in or out; one after another.
        store_bytes: a second that the store takes or gives, to all together.
        store_seconds: the store's, for one object, beside its bytes.
        index_bytes: a second that the package index gives, to all together.
    """

    machines: int
    cores: float = 2
    slots: int = 2
    broker_seconds: float = 0.001
    store_bytes: float = 100e6
    store_seconds: float = 0.005
    index_bytes: float = 50e6


@dataclass(frozen=True, slots=True)
class Faults:
    """What breaks, and what is done about it. Times in seconds; `…_every` are means of exponential times.

    Attributes:
        machine_every: a machine is lost, with what it had installed.
        machine_gone: until another has its place.
        engine_every: a machine's engine starts again; what runs there ends with an infrastructure fault.
        engine_gone: until it answers.
        share: of the tries that end with an infrastructure fault by themselves.
        visibility: after its delivery, a job whose worker never answered is given to another. An hour is what Celery's
            Redis transport takes:
            https://docs.celeryq.dev/en/stable/getting-started/backends-and-brokers/redis.html#redis-visibility-timeout
        tries: deliveries of one job at most.
    """

    machine_every: float = 7 * DAY
    machine_gone: float = 15 * MINUTE
    engine_every: float = 2 * DAY
    engine_gone: float = 30.0
    share: float = 0.005
    visibility: float = HOUR
    tries: int = 3


NOTHING_BREAKS = Faults(machine_every=math.inf, engine_every=math.inf, share=0.0)
