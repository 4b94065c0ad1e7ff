"""Where packs, reference solutions and examples lie: in the installed package, or in the repository it runs from."""

from pathlib import Path

_PACKAGE = Path(__file__).parent


def _data_root() -> Path:
    installed = _PACKAGE / "_data"
    return installed if installed.is_dir() else _PACKAGE.parent


def challenges_dir() -> Path:
    """Folder with one folder a challenge."""
    return _data_root() / "challenges"


def references_dir() -> Path:
    """Folder with `<slug>/<variant>/`, each a correct solution."""
    return _data_root() / "reference_solutions"


def examples_dir() -> Path:
    """Folder with the sample submissions."""
    return _data_root() / "examples"
