"""What 10,000 submissions in a day need: `python -m benchmarks.scale [--table NAME] [--page docs/scale.md]`.

Simulates days on the service times that `python -m benchmarks.service_times` has measured, and prints tables. Nothing
is graded, and the same figures come out each time. All tables take a few minutes.
"""

import argparse
from pathlib import Path

from benchmarks.measured import FILE, GOOD, read
from benchmarks.scale.page import filled
from benchmarks.scale.tables import TABLES


def main() -> None:
    """Print each table, and write it into the page if one is named."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scale", description=__doc__)
    parser.add_argument("--table", action="append", choices=TABLES, help="this one alone; may be repeated")
    parser.add_argument("--times", type=Path, default=FILE, metavar="FILE", help="what service_times has written")
    parser.add_argument("--page", type=Path, metavar="FILE", help="a page with places for the tables")
    asked = parser.parse_args()
    times = read(asked.times)
    if not times.of(GOOD):
        raise SystemExit(
            f"{asked.times} has no good submission's grading; `python -m benchmarks.service_times` adds it"
        )
    for name in asked.table or TABLES:
        table = TABLES[name](times)
        print(f"{name}\n\n{table}\n", flush=True)
        if asked.page:
            page = filled(asked.page.read_text(encoding="utf-8"), {name: table})
            asked.page.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
