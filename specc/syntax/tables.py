"""The parser's tables, made once from the grammar and shipped beside it, so that no run has to make them again.

The tables are plain JSON, never pickled code. They carry the hash of the grammar and the version of Lark; where these
differ, the parser is made from the grammar instead. ``python -m specc.syntax.tables`` writes them anew.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import lark
from lark import Lark, Token, Transformer

_START: Final = ["start", "expression"]


def grammar_folder() -> Path:
    """Where the grammar files lie: in an installed package, or beside it in a checkout."""
    package = Path(__file__).parent.parent
    inside = package / "grammar"
    return inside if inside.is_dir() else package.parent / "grammar"


def load(transformer: Transformer[Token, Any], callbacks: dict[str, Callable[[Token], Token]]) -> Lark:
    """The parser of specs, from the tables where they are fresh, else from the grammar."""
    grammar = (grammar_folder() / "specc.lark").read_text(encoding="utf-8")
    file = grammar_folder() / "specc.tables.json"
    if file.is_file():
        stored = json.loads(file.read_text(encoding="utf-8"), object_pairs_hook=_decoded)
        if stored["key"] == _key(grammar):
            made: Any = Lark._load_from_dict  # type: ignore[attr-defined]  # what Lark's own stand-alone parsers use
            return made(stored["data"], stored["memo"], transformer=transformer, lexer_callbacks=callbacks)
    return _built(grammar, transformer=transformer, lexer_callbacks=callbacks)


def text() -> str:
    """The tables of the grammar as it is now."""
    from lark.grammar import Rule
    from lark.lexer import TerminalDef

    grammar = (grammar_folder() / "specc.lark").read_text(encoding="utf-8")
    data, memo = _built(grammar).memo_serialize([TerminalDef, Rule])
    stored = {"key": _key(grammar), "data": data, "memo": memo}
    return json.dumps(_encoded(stored), separators=(",", ":"), sort_keys=True) + "\n"


def _built(grammar: str, **options: Any) -> Lark:
    return Lark(grammar, parser="lalr", start=list(_START), maybe_placeholders=True, **options)


def _key(grammar: str) -> str:
    return f"{lark.__version__} {hashlib.sha256(grammar.encode()).hexdigest()}"


def _encoded(value: Any) -> Any:
    """JSON has only texts for keys: integers are marked with ``#``."""
    if isinstance(value, dict):
        return {f"#{k}" if isinstance(k, int) else str(k): _encoded(v) for k, v in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        items = sorted(value) if isinstance(value, set | frozenset) else value
        return [_encoded(v) for v in items]
    return value


def _decoded(pairs: list[tuple[str, Any]]) -> dict[Any, Any]:
    return {int(k[1:]) if k[0] == "#" else k: v for k, v in pairs}


if __name__ == "__main__":
    (grammar_folder() / "specc.tables.json").write_text(text(), encoding="utf-8")
