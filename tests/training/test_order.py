import json

import numpy as np
import pytest

from sklearn_trm.search.benches import FORWARD, SCANS
from sklearn_trm.search.orders import orders
from sklearn_trm.search.tasks import ALL
from training.order import Record, closed_by, learned, main, settled, then_of


def row(number, columns=1, noisy=False, benches=("main",), **tasks):
    lines = [[name.split("__")[0], name.split("__")[1], *line] for name, line in tasks.items()]
    return {"number": number, "columns": columns, "noisy": noisy, "benches": list(benches),
            "tasks": lines}  # fmt: skip


def test_what_closes_most_laws_a_second_comes_first() -> None:
    rows = [
        row(0, main__slow=[1.0, 0.9, True], main__quick=[0.1, None, True]),
        row(1, main__slow=[1.0, 0.9, True], main__quick=[0.1, 0.04, True]),
        row(2, main__slow=[1.0, None, True], main__quick=[0.1, 0.04, True]),
    ] * 5
    record = Record.of(rows)
    order = learned(record, "1 clean")
    had = {name: seconds for _, name, seconds in order}
    assert [name for _, name, _ in order][:1] == ["quick"] and set(had) == {"quick", "slow"}
    assert order[0][2] == pytest.approx(0.05)  # it need not run to its end: it closes no more
    assert closed_by(record, order, (0.06, 3.0)) == pytest.approx([2 / 3, 1.0])
    assert 0.9 < settled(record, "1 clean", order) <= 1.1
    assert had["slow"] > 2.0  # one that was cut may close more, the longer it runs


def test_one_law_is_no_reason_to_run_long() -> None:
    """What closes many laws late goes on beside what closed one."""
    rows = [row(i, main__much=[2.0, 0.3 + i / 40, False], main__luck=[2.0, None, False])
            for i in range(40)]  # fmt: skip
    rows.append(row(40, main__much=[2.0, None, False], main__luck=[2.0, 1.9, False]))
    order = learned(Record.of(rows), "1 clean")
    first = [name for _, name, _ in order].index("luck")
    assert max(seconds for _, name, seconds in order[:first] if name == "much") > 0.9


def test_what_a_cut_record_does_not_know_is_told_by_others() -> None:
    known = [row(i, main__a=[0.5, 0.3, True]) for i in range(9)] + [
        row(9, main__a=[0.5, None, True])
    ]
    cut = [row(i, main__b=[2.0, None, False]) for i in range(10, 20)]
    record = Record.of(known + cut)
    order = [("main", "a", 0.5)]
    assert closed_by(record, order, (1.0,)) == pytest.approx([0.9])


def test_a_bench_that_is_not_there_takes_no_time() -> None:
    rows = [row(i, 2, benches=("main", "reduced 0"), **{"reduced 0__a": [0.1, 0.1, True]})
            if i % 2 else row(i, 2, main__b=[0.1, 0.1, True]) for i in range(8)]  # fmt: skip
    record = Record.of(rows)
    assert closed_by(record.part(np.arange(0, 8, 2)), [("reduced 0", "a", 5.0), ("main", "b", 1.0)],
                     (0.15,)) == [1.0]  # fmt: skip


def test_the_command_writes_an_order_for_each_kind(tmp_path, capsys) -> None:
    rows = [row(i, 1 + i % 2, main__noise=[0.1, None, True], main__laws=[0.1, 0.1, True])
            for i in range(16)]  # fmt: skip
    path, out = tmp_path / "record.jsonl", tmp_path / "order.json"
    path.write_text("".join(json.dumps(r) + "\n" for r in rows))
    assert main([str(path), "--out", str(out)]) == 0
    made = json.loads(out.read_text())
    assert set(made["orders"]) == {"1 clean", "2 clean"} and made["made"]["laws"] == 16
    first = made["orders"]["1 clean"]["entries"][0]
    assert first[:2] == ["main", "laws"]
    assert "| 1 clean | 8 | 1.00, 1.00, 1.00 | 1.00, 1.00, 1.00 |" in capsys.readouterr().out


def test_behind_the_first_seconds_all_tasks_have_their_turn() -> None:
    """What closes more a second comes first, whatever the columns."""
    rows = [row(i, 1 + i % 3, i % 2 == 0, main__rare=[0.3, 0.2 if i < 3 else None, True],
                main__often=[0.3, 0.2 if i < 20 else None, True],
                main__never=[0.3, None, True]) for i in range(30)]  # fmt: skip
    for noise in ("clean", "noisy"):
        order = then_of(Record.of(rows), noise)
        assert [name for _, name, _ in order] == ["often", "rare", "never"]


def test_the_shipped_order_names_tasks_that_there_are() -> None:
    names = {*(task.name for task in ALL), SCANS, FORWARD}
    for kind, order in orders().items():
        assert {bench for bench, _, _ in order.entries} >= {"main", "units", "reduced 0", "noise 0"}
        assert {name for _, name, _ in order.entries} <= names, kind
