"""The command that makes a spec of a model of Keras."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from specc.cli.common import note
from specc.cli.rewrite import write_text
from specc.diagnostics import Diagnostic, SpecError
from specc.diagnostics.codes import CANNOT_WRITE, FOLDER_EXISTS
from specc.source import whole_file


@click.command("import", epilog="Example: specc import resnet.keras -o resnet.model")
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
@click.option("--output", "-o", type=click.Path(path_type=Path), help="The spec; by default FILE's name with `.model`.")
@click.option("--force", is_flag=True, help="Replace files that are there already.")
def import_(file: Path, output: Path | None, force: bool) -> None:
    """Write the spec of a Keras model: of a `.keras` or `.h5` file, or of its JSON.

    Nothing of the file is executed. What repeats becomes blocks and loops; weights are written beside the spec, as
    `.safetensors`, under its names. What a spec can't express is reported, and then nothing is written.
    """
    from specc.importing.importer import import_model

    spec = output or Path(file.name).with_suffix(".model")
    weights = spec.with_suffix(".safetensors")
    if spec.suffix != ".model":
        raise click.UsageError(f"a spec is called `….model`, not `{spec.name}`")
    made = import_model(file)
    targets = [spec] if made.weights is None else [spec, weights]
    if existing := [p for p in targets if (p.exists() or p.is_symlink()) and not force]:
        found = [
            Diagnostic(FOLDER_EXISTS, f"`{p}` exists already", whole_file(p), help=("replace it with `--force`",))
            for p in existing
        ]
        raise SpecError(*found)
    if made.weights is not None:
        _write_weights(weights, made.weights)
    write_text(spec, made.text)
    lines, blocks = len(made.text.splitlines()), made.blocks
    note(f"wrote {spec}: {_count(lines, 'line')}, {_count(blocks, 'block')}")
    if made.weights is not None:
        note(f"wrote {weights}: {_count(len(made.weights), 'array')}")
    for sentence in made.notes:
        note(sentence)
    if made.train:
        note("how it was compiled is not in the spec, as that needs data; with `data Examples = …` this trains it:\n")
        note(made.train)


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _write_weights(path: Path, weights: Mapping[str, Any]) -> None:
    """Write weights in one step: whatever happens, the file holds the old or the new ones.

    Raises:
        SpecError: they can't be written.
    """
    import tempfile

    from specc.artifact.tensors import save_weights

    temporary: Path | None = None
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        os.close(handle)
        temporary = Path(name)
        save_weights(temporary, weights)
        temporary.chmod(0o644)
        temporary.replace(path)
    except OSError as error:
        message = f"`{path}` can't be written: {error.strerror or error}"
        raise SpecError(Diagnostic(CANNOT_WRITE, message, whole_file(path))) from None
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
