"""Files that import each other: versions, installed libraries, and what is never run."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from specc.cli.main import run
from specc.compiler import Compilation
from specc.diagnostics import Diagnostic, SpecError
from specc.elaborate.modules import Loader
from specc.program.json import graph_hash
from specc.source import Source
from specc.syntax import nodes
from specc.syntax.format import format_source

NET = """
model Net {
    input x: float32[8]
    output y = x -> Head
}
"""


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")


def found(path: Path) -> list[Diagnostic]:
    try:
        return list(Compilation.of_file(path).report)
    except SpecError as error:
        return list(error.diagnostics)


def codes(folder: Path, text: str) -> list[str]:
    write(folder, {"main.model": text})
    return [d.code.id for d in found(folder / "main.model")]


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of installed packages; its `acme_blocks` fails when it is imported."""
    site = tmp_path / "site"
    write(
        site,
        {
            "acme_blocks/__init__.py": "raise RuntimeError('a compiler runs no package')\n",
            "acme_blocks/blocks.model": 'version "1.3.0"\n\nfrom "parts/head" import Head as Head\n',
            "acme_blocks/parts/head.model": 'from "../sizes" import Three\n\nblock Head = Three\n',
            "acme_blocks/sizes.model": "block Three = Dense(3)\n",
            "acme_blocks/out.model": 'from "../secret" import Head\n\nblock Own = Head\n',
            "secret.model": "block Head = Dense(3)\n",
        },
    )
    distribution(site, "acme-blocks", 'acme = "acme_blocks"')
    monkeypatch.syspath_prepend(str(site))
    return site


def distribution(site: Path, name: str, entry_point: str) -> None:
    info = f"{name.replace('-', '_')}-1.3.0.dist-info"
    key, _, value = entry_point.partition(" = ")
    write(
        site,
        {
            f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.3.0\n",
            f"{info}/entry_points.txt": "[specc.libraries]\n" + f"{key} = {value.strip(chr(34))}\n",
        },
    )


# ── Versions ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("demanded", "is_met"),
    [("1", True), ("1.2", True), ("1.2.3", True), ("1.2.4", False), ("1.10", False), ("0", False), ("2", False)],
)
def test_version_that_an_import_demands(demanded: str, is_met: bool, tmp_path: Path) -> None:
    write(tmp_path, {"head.model": 'version "1.2.3"\n\nblock Head = Dense(3)\n'})
    text = f'from "head" version "{demanded}" import Head\n{NET}'
    assert codes(tmp_path, text) == ([] if is_met else ["E212"])


def test_versions_are_numbers_and_not_texts(tmp_path: Path) -> None:
    write(tmp_path, {"head.model": 'version "1.10.0"\n\nblock Head = Dense(3)\n'})
    assert codes(tmp_path, f'from "head" version "1.9" import Head\n{NET}') == []


def test_version_is_shown_but_is_no_part_of_the_hash(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = "model Net {\n    input x: float32[8]\n    output y = x -> Dense(3)\n}\n"
    write(tmp_path, {"plain.model": text, "versioned.model": f'version "1.2.3"\n\n{text}'})
    programs = [Compilation.of_file(tmp_path / n).program for n in ("plain.model", "versioned.model")]
    assert [p.version for p in programs] == [None, "1.2.3"]
    assert graph_hash(programs[0]) == graph_hash(programs[1])
    assert run(["show", str(tmp_path / "versioned.model")]) == 0
    assert "version 1.2.3" in capsys.readouterr().out.split("\n")[0]


def test_standard_library_has_versions_and_is_in_order() -> None:
    from specc.elaborate.libraries import STANDARD

    for file in STANDARD.rglob("*.model"):
        tree = Compilation.of_file(file).tree  # that it has no findings is tested with all shipped specs
        assert any(isinstance(d, nodes.Version) for d in tree.declarations), file
        assert format_source(tree.span.source) == tree.span.source.text, file


def test_blocks_of_the_standard_library_are_not_checked_once_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """They are with the shipped specs; what is wrong with a use of one is said where it is used."""
    from specc.elaborate import elaborate, generic

    checked: list[str] = []

    def noted(elaborator: Any, definition: Any) -> None:
        checked.append(definition.name)
        generic.check_block(elaborator, definition)

    monkeypatch.setattr(elaborate, "check_block", noted)
    text = """from "std/residual" import Residual
block Own = Residual(5)
model Net { input x: float32[8, 8, 3]  output y = x -> Own -> Flatten -> Dense(2) }
model Wrong { input x: float32[8]  output y = x -> Residual(5) }"""
    found = list(Compilation(Source("net.model", text)).report)
    assert checked == ["Own"]
    assert [(d.code.id, d.span.text) for d in found] == [("E404", "Residual(5)")]


# ── Installed libraries ──────────────────────────────────────────────────────────────────────────


def test_installed_library_is_found_and_not_run(installed: Path, tmp_path: Path) -> None:
    assert codes(tmp_path, f'from "acme/blocks" version "1.3" import Head\n{NET}') == []
    assert "acme_blocks" not in sys.modules


def test_file_beside_the_spec_comes_first(installed: Path, tmp_path: Path) -> None:
    write(tmp_path, {"acme/blocks.model": "block Head = Dense(1)\n"})
    assert codes(tmp_path, f'from "acme/blocks" import Head\n{NET}') == []
    program = Compilation.of_file(tmp_path / "main.model").program
    assert str(program.models["Net"].output_types["y"]) == "float32[1]"


def test_metadata_is_read_only_when_it_is_needed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(**_: object) -> None:
        raise AssertionError

    monkeypatch.setattr("importlib.metadata.entry_points", forbidden)
    write(tmp_path, {"parts/head.model": "block Head = Dense(3)\n"})
    text = f'from "parts/head" import Head\nfrom "std/residual" import Residual as Residual\n{NET}'
    assert codes(tmp_path, text) == []


@pytest.mark.parametrize(
    ("path", "code", "message"),
    [
        ("acme/blokcs", "E203", "there is no `acme/blokcs` in the library `acme`"),
        ("acme/../secret", "E206", '"acme/../secret" leads out of the library `acme`'),
        ("acme/link", "E206", '"acme/link" leads out of the library `acme`'),
        ("acmee/blocks", "E203", "there is no file `acmee/blocks.model`"),
        ("gone/blocks", "E203", "no installed package"),
        ("code/blocks", "E203", "no installed package"),
        ("twice/blocks", "E203", "`acme_blocks` and `other` both call their library `twice`"),
    ],
)
def test_what_an_installed_library_refuses(
    path: str, code: str, message: str, installed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (installed / "acme_blocks" / "link.model").symlink_to(installed / "secret.model")
    distribution(installed, "gone", 'gone = "no_such_package"')
    distribution(installed, "code", 'code = "acme_blocks:run"')
    distribution(installed, "one", 'twice = "acme_blocks"')
    distribution(installed, "two", 'twice = "other"')
    monkeypatch.chdir(tmp_path)
    write(tmp_path, {"main.model": f'from "{path}" import Head\n{NET}'})
    (finding,) = found(Path("main.model"))
    assert (finding.code.id, finding.span.text) == (code, f'"{path}"')
    assert message in finding.message
    assert "acme_blocks" not in sys.modules


def test_file_of_a_library_stays_in_it(installed: Path, tmp_path: Path) -> None:
    write(tmp_path, {"main.model": 'from "acme/out" import Own as Head\n' + NET})
    (finding,) = found(tmp_path / "main.model")
    assert (finding.code.id, Path(finding.span.source.name).name) == ("E206", "out.model")


# ── What is run, and what is not ─────────────────────────────────────────────────────────────────

FAILING = """
block Head = Dense(3)

model Broken {
    input x: float32[4, 4]
    output y = x -> Conv2D(3, 9)
}

data Missing = Csv("missing.csv", target=y)

train Broken {
    data = Missing
}

test "fails" {
    input x: float32[8]
    output y: float32[9] = x -> Head
}
"""


def test_only_blocks_of_an_imported_file_are_checked(tmp_path: Path) -> None:
    write(tmp_path, {"other.model": FAILING})
    assert found(tmp_path / "other.model")
    assert codes(tmp_path, f'from "other.model" import Head\n{NET}') == []
    program = Compilation.of_file(tmp_path / "main.model").program
    assert (list(program.models), list(program.trains), list(program.data)) == (["Net"], [], [])
    assert Compilation.of_file(tmp_path / "main.model").tests == []


def test_file_of_blocks_is_checked_and_tested(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    blocks = 'version "0.1.0"\n\nblock Head(classes: int = 3) = Dense(classes)\n\n'
    passing = 'test "three" {\n    input x: float32[8]\n    output y: float32[3] = x -> Head\n}\n'
    write(tmp_path, {"blocks.model": blocks + passing, "wrong.model": blocks + passing.replace("[3]", "[4]")})
    assert run(["check", str(tmp_path / "blocks.model")]) == 0
    assert run(["test", str(tmp_path / "blocks.model")]) == 0
    assert "1 passed, 0 failed" in capsys.readouterr().err
    assert run(["test", str(tmp_path / "wrong.model")]) == 1


def test_problem_of_an_imported_block_is_in_its_own_file(tmp_path: Path) -> None:
    write(tmp_path, {"other.model": "block Head(n: int) {\n    input x: float32[N]\n    output y = x -> Dens(n)\n}\n"})
    write(tmp_path, {"main.model": f'from "other" import Head\n{NET.replace("Head", "Head(3)")}'})
    assert [(d.code.id, Path(d.span.source.name).name) for d in found(tmp_path / "main.model")] == [
        ("E201", "other.model")
    ]


# ── Names ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('from "head" import Head\n', []),
        ('from "head" import Head as Head\n\nblock Own = Dense(1)\n', []),
        ('from "head" import Head\n\nblock Own = Dense(1)\n', ["W214"]),
        ('from "head" import Head\n\nblock Own(part: layer = Head) = part\n', []),
        ('from "head" import Head\n\ntest "a" {\n    input x: float32[2]\n    output y = x -> Head\n}\n', []),
        ('from "missing" import Head\n\nblock Own = Dense(1)\n', ["E203"]),
        ("block Own(Dense: float) = Dropout(Dense)\n", ["W213"]),
        ("block Own(dense: float) = Dropout(dense)\n", []),
        ("block Own {\n    input x: float32[N]\n    x = x + 1\n    output y = x\n}\n", []),
        (f"{NET}\nblock Head {{\n    input Net: float32[N]\n    output y = Net\n}}\n", ["W213"]),
    ],
)
def test_hidden_names_and_unused_imports(text: str, expected: list[str], tmp_path: Path) -> None:
    write(tmp_path, {"head.model": "block Head = Dense(3)\n"})
    assert codes(tmp_path, text) == expected


def test_names_of_an_imported_file_are_its_own_matter(tmp_path: Path) -> None:
    write(tmp_path, {"head.model": "block ReLU = Dense(3)\nblock Head = ReLU\n"})
    assert codes(tmp_path, f'from "head" import Head\n{NET}') == []


def test_file_is_loaded_once(tmp_path: Path) -> None:
    write(tmp_path, {"a.model": "block A = Dense(3)\n", "b.model": 'from "a" import A\n\nblock B = A\n'})
    source = Source("main", 'from "a" import A\nfrom "./a.model" import A as C\nfrom "b" import B', tmp_path / "m")
    from specc.syntax.parse import parse

    loader = Loader(tmp_path, lambda error: pytest.fail(str(error)))
    module = loader.load(source, parse(source))
    assert len(loader.loaded) == 2
    assert module.look_up("A").syntax is module.look_up("C").syntax


def test_name_that_no_file_can_have(tmp_path: Path) -> None:
    for path in ("a" * 5000, "a/" * 2000 + "a", " ", ".", "..", "/", "a/", "//a", "std", "std/", "-/b", "a\\u{0}b"):
        assert set(codes(tmp_path, f'from "{path}" import Head\n{NET}')) <= {"E203", "E206"}, path
