"""The pages behind ``specc explain CODE``: what a code means, with a wrong and a right example.

A page is a Markdown file ``pages/E400.md``::

    # E400 shape-mismatch

    Prose: what it means, and why it is an error.

    ## Wrong
    (a fenced example)

    ## Right
    (a fenced example)

An example is one fence of the language ``model``, ``json`` or ``console`` (a session, for what a spec alone
cannot show). Further fences with ``file=NAME`` behind the language are files that lie beside it; in the
prose they lie beside both examples.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from specc.diagnostics.codes import ALL, Code
from specc.diagnostics.diagnostic import did_you_mean

PAGES: Final = Path(__file__).parent / "pages"
_LANGUAGES: Final = ("model", "json", "console")
_FENCE: Final = re.compile(r"(?P<ticks>`{3,})(?P<info>[^`]*)")


@dataclass(frozen=True, slots=True)
class Example:
    """An example and, by name, the files that lie beside it."""

    language: str
    text: str
    files: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class Page:
    """The explanation of one code.

    Attributes:
        code: the catalogue entry.
        title: its name, as the page's heading has it.
        prose: what it means, in Markdown.
        wrong, right: an example that has the finding, and one that has not.
        files: files that lie beside both examples (each example's own ``files`` include them).
        markdown: the whole page.
    """

    code: Code
    title: str
    prose: str
    wrong: Example
    right: Example
    files: Mapping[str, str]
    markdown: str


class UnknownCodeError(LookupError):
    """There is no such code; ``help`` may suggest one."""

    def __init__(self, asked: str) -> None:
        super().__init__(f"there is no diagnostic code `{asked}`")
        self.asked = asked
        self.help = did_you_mean(asked, [word for code in ALL for word in code])


class MissingPageError(LookupError):
    """The code exists and has no page."""

    def __init__(self, code: Code, folder: Path) -> None:
        super().__init__(f"{code.id} {code.name} has no page {folder / code.id}.md")
        self.code = code


class PageError(ValueError):
    """A page does not have the form that this module describes."""


def find_code(code_or_name: str) -> Code:
    """The code that is called ``E400``, ``e400`` or ``shape-mismatch``; else `UnknownCodeError`."""
    asked = code_or_name.strip().casefold()
    for code in ALL:
        if asked in (code.id.casefold(), code.name):
            return code
    raise UnknownCodeError(code_or_name)


def page(code_or_name: str, folder: Path = PAGES) -> Page:
    """The page of a code. Raises `UnknownCodeError`, `MissingPageError` or `PageError`."""
    code = find_code(code_or_name)
    path = folder / f"{code.id}.md"
    if not path.is_file():
        raise MissingPageError(code, folder)
    return _parse(path)


def pages(folder: Path = PAGES) -> list[Page]:
    """All pages there are, in the order of their codes."""
    return [_parse(path) for path in sorted(folder.glob("*.md"))]


def missing_pages(folder: Path = PAGES) -> list[Code]:
    """The codes that have no page."""
    return [code for code in ALL if not (folder / f"{code.id}.md").is_file()]


def _parse(path: Path) -> Page:
    try:
        return _read(path.stem, path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise PageError(f"{path}: {error}") from error


def _read(stem: str, markdown: str) -> Page:
    heading, _, body = markdown.partition("\n")
    code = next((c for c in ALL if heading.strip() == f"# {c.id} {c.name}"), None)
    if code is None or code.id != stem:
        raise ValueError(f"the first line is not `# {stem} name` as in the catalogue of codes")
    sections = _sections(body.splitlines())
    if list(sections) != ["", "Wrong", "Right"]:
        raise ValueError("the sections are not `## Wrong` and `## Right`, in this order and each once")
    prose = "\n".join(sections[""]).strip()
    if not prose:
        raise ValueError("there is no prose before `## Wrong`")
    files = _files(_fences(sections[""]))
    wrong, right = (_example(name, sections[name], files) for name in ("Wrong", "Right"))
    return Page(code, code.name, prose, wrong, right, files, markdown)


def _sections(lines: Iterable[str]) -> dict[str, list[str]]:
    """The lines under each ``## `` heading, those before the first one under ``""``."""
    sections, title, fence = {"": list[str]()}, "", ""
    for line in lines:
        fence = _fence_after(line, fence)
        if fence or not line.startswith("## "):
            sections[title].append(line)
            continue
        title = line[3:].strip()
        if title in sections:
            raise ValueError(f"the section `## {title}` stands twice")
        sections[title] = []
    return sections


def _fence_after(line: str, fence: str) -> str:
    """The ticks of the fence that is open after this line, if ``fence`` was open before it."""
    if fence:
        return "" if re.fullmatch(f"{fence}`*", line.strip()) else fence
    opening = _FENCE.fullmatch(line)
    return opening["ticks"] if opening else ""


def _fences(lines: Iterable[str]) -> Iterator[tuple[str, str]]:
    """The info string and the text of each fence."""
    fence, info, text = "", "", list[str]()
    for line in lines:
        after = _fence_after(line, fence)
        if fence and after:
            text.append(line)
        elif fence:
            yield info, "".join(f"{t}\n" for t in text)
        elif after:
            info, text = line.strip("`").strip(), []
        fence = after
    if fence:
        raise ValueError(f"the fence ```{info} is not closed")


def _file_name(info: str) -> str | None:
    """The name in ``language file=NAME``; None when there is none."""
    _, _, name = info.partition("file=")
    if name and (Path(name).is_absolute() or ".." in Path(name).parts):
        raise ValueError(f"the file name {name!r} leads out of the example's folder")
    return name or None


def _files(fences: Iterable[tuple[str, str]]) -> dict[str, str]:
    return {name: text for info, text in fences if (name := _file_name(info))}


def _example(section: str, lines: list[str], shared: Mapping[str, str]) -> Example:
    fences = list(_fences(lines))
    main = [(info, text) for info, text in fences if not _file_name(info)]
    if len(main) != 1 or main[0][0] not in _LANGUAGES:
        wanted = ", ".join(_LANGUAGES)
        raise ValueError(f"`## {section}` does not have exactly one example fence ({wanted})")
    language, text = main[0]
    return Example(language, text, {**shared, **_files(fences)})
