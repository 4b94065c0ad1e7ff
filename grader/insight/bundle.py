"""The tracer as one text, because nothing of ours is put among the candidate's files."""

from importlib.resources import files

_PACKAGE = "grader.insight.tracer"
_MODULES = ("naming", "place", "notes", "calls", "samples")
"""Each after those that it builds on; `__main__` is the last."""
_TEXT = """\
import sys, types
for name, text in {modules!r}.items():
    module = sys.modules[name] = types.ModuleType(name)
    exec(compile(text, name, "exec"), vars(module))
exec(compile({main!r}, "tracer", "exec"))
"""


def script() -> str:
    """`grader.insight.tracer` for `python -c`, which also needs a job as its argument."""
    return _TEXT.format(modules={f"{_PACKAGE}.{name}": _source(name) for name in _MODULES}, main=_source("__main__"))


def _source(name: str) -> str:
    return files(_PACKAGE).joinpath(f"{name}.py").read_text(encoding="utf-8")
