"""Who is at a job: numbered claims beside its report, each created by one alone, and beating while its maker lives.

No clock of one machine is compared with another's: a claim is lost when its beat has stood still for as long as an
observer has waited. Of two that want a job, one creates the claim of the next number. Who finds that a higher one than
its own was made, because it was taken for lost, stops.
"""

import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final, Protocol

from pydantic import BaseModel, ConfigDict, ValidationError

from grader.batch.remote.ticket import Sign
from grader.challenge.catalogue import CheckInfo
from grader.errors import StoreUnavailable
from grader.verdicts import CheckResult

MISSED: Final = 12
"""Beats that may be missed before a worker counts as lost."""
MOST_LOST: Final = 3
"""So many workers may be lost over a job; it is not given to a further one."""


class Claim(BaseModel):
    """What a claim's file holds."""

    model_config = ConfigDict(extra="forbid")

    worker: str
    token: str
    """Of its maker alone, so that it knows its own."""
    lost: int = 0
    """How many workers were lost over the job before."""
    beat: int = 0
    given_back: bool = False
    """Whether its maker will not end it, through no fault of the job's."""
    doing: str = ""
    checks: int = 0
    ended: int = 0
    failed: int = 0


class Claims(Protocol):
    """Where the claims of one job stand."""

    def claim(self, number: int) -> Claim | None:
        """The claim of this number."""
        ...

    def create_claim(self, number: int, claim: Claim) -> bool:
        """Put a claim where there is none of this number; whether it was."""
        ...

    def update_claim(self, number: int, claim: Claim) -> None:
        """Put it in place of what was there."""
        ...

    def called_off(self) -> bool:
        """Whether nobody wants the job done any more."""
        ...


class TakenByOther(Exception):
    """Another worker is at the job."""


class LostTooOften(Exception):
    """The job has cost so many workers that it is given to none any more."""


def newest(claims: Claims, known: int = 0) -> tuple[int, Claim | None]:
    """The claim with the highest number, and that number; 0 and None where there is none.

    Args:
        claims: of the job.
        known: a number that there is; 0 for none.
    """
    number, claim = known, claims.claim(known) if known else None
    while following := claims.claim(number + 1):
        number, claim = number + 1, following
    return number, claim


def take(claims: Claims, worker: str, heartbeat: float, go_on: Callable[[], None], lost: Sign | None = None) -> "Hold":
    """Claim a job.

    Args:
        claims: of the job.
        worker: who wants it.
        heartbeat: seconds between two beats.
        go_on: called while a claim is observed; raises where nobody waits any more.
        lost: a claim that the client has observed for long enough.

    Raises:
        TakenByOther: another has it.
        LostTooOften: it has cost too many workers.
    """
    number, claim = newest(claims)
    before = 0
    if claim is not None:
        if not claim.given_back and lost != Sign(number=number, beat=claim.beat):
            _see_it_dead(claims, number, claim, heartbeat, go_on)
        before = lost_over(claim)
        if before >= MOST_LOST:
            raise LostTooOften
    mine = Claim(worker=worker, token=secrets.token_hex(16), lost=before)
    if not claims.create_claim(number + 1, mine):
        raise TakenByOther
    return Hold(claims, number + 1, mine, heartbeat)


def lost_over(claim: Claim) -> int:
    """How many workers a job has cost, if the maker of its newest claim is gone."""
    return claim.lost + (not claim.given_back)


def _see_it_dead(claims: Claims, number: int, claim: Claim, heartbeat: float, go_on: Callable[[], None]) -> None:
    for _ in range(MISSED):
        go_on()
        time.sleep(heartbeat)
        now = claims.claim(number)
        if now is None or now.given_back:
            return
        if now.beat != claim.beat or claims.claim(number + 1):
            raise TakenByOther


class Hold:
    """A claim of one's own; implements `grader.request.Watch`, so that its beats tell how far the job is.

    Attributes:
        superseded: whether another has taken the job over.
        called_off: whether nobody wants it any more.
    """

    def __init__(self, claims: Claims, number: int, claim: Claim, heartbeat: float) -> None:
        self.superseded = False
        self.called_off = False
        self.claim = claim
        self._claims = claims
        self._number = number
        self._heartbeat = heartbeat
        self._over = threading.Event()

    @contextmanager
    def beating(self, stop: Callable[[], None]) -> Iterator[None]:
        """Beat while the block lasts.

        Args:
            stop: called from another thread, once it goes on in vain.
        """
        thread = threading.Thread(target=self._beat, args=(stop,), name="grader-beat", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._over.set()
            thread.join()

    def is_mine(self) -> bool:
        """Whether nobody has taken the job over."""
        now = self._claims.claim(self._number)
        self.superseded = (
            now is None or now.token != self.claim.token or self._claims.claim(self._number + 1) is not None
        )
        return not self.superseded

    def give_back(self) -> None:
        """Let another have it, at once, and let it not count as lost."""
        if self.is_mine():
            self.claim.given_back = True
            self._claims.update_claim(self._number, self.claim)

    def step(self, text: str) -> None:
        """See `grader.request.Watch.step`."""
        self.claim.doing = text

    def planned(self, checks: tuple[CheckInfo, ...]) -> None:
        """See `grader.request.Watch.planned`; a second try begins anew."""
        self.claim.checks, self.claim.ended, self.claim.failed = len(checks), 0, 0

    def check_started(self, check: str) -> None:
        """See `grader.request.Watch.check_started`."""
        self.claim.doing = check

    def check_finished(self, result: CheckResult) -> None:
        """See `grader.request.Watch.check_finished`."""
        self.claim.ended += 1
        self.claim.failed += result.verdict == "failed"

    def _beat(self, stop: Callable[[], None]) -> None:
        while not self._over.wait(self._heartbeat):
            try:
                self.called_off = self.called_off or self._claims.called_off()
                if self.called_off or not self.is_mine():
                    stop()
                    return
                self.claim.beat += 1
                self._claims.update_claim(self._number, self.claim)
            except StoreUnavailable:
                continue  # then nobody else sees anything either; the report's writing will tell


def read_claim(content: bytes | None) -> Claim | None:
    """A claim from its file. One that cannot be read counts as one that never beats."""
    if content is None:
        return None
    try:
        return Claim.model_validate_json(content)
    except ValidationError:
        return Claim(worker="unknown", token="", beat=-1)
