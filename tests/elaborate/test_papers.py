"""Networks from papers, as someone would write them who knows the language page only: no gap, no false alarm."""

from pathlib import Path

import pytest

from specc.compiler import Compilation

PAPERS = sorted((Path(__file__).parent / "papers").glob("*.model"))


@pytest.mark.parametrize("path", PAPERS, ids=lambda p: p.stem)
def test_is_without_findings(path: Path) -> None:
    assert [d.message for d in Compilation.of_file(path).report] == []


@pytest.mark.keras
@pytest.mark.parametrize("path", PAPERS, ids=lambda p: p.stem)
def test_is_what_keras_builds(path: Path) -> None:
    import numpy as np

    from specc.lower.model import build, static_shape

    compilation = Compilation.of_file(path)
    for name, graph in compilation.program.models.items():
        built = build(compilation.program, name)
        sizes = {n: (2, *(d if isinstance(d, int) else 12 for d in t.shape)) for n, t in graph.inputs.items()}
        rng = np.random.default_rng(3)
        fed = {n: rng.integers(0, 2, sizes[n]).astype(t.dtype) for n, t in graph.inputs.items()}
        answers = built(fed)
        assert built.count_params() == compilation.program.cost(graph).parameters
        for output, type_ in graph.output_types.items():
            assert tuple(built.output[output].shape[1:]) == static_shape(type_)
            assert np.isfinite(answers[output]).all()
