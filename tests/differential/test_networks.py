"""Random networks of all layers, from text to a Keras model that runs: every size, dtype and weight is compared.

`SPECC_NETWORKS` says which seeds the nightly hunt tries: `COUNT` or `FIRST:COUNT`. Ranges may run side by side with
pytest-xdist, or by hand with `hunt.py`.
"""

import os
from pathlib import Path

import pytest
from hunt import EXPECTED, Tally, hunt, try_seed
from network_compare import Refused, compared, of_text
from network_draw import LEAST, MOST, draw
from network_shrink import kind_of, shrunk
from networks import Network

from specc.catalogue.layers.activations import ReLU
from specc.compiler import compile_text
from specc.program.types import TensorType

pytestmark = pytest.mark.keras

FIRST = 20_000
ORDINARY = 25
NIGHTLY = 10_000


@pytest.mark.parametrize("seed", range(FIRST, FIRST + ORDINARY))
def test_a_random_network_is_the_same_in_keras(seed: int):
    told = try_seed(seed, Tally())
    assert told is None, f"SPECC_NETWORKS={seed}:1\n{told}"


@pytest.mark.nightly
def test_many_random_networks_are_the_same_in_keras(tmp_path: Path):
    first, _, count = os.environ.get("SPECC_NETWORKS", str(NIGHTLY)).rpartition(":")
    tally = hunt(int(first or 0), int(count), Path(os.environ.get("SPECC_HUNT", tmp_path)))
    print(tally.table())
    assert not tally.failures, "\n\n".join(tally.failures.values())
    if tally.networks >= NIGHTLY:
        assert not tally.missing(), "never drawn"


# ── What is drawn ────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def networks() -> list[Network]:
    return [draw(seed) for seed in range(150)]


def test_a_seed_draws_the_same_network_again(networks: list[Network]):
    assert [draw(seed).text for seed in range(5)] == [n.text for n in networks[:5]]


def test_networks_are_small_and_large_branched_and_shared(networks: list[Network]):
    counts = [n.count() for n in networks]
    assert min(counts) <= 5 and max(counts) > 25 and LEAST <= sorted(counts)[len(counts) // 2] <= MOST
    steps = [s for n in networks for s in n.steps]
    assert sum(len(s.names) > 1 for s in steps) > len(networks) / 2, "branches come together"
    assert sum(bool(s.bound) for s in steps) > len(networks) / 4, "layers are shared"
    assert any(isinstance(s.callee, Network) for s in steps), "models are nested"
    assert sum(bool(n.symbols) for n in networks) > len(networks) / 4, "sizes are unknown"
    assert sum(len(n.inputs) > 1 for n in networks) > len(networks) / 4, "there are several inputs"
    assert {t.dtype for n in networks for t in n.types.values()} >= {"float16", "float32", "float64", "int32", "string"}


def test_specc_accepts_nearly_all(networks: list[Network]):
    errors = [compile_text(n.text).report.errors for n in networks]
    assert all(e.code.id in EXPECTED for found in errors for e in found)
    assert sum(bool(found) for found in errors) < 0.1 * len(networks)


# ── The comparison notices, and makes it small ───────────────────────────────────────────────────


def test_a_wrong_shape_rule_is_noticed_and_shrunk(monkeypatch: pytest.MonkeyPatch):
    def output(self: ReLU, x: TensorType) -> TensorType:
        return x.with_shape(*x.shape[:-1], x.channels + 1)

    monkeypatch.setattr(ReLU, "output", output)
    network = next(n for seed in range(60, 2000) if (n := draw(seed)).drawn()["ReLU"] and n.count() > 6)
    found = compared(network)
    assert not isinstance(found, Refused) and any("shape of" in f for f in found)
    small = shrunk(network, found[0], lambda n: _fails_like(n, kind_of(found[0])))
    assert [type(s.callee).__name__ for s in small.steps] == ["ReLU"]


def _fails_like(network: Network, kind: str) -> bool:
    found = compared(network)
    return not isinstance(found, Refused) and any(kind_of(f) == kind for f in found)


@pytest.mark.parametrize(
    ("text", "noticed"),
    [
        ("model M { input x: float32[7]  output y = x -> Dense(5, dtype=float16) }", []),
        ("model M { input x: float32[T, 7]  output y = x -> LSTM(5, trainable=false) }", []),
        ("model M { input x: float32[7]  output y = x -> Dense(5, kernel_initializer=identity) }", []),
    ],
)
def test_right_ones_pass(text: str, noticed: list[str]):
    assert of_text(text, "M", ["T"] if "T" in text else []) == noticed


def test_a_layer_that_keras_refuses_is_noticed(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(ReLU, "keras_arguments", lambda self, inputs: {"max_value": -1})
    found = of_text("model M { input x: float32[7]  output y = x -> ReLU }", "M", [])
    assert not isinstance(found, Refused)
    assert found[0].startswith("only Keras refuses: Keras refuses `ReLU`")


def test_weights_of_another_number_are_noticed(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(ReLU, "weights", lambda self, x: [self.weight("slope", 3)])
    found = of_text("model M { input x: float32[7]  output y = x -> ReLU }", "M", [])
    assert not isinstance(found, Refused) and found[0].startswith("Keras fails: AssertionError")
