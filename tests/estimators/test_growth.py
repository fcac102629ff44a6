"""Past one process: joblib's backends, also Dask's, give the fits that one process gives."""

from __future__ import annotations

import joblib
import numpy as np
import pytest
from sklearn.model_selection import GridSearchCV

from sklearn_trm import TRMSymbolicRegressor, fit_many

FAST = {"model": None, "random_state": 0, "time_limit": None, "max_steps": 1}
RNG = np.random.default_rng(0)
X = RNG.uniform(1, 5, (30, 2))
TABLES = [(X, (k + 2) * X[:, 0] / X[:, 1]) for k in range(4)]


@pytest.fixture(scope="module")
def cluster():
    distributed = pytest.importorskip("distributed", reason="not installed here: distributed")
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=None, processes=True
        ) as workers,
        distributed.Client(workers) as client,
    ):
        yield client


@pytest.mark.filterwarnings("ignore")  # of the cluster: sockets and loops at its end
def test_a_grid_search_on_dask(cluster):
    grid = {"max_complexity": [1, 9]}
    y = TABLES[0][1]
    with joblib.parallel_config("dask", n_jobs=2):
        search = GridSearchCV(TRMSymbolicRegressor(**FAST), grid, cv=2).fit(X, y)
    assert search.best_params_ == {"max_complexity": 9}
    assert search.best_estimator_.expr_ == "2*x0/x1"
    here = GridSearchCV(TRMSymbolicRegressor(**FAST), grid, cv=2).fit(X, y)
    np.testing.assert_array_equal(
        search.cv_results_["mean_test_score"], here.cv_results_["mean_test_score"]
    )


@pytest.mark.filterwarnings("ignore")
def test_a_worker_that_is_killed_loses_no_table(cluster):
    import os
    import signal

    first = next(iter(cluster.run(os.getpid).values()))

    def fit_and_tell(k):
        return fit_many([TABLES[k]], TRMSymbolicRegressor(**FAST))[0].expr_

    told = cluster.map(fit_and_tell, range(4), pure=False)
    os.kill(first, signal.SIGKILL)
    assert cluster.gather(told) == ["2*x0/x1", "3*x0/x1", "4*x0/x1", "5*x0/x1"]


@pytest.fixture(scope="module")
def ray_workers():
    ray = pytest.importorskip("ray", reason="not installed here: ray")
    from ray.util.joblib import register_ray

    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, configure_logging=False)
    register_ray()
    yield ray
    ray.shutdown()


@pytest.mark.filterwarnings("ignore")  # of Ray: sockets and what it deprecates
def test_fits_and_a_grid_search_on_ray(ray_workers):
    grid = {"max_complexity": [1, 9]}
    y = TABLES[0][1]
    here = GridSearchCV(TRMSymbolicRegressor(**FAST), grid, cv=2).fit(X, y)
    with joblib.parallel_config("ray", n_jobs=2):
        search = GridSearchCV(TRMSymbolicRegressor(**FAST), grid, cv=2).fit(X, y)
        laws = fit_many(TABLES, TRMSymbolicRegressor(**FAST))
    assert search.best_estimator_.expr_ == "2*x0/x1"
    np.testing.assert_array_equal(
        search.cv_results_["mean_test_score"], here.cv_results_["mean_test_score"]
    )
    assert [law.expr_ for law in laws] == ["2*x0/x1", "3*x0/x1", "4*x0/x1", "5*x0/x1"]


@pytest.mark.filterwarnings("ignore")
def test_a_worker_of_ray_that_is_killed_loses_no_table(ray_workers, tmp_path):
    import os
    import signal

    mark = tmp_path / "killed"

    @ray_workers.remote(max_retries=2)
    def fit_and_tell(k):
        if k == 1 and not mark.exists():
            mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return fit_many([TABLES[k]], TRMSymbolicRegressor(**FAST))[0].expr_

    told = ray_workers.get([fit_and_tell.remote(k) for k in range(4)])
    assert mark.exists() and told == ["2*x0/x1", "3*x0/x1", "4*x0/x1", "5*x0/x1"]


@pytest.mark.filterwarnings("ignore:.*fork.*")  # JAX and Python warn of threads
@pytest.mark.parametrize("backend", ["loky", "threading", "multiprocessing"])
def test_fits_are_the_same_in_every_backend(backend):
    import jax

    jax.numpy.ones(3).sum().block_until_ready()  # its threads are there, whatever ran before
    alone = fit_many(TABLES, TRMSymbolicRegressor(**FAST))
    with joblib.parallel_config(backend, n_jobs=2):
        told = fit_many(TABLES, TRMSymbolicRegressor(**FAST))
    for one, other in zip(alone, told, strict=True):
        assert one.expr_ == other.expr_
        np.testing.assert_array_equal(one.predict(X), other.predict(X))
