"""Written by `python -m specc.build.stubs`."""

from collections.abc import Mapping, Sequence
from typing import Literal

from specc.build.objects import (
    Filling,
    Rule,
    Size,
    Source,
)

class CSV(Source):
    """A table as text, below the spec's folder: a row per line, names of the columns in the first one."""
    def __init__(
        self,
        path: str,
        inputs: str | Sequence[str] | Mapping[str, str | Sequence[str]] | None = None,
        targets: str | Sequence[str] | Mapping[str, str | Sequence[str]] | None = None,
        na_values: str | Sequence[str] = (),
        delimiter: str = ",",
        decimal: str = ".",
        columns: Sequence[str] | None = None,
        missing: Literal["error"] | Filling | Sequence[Filling] = "error",
        group: str | None = None,
        sample_weight: str | Mapping[str, str] | None = None,
        cache: Literal["memory", "disk"] | None = None,
        bad_rows: Literal["error"] | Rule = "error",
        validation: float = 0.1,
        test: float = 0.1,
        seed: Size = 0,
        stratify: bool = True,
    ) -> None: ...

class Given(Source):
    """Examples that a Python program hands over when it trains: arrays by name, or an iterable of records."""
    def __init__(
        self,
        inputs: str | Sequence[str] | Mapping[str, str | Sequence[str]] | None = None,
        targets: str | Sequence[str] | Mapping[str, str | Sequence[str]] | None = None,
        missing: Literal["error"] | Filling | Sequence[Filling] = "error",
        group: str | None = None,
        sample_weight: str | Mapping[str, str] | None = None,
        cache: Literal["memory", "disk"] | None = None,
        bad_rows: Literal["error"] | Rule = "error",
        validation: float = 0.1,
        test: float = 0.1,
        seed: Size = 0,
        stratify: bool = True,
    ) -> None: ...

class HuggingFace(Source):
    """A data set of Hugging Face in a folder, as ``save_to_disk`` makes it, or of Parquet, Arrow, CSV or JSON files."""
    def __init__(
        self,
        path: str,
        split: str = "train",
        size: Size | Sequence[Size] | None = None,
        channels: Size = 3,
        inputs: str | Sequence[str] | Mapping[str, str | Sequence[str]] | None = None,
        targets: str | Sequence[str] | Mapping[str, str | Sequence[str]] | None = None,
        missing: Literal["error"] | Filling | Sequence[Filling] = "error",
        group: str | None = None,
        sample_weight: str | Mapping[str, str] | None = None,
        cache: Literal["memory", "disk"] | None = None,
        bad_rows: Literal["error"] | Rule = "error",
        validation: float = 0.1,
        test: float = 0.1,
        seed: Size = 0,
        stratify: bool = True,
    ) -> None: ...

class Images(Source):
    """A folder with one folder of pictures per class; values are 0 to 255."""
    def __init__(
        self,
        path: str,
        size: Size | Sequence[Size],
        channels: Size = 3,
        cache: Literal["memory", "disk"] | None = None,
        bad_rows: Literal["error"] | Rule = "error",
        validation: float = 0.1,
        test: float = 0.1,
        seed: Size = 0,
        stratify: bool = True,
    ) -> None: ...

class NPY(Source):
    """NumPy arrays, each in an ``.npy`` file; the first axis counts the examples. Pickled objects are refused."""
    def __init__(
        self,
        paths: str | Mapping[str, str],
        inputs: str | Sequence[str] | Mapping[str, str | Sequence[str]] | None = None,
        targets: str | Sequence[str] | Mapping[str, str | Sequence[str]] | None = None,
        group: str | None = None,
        sample_weight: str | Mapping[str, str] | None = None,
        cache: Literal["memory", "disk"] | None = None,
        bad_rows: Literal["error"] | Rule = "error",
        validation: float = 0.1,
        test: float = 0.1,
        seed: Size = 0,
        stratify: bool = True,
    ) -> None: ...

class NPZ(Source):
    """NumPy arrays by name in an ``.npz`` file; the first axis counts the examples. Pickled objects are refused."""
    def __init__(
        self,
        path: str,
        inputs: str | Sequence[str] | Mapping[str, str | Sequence[str]] | None = None,
        targets: str | Sequence[str] | Mapping[str, str | Sequence[str]] | None = None,
        group: str | None = None,
        sample_weight: str | Mapping[str, str] | None = None,
        cache: Literal["memory", "disk"] | None = None,
        bad_rows: Literal["error"] | Rule = "error",
        validation: float = 0.1,
        test: float = 0.1,
        seed: Size = 0,
        stratify: bool = True,
    ) -> None: ...

class Parquet(Source):
    """A Parquet file, below the spec's folder; only the columns that are needed are read."""
    def __init__(
        self,
        path: str,
        inputs: str | Sequence[str] | Mapping[str, str | Sequence[str]] | None = None,
        targets: str | Sequence[str] | Mapping[str, str | Sequence[str]] | None = None,
        missing: Literal["error"] | Filling | Sequence[Filling] = "error",
        group: str | None = None,
        sample_weight: str | Mapping[str, str] | None = None,
        cache: Literal["memory", "disk"] | None = None,
        bad_rows: Literal["error"] | Rule = "error",
        validation: float = 0.1,
        test: float = 0.1,
        seed: Size = 0,
        stratify: bool = True,
    ) -> None: ...

class Sklearn(Source):
    """One of the real data sets that scikit-learn brings along; nothing is downloaded."""
    def __init__(
        self,
        name: Literal["digits", "iris", "wine", "breast_cancer", "diabetes", "linnerud"],
        inputs: str | Sequence[str] | Mapping[str, str | Sequence[str]] | None = None,
        targets: str | Sequence[str] | Mapping[str, str | Sequence[str]] | None = None,
        validation: float = 0.1,
        test: float = 0.1,
        seed: Size = 0,
        stratify: bool = True,
    ) -> None: ...

class TFDS(Source):
    """A data set that TFDS (``tensorflow_datasets``) has prepared in a folder; its files are read without
    TensorFlow.
    """
    def __init__(
        self,
        name: str,
        data_dir: str,
        split: str = "train",
        size: Size | Sequence[Size] | None = None,
        inputs: str | Sequence[str] | Mapping[str, str | Sequence[str]] | None = None,
        targets: str | Sequence[str] | Mapping[str, str | Sequence[str]] | None = None,
        missing: Literal["error"] | Filling | Sequence[Filling] = "error",
        group: str | None = None,
        sample_weight: str | Mapping[str, str] | None = None,
        cache: Literal["memory", "disk"] | None = None,
        bad_rows: Literal["error"] | Rule = "error",
        validation: float = 0.1,
        test: float = 0.1,
        seed: Size = 0,
        stratify: bool = True,
    ) -> None: ...

class TFRecord(Source):
    """Files of ``tf.train.Example``, one after the other; they are read without TensorFlow."""
    def __init__(
        self,
        paths: str | Sequence[str],
        shapes: Mapping[str, Sequence[int]] | None = None,
        inputs: str | Sequence[str] | Mapping[str, str | Sequence[str]] | None = None,
        targets: str | Sequence[str] | Mapping[str, str | Sequence[str]] | None = None,
        missing: Literal["error"] | Filling | Sequence[Filling] = "error",
        group: str | None = None,
        sample_weight: str | Mapping[str, str] | None = None,
        cache: Literal["memory", "disk"] | None = None,
        bad_rows: Literal["error"] | Rule = "error",
        validation: float = 0.1,
        test: float = 0.1,
        seed: Size = 0,
        stratify: bool = True,
    ) -> None: ...

class TextLines(Source):
    """A text per line, in a file for each class: the array ``text``, and ``label`` as the target."""
    def __init__(
        self,
        paths: str | Mapping[str, str],
        inputs: str | Sequence[str] | Mapping[str, str | Sequence[str]] | None = None,
        targets: str | Sequence[str] | Mapping[str, str | Sequence[str]] | None = None,
        cache: Literal["memory", "disk"] | None = None,
        bad_rows: Literal["error"] | Rule = "error",
        validation: float = 0.1,
        test: float = 0.1,
        seed: Size = 0,
        stratify: bool = True,
    ) -> None: ...

class Texts(Source):
    """A folder with one folder of ``.txt`` files per class: the array ``text``, and ``label`` as the target."""
    def __init__(
        self,
        path: str,
        cache: Literal["memory", "disk"] | None = None,
        bad_rows: Literal["error"] | Rule = "error",
        validation: float = 0.1,
        test: float = 0.1,
        seed: Size = 0,
        stratify: bool = True,
    ) -> None: ...
