"""Stages in turn: none is lost, none comes twice, each source keeps its order."""

from hypothesis import given
from hypothesis import strategies as st

from sklearn_trm.search.turns import in_turn, rarer_in_turn

sources = st.lists(st.integers(0, 12), max_size=5)


def stages(lengths):
    return [iter([(i, k) for k in range(n)]) for i, n in enumerate(lengths)]


@given(sources)
def test_all_stages_come_in_the_order_of_their_source(lengths):
    for turns in (in_turn, rarer_in_turn):
        out = list(turns(stages(lengths)))
        for i, n in enumerate(lengths):
            assert [k for j, k in out if j == i] == list(range(n))


@given(sources)
def test_no_source_is_two_stages_ahead(lengths):
    seen = dict.fromkeys(range(len(lengths)), 0)
    for i, _ in in_turn(stages(lengths)):
        seen[i] += 1
        going = [seen[j] for j, n in enumerate(lengths) if seen[j] < n]
        assert not going or max(seen.values()) <= min(going) + 1


def test_a_source_begins_only_when_its_turn_comes():
    begun = []

    def source(name):
        begun.append(name)
        yield name

    turns = in_turn([source("first"), source("second")])
    assert next(turns) == "first" and begun == ["first"]
