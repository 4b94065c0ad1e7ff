"""What `grader similar` takes for a large cohort: `python -m benchmarks.similar_speed`.

Archives of some thousand lines each are made up, one in ten of them from another one's functions in another order and
under other names. The time is that of the whole command, imports and unpacking included, for 50 and for 500 of them;
the ratio of the two is to be near ten, since everybody is held against everybody through an index (wanted: 500 in well
under a minute).
"""

import json
import random
import re
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage

SMALL, LARGE = 50, 500
FILES, FUNCTIONS = 8, 10
COPIED = 10
"""One in so many is a copy."""
GRADER = [sys.executable, "-m", "grader"]
OPERANDS = (
    "item",
    "row.name",
    "1",
    "'text'",
    "len(rows)",
    "rows[0]",
    "settings.limit",
    "await self.load(item)",
    "None",
)
STATEMENTS = (
    "    {name} = {one} {operator} {other}\n",
    "    if {one} is None or {other} {operator} {one}:\n        raise HTTPException(404, {other})\n",
    "    for {name} in {one}:\n        found.append({other} {operator} {name})\n",
    "    {name} = [each for each in {one} if each {operator} {other}]\n",
    "    async with {name}.begin() as session:\n        await session.execute({one} {operator} {other})\n",
    '    log.info("%s", {one}, extra={{"at": {other}}})  # what happened\n',
    "    try:\n        {name} = await get({one}, timeout={other})\n    except ValueError:\n        return {name}\n",
)


def main() -> None:
    """Print each figure on a line."""
    with tempfile.TemporaryDirectory() as name:
        small, large = (measured(Path(name) / str(size), size) for size in (SMALL, LARGE))
        print(f"{LARGE} take {large / small:.1f} times the processor time of {SMALL} (ten times as many)")


def measured(folder: Path, size: int) -> float:
    """Make a cohort, compare it, and print what that took.

    Returns:
        Seconds of processor time.
    """
    lines = write_cohort(folder, size)
    target = folder.with_suffix(".json")
    clock, processor = timed(folder, target)
    data = json.loads(target.read_text(encoding="utf-8"))
    found = {(pair["left"], pair["right"]) for pair in data["pairs"]}
    planted = {(name(number - 1), name(number)) for number in copies(size)}
    print(
        f"{size} submissions of {lines:,} lines: {clock:.1f} s, {processor:.1f} s of processor time; "
        f"{len(found & planted)} of {len(planted)} copies found, {len(found - planted)} other pairs listed"
    )
    return processor


def write_cohort(folder: Path, size: int) -> int:
    """Archives of made-up code.

    Returns:
        How many lines each has, about.
    """
    folder.mkdir()
    draw = random.Random(size)  # noqa: S311  # repeats
    functions: list[str] = []
    for number in range(size):
        if number in copies(size):
            functions = [re.sub(r"\b(item|row|found|value_\d+)\b", r"my_\1", one) for one in functions]
            draw.shuffle(functions)
        else:
            functions = [function(draw) for _ in range(FILES * FUNCTIONS)]
        with zipfile.ZipFile(folder / f"{name(number)}.zip", "w", zipfile.ZIP_DEFLATED) as archive:
            for file in range(FILES):
                archive.writestr(f"app/part_{file}.py", "\n\n".join(functions[file::FILES]))
    return sum(one.count("\n") + 2 for one in functions)


def copies(size: int) -> range:
    """The numbers of those that are copies of the one before."""
    return range(COPIED - 1, size, COPIED)


def name(number: int) -> str:
    """What one is called."""
    return f"candidate-{number:03}"


def function(draw: random.Random) -> str:
    """One function of some ten lines."""
    head = f"async def work_{draw.randrange(1_000)}(rows: list[Row], found: list[str]) -> Row | None:\n"
    return "".join([head, *statements(draw), "    return found\n"])


def statements(draw: random.Random) -> Iterator[str]:
    """Its statements, drawn."""
    for _ in range(6):
        one, other = draw.sample(OPERANDS, 2)
        statement = draw.choice(STATEMENTS)
        yield statement.format(
            name=f"value_{draw.randrange(9)}", one=one, other=other, operator=draw.choice("+-*/%<>&|")
        )


def timed(cohort: Path, target: Path) -> tuple[float, float]:
    """Seconds of the command on the clock, and of processor time."""
    before, begin = getrusage(RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run([*GRADER, "similar", str(cohort), "-o", str(target)], check=True, capture_output=True)
    used = getrusage(RUSAGE_CHILDREN)
    processor = used.ru_utime + used.ru_stime - before.ru_utime - before.ru_stime
    return time.perf_counter() - begin, processor


if __name__ == "__main__":
    main()
