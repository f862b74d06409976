"""Carries out the parser's tables: text → tokens → calls of a builder, in one loop.

The tables are Lark's, see `specc.syntax.tables`. As with Lark's contextual lexer, a word is a keyword only where one
may stand, else a name; and where ``==`` can't stand but ``=`` can, that one is read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

END: Final = "$END"
_NAME, _NUMBER, _STRING, _COMMENT, _SIGN, _END, _OTHER = range(1, 8)
_TERMINALS: Final = {_NUMBER: "NUMBER", _STRING: "STRING", _COMMENT: "COMMENT", _END: END}

Row: TypeAlias = Mapping[str, int]
"""By terminal: the state that follows where it is positive, else the negative number of the rule that ends."""


class Token:
    """A word, sign, number or text with its place."""

    __slots__ = ("end", "start", "text")

    def __init__(self, text: str, start: int, end: int) -> None:
        self.text = text
        self.start = start
        self.end = end


class Unexpected(Exception):
    """What stands at ``start`` isn't of the grammar; ``accepted`` are the terminals that could have stood there."""

    def __init__(self, start: int, accepted: Collection[str], *, at_end: bool = False) -> None:
        super().__init__(f"unexpected text at {start}")
        self.start = start
        self.accepted = frozenset(accepted)
        self.at_end = at_end


@dataclass(frozen=True)
class Rule:
    """A rule of the grammar: ``layout`` puts its parts and None for what is left out into the order of its callback.

    Without a ``callback`` its only part stands for it.
    """

    origin: str
    callback: str | None
    length: int
    layout: Sequence[int | None] | None = None


@dataclass(frozen=True)
class Tables:
    """A grammar, ready to parse.

    Attributes:
        words: terminals of keywords, by word.
        reserved: words that are never names.
        signs: terminals of everything else that is always written the same.
        patterns: of ``NAME``, ``NUMBER``, ``STRING`` and ``COMMENT``.
        rules: by number.
        actions, gotos: what comes next, by state and terminal, or by state and rule's origin.
        starts, ends: the first and last state, by the name of the rule that a text is to be of.
    """

    words: Mapping[str, str]
    reserved: frozenset[str]
    signs: Mapping[str, str]
    patterns: Mapping[str, str]
    rules: Sequence[Rule]
    actions: Sequence[Row]
    gotos: Sequence[Mapping[str, int]]
    starts: Mapping[str, int]
    ends: Mapping[str, int]


class Parser:
    """A parser that calls a method of ``builder`` for each rule, named as the rule's callback.

    ``watched`` are called with each token of a terminal, before anything that stands before it is built.
    """

    def __init__(self, tables: Tables, builder: object, watched: Mapping[str, Callable[[Token], object]]) -> None:
        self.tables = tables
        self._watched = watched
        self._builds = [_build(rule, builder) for rule in tables.rules]
        self._tokens = re.compile(_pattern(tables))
        self._after: dict[tuple[int, str, str], int] = {}

    def parse(self, text: str, start: str) -> Any:
        """What the builder makes of a text that is to be of the rule ``start``.

        Raises:
            Unexpected: it isn't.
        """
        states: list[int] = [self.tables.starts[start]]
        values: list[Any] = []
        feed = self._feeder(states, values, self.tables.ends[start])
        at: int | None = 0
        while at is not None:
            at = self._read(text, at, states, feed)
        return values[-1]

    def _read(self, text: str, at: int, states: list[int], feed: _Feed) -> int | None:
        """Feed the tokens from a place on; where a sign was read in part, the place after that, None at the end."""
        actions, signs, words, watched = self.tables.actions, self.tables.signs, self.tables.words, self._watched
        row = actions[states[-1]]
        for match in self._tokens.finditer(text, at):
            group = match.lastindex or 0
            word = match[group]
            token = Token(word, *match.span(group))
            if group == _SIGN:
                terminal = signs[word]
                if terminal not in row and (shorter := self._shorter(word, row)):
                    row = feed(signs[shorter], Token(shorter, token.start, token.start + len(shorter)))
                    return token.start + len(shorter)
            elif group == _NAME:
                terminal = words.get(word, "NAME")
                if terminal not in row and word not in self.tables.reserved:
                    terminal = "NAME"
            elif group == _OTHER:
                raise Unexpected(token.start, {t for t in row if t != END} or {"<END-OF-FILE>"})
            else:
                terminal = _TERMINALS[group]
            if terminal in watched:
                watched[terminal](token)
            if group == _COMMENT:
                continue
            if terminal not in row:
                raise Unexpected(token.start, self.accepted(states) or row, at_end=terminal == END)
            row = feed(terminal, token)
            if group == _END:
                break
        return None

    def _feeder(self, states: list[int], values: list[Any], end: int) -> _Feed:
        """What carries out the actions for one token."""
        actions, rules, builds, after = self.tables.actions, self.tables.rules, self._builds, self._after

        def feed(terminal: str, token: Token) -> Row:
            row = actions[states[-1]]
            while True:
                action = row.get(terminal)
                if action is None:
                    if terminal == END and states[-1] == end:
                        return row
                    raise Unexpected(token.start, self.accepted(states) or row, at_end=terminal == END)
                if action > 0:
                    states.append(action)
                    values.append(token)
                    return actions[action]
                rule, build = rules[-action], builds[-action]
                length = rule.length
                if length:
                    if build is not None:
                        values[-length:] = [build(values[-length:])]
                    del states[-length:]
                else:
                    values.append(build([]) if build is not None else None)
                key = (states[-1], rule.origin, terminal)
                state = after.get(key)
                if state is None:
                    state = after[key] = self._end_units(*key)
                states.append(state)
                row = actions[state]

        return feed

    def _end_units(self, base: int, origin: str, terminal: str) -> int:
        """The state after a part, when all rules have ended that do no more than stand for it."""
        rules, actions, gotos = self.tables.rules, self.tables.actions, self.tables.gotos[base]
        state = gotos[origin]
        while (action := actions[state].get(terminal, 0)) < 0 and rules[-action].callback is None:
            state = gotos[rules[-action].origin]
        return state

    def _shorter(self, sign: str, row: Row) -> str | None:
        """The longest beginning of a sign that is one which may stand here."""
        parts = (sign[:n] for n in range(len(sign) - 1, 0, -1))
        return next((p for p in parts if self.tables.signs.get(p) in row), None)

    def accepted(self, states: Sequence[int]) -> set[str]:
        """The terminals that could come next."""
        return {t for t in self.tables.actions[states[-1]] if self._takes(list(states), t)}

    def _takes(self, states: list[int], terminal: str) -> bool:
        tables = self.tables
        while (action := tables.actions[states[-1]].get(terminal)) is not None:
            if action > 0:
                return True
            rule = tables.rules[-action]
            del states[len(states) - rule.length :]
            states.append(tables.gotos[states[-1]][rule.origin])
        return terminal == END and states[-1] in tables.ends.values()


_Feed: TypeAlias = Callable[[str, Token], Row]


def _pattern(tables: Tables) -> str:
    """One pattern of all tokens, with spaces before them; its groups are numbered as above."""
    signs = "|".join(map(re.escape, sorted(tables.signs, key=len, reverse=True)))
    word = r"[A-Za-z_][A-Za-z0-9_]*"
    kinds = (word, tables.patterns["NUMBER"], tables.patterns["STRING"], tables.patterns["COMMENT"], signs, r"\Z", ".")
    return rf"(?s:[ \t\r\n]*(?:{'|'.join(f'({k})' for k in kinds)}))"


def _build(rule: Rule, builder: object) -> Callable[[list[Any]], Any] | None:
    if rule.callback is None:
        return None
    method: Callable[[list[Any]], Any] = getattr(builder, rule.callback)
    layout = rule.layout
    if layout is None:
        return method
    return lambda parts: method([None if i is None else parts[i] for i in layout])
