"""The candidate's process through all its starts: what the harness asks for is done to it, and its end is told."""

import time
from collections.abc import Callable
from contextlib import suppress
from threading import Lock, Thread

from grader.errors import PodError
from grader.sandbox.pod import Loading
from grader.sandbox.process import Steerable, Tail
from grader.verdicts import (
    LOOK_PAUSE,
    LOOKS,
    Answer,
    Ask,
    CandidateExited,
    CandidateStarted,
    LoadOrder,
    Look,
    Order,
    kept_from_running,
)

_JOIN = 5.0


class Application:
    """Starts, steers and watches one process after another, all in the same folder.

    Args:
        launch: starts it; PodError if it cannot.
        restarts: whether it may be started again.
        loading: says how a load goes on; None where nothing is measured.
        tell: sends an order to the harness; OSError where that has gone.
        failed: called from the watching thread with what went wrong there.

    Attributes:
        status: exit status of the last process, negative for a signal; None until it has ended.
    """

    def __init__(
        self,
        launch: Callable[[], Steerable],
        *,
        restarts: bool,
        loading: Loading | None,
        tell: Callable[[Order], None],
        failed: Callable[[Exception], None],
    ) -> None:
        self.status: int | None = None
        self._launch = launch
        self._restarts = restarts
        self._loading = loading
        self._tell = tell
        self._failed = failed
        self._process: Steerable | None = None
        self._watcher: Thread | None = None
        self._earlier = Tail()
        self._used: float | None = None
        # Asked for in one thread, closed in another: what starts while the pod is being left must not be forgotten.
        self._changing = Lock()
        self._closed = False

    @property
    def has_started(self) -> bool:
        """Whether there was a process."""
        return self._process is not None

    def start(self) -> None:
        """Start it.

        Raises:
            PodError: it cannot be started, or the pod has been left.
        """
        with self._changing:
            if self._closed:
                raise PodError("the pod has been left")
            self._process = self._launch()

    def watch(self) -> None:
        """Tell the harness of its end, once it comes."""
        if self._process:
            self._watcher = Thread(target=self._watch, args=(self._process,), name="grader-candidate", daemon=True)
            self._watcher.start()

    def answer(self, ask: Ask) -> Answer:
        """Do what is asked for. Not done where it has ended, where the engine cannot, or where it may not be.

        Raises:
            GraderError: nothing can be measured.
        """
        if ask.what == "load":
            order = self._load(ask, self._loading, self._process) if self._loading and self._process else None
            return Answer(number=ask.number, done=order is not None, load=order)
        if self._process:
            # An engine that is gone shows in the streams.
            with suppress(PodError):
                return Answer(number=ask.number, done=True, look=self._do(ask, self._process))
        return Answer(number=ask.number, done=False)

    def kept_from_running(self, seconds: float) -> bool:
        """Whether it wants to run, and was kept from it by the machine.

        Args:
            seconds: since when it runs.
        """
        looks: list[tuple[float, Look]] = []
        if not self._process:
            return False
        since = time.monotonic() - seconds
        with suppress(PodError):
            while len(looks) < LOOKS:
                looks.append((time.monotonic(), self._process.look()))
                time.sleep(LOOK_PAUSE)
            return kept_from_running(looks, since)
        return False

    def log(self) -> bytes:
        """The last of what all of them wrote."""
        everything = Tail()
        everything.add(self._earlier.read())
        everything.add(self._process.tail() if self._process else b"")
        return everything.read()

    def close(self) -> None:
        """End it; nothing starts any more.

        Raises:
            PodError: something of it is left.
        """
        with self._changing:
            self._closed = True
        if self._process:
            self._process.close()

    def join(self) -> None:
        """Wait for the watching thread, for a bounded time."""
        if self._watcher:
            self._watcher.join(_JOIN)

    def _load(self, ask: Ask, loading: Loading, process: Steerable) -> LoadOrder:
        """How the load goes on, with the CPU time that the last block cost, on CPUs that the driver does not use."""
        used = None
        if ask.load is None:
            with suppress(PodError):
                process.leave_first_cpu()
        elif (used := self._cpu_seconds(process)) is not None and self._used is not None:
            ask = ask.model_copy(update={"load": ask.load.model_copy(update={"cpu_seconds": used - self._used})})
        order = loading(ask)
        # Between its blocks it is idle, and an engine may take a second to say what it has used.
        self._used = self._cpu_seconds(process) if ask.load is None else used
        if not order.seconds:
            with suppress(PodError):
                process.use_all_cpus()
        return order

    def _cpu_seconds(self, process: Steerable) -> float | None:
        with suppress(PodError):
            return process.cpu_seconds()
        return None

    def _do(self, ask: Ask, process: Steerable) -> Look | None:
        """Do it; what was seen, if it was to look."""
        match ask.what:
            case "pause":
                process.pause()
            case "resume":
                process.resume()
            case "terminate":
                process.terminate()
            case "kill":
                process.kill()
            case "start":
                self._start_again(process)
            case "look":
                return process.look()
        return None

    def _start_again(self, process: Steerable) -> None:
        self.join()  # so that the harness has been told of its end
        if self.status is None or not self._restarts:
            raise PodError("it runs still" if self._restarts else "the challenge does not say that it restarts")
        process.close()  # its children may have outlived it
        self._earlier.add(process.tail())
        self.status = None
        self.start()
        self._say(CandidateStarted())
        self.watch()

    def _watch(self, process: Steerable) -> None:
        try:
            self.status = process.wait()
            self._say(CandidateExited(status=self.status))
        except Exception as error:  # noqa: BLE001  # whatever it is, the caller's thread raises it
            self._failed(error)

    def _say(self, order: Order) -> None:
        # A harness that is gone has no use for it, and its own watcher says that it is gone.
        with suppress(OSError):
            self._tell(order)
