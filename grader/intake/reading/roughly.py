"""A rough reading of a Python file that cannot be parsed: newer syntax must not make an application unfindable."""

import re

from grader.intake.reading.source import Binding, Function, Import, Source, Value

# Lines, not text, are matched, and blanks are spelled out: a hostile file must not make a pattern backtrack over it.
_MAX_LINE = 500
_ASSIGNMENT = re.compile(r"(\w+)[ \t]*(?::[ \t]*[\w.]{1,100}[ \t]*)?=[ \t]*([A-Za-z_][\w.]{0,100})[ \t]*(\(?)")
_FACTORY = re.compile(r"def[ \t]+(\w+)[ \t]*\([ \t]*\)[ \t]*(?:->[ \t]*[\"']?([\w.]+)[\"']?[ \t]*)?:")
_FROM = re.compile(r"([ \t]*)from[ \t]+(\.{0,20})[ \t]*([\w.]*)[ \t]+import[ \t]+\(?([^#()]*)")
_IMPORT = re.compile(r"([ \t]*)import[ \t]+([\w.]+)(?:[ \t]+as[ \t]+(\w+))?")
_ITEM = re.compile(r"[ \t]*(\w+|\*)(?:[ \t]+as[ \t]+(\w+))?")


def read_roughly(path: str, data: bytes, problem: str) -> Source:
    """Read imports, assignments and functions without arguments, line by line.

    Args:
        path: relative to the submission's root.
        data: the file's bytes, or their beginning.
        problem: why it is not read properly.

    Returns:
        What the lines say at first sight, with `problem`.
    """
    names: dict[str, tuple[Binding, ...]] = {}
    imports: list[Import] = []
    for line in data.decode("utf-8", errors="replace").replace("\0", "").splitlines():
        if len(line) > _MAX_LINE:
            continue
        for found in _imports(line):
            imports.append(found)
            if not found.lazy:
                names.setdefault(found.bound, (found,))
        if match := _ASSIGNMENT.match(line):
            names[match[1]] = (Value(match[2], called=bool(match[3])),)
        elif match := _FACTORY.match(line):
            names[match[1]] = (Function(plain=True, annotation=match[2] or ""),)
    return Source(path, imports=tuple(imports), names=names, dynamic=True, loads=True, problem=problem)


def _imports(line: str) -> list[Import]:
    if match := _FROM.match(line):
        items = [item for item in map(_ITEM.match, match[4].split(",")) if item]
        # What is indented may stand in a function or a `try`: it is not relied upon.
        return [Import(match[3], len(match[2]), item[1], item[2] or item[1], lazy=bool(match[1])) for item in items]
    if match := _IMPORT.match(line):
        return [Import(match[2], 0, "", match[3] or match[2].partition(".")[0], lazy=bool(match[1]))]
    return []
