"""Formulas that a user writes as text: parsed into SymPy, node by node, and never evaluated as code.

Only these are accepted: numbers, the given variables, `pi` and `e`, `+ - * / **`, and calls of the functions below. The
text is read by Python's own parser, which builds a tree and runs nothing.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache, cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from ..arguments import refuse
from ..errors import InvalidParameterError, MissingPackageError, install
from ..expected import choice, nearest
from ..user_arrays import numbers_of

__all__ = ["FUNCTIONS", "Expression"]

FUNCTIONS = ("cos", "cosh", "erf", "exp", "log", "sigmoid", "sin", "sinh", "softplus", "sqrt", "tan", "tanh")
_KINKS = ("abs", "heaviside", "max", "min", "relu", "sign")
_OPERATORS: dict[type, Callable[[Any, Any], Any]] = {
    ast.Add: lambda x, y: x + y,
    ast.Sub: lambda x, y: x - y,
    ast.Mult: lambda x, y: x * y,
    ast.Div: lambda x, y: x / y,
    ast.Pow: lambda x, y: x**y,
}
_LENGTH, _DEPTH, _POWER = 500, 30, 64  # characters; operations inside each other; exponent
_NUMBER, _VALUE_MAX = 1e12, 1e150  # largest number as written, and as a value of a part


def _sympy() -> Any:
    try:
        import sympy
    except ImportError as error:
        raise MissingPackageError(f"formulas need SymPy, which is not installed: {install('expressions')}") from error
    return sympy


@dataclass(frozen=True)
class Expression:
    """A formula in some variables, such as `"tanh(x)"` or `"(y - yhat)**2 / (2*(1.5 + y))"`.

    Parameters
    ----------
    text : str
        Up to 500 characters: numbers, variables, `pi`, `e`, `+ - * / **`, brackets, and the functions `cos`, `cosh`,
        `erf`, `exp`, `log`, `sigmoid`, `sin`, `sinh`, `softplus`, `sqrt`, `tan`, `tanh`. Exponents are numbers
        up to 64.
    variables : tuple of str
        Names that may occur.
    by : tuple of str, optional
        Variables in which the derivative is taken, one after the other.

    Raises
    ------
    InvalidParameterError
        If the text contains anything else, or the formula has a kink.
    MissingPackageError
        If SymPy is not installed.

    Examples
    --------
    >>> from bendscape.models import Expression
    >>> formula = Expression("x**2 + exp(-x)", ("x",))
    >>> float(formula(0.0)), float(formula.derivative("x")(0.0))
    (1.0, -1.0)
    """

    text: str
    variables: tuple[str, ...]
    by: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in ("variables", "by"):
            given = getattr(self, name)
            if not isinstance(given, tuple | list) or not all(isinstance(x, str) and x.isidentifier() for x in given):
                raise refuse(name, given, "a tuple of names, such as ('x',)")
            object.__setattr__(self, name, tuple(given))
        if not self.variables:
            raise refuse("variables", self.variables, "at least one name")
        for variable in self.by:
            choice("by", variable, self.variables)
        self._tree  # noqa: B018  (a formula that cannot be read is refused here, not when it is used)

    def __getstate__(self) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
        return self.text, self.variables, self.by

    def __setstate__(self, state: tuple[str, tuple[str, ...], tuple[str, ...]]) -> None:
        self.__dict__.update(zip(("text", "variables", "by"), state, strict=True))

    @cached_property
    def _tree(self) -> Any:
        tree = _read(self.text, self.variables)
        for variable in self.by:
            tree = tree.diff(_sympy().Symbol(variable, real=True))
        return tree

    def __call__(self, *values: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """Evaluate the formula at arrays that broadcast, one for each variable."""
        if len(values) != len(self.variables):
            raise InvalidParameterError(
                f"{len(values)} arrays for the variables {', '.join(self.variables)} of {self.text!r}: give one of each"
            )
        given = [numbers_of(name, value) for name, value in zip(self.variables, values, strict=True)]
        try:
            arrays = np.broadcast_arrays(*given)
        except ValueError:
            shapes = ", ".join(f"{name} {x.shape}" for name, x in zip(self.variables, given, strict=True))
            raise InvalidParameterError(f"shapes do not broadcast ({shapes}): give equal shapes, or numbers") from None
        with np.errstate(all="ignore"):
            result = np.asarray(self._function(*arrays) + np.zeros(arrays[0].shape), dtype=float)
        lost = ~np.isfinite(result)
        if np.any(lost):
            points = zip(result[lost], *(a[lost] for a in arrays), strict=True)
            result = np.where(lost, 0.0, result)
            result[lost] = [self._precise(*point) for point in points]
        return result

    def derivative(self, variable: str) -> Expression:
        """Return the derivative in one variable, another formula."""
        return replace(self, by=(*self.by, choice("variable", variable, self.variables)))

    def _precise(self, default: float, *point: float) -> float:
        """Evaluate with exponents of any size, where doubles overflow on the way, as in `log(cosh(x))`."""
        try:
            return float(self._of_any_size(*map(float, point)))
        except (TypeError, ValueError, ArithmeticError):  # the result is complex, undefined or infinite
            return default

    @cached_property
    def _of_any_size(self) -> Callable[..., Any]:
        sympy = _sympy()
        import mpmath  # SymPy's own

        special = {"sigmoid": lambda x: 1 / (1 + mpmath.exp(-x)), "softplus": lambda x: mpmath.log1p(mpmath.exp(x))}
        symbols = [sympy.Symbol(name, real=True) for name in self.variables]
        return sympy.lambdify(symbols, self._tree, [special, "mpmath"])  # type: ignore[no-any-return]

    @cached_property
    def _function(self) -> Callable[..., Any]:
        from scipy.special import expit

        sympy = _sympy()
        modules = [{"sigmoid": expit, "softplus": lambda x: np.logaddexp(0.0, x)}, "scipy", "numpy"]
        symbols = [sympy.Symbol(name, real=True) for name in self.variables]
        return sympy.lambdify(symbols, self._tree, modules)  # type: ignore[no-any-return]


def _read(text: str, variables: tuple[str, ...]) -> Any:
    if not isinstance(text, str) or not 0 < len(text) <= _LENGTH:
        raise InvalidParameterError(f"formula {str(text)[:40]!r}...: give text of 1 to {_LENGTH} characters")
    try:
        body = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise InvalidParameterError(
            f"formula {text!r} cannot be read: write it as in Python, x**2 for a square"
        ) from None
    reader = _Reader(text, variables)
    reader.check(body, 0)
    return reader.read(body)


@dataclass(frozen=True)
class _Reader:
    text: str
    variables: tuple[str, ...]

    def check(self, node: ast.AST, depth: int) -> None:
        """Raise for anything that is not part of a formula; SymPy is not needed."""
        if depth > _DEPTH:
            raise self.refused(f"more than {_DEPTH} operations inside each other")
        match node:
            case ast.Constant():
                self.check_number(node.value)
            case ast.Name():
                self.check_name(node.id)
            case ast.UnaryOp(op=ast.UAdd() | ast.USub()):
                self.check(node.operand, depth + 1)
            case ast.BinOp() if type(node.op) in _OPERATORS:
                self.check(node.left, depth + 1)
                self.check(node.right, depth + 1)
            case ast.Call(func=ast.Name()):
                self.check_call(node, depth)
            case _:
                raise self.refused(f"{type(node).__name__} has no place in a formula")

    def check_number(self, value: object) -> None:
        if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= _NUMBER:
            raise self.refused(f"{value!r:.40} is not a number up to {_NUMBER:g}")

    def check_name(self, name: str) -> None:
        if name not in (*self.variables, "pi", "e"):
            raise self.refused(f"{name!r} is unknown", nearest(name, (*self.variables, *FUNCTIONS)))

    def check_call(self, node: ast.Call, depth: int) -> None:
        assert isinstance(node.func, ast.Name)
        name = node.func.id
        if name.lower() in _KINKS:
            raise self.refused(
                f"{name} has a kink, where the curvature is infinite; softplus and sqrt(1 + x**2) are smooth"
            )
        if name not in FUNCTIONS:
            raise self.refused(f"the function {name!r} is unknown", nearest(name, FUNCTIONS))
        if len(node.args) != 1 or node.keywords:
            raise self.refused(f"{name!r} with {len(node.args)} arguments is unknown")
        self.check(node.args[0], depth + 1)

    def read(self, node: ast.AST) -> Any:
        """Return the formula in SymPy, from a checked tree."""
        sympy = _sympy()
        match node:
            case ast.Constant(value=int()):
                return sympy.Integer(node.value)
            case ast.Constant():
                return sympy.Float(node.value)
            case ast.Name(id=name):
                constants = {"pi": sympy.pi, "e": sympy.E}
                return constants[name] if name not in self.variables else sympy.Symbol(name, real=True)
            case ast.UnaryOp():
                inner = self.read(node.operand)
                return -inner if isinstance(node.op, ast.USub) else inner
            case ast.BinOp():
                return self.operation(node)
            case ast.Call(func=ast.Name(id=name)):
                return self.smooth(self.checked(_function(name)(self.read(node.args[0]))))
        raise AssertionError(node)

    def refused(self, reason: str, meant: str = "") -> InvalidParameterError:
        names = ", ".join(self.variables)
        allowed = f"use numbers, {names}, pi, e, + - * / **, and {', '.join(FUNCTIONS)}"
        return InvalidParameterError(f"formula {self.text!r}: {reason}; {allowed}{meant}")

    def operation(self, node: ast.BinOp) -> Any:
        left, right = self.read(node.left), self.read(node.right)
        if isinstance(node.op, ast.Pow) and not (right.is_number and abs(right) <= _POWER):
            raise self.refused(f"an exponent is a number up to {_POWER}")
        if isinstance(node.op, ast.Pow) and left.is_number and abs(left) > 0:
            left = left.evalf()  # its number of digits is fixed, however often powers are taken
        return self.smooth(self.checked(_OPERATORS[type(node.op)](left, right)))

    def smooth(self, formula: Any) -> Any:
        """Return the formula; raise for `sqrt(x**2)`, which SymPy turns into `|x|`."""
        sympy = _sympy()
        if formula.has(sympy.Abs, sympy.sign):
            raise self.refused("it contains |x| (a root of a square), which has a kink where the curvature is infinite")
        return formula

    def checked(self, formula: Any) -> Any:
        sympy = _sympy()
        if formula.has(sympy.zoo, sympy.nan, sympy.oo, -sympy.oo):
            raise self.refused("it divides by zero")
        if not formula.is_number:
            return formula
        value = formula.evalf()
        if not (value.is_real and value.is_finite and abs(value) <= _VALUE_MAX):
            raise self.refused(f"a number in it is infinite, complex or above {_VALUE_MAX:g}")
        return formula


def _function(name: str) -> Any:
    sympy = _sympy()
    if name == "sigmoid":
        return _special()[0]
    return _special()[1] if name == "softplus" else getattr(sympy, name)


@cache
def _special() -> tuple[Any, Any]:
    """Return `1/(1 + e^-x)` and `log(1 + e^x)` as unexpanded SymPy functions, so that they do not overflow."""
    sympy = _sympy()

    class sigmoid(sympy.Function):  # type: ignore[misc, name-defined]  # noqa: N801  (printed by this name)
        def _eval_evalf(self, prec: int) -> Any:
            return (1 / (1 + sympy.exp(-self.args[0])))._eval_evalf(prec)

        def fdiff(self, argindex: int = 1) -> Any:  # noqa: ARG002
            return sigmoid(self.args[0]) * (1 - sigmoid(self.args[0]))

    class softplus(sympy.Function):  # type: ignore[misc, name-defined]  # noqa: N801
        def _eval_evalf(self, prec: int) -> Any:
            return sympy.log(1 + sympy.exp(self.args[0]))._eval_evalf(prec)

        def fdiff(self, argindex: int = 1) -> Any:  # noqa: ARG002
            return sigmoid(self.args[0])

    return sigmoid, softplus
