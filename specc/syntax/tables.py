"""The parser's tables, made by Lark from the grammar and shipped beside it, so that no run has to make them again.

The tables are plain JSON, never pickled code. They carry the grammar that they are made of; where it differs, they
are made anew. ``python -m specc.syntax.tables`` writes them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from specc.syntax.lalr import Rule, Tables

if TYPE_CHECKING:
    from lark.grammar import Rule as LarkRule
    from lark.lexer import TerminalDef

_START: Final = ["start", "expression"]
_WORD: Final = re.compile(r"([a-z]+)\(\?!\[A-Za-z0-9_\]\)")
"""The pattern of a keyword."""


def grammar_folder() -> Path:
    """Where the grammar files lie: in an installed package, or beside it in a checkout."""
    package = Path(__file__).parent.parent
    inside = package / "grammar"
    return inside if inside.is_dir() else package.parent / "grammar"


def load() -> Tables:
    """The tables of the grammar, as shipped where they are fresh."""
    grammar = _grammar()
    file = grammar_folder() / "specc.tables.json"
    stored = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else None
    if stored is None or stored.get("grammar") != grammar:
        stored = _made(grammar)
    return Tables(
        words=stored["words"],
        reserved=frozenset(stored["reserved"]),
        signs=stored["signs"],
        patterns=stored["patterns"],
        rules=[Rule(*parts) for parts in stored["rules"]],
        actions=stored["actions"],
        gotos=stored["gotos"],
        starts=stored["starts"],
        ends=stored["ends"],
    )


def text() -> str:
    """The tables of the grammar as it is now."""
    return json.dumps(_made(_grammar()), separators=(",", ":"), sort_keys=True) + "\n"


def _grammar() -> str:
    return (grammar_folder() / "specc.lark").read_text(encoding="utf-8")


def _made(grammar: str) -> dict[str, Any]:
    """The tables as JSON. State 0 and rule 0 are nothing, so that signs tell states from rules."""
    from lark import Lark
    from lark.parsers.lalr_analysis import Shift

    made = Lark(grammar, parser="lalr", start=list(_START), maybe_placeholders=True)
    table: Any = made.parser.parser._parse_table  # type: ignore[attr-defined]
    numbers = {rule: i for i, rule in enumerate(made.rules, 1)}
    states: list[Mapping[str, tuple[Any, Any]]] = [{}, *(table.states[i] for i in range(len(table.states)))]
    terminals = {t.name for t in made.terminals} | {"$END"}
    return {
        "grammar": grammar,
        **_terminals(made.terminals),
        "rules": [["", None, 0, None], *(_rule(rule) for rule in made.rules)],
        "actions": [
            {k: arg + 1 if what is Shift else -numbers[arg] for k, (what, arg) in row.items() if k in terminals}
            for row in states
        ],
        "gotos": [{k: arg + 1 for k, (_, arg) in row.items() if k not in terminals} for row in states],
        "starts": {name: state + 1 for name, state in table.start_states.items()},
        "ends": {name: state + 1 for name, state in table.end_states.items()},
    }


def _terminals(terminals: Collection[TerminalDef]) -> dict[str, Any]:
    """Keywords, signs and patterns of a grammar."""
    patterns = {t.name: t.pattern.value for t in terminals if type(t.pattern).__name__ == "PatternRE"}
    words = {match[1]: name for name, p in patterns.items() if (match := _WORD.fullmatch(p))}
    name = re.compile(patterns["NAME"])
    return {
        "words": words,
        "reserved": sorted(w for w in words if not name.fullmatch(w)),
        "signs": {t.pattern.value: t.name for t in terminals if t.name not in patterns},
        "patterns": {k: patterns[k] for k in ("NAME", "NUMBER", "STRING", "COMMENT")},
    }


def _rule(rule: LarkRule) -> list[Any]:
    """Origin, callback, length and layout. Only what the grammar uses of Lark: nothing is filtered out of a rule."""
    options, length = rule.options, len(rule.expansion)
    origin = str(rule.origin.name)
    stands_for_its_part = length == 1 and not rule.alias and (options.expand1 or origin.startswith("_"))
    if stands_for_its_part:
        return [origin, None, length, None]
    filtered = not options.keep_all_tokens and any(getattr(s, "filter_out", False) for s in rule.expansion)
    if origin.startswith("_") or filtered:
        raise ValueError(f"a rule of {origin} is not of the form that the parser can carry out")
    layout: list[int | None] | None = None
    if any(options.empty_indices):
        parts = iter(range(length))
        layout = [None if empty else next(parts) for empty in options.empty_indices]
    return [origin, rule.alias or origin, length, layout]


if __name__ == "__main__":
    (grammar_folder() / "specc.tables.json").write_text(text(), encoding="utf-8")
