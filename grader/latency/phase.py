"""The phase after all other checks: each latency check runs in a pod of its own, as fresh as the reference's.

So what the application has been through before counts for nothing, and the phase can have variables of its own.
"""

import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from grader.challenge.catalogue import CheckInfo
from grader.conduct import Conductor, PodSpecs, require_whole
from grader.errors import StartRejected
from grader.latency.loads import Loads
from grader.request import NobodyWatches, Watch
from grader.sandbox.pod import Sandbox
from grader.verdicts import CheckResult, Evidence, Finding, Verdict


@dataclass(frozen=True, slots=True)
class LatencyPhase:
    """Measures one check after another.

    Attributes:
        specs: of the application's pods.
        loads: compares with the reference.
        sandbox: where both run.
        watch: looks on.
    """

    specs: PodSpecs
    loads: Loads
    sandbox: Sandbox
    watch: Watch

    def results(
        self, checks: Iterable[CheckInfo], earlier: Mapping[str, CheckResult]
    ) -> Iterator[tuple[CheckResult, str]]:
        """Of each check the verdict, and what the application wrote meanwhile.

        Args:
            checks: of the category `latency`.
            earlier: check id → result, of all that these require.

        Raises:
            HarnessError: the harness or the reference failed.
            PodError: a pod was lost.
        """
        for check in checks:
            self.watch.check_started(check.id)
            blocked = _blocked(check, earlier)
            result, log = (blocked, "") if blocked else self._measure(check)
            self.watch.check_finished(result)
            yield result, log

    def _measure(self, check: CheckInfo) -> tuple[CheckResult, str]:
        self.watch.step("measuring latency beside the reference")
        spec = self.specs.measurement(check.id, self.loads.answer)
        with self.loads.about(check.id), self.sandbox.pod(spec) as pod:
            conductor = Conductor(pod, NobodyWatches(), time.perf_counter())
            try:
                conductor.follow()
            except StartRejected as error:
                return _not_started(check, error), pod.candidate_log()
            require_whole((check,), conductor.results)
            return conductor.results[check.id], pod.candidate_log()


def _blocked(check: CheckInfo, earlier: Mapping[str, CheckResult]) -> CheckResult | None:
    known = {name: earlier[name].verdict for name in check.requires if name in earlier}
    lacking = {name: verdict for name, verdict in known.items() if verdict is not Verdict.PASSED}
    if not lacking:
        return None
    # What the machine kept from being decided must not cost the candidate what builds on it.
    undecided = set(lacking.values()) == {Verdict.INCONCLUSIVE}
    note = "; ".join(f"it needs {name}, which is {verdict}" for name, verdict in lacking.items())
    verdict = Verdict.INCONCLUSIVE if undecided else Verdict.BLOCKED
    return CheckResult(id=check.id, verdict=verdict, credit=0, evidence=Evidence(note=note))


def _not_started(check: CheckInfo, error: StartRejected) -> CheckResult:
    """It started before, so this is no reason to reject it as a whole."""
    finding = Finding(expected="it starts anew for its latency to be measured", got=error.message)
    return CheckResult(id=check.id, verdict=Verdict.FAILED, credit=0, evidence=Evidence(findings=[finding]))
