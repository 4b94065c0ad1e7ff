"""A report as JUnit XML, which most CI servers show: a suite for each category, a test case for each check.

The format has no standard; this is what Jenkins, GitLab and GitHub's actions read: https://github.com/testmoapp/junitxml
"""

from datetime import timedelta
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from grader.report.model import CheckReport, Problem, Report, Status
from grader.report.plain import reason, story, told
from grader.text import visible, without_commands
from grader.verdicts import Verdict

_ELEMENTS = {
    Verdict.FAILED: "failure",
    Verdict.BLOCKED: "skipped",
    Verdict.INCONCLUSIVE: "skipped",
    Verdict.ERROR: "error",
}
_COUNTED = {"failure": "failures", "skipped": "skipped", "error": "errors"}


def render(report: Report) -> str:
    """Make the XML.

    Args:
        report: any report, however the run ended. Nothing in it is trusted.

    Returns:
        One document. A rejection is a failed case of its own, a fault of the grader an erroneous one.
    """
    root = Element("testsuites", name=_name(report))
    if report.problem:
        _suite(root, report, "grading", [_problem(report, report.problem)], {})
    for category in dict.fromkeys(check.category for check in report.checks):
        checks = [check for check in report.checks if check.category == category]
        score = report.score.categories.get(category) if report.score else None
        facts = {"score": f"{score.score:g}"} if score and score.score is not None else {}
        _suite(root, report, category, [_case(check) for check in checks], facts)
    _count(root)
    indent(root)
    text = tostring(root, encoding="unicode", short_empty_elements=True)
    # A log of a CI job that shows this shall not be read as orders; XML knows another spelling.
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + without_commands(text, lambda char: f"&#{ord(char)};") + "\n"


def _name(report: Report) -> str:
    challenge = report.challenge
    of = f": {visible(f'{challenge.slug} {challenge.version}', limit=100)}" if challenge else ""
    return f"{visible(report.submission.name, limit=120)}{of}"


def _suite(root: Element, report: Report, name: str, cases: list[Element], facts: dict[str, str]) -> None:
    began = report.created_at.isoformat(timespec="seconds")
    suite = SubElement(root, "testsuite", name=visible(name, limit=60), timestamp=began)
    known = {"seed": str(report.seed), "submission": visible(report.submission.name, limit=120), **facts}
    if report.score:
        known["total"] = f"{report.score.total:g}"
    properties = SubElement(suite, "properties")
    for key, value in known.items():
        SubElement(properties, "property", name=key, value=value)
    suite.extend(cases)
    _count(suite)


def _case(check: CheckReport) -> Element:
    case = Element(
        "testcase",
        classname=visible(check.category, limit=60),
        name=visible(check.id, limit=120),
        time=f"{check.seconds:.3f}",
    )
    kind = _ELEMENTS.get(check.verdict)
    if kind == "skipped":
        SubElement(case, kind, message=f"{check.verdict}: {reason(check)}")
    elif kind:
        SubElement(case, kind, message=reason(check), type=check.verdict.value).text = story(check)
    return case


def _problem(report: Report, problem: Problem) -> Element:
    kind = "failure" if report.status is Status.REJECTED else "error"
    took = timedelta(seconds=min(max(report.timings.get("total", 0.0), 0.0), 1e9)).total_seconds()
    case = Element("testcase", classname="grading", name=str(report.status).replace("_", " "), time=f"{took:.3f}")
    message = visible(problem.message, limit=600)
    SubElement(case, kind, message=message, type=visible(problem.kind, limit=80)).text = told(problem)
    return case


def _count(element: Element) -> None:
    """Put the counts and the time of all cases below on a suite, or on all suites together."""
    cases = list(element.iter("testcase"))
    element.set("tests", str(len(cases)))
    for kind, attribute in _COUNTED.items():
        element.set(attribute, str(sum(case.find(kind) is not None for case in cases)))
    element.set("time", f"{sum(float(case.get('time', '0')) for case in cases):.3f}")
