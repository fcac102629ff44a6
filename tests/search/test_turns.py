"""Stages in turn: none is lost, none comes twice, each source keeps its order."""

from hypothesis import given
from hypothesis import strategies as st

from sklearn_trm.search.turns import rarer_in_turn

sources = st.lists(st.integers(0, 12), max_size=5)


def stages(lengths):
    return [iter([(i, k) for k in range(n)]) for i, n in enumerate(lengths)]


@given(sources)
def test_all_stages_come_in_the_order_of_their_source(lengths):
    out = list(rarer_in_turn(stages(lengths)))
    for i, n in enumerate(lengths):
        assert [k for j, k in out if j == i] == list(range(n))


@given(sources)
def test_a_source_comes_half_as_often_as_the_one_before(lengths):
    seen = dict.fromkeys(range(len(lengths)), 0)
    for i, _ in rarer_in_turn(stages(lengths)):
        seen[i] += 1
        if i and all(seen[j] < lengths[j] for j in range(i)):
            assert seen[i] <= seen[i - 1] / 2


def test_a_source_begins_only_when_its_turn_comes():
    begun = []

    def source(name):
        begun.append(name)
        yield name

    turns = rarer_in_turn([source("first"), source("second")])
    assert next(turns) == "first" and begun == ["first"]
