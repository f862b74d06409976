"""A dtype policy on a program: which layers take it, what stays exact, and that the result is a program like others."""

from specc.compiler import Compilation, compile_text
from specc.diagnostics.codes import BAD_ARGUMENT
from specc.program.graph import ModelGraph
from specc.program.json import canonical, dump
from specc.program.precision import with_policies
from specc.program.program import Program
from specc.source import Source

NET = """
    model Inner {{
        input x: float32[8, 8, 4]
        output y = x + (x -> Conv2D(4, 3, padding=same) -> BatchNormalization -> ReLU)
    }}
    model Net {{
        input image: float32[8, 8, 1]
        x = image -> Rescaling(1 / 16) -> Conv2D(4, 3, padding=same) -> Inner
        z = image -> Reshape([8, 8]) -> {wrapper}
        a = x -> GlobalAveragePooling2D -> Dense(5, dtype=float32)
        output digit = {output}
    }}
    train Net {{
        data = Sklearn(digits)
        loss = SparseCategoricalCrossentropy()
        dtype_policy = {policy}
    }}"""


def mixed(
    policy: str = "mixed_float16",
    output: str = "softmax((a, z) -> Concatenate -> Dense(10))",
    wrapper: str = "Bidirectional(LSTM(5))",
) -> Program:
    return with_policies(elaborated(NET.format(policy=policy, output=output, wrapper=wrapper)), "Net")


def elaborated(text: str) -> Program:
    """A program before the rules over all of it: these networks are nothing that one would train."""
    found = compile_text(text).elaborated
    assert not list(found.findings.errors)
    return found.program


def dtypes(graph: ModelGraph) -> dict[str, str]:
    return {n.name: n.outputs[0].dtype for n in graph.nodes}


def test_layers_take_it_but_those_of_their_own_and_the_last() -> None:
    program = mixed()
    assert dtypes(program.models["Net"]) == {
        "image": "float32",
        "rescaling": "float16",
        "conv2d": "float16",
        "inner.cast_0": "float32",
        "inner": "float32",  # a sum with an input, which is float32
        "reshape": "float16",
        "bidirectional": "float16",
        "global_average_pooling2d": "float16",
        "dense": "float32",
        "concatenate": "float16",
        "dense_1": "float32",
        "softmax": "float32",
    }
    assert repr(program.models["Net"]["bidirectional"].layer) == (
        'Bidirectional(layer=LSTM(units=5, dtype="mixed_float16"), dtype="mixed_float16")'
    )
    inner = program.models["Inner"]
    assert getattr(inner["conv2d"].layer, "dtype", None) == "mixed_float16"
    assert {w.dtype for n in inner.nodes for w in n.weights} == {"float32"}


def test_a_model_that_makes_the_output_ends_exactly() -> None:
    program = mixed(output="image -> Conv2D(4, 3, padding=same) -> Inner -> Inner -> Flatten")
    assert dtypes(program.models["Net"])["flatten"] == "float32"
    program = mixed(output="image -> Conv2D(4, 3, padding=same) -> Inner")
    inner = dtypes(program.models["Inner"])
    assert inner["re_lu"] == "float32" and inner["batch_normalization"] == "float16"
    assert set(dtypes(program.models["Net"]).values()) == {"float32", "float16"}


def test_a_shared_layer_is_one() -> None:
    text = """
        model Net {
            input a: float32[7]
            input b: float32[7]
            half = Dense(7)
            output y = (b -> half -> ReLU) + (a -> half -> half)
        }
        train Net { data = Sklearn(iris)  loss = MeanSquaredError()  dtype_policy = mixed_bfloat16 }"""
    program = with_policies(elaborated(text), "Net")
    layers = {n.layer for n in program.models["Net"].nodes if n.type_name == "Dense"}
    assert [repr(x) for x in layers] == ['Dense(units=7, dtype="float32")']


def test_the_result_is_read_again_and_stays() -> None:
    program = mixed()
    again = Compilation(Source("net.json", canonical(program).decode())).elaborated
    assert not list(again.findings.errors)
    assert dump(again.program) == dump(program)
    assert dump(with_policies(again.program, "Net")) == dump(program)


def test_float32_changes_nothing() -> None:
    program = elaborated(NET.format(policy="float32", output="a", wrapper="LSTM(5)"))
    assert with_policies(program, "Net") is program


def test_each_member_has_the_policy_of_its_plan() -> None:
    text = """
        model A { input x: float32[4]  output y = x -> Dense(8) -> Dense(3, activation=softmax) }
        model B { input x: float32[4]  output y = x -> Dense(9) -> Dense(3, activation=softmax) }
        ensemble Both { members = [A(), B()]  combine = SoftVote() }
        data Flowers = Sklearn(iris)
        train A { data = Flowers  loss = SparseCategoricalCrossentropy()  dtype_policy = mixed_bfloat16 }
        train Both { data = Flowers  loss = SparseCategoricalCrossentropy() }"""
    program = with_policies(elaborated(text), "Both")
    assert dtypes(program.models["A"])["dense"] == "bfloat16"
    assert set(dtypes(program.models["B"]).values()) == {"float32"}
    assert {t.dtype for t in program.models["Both"].output_types.values()} == {"float32"}


def test_what_can_not_compute_in_it_is_told_where_it_stands() -> None:
    layer = "STFTSpectrogram(frame_length=5)"
    wrapper = f"{layer} -> Flatten -> Dense(10, activation=softmax)"
    compilation = compile_text(NET.format(policy="mixed_bfloat16", output="z", wrapper=wrapper))
    (finding,) = (d for d in compilation.report.errors if d.code is BAD_ARGUMENT)
    assert "bfloat16" in finding.message
    assert finding.span.text == layer and finding.related[-1].span.text == "mixed_bfloat16"
    assert any("dtype=float32" in h for h in finding.help)
