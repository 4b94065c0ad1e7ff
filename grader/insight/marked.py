"""The line that a script of ours writes beside code that nobody trusts."""


def last_line(output: bytes, marker: str) -> bytes:
    """What stands behind a marker on the last line that begins with it; empty where none does.

    Args:
        output: of the script, and of whatever ran beside it.
        marker: begins the line. In its midst it is text of the candidate's, such as the name of a file.
    """
    return (b"\n" + output).rpartition(f"\n{marker}".encode())[2].partition(b"\n")[0]
