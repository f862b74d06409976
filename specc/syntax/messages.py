"""Explains syntax errors in words."""

from __future__ import annotations

import re
from typing import Final

from specc import limits
from specc.diagnostics import Diagnostic, Fix, Related
from specc.diagnostics.codes import SYNTAX, UNTERMINATED_STRING
from specc.source import Source, Span
from specc.syntax.lalr import Unexpected

_WORDS: Final = {
    "NAME": "a name",
    "NUMBER": "a number",
    "STRING": "a quoted text",
    "MINUS": "`-`",
    "POWER": "`**`",
    "$END": "the end of the file",
    "LPAR": "`(`", "RPAR": "`)`", "LSQB": "`[`", "RSQB": "`]`", "LBRACE": "`{`", "RBRACE": "`}`",
    "EQUAL": "`=`", "COLON": "`:`", "COMMA": "`,`",
}  # fmt: skip
_OPERATORS: Final = {
    "PLUS", "STAR", "SLASH", "PERCENT", "MINUS", "POWER", "LESSTHAN", "MORETHAN", "IN", "AND", "OR", "LSQB", "LPAR",
}  # fmt: skip
_KEYWORDS: Final = {
    "from", "import", "as", "block", "model", "data", "train", "ensemble", "tune", "export", "test", "input", "output",
    "for", "if", "then", "else", "assert", "in", "and", "or", "not", "true", "false", "none",
}  # fmt: skip

_DECLARING: Final = re.compile(r"(?:.*[{}])?[ \t]*(block|model|data|train|ensemble|tune|export|test|from)[ \t]+")
_RESERVED: Final = r"\b(if|then|else|and|or|not|in|for|true|false|none)"
_NEAR: Final = 200
"""Characters around an error that may say what was meant."""
_TEXT: Final = re.compile(r'"(?:[^"\\\n]|\\[^\n])*"')
_GLUED: Final = r"(block|model|data|train|ensemble|tune|export|test)\w+"

# What people write, by the text at the error, and what to say. The first that matches the text from there on wins.
_MISTAKES: Final = (
    (r"'", "texts stand in double quotes", 'write `"…"`'),
    (r";", "a statement ends by itself", "take out the `;`"),
    (r"elif\b", "`elif` is no keyword", "write `else if condition { … }`"),
    (r"(def|class|function|layer)\s+\w", "`{word}` is no keyword", "a reusable part is a `block Name(…) { … }`"),
    (r"(while)\b", "there is no `while`: every spec ends", "loop with `for name in list { … }`"),
    (r"(return)\b", "`return` is no keyword", "name what goes out with `output name = …`"),
    (r"&&|\|\|", "conditions are joined with words", "write `and` or `or`"),
    (r"!(?!=)", "`!` is no operator", "write `not`"),
    (r"<-", "`<-` is no arrow", "data flows with `->`, from left to right"),
    (r"\^", "`^` is no operator", "a power is written `a ** b`"),
    (r"/\*", "a comment begins with `#`", "write `# …`"),
    (r"\+\+", "`++` is no operator", "write `name = name + 1`"),
    (r"=>", "`=>` is no arrow", "data flows with `->`"),
    (r"\|>|>>", "`{word}` is no operator", "data flows with `->`"),
    (r"//(?!\d)", "a comment begins with `#`", "write `# …`"),
    (r"(True|False|None)\b", "`{word}` is written small", "write `true`, `false` or `none`"),
)


# Words of other languages are names here, so the error is found at the word after them.
_STATEMENTS: Final = (
    (r"elif", "`elif` is no keyword", "write `else if condition { … }`"),
    (r"while", "there is no `while`: every spec ends", "loop with `for name in list { … }`"),
    (r"return", "`return` is no keyword", "name what goes out with `output name = …`"),
    (r"(?:def|class|function|layer)", "`{word}` is no keyword", "a reusable part is a `block Name(…) { … }`"),
)
_SECTIONS: Final = r"(train|ensemble|tune|export)"

AS_NAME: Final = "is a keyword and can't be a name"
"""What messages say of a keyword where a name must be."""

# What is before the error, what is from it on, a terminal that could have stood there (or none), what to say.
# `{0}` and on are the groups of the first, `{found}` is the word or sign at the error.
_CONTEXTS: Final = tuple((re.compile(rf"(?:{b})$"), re.compile(rest), *say) for b, rest, *say in (
    (rf"{_RESERVED}\s*", r"=(?!=)", "",
     f"`{{0}}` {AS_NAME}", "call it `{0}_` or something that says more"),
    (r"", r"if\b", "NUMBER", "`if` as a part of an expression needs brackets", "write `(if c then a else b)`"),
    (r"", r"not\s+in\b", "", "`not in` is no operator", "write `not a in b`"),
    (r"\bin\b[^\n=]*", r"in\b", "", "comparisons can't be chained", "write `a in b and b in c`"),
    (r"(?:^|[\n{{}}]|\b(?:block|model|data|train|ensemble|tune|export|input|output|for)\b)[ \t]*", r"\d", "NAME",
     "`{found}` is no name", "a name begins with a letter or `_`"),
    (r"\b(block|model)\s+\w+\s*", r"$", "LBRACE",
     "this {0} has no body", "write `{{ … }}`, or `= …` for a short one"),
    (r"", r"\.\d", "NUMBER", "a number has a digit before its point", "write `0.5`"),
    (r"\d", r"\.(?!\.)", "", "a number has a digit after its point", "write `1.0`"),
    (r"[\w)\]]", r"\.(?!\.)", "",
     "nothing has parts that are named with `.`", "write the name alone: `Dense`, `relu`"),
    (r"[\w)\]] *", r"\.\.(?!\.)", "", "`..` stands only in the domain of a parameter", "write `n: int in 1..9`"),
    (r"-", r"->", "", "`-->` is no arrow", "data flows with `->`"),
    (r">", r">", "", "`>>` is no operator", "data flows with `->`"),
    (r"\blambda\b[^\n:]*", r"[:\w,]", "", "there is no `lambda`", "a reusable part is a `block Name(…) {{ … }}`"),
    (r"\b[fbrFBR]", r"\"", "", "a text has nothing before its quotes", "write `\"…\"` alone"),
    (r"\[[^\]\n]*\s", r"for\b", "", "a list is written item by item", "write `[a, b]`, or take `range(n)`"),
    (r"(?:^|[\n{{}}])[ \t]*", r"\"", "NAME", "a text can't stand alone", "a comment begins with `#`"),
    (r"\bfor\s*", r"\(", "NAME", "`for` has no brackets", "write `for name in list {{ … }}`"),
    (r"\binput\s+(\w+)\s*:\s*", r"[(\[]", "NAME",
     "a type begins with what its numbers are", "write `input {0}: float32[28, 28, 1]`"),
    (r"[(,]\s*(\w+)\s*:\s*(?:float|int|uint|bool)\d*\s*", r"\[", "",
     "parameters have no shape; inputs are declared in the body", "write `input {0}: …` between the braces"),
    (r"->\s*([A-Z]\w*)[ \t]+", r"[\d\"]", "",
     "arguments stand in brackets", "write `{0}({found})`"),
    (r"\boutput\s+\w+\s*", r",", "", "each output has its own statement", "write `output a` and `output b`"),
    (r"\b(block|model|train|ensemble|tune|export|test)\b[^\n{]*", r":\s*(?:#[^\n]*)?\n", "LBRACE",
     "a body stands in braces", "write `{0} … {{ … }}`"),
    (r"\b(block|model)\s+\w+\s*\n\s*", r"(?:input|output|for|if|assert|\w+\s*=)", "LBRACE",
     "a body stands in braces", "write `{0} … {{ … }}`"),
    (r"[(,]\s*", r"\*", "NAME", "arguments are written one by one", "write `name=value`"),
    (r"[^=]=", r"=", "", "`==` compares", "bind a name with one `=`"),
    (r"\w ?", r"[-+*/]=", "EQUAL", "a name is bound with `=` alone", "write `name = name + …`"),
    (r"\b(?:let|var|const|val)\s+", r"\w", "EQUAL", "a name needs no keyword before it", "write `name = …`"),
    (r"\S\s*", r"specc\s+\d", "MODEL", "`specc` stands before everything else", "move it to the top of the file"),
    (r"\bspecc\s*", r"", "NUMBER", "`specc` needs the version of the language", "write `specc 1`"),
    (r"\bversion\s+", r"[\w.]", "STRING", "a version stands in double quotes", 'write `version "1.2.0"`'),
    (r"\bfrom\s+", r"\w", "STRING", "a file's name stands in double quotes", 'write `from "file.model" import Name`'),
    (r"\btest\s+", r"\w|\{", "STRING", "a test has a title in double quotes", 'write `test "what it shows" {{ … }}`'),
    (r"\bimport\s+", r"\*", "", "names are imported one by one", "write `import A, B`"),
    (r"\b(block|model|train|ensemble|tune|export|data)\s*", r"[{(=]", "NAME",
     "`{0}` needs a name", "write `{0} Name …`"),
    (r"\bdata\s+(\w+)\s*", r"[{(]", "EQUAL", "data is given with `=`", 'write `data {0} = Csv("file.csv")`'),
    (rf"\b{_SECTIONS}\s+(\w+)[^\n]*", r"=", "LBRACE", "`{0}` has settings in braces", "write `{0} {1} {{ … }}`"),
    (r"\b(?:block|model)\b[^\n{]*[(,]\s*(\w+)\s*", r"[,)=]", "COLON", "a parameter needs a kind", "write `{0}: int`"),
    (r"\b(?:block|model)\b[^\n{]*\)\s*", r"->", "", "what goes out is said inside", "write `output name = …`"),
    (r"\binput\s+(\w+)\s*", r"", "COLON", "an input needs a type", "write `input {0}: float32[H, W, 3]`"),
    (r"(?:^|[\n{{}])\s*(input|output)\s*", r"=", "NAME",
     "`{0}` is a keyword here", "write `{0} name …`, or call it something else"),
    (r"\bfor\s+[\w, ]+", r"", "IN", "`for` needs `in`", "write `for name in list {{ … }}`"),
    (r"\bfor\b[^\n{{}]*", r":", "LBRACE", "a body stands in braces", "write `for name in list {{ … }}`"),
    (r"\bif\b[^\n{{}]*", r":", "LBRACE", "a body stands in braces", "write `if condition {{ … }}`"),
    (r"(?:^|[\n{{}]) *if\b[^\n]*", r"then\b", "",
     "an `if` with `then` is a value and needs a name", "write `name = if c then a else b`"),
    (r"[\w)\]] +if\b[^\n]*", r"else\b", "", "the condition comes first", "write `if c then a else b`"),
    (r"\bassert\b[^\n]*,\s*", r"\w", "STRING",
     "the message of an `assert` is a text", 'write `assert condition, "why"`'),
    (r"\w\s*", r"\?", "", "`?` is no operator", "write `if c then a else b`"),
    (r"<", r">", "", "`<>` is no operator", "write `!=`"),
    (r"", r"[“”„«»‘’]", "", "texts stand in straight double quotes", 'write `"…"`'),
    (r"", r"[→⟶⇒]", "", "`{found}` is no arrow", "data flows with `->`"),
    (r"", r"[−–—×÷≤≥≠]", "", "`{found}` is no operator", "write it in ASCII: `-` `*` `/` `<=` `>=` `!=`"),
    (r"", r"[^\W\x00-\x7f]", "", "`{found}` can't be in a name", "names have letters `a` to `z`, digits and `_`"),
    (r"(\*\*|[-+*/%<=]|(?<!-)>|\b(?:and|or|not|in))\s*",
     r"[)\]}},]|$|(?:block|model|data|train|ensemble|tune|export|test|from)\s", "NUMBER",
     "a value is missing after `{0}`", "write one, or take out the `{0}`"),
    (r"[=(,\[]\s*", r"->", "NUMBER", "`->` has nothing before it", "write a value or a layer before it"),
    (r"", r"\}", "MODEL", "`}}` closes nothing", "take out the `}}`"),
))  # fmt: skip
_DECLARATIONS: Final = ("block", "model", "data", "train", "ensemble", "tune", "export", "test", "from")
_CLOSING: Final = {"{": "}", "(": ")", "[": "]"}


def explain(source: Source, text: str, error: Unexpected) -> Diagnostic:
    """The diagnostic of a syntax error in ``text``, which is ``source`` with broken parts blanked."""
    start = position(text, error)
    if start == _dangling(text, error, _position(text, error)):
        return Diagnostic(SYNTAX, "`->` leads to nothing", Span(source, start, start + 2), help=(_AFTER_ARROW,))
    # Where a keyword was read as a name, what the parser would take is beside the point: a value was expected.
    accepted = set(error.accepted) if start == _position(text, error) else {"NUMBER"}
    if text[start - 1 : start + 1] == "->":
        start -= 1  # a minus could have stood there, a `>` not
    rest = text[start:]
    if rest.startswith('"') and not _TEXT.match(rest):
        return Diagnostic(
            UNTERMINATED_STRING,
            "this text has no closing quote",
            Span(source, start, start + len(rest.split("\n", 1)[0])),
            help=('a text ends with `"` on the line on which it begins',),
        )
    found = _found(rest)
    span = Span(source, start, start + max(len(found), 1) if found else start)
    known = _unfinished(source, text, start) or _known_mistake(rest, span) or _foreign_word(source, text, start)
    return known or _from_context(source, text, span, found, accepted)


def position(text: str, error: Unexpected) -> int:
    """Where in the text an error is: at the keyword of a declaration that was read as a name, not behind it."""
    at, accepted = _position(text, error), error.accepted
    if (arrow := _dangling(text, error, at)) is not None:
        return arrow
    if accepted & {"NAME", "STRING"} or not re.match(r"[A-Za-z_\"]", text[at : at + 1]):
        return at
    line = text[text.rfind("\n", 0, at) + 1 : at]
    match = _DECLARING.fullmatch(line)
    return at - len(line) + match.start(1) if match else at


_AFTER_ARROW: Final = "write a layer after it"
_BLANK: Final = r"(?:\s|#[^\n]*\n)*"
_LINE_END: Final = rf"[ \t\r]*(?:#[^\n]*)?\n{_BLANK}"
_DANGLING: Final = tuple(
    (re.compile(f"(->){before}$"), re.compile(rest))
    for before, rest in (
        (rf"{_BLANK}(?:#[^\n]*)?", r"[)\]},=]|->|$"),
        (_LINE_END, r"for\b"),
        (rf"{_LINE_END}if\b[^\n{{}}]*", r"\{"),
        (rf"{_LINE_END}(?:input|output|assert)\b[ \t]+[^\n]*", r"."),
        (rf"{_LINE_END}\w+[ \t]*", r"(?:,[ \t]*\w+[ \t]*)*=(?!=)"),
    )
)
"""An arrow at the end of a line, what stands between it and the error, and what is there."""


def _dangling(text: str, error: Unexpected, at: int) -> int | None:
    """The place of an arrow that leads to nothing, where the next statement was read as what it leads to."""
    if not error.accepted:
        return at
    begin = max(0, at - _NEAR)
    before, rest = text[begin:at], text[at : at + _NEAR]
    for pattern, after in _DANGLING:
        if after.match(rest) and (match := pattern.search(before)):
            return begin + match.start(1)
    return None


def _position(text: str, error: Unexpected) -> int:
    if error.at_end:
        return len(text.rstrip()) if text.strip() else len(text)
    return error.start


def _found(rest: str) -> str:
    """The word or sign that a text begins with; of a long one, its beginning."""
    match = _TEXT.match(rest) or re.match(r"[A-Za-z_0-9]+|->|[=!<>]=|\*\*|//|\.\.\.?|\S", rest)
    word = match.group() if match else ""
    return word if len(word) <= limits.NAME_LENGTH else word[: limits.NAME_LENGTH - 1] + "…"


def _known_mistake(rest: str, span: Span) -> Diagnostic | None:
    for pattern, message, hint in _MISTAKES:
        if match := re.match(pattern, rest):
            word = match.group().split()[0]
            return Diagnostic(SYNTAX, message.format(word=word), span, help=(hint,), fix=_fix(rest, word, span))
    return None


_REPLACED: Final = {
    ";": "", "=>": "->", "|>": "->", ">>": "->", "&&": "and", "||": "or", "!": "not ", "True": "true", "False": "false",
    "None": "none", "elif": "else if", "//": "#",
}  # fmt: skip
"""What stands for a word or sign of another language."""


def _fix(rest: str, word: str, span: Span) -> Fix | None:
    if quoted := re.match(r"'([^'\"\\\n]*)'", rest):
        return Fix(Span(span.source, span.start, span.start + quoted.end()), f'"{quoted[1]}"')
    sign = word if word in _REPLACED else span.text
    if sign not in _REPLACED:
        return None
    return Fix(Span(span.source, span.start, span.start + len(sign)), _REPLACED[sign])


def _unfinished(source: Source, text: str, start: int) -> Diagnostic | None:
    """What to say when the next statement was read as the rest of an expression: its `=` is where that fails."""
    if not re.match(r"=(?!=)", text[start : start + 2]):
        return None
    begin = max(0, start - _NEAR)
    match = re.search(r"(\*\*|//|[-+*/%]|[<>=]=|=)[ \t]*(?:#[^\n]*)?\n\s*\w+[ \t]*$", text[begin:start])
    if match is None:
        return None
    sign = match.group(1)
    span = Span(source, begin + match.start(1), begin + match.end(1))
    return Diagnostic(
        SYNTAX, f"a value is missing after `{sign}`", span, help=(f"write one, or take out the `{sign}`",)
    )


def _foreign_word(source: Source, text: str, start: int) -> Diagnostic | None:
    """What to say when the word before the error is a keyword elsewhere."""
    before = text[:start].rstrip()
    for pattern, message, hint in _STATEMENTS:
        if match := re.search(rf"(?:^|[\n{{}}])[ \t]*({pattern})$", before):
            span = Span(source, match.start(1), match.end(1))
            return Diagnostic(SYNTAX, message.format(word=match.group(1)), span, help=(hint,))
    return None


def _from_context(source: Source, text: str, span: Span, found: str, accepted: set[str]) -> Diagnostic:
    before = text[: span.start].rstrip()
    opened = _open_bracket(before)
    shown = f"`{found}`" if found else "the end of the file"
    if not found and opened is not None:
        bracket = before[opened]
        related = (Related(Span(source, opened, opened + 1), "opened here"),)
        expected = f"`{_CLOSING[bracket]}`"
        message = f"`{bracket}` is never closed"
        return Diagnostic(SYNTAX, message, span, expected=expected, found=shown, related=related)
    if mistake := _bracket(source, text, span, found, opened):
        return mistake
    if opened is not None and found in _KEYWORDS and before[opened] == "{" and _at_line_start(text, span.start):
        related = (Related(Span(source, opened, opened + 1), "this brace is not closed"),)
        if found in _DECLARATIONS:
            message = f"`{found}` begins a new declaration, but the one before has no `}}`"
            return Diagnostic(SYNTAX, message, span, expected="`}`", found=shown, related=related)
    hint = _context(text, span.start, found, accepted)
    if hint is None and (missing := _missing_arrow(source, text, span, found, accepted)):
        return missing
    hint = hint or _hint(before, found, accepted) or _unnamed(before, found, accepted)
    return Diagnostic(
        SYNTAX, hint[0] if hint else f"{shown} can't stand here", span, expected=_listed(accepted), found=shown,
        help=hint[1:] if hint else (),
    )  # fmt: skip


def _missing_arrow(source: Source, text: str, span: Span, found: str, accepted: set[str]) -> Diagnostic | None:
    """What to say about a layer that stands behind a value, or alone on the line after it."""
    begin = max(0, span.start - _NEAR)
    if accepted == {"EQUAL", "COMMA"}:
        match = re.search(r"([\w)\]])(\s+)([A-Za-z_]\w*)\s*$", text[begin : span.start])
        place = match and Span(source, begin + match.start(3), begin + match.end(3))
    elif accepted & {"MODEL", "BLOCK"} and re.match(r"[A-Z]\w*\s*(?:\(|->|$|\n)", text[span.start :]):
        match = re.search(r"([\w)\]])([ \t]+)$", text[begin : span.start])
        place = span
    else:
        return None
    if not match or place is None:
        return None
    name, line = place.text, text.rfind("\n", 0, begin + match.end(1)) + 1
    statement = text[line : begin + match.end(1)]
    statement = statement[re.match(r"(?:.*\{)?", statement).end() :]  # type: ignore[union-attr]  # matches nothing, too
    help = (f"is `->` missing before `{name}`?",)
    if "\n" in match.group(2):
        if not name[:1].isupper() or "->" not in statement:
            return None
        help = (*help, "what is no part of the line before needs a name: `name = …`")
    elif not re.search(r"=|->", statement):
        return None
    return Diagnostic(SYNTAX, f"`{name}` can't stand behind a value", place, help=help)


def _bracket(source: Source, text: str, span: Span, found: str, opened: int | None) -> Diagnostic | None:
    """A bracket that closes nothing, or one that is open where the next statement begins."""
    bracket = text[opened] if opened is not None else ""
    closes = found in _CLOSING.values()
    if closes and (bracket in ("", "{")) and found != "}":
        return Diagnostic(SYNTAX, f"`{found}` closes nothing", span, help=(f"take out the `{found}`",))
    begins = found in (*_DECLARATIONS, "input", "output", "for", "assert") and _at_line_start(text, span.start)
    begins = begins or (opened is not None and _binds_after(text, opened, span.start))
    if opened is not None and bracket in "([" and ((closes and found != _CLOSING[bracket]) or begins):
        related = (Related(span, f"before this `{found}`"),)
        place = Span(source, opened, opened + 1)
        expected = f"`{_CLOSING[bracket]}`"
        return Diagnostic(SYNTAX, f"`{bracket}` is never closed", place, expected=expected, related=related)
    return None


def _binds_after(text: str, opened: int, start: int) -> bool:
    """Whether a line that binds a name begins here, not indented deeper than the line of an open bracket."""
    line = text.rfind("\n", 0, start) + 1
    before = text[text.rfind("\n", 0, opened) + 1 : opened]
    indent = len(before) - len(before.lstrip())
    return (
        line > opened
        and not text[line:start].strip()
        and start - line <= indent
        and re.match(r"\w+[ \t]*=(?!=)", text[start : start + _NEAR]) is not None
    )


def _context(text: str, start: int, found: str, accepted: set[str]) -> tuple[str, ...] | None:
    """The message of the first entry of the table that fits."""
    before, rest = text[max(0, start - _NEAR) : start], text[start : start + _NEAR]
    for pattern, after, terminal, message, hint in _CONTEXTS:
        if (terminal and terminal not in accepted) or not after.match(rest):
            continue
        if match := pattern.search(before):
            return (message.format(*match.groups(), found=found), hint.format(*match.groups(), found=found))
    return None


def _unnamed(before: str, found: str, accepted: set[str]) -> tuple[str, ...] | None:
    """A value where a statement or a setting should begin, or no `=` behind its name."""
    name = re.search(r"\w+$", before)
    if found in _DECLARATIONS and "NUMBER" in accepted:
        return (f"`{found}` can't begin inside of another declaration", "write it before or after that one")
    if accepted == {"EQUAL"} and name:
        return (f"`=` is missing after `{name.group()}`", f"write `{name.group()} = …`")
    if accepted == {"EQUAL", "COMMA"}:
        return ("a value needs a name", "write `name = …`, or `output name = …` for what goes out")
    if found == "," and "RBRACE" in accepted:
        return ("no comma stands between statements or settings", "take out the `,`")
    return None


def _hint(before: str, found: str, accepted: set[str]) -> tuple[str, ...] | None:
    """A better message for what stands before the error, with ways out."""
    if found in _KEYWORDS and "NAME" in accepted:
        return (f"`{found}` {AS_NAME}", f"call it `{found}_` or something that says more")
    if found == "import" and not before.endswith('"'):
        return ("an import begins with its file", 'write `from "file.model" import Name`')
    if not _open(before) and accepted & {"MODEL", "BLOCK"} and not re.match(_GLUED, found):
        if found.lower() in _DECLARATIONS:
            return (f"`{found}` is written small", f"write `{found.lower()}`")
        return (f"`{found}` begins no declaration", f"a file is made of {', '.join(f'`{d}`' for d in _DECLARATIONS)}")
    if before.endswith("->"):
        return ("`->` leads to nothing", _AFTER_ARROW)
    if found == ":" and "EQUAL" in accepted:
        return ("a value is set with `=`, not `:`", "write `name = value`")
    if found == "=" and re.search(r"\b(if|assert)\b[^\n]*$", before):
        return ("`=` binds a name", "compare with `==`")
    if found in ("<", ">", "<=", ">=", "==", "!=") and re.search(r"[<>=!]=?\s*[\w.()]+$", before):
        return ("comparisons can't be chained", "write `a < b and b < c`")
    if found == "{" and re.search(r"\b(if)\b", before.rsplit("\n", 1)[-1]) and "THEN" in accepted:
        return ("a condition inside an expression has no braces", "write `if c then a else b`")
    if "THEN" in accepted and "LBRACE" not in accepted:
        return ("`if` in an expression needs `then`", "write `if c then a else b`")
    if "ELSE" in accepted and "RBRACE" not in accepted:
        return ("`if … then …` needs `else`", "write `if c then a else b`")
    if "COMMA" in accepted and accepted != {"EQUAL", "COMMA"} and re.match(r"[\w\"\[(]", found or ""):
        return (f"a comma is missing before `{found}`", "separate items with `,`")
    glued = re.search(rf"\b{_GLUED}$", before + found)
    if glued and accepted & {"MODEL", "BLOCK"}:
        word = glued.group(1)
        return (f"a space is missing after `{word}`", f"write `{word} {glued.group()[len(word) :]}`")
    return None


def _open(before: str) -> bool:
    return _open_bracket(before) is not None


def _listed(accepted: set[str]) -> str | None:
    """What could stand there, in words; operators are left out unless nothing else could."""
    plain = accepted - _OPERATORS - ({d.upper() for d in _DECLARATIONS} if "NAME" in accepted else set())
    words = sorted({_word(t) for t in (plain or accepted)})
    words = [w for w in words if w]
    if not words or len(words) > 8:
        return None
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


def _word(terminal: str) -> str:
    if terminal in _WORDS:
        return _WORDS[terminal]
    if terminal.lower() in _KEYWORDS:
        return f"`{terminal.lower()}`"
    return ""


def _open_bracket(before: str) -> int | None:
    """The position of the innermost bracket that is open at the end of a text."""
    stack: list[int] = []
    for match in re.finditer(r'"(?:[^"\\\n]|\\[^\n])*"|#[^\n]*|[\[({\])}]', before):
        if match.group() in ("[", "(", "{"):
            stack.append(match.start())
        elif match.group() in ("]", ")", "}") and stack:
            stack.pop()
    return stack[-1] if stack else None


def _at_line_start(text: str, at: int) -> bool:
    return not text[text.rfind("\n", 0, at) + 1 : at].strip()
