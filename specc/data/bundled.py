"""What is in the data sets that scikit-learn brings along, so that a spec can be checked without loading them.

``tests/data/test_data_facts.py`` compares this with scikit-learn itself.
"""

from __future__ import annotations

from typing import Final, NamedTuple


class Bundled(NamedTuple):
    """The columns of a data set in its order, the shape of a value in an input, and how many classes the target has."""

    inputs: tuple[str, ...]
    targets: tuple[str, ...]
    classes: int | None = None
    shape: tuple[int, ...] = ()


BUNDLED: Final[dict[str, Bundled]] = {
    "digits": Bundled(("image",), ("digit",), 10, (8, 8, 1)),
    "iris": Bundled(
        ("sepal length (cm)", "sepal width (cm)", "petal length (cm)", "petal width (cm)"), ("species",), 3
    ),
    "wine": Bundled(
        (
            "alcohol",
            "malic_acid",
            "ash",
            "alcalinity_of_ash",
            "magnesium",
            "total_phenols",
            "flavanoids",
            "nonflavanoid_phenols",
            "proanthocyanins",
            "color_intensity",
            "hue",
            "od280/od315_of_diluted_wines",
            "proline",
        ),
        ("cultivar",),
        3,
    ),
    "breast_cancer": Bundled(
        (
            "mean radius",
            "mean texture",
            "mean perimeter",
            "mean area",
            "mean smoothness",
            "mean compactness",
            "mean concavity",
            "mean concave points",
            "mean symmetry",
            "mean fractal dimension",
            "radius error",
            "texture error",
            "perimeter error",
            "area error",
            "smoothness error",
            "compactness error",
            "concavity error",
            "concave points error",
            "symmetry error",
            "fractal dimension error",
            "worst radius",
            "worst texture",
            "worst perimeter",
            "worst area",
            "worst smoothness",
            "worst compactness",
            "worst concavity",
            "worst concave points",
            "worst symmetry",
            "worst fractal dimension",
        ),
        ("diagnosis",),
        2,
    ),
    "diabetes": Bundled(("age", "sex", "bmi", "bp", "s1", "s2", "s3", "s4", "s5", "s6"), ("progression",)),
    "linnerud": Bundled(("Chins", "Situps", "Jumps"), ("Weight", "Waist", "Pulse")),
}
