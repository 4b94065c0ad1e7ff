"""Make the pictures of docs/images/ anew: `python -m scripts.screenshots [REPORT]`.

Candidates and verdicts are made up: a real report of user-directory gets other names and verdicts. Without REPORT, the
sample submission is graded for it in the local sandbox, which takes a minute or two. A Chromium must be installed
(`make browser`).
"""

import json
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from markdown_it import MarkdownIt
from playwright.sync_api import Browser, sync_playwright

from benchmarks.compare_speed import graded, write_cohort
from grader.report.compare.build import compare
from grader.report.compare.page import render
from grader.report.compare.read import find_reports, read_report
from grader.report.formats import RENDERERS, Format
from grader.report.load import load_report
from grader.verdicts import Verdict

IMAGES = Path(__file__).parents[1] / "docs" / "images"
NAMES = ["alex", "bo", "casey", "devon", "eli", "frankie", "gray", "harper", "indigo", "jules", "kai", "lee"]
DESK = {"width": 1080, "height": 600}
SUMMARY_STYLE = (
    "body{font:15px system-ui,sans-serif;max-width:60rem;margin:1.5rem auto}table{border-collapse:collapse}"
    "td,th{border:1px solid #ccc;padding:.3rem .7rem}pre{background:#f4f4f4;padding:.7rem;overflow:auto}"
)


def main() -> None:
    """Print what was written."""
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        folder = Path(name)
        real = Path(sys.argv[1]) if sys.argv[1:] else graded(folder / "real")
        page, report = comparison(folder, real), load_report(real)
        path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        IMAGES.mkdir(exist_ok=True)
        shoot(browser, page, "#candidates", "compare-candidates.png")
        shoot(browser, page, "#matrix", "compare-matrix.png")
        page.with_name("report.html").write_text(RENDERERS[Format.HTML](report), encoding="utf-8")
        shoot(browser, page.with_name("report.html"), "main", "report.png")
        shoot(browser, page.with_name("report.html"), "#guide", "interview-guide.png")
        shoot(browser, job_summary(folder, RENDERERS[Format.MD](report)), "body", "job-summary.png")
        browser.close()


def comparison(folder: Path, real: Path) -> Path:
    """The page of a made-up cohort, one of it without a score."""
    report = json.loads(real.read_text(encoding="utf-8"))
    write_cohort(report, folder / "cohort", NAMES, [Verdict.FAILED, Verdict.FAILED, Verdict.BLOCKED], seed=2)
    twin = json.loads((folder / "cohort" / "lee" / "report.json").read_text(encoding="utf-8"))
    add(folder, twin | {"submission": twin["submission"] | {"name": "quinn", "hash": "e" * 64}})
    problem = {"kind": "StartRejected", "message": "the application exited with status 1", "hint": "", "detail": ""}
    rejected = report | {"status": "rejected", "problem": problem, "score": None, "checks": []}
    rejected["submission"] = report["submission"] | {"name": "morgan", "hash": "f" * 64}
    add(folder, rejected)
    page = folder / "compare.html"
    readings = [read_report(file) for file in find_reports([folder / "cohort"])]
    page.write_text(render(compare(readings, folder)), encoding="utf-8")
    return page


def job_summary(folder: Path, markdown: str) -> Path:
    """What a job's page makes of the summary, about."""
    page = folder / "summary.html"
    body = MarkdownIt().enable("table").render(markdown)
    page.write_text(f"<!doctype html><meta charset=utf-8><style>{SUMMARY_STYLE}</style>{body}", encoding="utf-8")
    return page


def add(folder: Path, report: dict[str, Any]) -> None:
    """One more report of the cohort."""
    target = folder / "cohort" / report["submission"]["name"] / "report.json"
    target.parent.mkdir()
    target.write_text(json.dumps(report), encoding="utf-8")
    target.with_suffix(".html").touch()


def shoot(browser: Browser, page: Path, section: str, name: str) -> None:
    """One section, as far as a window of a desk shows it."""
    window = browser.new_page(viewport=DESK)
    window.goto(page.as_uri())
    window.evaluate("section => document.querySelector(section).scrollIntoView()", section)
    window.screenshot(path=IMAGES / name)
    window.close()
    print(f"{IMAGES / name}: {(IMAGES / name).stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
