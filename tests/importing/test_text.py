"""What imported models look like: as people would have written them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from importing_helpers import Record, entry, functional, layer, tensor

from specc.compiler import compile_text
from specc.importing.importer import import_model
from specc.source import Source
from specc.syntax.format import format_source


def text_of(config: Record, path: Path) -> str:
    file = path / "net.json"
    file.write_text(json.dumps(config), encoding="utf-8")
    made = import_model(file)
    assert format_source(Source("text", made.text)) == made.text
    assert compile_text(made.text).report.ok
    return made.text


def test_a_chain_is_a_chain_and_defaults_are_dropped(tmp_path: Path) -> None:
    config = functional(
        entry("image", 13, 17, 3),
        layer("Conv2D", "conv2d_7", "image", filters=5, kernel_size=[3, 3], strides=[1, 1], activation="linear",
              data_format="channels_last", kernel_initializer={"module": "keras.initializers",
              "class_name": "GlorotUniform", "config": {"seed": None}, "registered_name": None}),
        layer("BatchNormalization", "bn", "conv2d_7", axis=3, momentum=0.99, synchronized=False),
        layer("MaxPooling2D", "max_pooling2d", "bn", pool_size=[2, 2], strides=[2, 2]),
    )  # fmt: skip
    assert text_of(config, tmp_path) == (
        "model Net {\n"
        "    input image: float32[13, 17, 3]\n"
        '    output max_pooling2d = image -> Conv2D(5, 3) -> BatchNormalization(name="bn") -> MaxPooling2D\n'
        "}\n"
    )


def residual(number: int, before: str, filters: int) -> list[Record]:
    """Two convolutions and a sum, with names as people give them."""
    name = f"block{number}"
    return [
        layer("Conv2D", f"{name}_conv1", before, filters=2 * filters, kernel_size=[3, 3], padding="same"),
        layer("ReLU", f"{name}_relu", f"{name}_conv1"),
        layer("Conv2D", f"{name}_conv2", f"{name}_relu", filters=filters, kernel_size=[3, 3], padding="same"),
        layer("Add", f"{name}_out", before, f"{name}_conv2"),
    ]


def test_what_repeats_is_a_block_and_a_loop(tmp_path: Path) -> None:
    layers = [entry("image", None, None, 5)]
    for number in range(4):
        layers += residual(number, layers[-1]["name"], 5)
    assert (
        text_of(functional(*layers), tmp_path)
        == """block Residual {
    input x: float32[H, W, 5]
    main = x -> Conv2D(10, 3, padding=same, name="conv1") -> ReLU -> Conv2D(5, 3, padding=same, name="conv2")
    output y = (x, main) -> Add
}

model Net {
    input image: float32[H, W, 5]
    x = image
    for i in range(4) {
        x = x -> Residual(name="block{i}")
    }
    output block3_out = x
}
"""
    )


def test_what_differs_becomes_parameters(tmp_path: Path) -> None:
    layers, before = [entry("image", 16, 16, 3)], "image"
    for number, filters in enumerate([7, 11, 13]):
        layers += [
            layer("Conv2D", f"stage{number}_a", before, filters=filters, kernel_size=[3, 3], padding="same"),
            layer("BatchNormalization", f"stage{number}_b", f"stage{number}_a"),
            layer("Conv2D", f"stage{number}_c", f"stage{number}_b", filters=3 * filters, kernel_size=[1, 1]),
            layer("ReLU", f"stage{number}_d", f"stage{number}_c"),
        ]
        before = f"stage{number}_d"
    text = text_of(functional(*layers), tmp_path)
    assert "(filters: int) = Conv2D(filters, 3, padding=same" in text
    assert "Conv2D(3 * filters, 1" in text
    assert "for i, filters in [(0, 7), (1, 11), (2, 13)] {" in text


def test_a_loop_in_a_block_leaves_its_parameters_alone(tmp_path: Path) -> None:
    layers, before = [entry("image", 16, 16, 3)], "image"
    for stage, filters in enumerate([7, 17, 19]):
        start = before
        for number, width in enumerate([filters, 11, 13, 11, filters]):
            name = f"s{stage}_{number}"
            layers += [
                layer("Conv2D", f"{name}_conv", before, filters=width, kernel_size=[3, 3], padding="same"),
                layer("BatchNormalization", f"{name}_bn", f"{name}_conv"),
                layer("ReLU", f"{name}_relu", f"{name}_bn"),
            ]
            before = f"{name}_relu"
        layers.append(layer("SeparableConv2D", f"s{stage}_last", before, filters=filters, kernel_size=[1, 1]))
        layers.append(layer("Concatenate", f"s{stage}_both", start, f"s{stage}_last"))
        before = f"s{stage}_both"
    text = text_of(functional(*layers), tmp_path)
    assert "width in [" in text
    assert "SeparableConv2D(filters, 1" in text


def test_equal_layers_in_a_row_are_counted(tmp_path: Path) -> None:
    layers = [entry("x", 7), *(layer("Dense", f"dense_{i}", f"dense_{i - 1}" if i else "x", units=7) for i in range(5))]
    assert "x -> Dense(7) * 5" in text_of(functional(*layers), tmp_path)


def test_sizes_that_must_be_equal_are_one_name(tmp_path: Path) -> None:
    config = functional(entry("a", None, 5), entry("b", None, 5), layer("Add", "add", "a", "b"))
    text = text_of(config, tmp_path)
    assert "input a: float32[T, 5]" in text
    assert "input b: float32[T, 5]" in text


def test_sizes_that_need_not_be_equal_have_names_of_their_own(tmp_path: Path) -> None:
    parts = [layer("GlobalMaxPooling1D", f"pool_{n}", n) for n in ("a", "b")]
    config = functional(entry("a", None, 5), entry("b", None, 5), *parts, layer("Add", "add", "pool_a", "pool_b"))
    assert "input b: float32[T2, 5]" in text_of(config, tmp_path)


def test_a_shared_layer_is_bound_to_a_name(tmp_path: Path) -> None:
    twice = layer("Dense", "encoder", "a", units=3)
    twice["inbound_nodes"].append({"args": [tensor("b")], "kwargs": {}})
    both = layer("Subtract", "subtract", tensor("encoder"), tensor("encoder", 1))
    text = text_of(functional(entry("a", 5), entry("b", 5), twice, both), tmp_path)
    assert "encoder = Dense(3)" in text
    assert text.count("-> encoder") == 2


def test_functions_have_their_operators_and_no_batch_axis(tmp_path: Path) -> None:
    numpy = "keras.src.ops.numpy"
    whole = {"class_name": "__slice__", "config": {"start": None, "stop": None, "step": None}}
    step = {"class_name": "__slice__", "config": {"start": 1, "stop": None, "step": None}}
    config = functional(
        entry("x", 7, 4),
        layer("Add", "add", "x", 1.5, module=numpy),
        layer("GetItem", "get_item", "add", [whole, step], module=numpy),
        layer("Reshape", "reshape", "get_item", module=numpy, newshape=[-1, 24]),
        layer("Mean", "mean", "reshape", module=numpy, axis=[1], keepdims=True),
    )
    text = text_of(config, tmp_path)
    for part in ("x + 1.5", "[1:", "reshape(", "[24]", "keepdims=true"):
        assert part in text


@pytest.mark.parametrize("name", ["relu", "input", "mean", "1st", "a b", "Dense"])
def test_an_input_of_any_name_gets_one_that_the_language_has(tmp_path: Path, name: str) -> None:
    text_of(functional(entry(name, 5), layer("Dense", "head", name, units=3, activation="relu")), tmp_path)


def test_layers_with_names_like_those_that_specc_makes_keep_them(tmp_path: Path) -> None:
    config = functional(
        entry("x", 5),
        layer("Dense", "dense", "x", units=3),
        layer("ReLU", "dense_1", "dense"),
        layer("Dense", "dense_2", "dense_1", units=2),
    )
    assert 'ReLU(name="dense_1")' in text_of(config, tmp_path)


def test_models_in_models_that_are_alike_are_one_model(tmp_path: Path) -> None:
    def inner(name: str) -> Record:
        model = functional(entry("v", 5), layer("Dense", f"dense_{name}", "v", units=3), name=name)
        return {**model, "name": name, "inbound_nodes": [{"args": [tensor("x")], "kwargs": {}}]}

    config = functional(entry("x", 5), inner("left"), inner("left_2"), layer("Add", "add", "left", "left_2"))
    text = text_of(config, tmp_path)
    assert text.count("model ") == 3
