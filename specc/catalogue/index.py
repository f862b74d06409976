"""Writes `specc.catalogue.where`: in which file each declaration stands, so that a name loads only its own family.

``python -m specc.catalogue.index`` writes it anew; do so after adding, renaming or moving a declaration.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from specc.catalogue import registry

FILE: Final = Path(__file__).with_name("where.py")
_HEAD: Final = '''"""Where declarations stand, and their other names. Written by `python -m specc.catalogue.index`."""

from __future__ import annotations

from typing import Final

WHERE: Final[dict[str, dict[str, str]]] = {
'''


def text() -> str:
    """The index of the catalogue as it is now."""
    parts = [_HEAD]
    for kind, found in sorted(registry.load_all().items()):
        parts.append(f'    "{kind}": {{\n')
        parts += [f'        "{name}": "{found[name].__module__}",\n' for name in sorted(found)]
        parts.append("    },\n")
    parts.append("}\n\nALIASES: Final[dict[str, dict[str, str]]] = {\n")
    for kind, found in sorted(registry.load_all().items()):
        other = {alias: name for name, declared in found.items() for alias in vars(declared).get("aliases", ())}
        if other:
            parts.append(f'    "{kind}": {{\n')
            parts += [f'        "{alias}": "{name}",\n' for alias, name in sorted(other.items())]
            parts.append("    },\n")
    return "".join([*parts, "}\n"])


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
