from hypothesis import given
from hypothesis import strategies as st

from specc.diagnostics import closest, did_you_mean

LAYERS = ["Conv2D", "Conv3D", "Dense", "Dropout", "BatchNormalization"]


def test_a_misspelling_finds_its_word() -> None:
    assert did_you_mean("Convv2D", LAYERS) == ("did you mean `Conv2D`?",)
    assert closest("conv2d", LAYERS) == "Conv2D"
    assert closest("BatchNormalisation", LAYERS) == "BatchNormalization"


def test_nothing_close_suggests_nothing() -> None:
    assert did_you_mean("Xyzzy", LAYERS) == ()
    assert did_you_mean("Dense", []) == ()
    assert did_you_mean("", LAYERS) == ()


def test_names_that_differ_in_case_only_are_found_alike_every_time() -> None:
    assert closest("mse", ["mse", "MSE"]) == closest("mse", ["MSE", "mse"])


@given(st.text(max_size=30), st.lists(st.text(max_size=30), max_size=20))
def test_the_suggestion_is_a_known_name(name: str, known: list[str]) -> None:
    assert closest(name, known) in {None, *known}


@given(st.text(min_size=1, max_size=30), st.lists(st.text(max_size=30), max_size=20))
def test_the_order_of_the_known_names_does_not_matter(name: str, known: list[str]) -> None:
    assert closest(name, known) == closest(name, list(reversed(known)))
