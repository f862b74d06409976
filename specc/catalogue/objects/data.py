"""Sources of examples. Each says where examples come from and how they are split."""

from __future__ import annotations

from typing import Any

from specc.catalogue.declare import Declaration, Param, Refusal, Value, show_value
from specc.catalogue.objects.rules import Fill
from specc.catalogue.params import Choice, Either, Flag, Integer, Name, Number, Object, Optional, Text, Tuple, positive
from specc.diagnostics.codes import CONFLICTING_ARGUMENTS

_LARGEST_PICTURE = 8192
"""Longest side of a picture, in pixels."""


class Columns(Param[Any]):
    """Columns by the names of a model's inputs or outputs, ``{ size = [a, b]  age = c }``, or those of a lone one."""

    expects = "a column, a list of columns, or a record of them by name"

    def accept(self, value: Value) -> Any:
        if isinstance(value, dict):
            return {str(k): self._list(v) for k, v in value.items()}
        return self._list(value)

    def _list(self, value: Value) -> tuple[str, ...]:
        items = value if isinstance(value, tuple | list) else (value,)
        if not items or not all(isinstance(i, str) and i for i in items):
            raise self.refuse(value)
        return tuple(str(i) for i in items)

    def schema(self) -> dict[str, Any]:
        names = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}
        return {"anyOf": [*names["anyOf"], {"type": "object", "additionalProperties": names}]}


class PerOutput(Param[Any]):
    """A column, or one for each output by name, ``{ price = trust }``."""

    expects = "a column, or a record of them by output"

    def accept(self, value: Value) -> Any:
        if isinstance(value, dict) and value and all(isinstance(v, str) and v for v in value.values()):
            return {str(k): str(v) for k, v in value.items()}
        if not isinstance(value, str) or not value:
            raise self.refuse(value)
        return str(value)

    def schema(self) -> dict[str, Any]:
        name = {"type": "string", "minLength": 1}
        return {"anyOf": [name, {"type": "object", "minProperties": 1, "additionalProperties": name}]}


def _inputs() -> Optional[Any]:
    return Optional(Columns(), doc="which columns feed which input; none for all that are no targets")


def _targets() -> Optional[Any]:
    return Optional(Columns(), doc="which column is the target of which output; none for those the source knows")


class DataSource(Declaration, abstract=True):
    """Examples, split into three parts by a seed; each example is in one part only."""

    kind = "data"

    validation = Number(0.1, low=0.0, high=1.0, open_high=True, doc="share of the examples that validation watches")
    test = Number(0.1, low=0.0, high=1.0, open_high=True, doc="share of the examples that is held out for the end")
    seed = Integer(0, minimum=0, doc="seed of the split")
    stratify = Flag(True, doc="whether each part has the same share of each class, where the target is classes")

    def check(self) -> None:
        if self.validation + self.test >= 1:
            raise Refusal(
                CONFLICTING_ARGUMENTS,
                f"validation and test take {self.validation:g} + {self.test:g}: no examples are left to train on",
                expected="a sum below 1",
                found=f"{self.validation + self.test:g}",
                argument="test",
            )


class FileSource(DataSource, abstract=True):
    """Examples in files below the spec's folder."""

    cache = Optional(
        Choice("memory", "disk"),
        doc="where examples are in training; none: on the disk if they take more than half of the free memory",
    )
    bad_rows = Either(
        Choice("error"), Object("rule"), default="error", doc="what is done about rows that can't be used"
    )


class Named(FileSource, abstract=True):
    """Examples in columns or arrays with names."""

    group = Optional(
        Name(), doc="the column that says what belongs together: examples of one value of it are in one part"
    )
    sample_weight = Optional(
        PerOutput(), doc="the column that says what each example counts in the loss, or one for each output"
    )


class Table(Named, abstract=True):
    """Rows of named columns."""

    missing = Either(
        Choice("error"),
        Tuple(Object("filling"), single=True, at_least=1),
        default="error",
        doc="what stands in the place of missing values of inputs: an error, or one or several `Fill`",
    )

    def check(self) -> None:
        super().check()
        fills = [f for f in self.missing if isinstance(f, Fill)] if isinstance(self.missing, tuple) else []
        named = [c for fill in fills for c in fill.columns or ("",)]
        for column in named:
            if named.count(column) > 1:
                what = f"missing values of `{column}`" if column else "all other missing values"
                raise Refusal(CONFLICTING_ARGUMENTS, f"`missing` says twice how {what} are filled", argument="missing")


class Sklearn(DataSource):
    """One of the real data sets that scikit-learn brings along; nothing is downloaded.

    ``digits``: images ``[8, 8, 1]`` with values 0 to 16, ten classes. The others are tables with named columns.
    Source: https://scikit-learn.org/stable/datasets/toy_dataset.html
    """

    name = Choice("digits", "iris", "wine", "breast_cancer", "diabetes", "linnerud", doc="which data set")
    inputs = _inputs()
    targets = _targets()


class CSV(Table):
    """A table as text, below the spec's folder: a row per line, names of the columns in the first one.

    Numbers are read as they are, ``true`` and ``false`` as 1 and 0 where numbers are wanted. A target of texts is
    classes, in alphabetical order. A text in the place of an integer input ``[T]`` is read as its UTF-8 bytes plus 1,
    padded with 0 to the longest. A value is missing where a cell is empty, ``nan`` or one of ``na_values``.
    """

    path = Text(doc="the file, relative to the spec")
    inputs = _inputs()
    targets = _targets()
    na_values = Tuple(
        Text(), (), single=True, doc="what stands in a cell whose value is missing, besides nothing and nan"
    )
    delimiter = Text(",", doc="the character between two cells, such as `;` or, for a tab, `\\t`")
    decimal = Text(".", doc="what stands before the fraction of a number, `.` or `,`")
    columns = Optional(
        Tuple(Name(), at_least=1), doc="the names of the columns of a file without a header row; none where it has one"
    )

    def check(self) -> None:
        super().check()
        if len(self.delimiter) != 1 or self.delimiter in '"\r\n':
            message = "`delimiter` must be one character, and no quote or end of a line"
            raise Refusal(CONFLICTING_ARGUMENTS, message, found=show_value(self.delimiter), argument="delimiter")
        if self.decimal not in (".", ",") or self.decimal == self.delimiter:
            message = "`decimal` must be `.` or `,`, and not the delimiter"
            raise Refusal(CONFLICTING_ARGUMENTS, message, found=show_value(self.decimal), argument="decimal")
        names = self.columns or ()
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise Refusal(CONFLICTING_ARGUMENTS, f"two columns are called `{twice[0]}`", argument="columns")


class Parquet(Table):
    """A Parquet file, below the spec's folder; only the columns that are needed are read.

    Numbers, truth values (as 1 and 0), texts, and lists of numbers of equal length. What is null is missing. It is
    read with pyarrow: ``pip install 'specc[parquet]'``.
    """

    path = Text(doc="the file, relative to the spec")
    inputs = _inputs()
    targets = _targets()


class Given(Table):
    """Examples that a Python program hands over when it trains: arrays by name, or an iterable of records.

    ``specc.training.run.train(…, given={"Name of the data": examples})``. Numbers, truth values (as 1 and 0), texts
    and arrays of equal shape are taken; ``None`` is a missing value.
    """

    inputs = _inputs()
    targets = _targets()


class Shapes(Param[Any]):
    """Shapes by name, ``{ image = [28, 28, 1] }``."""

    expects = "a record of lists of sizes by name"

    def accept(self, value: Value) -> Any:
        if not isinstance(value, dict):
            raise self.refuse(value)
        found = {str(k): tuple(v) if isinstance(v, tuple | list) else () for k, v in value.items()}
        if not all(shape and all(type(n) is int and n > 0 for n in shape) for shape in found.values()):
            raise self.refuse(value)
        return found

    def schema(self) -> dict[str, Any]:
        sizes = {"type": "array", "items": {"type": "integer", "minimum": 1}, "minItems": 1}
        return {"type": "object", "additionalProperties": sizes}


class TFRecord(Table):
    """Files of ``tf.train.Example``, one after the other; they are read without TensorFlow.

    A feature of one value per example is a number or text, one of several a vector, or of the shape that ``shapes``
    says. Bytes are UTF-8 texts. A feature that is absent or empty is missing. Checksums are verified.
    """

    paths = Tuple(Text(), single=True, at_least=1, doc="the file or files, relative to the spec")
    shapes = Optional(Shapes(), doc="the shapes of features that are more than vectors, by name")
    inputs = _inputs()
    targets = _targets()


class NPZ(Named):
    """NumPy arrays by name in an ``.npz`` file; the first axis counts the examples. Pickled objects are refused."""

    path = Text(doc="the file, relative to the spec")
    inputs = _inputs()
    targets = _targets()


class Files(Param[Any]):
    """A file, or several by name, ``{ x = "x.npy"  y = "y.npy" }``."""

    expects = "a quoted text, or a record of them by name"

    def accept(self, value: Value) -> Any:
        if isinstance(value, dict) and value and all(isinstance(v, str) for v in value.values()):
            return {str(k): str(v) for k, v in value.items()}
        if not isinstance(value, str):
            raise self.refuse(value)
        return str(value)

    def schema(self) -> dict[str, Any]:
        by_name = {"type": "object", "minProperties": 1, "additionalProperties": {"type": "string"}}
        return {"anyOf": [{"type": "string"}, by_name]}


class NPY(Named):
    """NumPy arrays, each in an ``.npy`` file; the first axis counts the examples. Pickled objects are refused."""

    paths = Files(doc="the files by the names of their arrays, or a lone one, whose array is called as the file")
    inputs = _inputs()
    targets = _targets()


class Texts(FileSource):
    """A folder with one folder of ``.txt`` files per class: the array ``text``, and ``label`` as the target.

    Texts are UTF-8, and feed an input ``string[]`` or, as their bytes plus 1, an integer input ``[T]``. Classes are
    in alphabetical order.
    """

    path = Text(doc="the folder, relative to the spec")


class TextLines(FileSource):
    """A text per line, in a file for each class: the array ``text``, and ``label`` as the target.

    Texts are UTF-8, and feed an input ``string[]`` or, as their bytes plus 1, an integer input ``[T]``. Classes are
    in alphabetical order. Empty lines are no examples.
    """

    paths = Files(doc="the files by the names of their classes, or a lone one without classes")
    inputs = _inputs()
    targets = _targets()


def _picture_size() -> Optional[Any]:
    return Optional(
        Tuple(Integer(minimum=1, maximum=_LARGEST_PICTURE), length=2, single=True),
        doc="height and width that pictures are resized to; none for pictures of equal size",
    )


class HuggingFace(Table):
    """A data set of Hugging Face in a folder, as ``save_to_disk`` makes it, or of Parquet, Arrow, CSV or JSON files.

    Columns feed a model as those of a table; pictures have values 0 to 255, and a lone column of classes is the target.
    What is null is missing. Nothing is downloaded, and no code of a data set is run. It is read with the package
    ``datasets``: ``pip install 'specc[huggingface]'``.
    """

    path = Text(doc="the folder, relative to the spec")
    split = Text("train", doc="the split that examples are taken of; specc divides it by its own rules")
    size = _picture_size()
    channels = positive(3, doc="of pictures: 1 for grey, 3 for colour")
    inputs = _inputs()
    targets = _targets()

    def check(self) -> None:
        super().check()
        _require_channels(self.channels)


class TFDS(Table):
    """A data set that TFDS (``tensorflow_datasets``) has prepared in a folder; its files are read without TensorFlow.

    Features feed a model as the columns of a table; pictures have values 0 to 255. The target is the second of the
    data set's supervised keys. Nothing is downloaded, and no code of a data set is run. The extra ``specc[tfds]`` has
    what prepares a data set; reading it needs nothing.
    """

    name = Text(doc="of the data set: ``mnist``, with configuration and version ``name/config:1.0.0``")
    data_dir = Text(doc="the folder that it was prepared in, relative to the spec")
    split = Text("train", doc="the split that examples are taken of, several as ``train+test``")
    size = _picture_size()
    inputs = _inputs()
    targets = _targets()


def _require_channels(channels: Any) -> None:
    if channels not in (1, 3):
        raise Refusal(CONFLICTING_ARGUMENTS, "pictures have 1 or 3 channels", found=str(channels), argument="channels")


class Images(FileSource):
    """A folder with one folder of pictures per class; values are 0 to 255."""

    path = Text(doc="the folder, relative to the spec")
    size = Tuple(
        Integer(minimum=1, maximum=_LARGEST_PICTURE),
        length=2,
        single=True,
        doc="height and width that pictures are resized to",
    )
    channels = positive(3, doc="1 for grey, 3 for colour")

    def check(self) -> None:
        super().check()
        _require_channels(self.channels)
