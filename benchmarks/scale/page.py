"""Tables in a Markdown page, each between two comments that name it: `<!-- needed -->` and `<!-- /needed -->`."""

import re
from collections.abc import Mapping


def filled(page: str, tables: Mapping[str, str]) -> str:
    """The page with these tables in their places.

    Raises:
        SystemExit: a table has no place in it, or more than one.
    """
    for name, text in tables.items():
        place = re.compile(rf"(<!-- {re.escape(name)} -->\n).*?(<!-- /{re.escape(name)} -->)", re.DOTALL)
        page, found = place.subn(lambda match, text=text: f"{match[1]}{text}\n{match[2]}", page)  # type: ignore[misc]
        if found != 1:
            raise SystemExit(
                f"the page has {found} places for the table {name}; write <!-- {name} --><!-- /{name} --> once"
            )
    return page
