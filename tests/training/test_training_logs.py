"""What a run writes while it trains, read back."""

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from training_helpers import bottles, iris, refusal, run

from specc.compiler import Compilation, compile_text
from specc.diagnostics.codes import CONFLICTING_ARGUMENTS
from specc.training.reports.graph import graph_def
from specc.training.reports.logs import Table

pytestmark = pytest.mark.keras


def shown(folder: Path) -> Any:
    """What TensorBoard finds in a folder."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    return EventAccumulator(str(folder), size_guidance={"tensors": 0}).Reload()


def values(found: Any, tag: str) -> dict[int, Any]:
    from tensorboard.util.tensor_util import make_ndarray

    return {e.step: make_ndarray(e.tensor_proto) for e in found.Tensors(tag)}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of 4 epochs with 5 steps each."""
    settings = "epochs = 4  batch_size = 19  tensorboard = TensorBoard(histogram_freq=2, update_freq=3)"
    made = tmp_path_factory.mktemp("logs") / "run"
    run(iris(settings), made)
    return made


def test_a_table_has_what_the_lines_have(folder: Path) -> None:
    lines = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    with (folder / "metrics.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [list(row) for row in rows] == [list(line) for line in lines]
    assert [{k: str(v) for k, v in line.items()} for line in lines] == rows
    assert list(rows[0])[:4] == ["model", "epoch", "loss", "accuracy"] and len(rows) == 4


def test_a_metric_that_comes_later_is_a_new_column(tmp_path: Path) -> None:
    table = Table(tmp_path)
    table.epoch("a", 1, {"loss": 0.5})
    table.epoch("b", 1, {"loss": 0.25, "mae": 2.0})
    table.epoch("a", 2, {"loss": 0.125})
    assert (tmp_path / "metrics.csv").read_text() == "model,epoch,loss,mae\na,1,0.5,\nb,1,0.25,2.0\na,2,0.125,\n"


def test_scalars_by_epoch_and_by_step(folder: Path) -> None:
    lines = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    train, validation = (shown(folder / "tensorboard" / kind) for kind in ("train", "validation"))
    for found, before in ((train, ""), (validation, "val_")):
        by_epoch = {step: float(v) for step, v in values(found, "epoch_accuracy").items()}
        assert by_epoch == pytest.approx({line["epoch"]: line[f"{before}accuracy"] for line in lines})
    # Every third of 20 steps; the 15th is the last one of an epoch.
    by_step = values(train, "batch_loss")
    assert list(by_step) == [3, 6, 9, 12, 15, 18]
    assert by_step[15] == pytest.approx(lines[2]["loss"])
    assert not any(tag.startswith("batch_") for tag in validation.Tags()["tensors"])


def test_histograms_have_the_paths_of_weights(folder: Path) -> None:
    found = shown(folder / "tensorboard" / "train")
    paths = {"dense/kernel": 24, "dense/bias": 6, "dense_1/kernel": 18, "dense_1/bias": 3}
    assert {tag for tag in found.Tags()["tensors"] if "/" in tag} == paths.keys()
    for path, size in paths.items():
        bins = values(found, path)
        assert list(bins) == [1, 3]  # Keras begins with the first epoch, too
        assert all(b[:, 2].sum() == size for b in bins.values())
        assert not np.array_equal(bins[1], bins[3])


def test_the_graph_has_a_node_per_layer(folder: Path) -> None:
    graph = shown(folder / "tensorboard" / "train").Graph()
    nodes = {n.name: (n.op, list(n.input), {k: v.s.decode() for k, v in n.attr.items() if v.s}) for n in graph.node}
    assert nodes == {
        "features": ("Input", [], {}),
        "dense": ("Dense", ["features"], {"units": "6", "activation": "relu"}),
        "dense_1": ("Dense", ["dense"], {"units": "3", "activation": "softmax"}),
    }
    shape = graph.node[1].attr["_output_shapes"].list.shape[0]
    assert [d.size for d in shape.dim] == [-1, 6]


@pytest.mark.parametrize("name", ["committee", "gpt", "vae", "wine", "unet"])
def test_graphs_of_models_in_models_hang_together(name: str) -> None:
    program = Compilation.of_file(Path(__file__).parents[2] / "specs" / f"{name}.model").program
    for target in program.models:
        graph = graph_def(program, target)
        seen: set[str] = set()
        for node in graph.node:
            assert {name.partition(":")[0] for name in node.input} <= seen, node.name
            assert node.name not in seen
            seen.add(node.name)
        taken = {name.partition(":")[0] for node in graph.node for name in node.input}
        ends = [n.name for n in graph.node if n.name not in taken]
        assert len(ends) <= len(program.models[target].outputs), (target, ends)


@pytest.mark.parametrize(("profiled", "steps"), [("7", 1), ("[4, 6]", 3), ("[19, 23]", 2)])
def test_steps_are_profiled(tmp_path: Path, profiled: str, steps: int) -> None:
    """Steps 4 to 6 are in two epochs of 5 steps; of 20 steps the last ones are 19 and 20."""
    from tensorflow.tsl.profiler.protobuf import xplane_pb2

    settings = f"jit = off  epochs = 4  batch_size = 19  tensorboard = TensorBoard(profile_batch={profiled})"
    run(iris(settings), tmp_path / "run")
    (file,) = (tmp_path / "run" / "tensorboard" / "train" / "plugins" / "profile").glob("*/*.xplane.pb")
    space = xplane_pb2.XSpace.FromString(file.read_bytes())
    names = [plane.event_metadata[e.metadata_id].name for plane in space.planes for s in plane.lines for e in s.events]
    assert sum(name.endswith("ReluGrad:ReluGrad") for name in names) == steps


def test_a_profile_must_not_end_before_it_begins() -> None:
    finding = refusal(lambda: compile_text(iris("tensorboard = TensorBoard(profile_batch=[7, 5])")).program)
    assert finding.code is CONFLICTING_ARGUMENTS and finding.span.text == "[7, 5]", finding.span.text


def test_nothing_is_written_where_that_is_said(tmp_path: Path) -> None:
    run(iris("tensorboard = off"), tmp_path / "off")
    assert not (tmp_path / "off" / "tensorboard").exists()
    run(bottles("tensorboard = TensorBoard(write_graph=false)"), tmp_path / "plain")
    found = shown(tmp_path / "plain" / "tensorboard" / "train").Tags()
    assert not found["graph"] and all(tag.startswith("epoch_") for tag in found["tensors"])


def test_both_forms_of_a_spec_say_what_is_written() -> None:
    from specc.program.json import canonical, graph_hash, pretty
    from specc.program.to_text import to_text
    from specc.source import Source

    assert b"tensorboard" not in canonical(compile_text(iris()).program)
    assert compile_text(iris("tensorboard = none")).program.trains["Iris"].tensorboard == "off"
    for said in ("off", "TensorBoard(histogram_freq=3)"):
        program = compile_text(iris(f"tensorboard = {said}")).program
        assert f"tensorboard = {said}" in to_text(program).replace("  ", " ")
        for name, form in (("m.model", to_text(program)), ("m.json", pretty(program))):
            assert graph_hash(Compilation(Source(name, form)).program) == graph_hash(program)
