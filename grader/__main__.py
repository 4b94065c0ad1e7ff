"""`grader` and `python -m grader`."""

from grader.cli.main import app


def main() -> None:
    """Run the command line."""
    app(prog_name="grader")


if __name__ == "__main__":
    main()
