"""Numbers and grids on the command line: a wrong one is one line and exit code 2."""

from __future__ import annotations

import pytest

from command_line import assert_refused

NET = ["--p", "2", "--p-star", "1", "--a", "0.7"]


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["threshold", "--p", "0", "--p-star", "1", "--a", "1"], "p = 0"),
        (["threshold", "--p", "1.5", "--p-star", "1", "--a", "1"], "p = 1.5"),
        (["threshold", "--p", "two", "--p-star", "1", "--a", "1"], "p = 'two'"),
        (["threshold", "--p", "nan", "--p-star", "1", "--a", "1"], "p = nan"),
        (["threshold", "--p", "1", "--p-star", "inf", "--a", "1"], "--p-star = inf"),
        (["threshold", "--p", "1", "--p-star", "1", "--a", "-1"], "a = -1"),
        (["threshold", "--p", "1", "--p-star", "1", "--a", "nan"], "a = nan"),
        (["threshold", *NET, "--window", "0.5", "2"], "window"),
        (["threshold", "--p", "1,2", "--p-star", "1", "--a", "1"], "p = '1,2'"),
        (["spectrum", *NET, "--alpha", "0"], "alpha = 0"),
        (["spectrum", *NET, "--alpha", "-3"], "alpha = -3"),
        (["phase-diagram", "--p", ",", "--p-star", "1", "--a", "1"], "p = ','"),
        (["phase-diagram", "--p", "5:1", "--p-star", "1", "--a", "1"], "p = '5:1'"),
        (["phase-diagram", "--p", "1:2:x", "--p-star", "1", "--a", "1"], "p = '1:2:x'"),
        (["phase-diagram", "--p", "1,2", "--p-star", "1", "--a", "0:1:log"], "a = '0:1:log'"),
        (["phase-diagram", "--p", "1,2", "--p-star", "1", "--a", "0.1:inf:3"], "a = '0.1:inf:3'"),
        (["phase-diagram", "--p", "1:2:0", "--p-star", "1", "--a", "1"], "p = '1:2:0'"),
        (["phase-diagram", "--p", "1,2", "--p-star", "1", "--a", "0:1:3:log"], "a = '0:1:3:log'"),
        (["spectrum", *NET], "--alpha"),
        (["no-such-command"], "no-such-command"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(arguments: list[str], named: str) -> None:
    assert_refused(*arguments, message=named)
