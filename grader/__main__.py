"""`grader` and `python -m grader`."""

import io
import sys

from grader.cli.main import app


def main() -> None:
    """Run the command line. What a stream has no letter for is printed as an escape, and stops nothing."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    app(prog_name="grader")


if __name__ == "__main__":
    main()
