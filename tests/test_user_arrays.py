"""The same numbers in any container are the same array; what is missing or no number is refused with its place."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as stn

from bendscape.errors import InvalidParameterError
from bendscape.estimators import HessianSpectralEstimator, SpectralEstimator
from bendscape.user_arrays import check_finite, column, complex_array, numbers_of, real_array, shown

Array = np.ndarray
A = np.arange(6.0).reshape(3, 2)


def frame(x: Array, dtype: str | None = None) -> Any:
    pandas = pytest.importorskip("pandas")
    return pandas.DataFrame(x) if dtype is None else pandas.DataFrame(x).astype(dtype)


def arrow(x: Array) -> Any:
    pyarrow = pytest.importorskip("pyarrow")
    return pyarrow.table({f"x{j}": x[:, j] for j in range(x.shape[1])})


def tensor(x: Array) -> Any:
    return pytest.importorskip("torch").tensor(np.ascontiguousarray(x))


def data_array(x: Array) -> Any:
    return pytest.importorskip("xarray").DataArray(x, dims=("sample", "input"))


CONTAINERS: dict[str, Callable[[Array], Any]] = {
    "itself": lambda x: x,
    "read only, reversed": lambda x: np.asfortranarray(x[::-1])[::-1],
    "big endian": lambda x: x.astype(">f8"),
    "long double": lambda x: x.astype(np.longdouble),
    "objects": lambda x: x.astype(object),
    "nothing masked": lambda x: np.ma.masked_array(x, mask=np.zeros(x.shape, bool)),
    "list of lists": lambda x: x.tolist(),
    "tuple of arrays": lambda x: tuple(x),
    "fractions": lambda x: [[Fraction(v) for v in row] for row in x.tolist()],
    "decimals": lambda x: [[Decimal(v) for v in row] for row in x.tolist()],
    "arrays without axes": lambda x: [[np.array(v) for v in row] for row in x.tolist()],
    "pandas": frame,
    "pandas nullable": lambda x: frame(x, "Float64"),
    "pandas objects": lambda x: frame(x, "object"),
    "pandas rows": lambda x: [row for _, row in frame(x).iterrows()],
    "pandas arrow": lambda x: frame(x, "float64[pyarrow]") if arrow(x) else None,
    "arrow": arrow,
    "polars": lambda x: pytest.importorskip("polars").DataFrame(x, orient="row"),
    "xarray": data_array,
    "xarray of masked": lambda x: data_array(x).copy(data=np.ma.masked_array(x)),
    "torch": tensor,
    "torch with gradient": lambda x: tensor(x).requires_grad_(),
    "torch negated view": lambda x: pytest.importorskip("torch")._neg_view(tensor(-x)),
    "strict": lambda x: pytest.importorskip("array_api_strict").asarray(x),
}


@pytest.mark.parametrize("name", CONTAINERS)
@given(x=stn.arrays(np.float64, st.tuples(st.integers(1, 4), st.integers(1, 3)), elements=st.floats(-1e300, 1e300)))
def test_every_container_of_the_same_numbers_is_the_same_array_to_the_bit(name: str, x: Array) -> None:
    before = x.copy()
    found = real_array("X", CONTAINERS[name](x), ("M", "N"))
    assert type(found) is np.ndarray
    assert found.dtype == np.dtype("=f8")
    assert np.array_equal(found, x)
    assert np.array_equal(x, before)


@pytest.mark.parametrize("dtype", ["?", "i1", "u8", "<i2", ">i4", "f2", ">f4", "f4"])
def test_every_kind_of_number_is_taken_with_its_value(dtype: str) -> None:
    x = np.array([[0, 1], [1, 0]], dtype)
    assert np.array_equal(numbers_of("X", x), x.astype(float))
    kept = numbers_of("X", x, dtype=None)
    assert kept.dtype == np.dtype(dtype).newbyteorder("=")
    assert np.array_equal(kept, x)


@pytest.mark.parametrize("dtype", ["Int64", "UInt8", "Float32", "boolean", "int64[pyarrow]", "category"])
def test_columns_of_pandas_of_every_kind_are_numbers(dtype: str) -> None:
    pytest.importorskip("pyarrow")
    x = np.array([[0, 1], [1, 0]])
    assert np.array_equal(numbers_of("X", frame(x, dtype)), x)


@pytest.mark.parametrize("name", ["bfloat16", "float16", "float8_e4m3fn", "int8", "bool"])
def test_tensors_of_every_kind_of_number_are_read(name: str) -> None:
    torch = pytest.importorskip("torch")
    x = tensor(A % 2).to(getattr(torch, name))
    assert np.array_equal(numbers_of("X", x), A % 2)


def refused(value: Any, *words: str) -> None:
    """The one error, with these words, from every door."""
    for door in (numbers_of, complex_array, lambda name, x: real_array(name, x, ("M", "N"))):
        if door is complex_array and "complex" in words[0]:
            continue
        with pytest.raises(InvalidParameterError) as caught:
            door("X", value)
        message = str(caught.value)
        assert message.startswith("X ")
        for word in words:
            assert word in message, message


MASKED = np.ma.masked_array(A, mask=A == 3)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (MASKED, ("missing value at (1, 1)", "masked", ".filled(")),
        (list(MASKED), ("missing value at 1", "masked")),
        (np.ma.masked, ("missing value", "masked")),
        ([[1.0, None]], ("missing value (None) at (0, 1)",)),
        (A + 0j, ("complex, with no imaginary part", ".real")),
        (A + 1j * (A == 3), ("complex ((3+1j) at (1, 1))", ".real", "abs(z)**2")),
        ([1, 2j], ("complex (2j at 1)", ".real")),
        ([[1], [1, 2]], ("ragged: entry 0 has shape (1,) and entry 1 has (2,)",)),
        ([[1.0, "a"]], ("text 'a' at (0, 1)",)),
        (np.array([["1", "2"]]), ("text '1' at (0, 0)", ".astype(float)")),
        ("abc", ("'abc'", "array of numbers")),
        (b"abc", ("b'abc'", "array of numbers")),
        (None, ("None", "array of numbers")),
        ({"a": 1}, ("dict", "array or a list")),
        ({1.0, 2.0}, ("set", "array or a list")),
        ((x for x in [1.0]), ("generator", "list(...)")),
        (map(float, [1]), ("map", "list(...)")),
        ({1: 2.0}.values(), ("dict_values", "list(...)")),
        ([10**400, 1], ("integer of 401 digits at 0", "double precision")),
        (np.array([np.longdouble("1e4000")]), ("1e+4000 at 0", "double precision")),
        (np.array(["2020-01-01"], "M8[D]"), ("times", "datetime64")),
        (np.zeros(2, [("a", float), ("b", float)]), ("fields ('a', 'b')", "structured_to_unstructured")),
        (float, ("class float",)),
        (len, ("len", "array of numbers")),
    ],
)
def test_what_is_no_array_of_numbers_is_refused_with_place_and_remedy(value: Any, words: tuple[str, ...]) -> None:
    refused(value, *words)


def test_a_list_that_holds_itself_is_refused() -> None:
    endless: list[Any] = []
    endless.append(endless)
    refused(endless, "nested more than")


def test_missing_values_of_tables_are_named_with_row_and_column() -> None:
    pandas = pytest.importorskip("pandas")
    pytest.importorskip("pyarrow")
    for dtype in ("Int64", "Float64", "int64[pyarrow]", "object"):
        table = pandas.DataFrame({"a": [1, 2, 3], "b": [4, None, 6]}, dtype=dtype)
        refused(table, "missing value at (1, 1), column 'b'", ".dropna()")
        refused(table["b"], "missing value at 1", ".fillna(")
    refused([1.0, pandas.NA], "missing value (<NA>) at 1")
    refused(pandas.DataFrame({"a": pandas.to_datetime(["2020-01-01"])}), "Timestamp", "at (0, 0)")
    refused(pytest.importorskip("pyarrow").array([1, None]), "missing value at 1", ".drop_null()")


def test_missing_values_of_polars_are_named_with_row_and_column() -> None:
    polars = pytest.importorskip("polars")
    table = polars.DataFrame({"a": [1, 2, 3], "b": [4, None, 6]})
    refused(table, "missing value at (1, 1), column 'b'", ".drop_nulls()")
    refused(table["b"], "missing value at 1", ".fill_null(")
    refused(table.lazy(), "LazyFrame", ".collect()")


def test_sparse_and_labelled_containers_name_what_to_call() -> None:
    from scipy import sparse

    refused(sparse.csr_matrix(A), "sparse csr_matrix of shape (3, 2)", ".toarray()")
    refused(sparse.coo_array(A), "sparse coo_array", ".toarray()")
    refused(data_array(A).to_dataset(name="x"), "Dataset of several variables", "by its name")
    with pytest.raises(InvalidParameterError, match=r"entry nan at \(1, 1\)"):  # xarray has nan for what is masked
        real_array("X", data_array(MASKED), ("M", "N"))


def test_tensors_without_numbers_name_the_remedy() -> None:
    torch = pytest.importorskip("torch")
    refused(torch.zeros(3, 2, device="meta"), "device 'meta'", "holds no numbers")
    refused(tensor(A).to_sparse(), "sparse tensor", ".to_dense()")
    refused(tensor(A) + 1j, "complex", ".real")
    refused(torch.nn.Linear(2, 2), "Linear", "array of numbers")


def test_a_container_that_fails_keeps_its_own_error_as_the_cause() -> None:
    class Broken:
        shape = (2,)

        def __array__(self, *_: Any, **__: Any) -> Array:
            raise RuntimeError("the file is gone")

    with pytest.raises(InvalidParameterError, match="the file is gone") as caught:
        numbers_of("X", Broken())
    assert isinstance(caught.value.__cause__, RuntimeError)


@given(rows=st.integers(1, 5), row=st.integers(0, 4), bad=st.sampled_from([np.nan, np.inf, -np.inf]))
def test_the_first_entry_that_is_not_finite_is_named(rows: int, row: int, bad: float) -> None:
    x = np.ones((rows, 2))
    x[row % rows, 1] = bad
    with pytest.raises(InvalidParameterError, match=rf"X has the entry {bad} at \({row % rows}, 1\): leave it out"):
        real_array("X", x, ("M", 2), remedy="leave it out")


def test_numbers_whose_sum_overflows_are_finite() -> None:
    check_finite("X", np.full((3, 2), 1e308), "")
    check_finite("X", np.full((3, 2), 3e38, np.float32), "")
    assert real_array("X", [1e308, 1e308], ("M",)).tolist() == [1e308, 1e308]


@pytest.mark.parametrize("shape", [(), (3,), (3, 3), (0, 2), (3, 2, 1)])
def test_the_shape_wanted_is_named(shape: tuple[int, ...]) -> None:
    with pytest.raises(InvalidParameterError, match=r"give an array of shape \(M, 2\)"):
        real_array("X", np.zeros(shape), ("M", 2))


def test_a_column_is_one_number_a_sample() -> None:
    assert column("y", [[1], [2]]).tolist() == [1.0, 2.0]
    assert column("y", frame(A[:, :1])).tolist() == A[:, 0].tolist()
    with pytest.raises(InvalidParameterError, match=r"y has shape \(3, 2\): give an array of shape \(M,\)"):
        column("y", A)


def test_complex_numbers_are_kept_where_they_are_wanted() -> None:
    assert complex_array("z", [1, 2j]).tolist() == [1, 2j]
    assert complex_array("z", [1, 2]).dtype == np.float64


class Unspeakable:
    def __repr__(self) -> str:
        raise ValueError


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (-(10**400), "an integer of 401 digits"),
        (1.5, "1.5"),
        ("a", "'a'"),
        (np.zeros((40, 2)), "an array of shape (40, 2)"),
    ],
)
def test_messages_show_values_in_one_line(value: Any, text: str) -> None:
    assert shown(value) == text
    assert "Unspeakable" in shown(Unspeakable())
    assert shown(10**5000) == "an integer of 5001 digits"  # more than Python itself writes


@given(st.recursive(st.integers() | st.text() | st.floats(), st.lists, max_leaves=20))
def test_no_value_is_shown_at_length(value: Any) -> None:
    text = shown(value)
    assert len(text) < 200
    assert "\n" not in text


def test_lists_say_which_entry_is_odd() -> None:
    rows = [np.ma.array([1.0, 2.0], mask=[False, i == 1]) for i in range(3)]
    with pytest.raises(InvalidParameterError, match=r"X has an entry 1 that has a missing value at 1 \(masked\)"):
        numbers_of("X", rows)
    with pytest.raises(InvalidParameterError, match="y has an entry 2 that has a missing value"):
        numbers_of("y", [1.0, 2.0, np.ma.masked])


@pytest.mark.parametrize("estimator", [SpectralEstimator(), HessianSpectralEstimator()])
def test_masks_in_lists_are_not_dropped_by_estimators(estimator: Any) -> None:
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((40, 4)), rng.chisquare(1, 40)
    rows = [np.ma.array(x, mask=[i == 3, False, False, False]) for i, x in enumerate(X)]
    with pytest.raises(InvalidParameterError, match="X has an entry 3 that has a missing value at 0"):
        estimator.fit(rows, y)
    with pytest.raises(InvalidParameterError, match="y has an entry 5 that has a missing value"):
        estimator.fit(X, [np.ma.masked if i == 5 else value for i, value in enumerate(y)])
    with pytest.raises(InvalidParameterError, match="y is a dict"):
        estimator.fit(X, dict(enumerate(y)))
