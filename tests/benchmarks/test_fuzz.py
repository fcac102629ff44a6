"""The fuzzer: a few cases of each cheap kind, and that it sees a fault."""

from __future__ import annotations

import pytest

from benchmarks.fuzz import Kind, Tally, kinds, look
from benchmarks.fuzz_draws import texts
from sklearn_trm.errors import ParseError

CHEAP = ("text", "unit", "law as JSON", "saved law", "names", "weights", "registry", "lines",
         "words", "table", "formula")  # fmt: skip


@pytest.mark.parametrize("name", CHEAP)
def test_what_strangers_bring_ends_in_an_answer_or_an_error_of_ours(name, tmp_path, capsys):
    tally = Tally()
    look(name, kinds(tmp_path)[name], 25, 1, tally)
    assert not tally.faults
    assert tally.cases[name] >= 20


def test_a_fault_is_seen_shrunk_and_told():
    def run(text):
        if "x0" in text:
            raise KeyError(text)
        raise ParseError("no")

    tally = Tally()
    look("text", Kind(texts, run, 1.0), 300, 0, tally)
    ((fault, where),) = tally.faults.items()
    assert fault.startswith("text: KeyError: 'x0'") and where.startswith("'x0'")
