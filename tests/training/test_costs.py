"""What one item of each task takes: what counts where no clock may decide."""

import json

from sklearn_trm.search import tasks
from sklearn_trm.search.benches import SCANS
from sklearn_trm.search.orders import costs
from training import costs as measuring


def test_the_shipped_costs_are_of_tasks_that_there_are():
    names = {task.name for task in (*tasks.ALL, *tasks.LARGER)} | {SCANS, "improved"}
    assert set(costs()) <= names and {"skeletons", SCANS, "improved"} <= set(costs())
    assert all(0 < cost < 1 for cost in costs().values())


def test_costs_are_measured(tmp_path):
    out = tmp_path / "costs.json"
    assert measuring.main(["--laws", "4", "--seconds", "1", "--out", str(out)]) == 0
    told = json.loads(out.read_text())
    assert told and all(measuring._LEAST <= cost < 1 for cost in told.values())
