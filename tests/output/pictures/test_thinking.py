"""Pictures of the thought: the steps of the fit, thought once more."""

import json
import pickle
import re

import numpy as np
import pandas as pd
import pytest

from sklearn_trm import TRMSymbolicRegressor, load
from sklearn_trm.errors import DataError
from sklearn_trm.output.pictures.grid import Tree, trees
from sklearn_trm.output.pictures.thinking import plane, think_again

RNG = np.random.default_rng(0)
NAMES = ["</script><script>alert('x')</script>", 'it\'s "b" & $c_2$']
X = pd.DataFrame(RNG.uniform(1, 5, (70, 2)), columns=NAMES)
Y = np.sin(X.iloc[:, 0]) * X.iloc[:, 1] + 0.1 * RNG.normal(size=70)


@pytest.fixture(scope="module")
def est():
    settings = {"time_limit": None, "max_steps": 3, "search": False}
    seed = np.random.RandomState(0)  # no number that a pickle or a file could use again
    return TRMSymbolicRegressor(**settings, random_state=seed).fit(X, Y)


def test_the_steps_are_those_of_the_fit(est, tmp_path):
    seen = think_again(est)
    assert len(seen.films) == 3
    for film, step in zip(seen.films, est.answer_steps_, strict=True):
        np.testing.assert_array_equal(film.velocities.T, step.by_lane)
        np.testing.assert_allclose(np.nanmean(step.by_lane, 0), step.velocities, rtol=1e-5)
    est.save(tmp_path / "law.json")
    for other in (pickle.loads(pickle.dumps(est)), load(tmp_path / "law.json")):
        assert other.answer_steps_[0].seen is None  # no rows in pickles and files
        with pytest.raises(DataError, match="give X and y"):
            think_again(other)
        again = think_again(other, X, Y)
        np.testing.assert_allclose(again.films[2].latent, seen.films[2].latent, atol=1e-4)
        np.testing.assert_array_equal(again.films[2].head, seen.films[2].head)
        with pytest.raises(DataError, match="otherwise than in the fit"):
            think_again(other, X.iloc[:40], Y[:40])


def test_the_cloud_falls_into_one_point(est):
    display = est.plot.latent(caption=True)
    spread = np.linalg.norm(display.cloud - display.cloud.mean(1, keepdims=True), axis=-1).mean(1)
    assert spread[-1] < 0.05 * spread[0]
    assert [len(part) for part in display.lanes] == [1 + s.n_iter for s in est.answer_steps_]
    display.figure_.canvas.draw()


def test_trees_are_the_answers(est):
    display = est.plot.grid()
    assert len(display.trees) == 3 and display.heads[0].startswith("step 1")
    for tree in display.trees:
        for text, sure in zip(tree.texts, tree.certainty, strict=True):
            assert (0 < sure <= 1) if text else np.isnan(sure)
    display.figure_.canvas.draw()
    before, now = Tree(("+", "x0", ""), (1, 1, 1)), Tree(("+", "x1", "x0"), (1, 1, 1))
    assert now.changed(before) == [1, 2] and now.changed(None) == []
    with pytest.raises(DataError, match="lane must be 0 to 3"):
        trees(think_again(est), 0, 4)


def test_velocities_of_each_lane(est):
    display = est.plot.velocity()
    assert [len(lanes) for lanes in display.lanes] == [4, 4, 4]
    drawn = [line for line in display.ax_.lines if line.get_label() == "lane 2"]
    np.testing.assert_allclose(drawn[0].get_ydata(), est.answer_steps_[0].by_lane[1], rtol=1e-6)
    assert est.plot(X, Y).velocity is not None


def test_the_animation_is_one_safe_page(est, tmp_path):
    path = est.plot.animation(tmp_path / "aha.html")
    page = path.read_text(encoding="utf-8")
    assert path.stat().st_size < 2_000_000
    assert page.count("</script>") == 2 and "<script>alert" not in page  # its own two
    assert not re.search(r"(src|href)=|https?://(?!www\.w3\.org/2000/svg)", page)
    film = json.loads(re.search(r'id="film">(.*?)</script>', page, re.S)[1])
    frames = film["frames"]
    assert len(frames) == 1 + sum(step.n_iter for step in est.answer_steps_)
    assert [f["step"] for f in frames if f["law"]] == [1, 2, 3]
    assert frames[-1]["v"].count(None) < 4 and len(frames[0]["c"]) == 16


def test_plane_is_the_widest():
    points = RNG.normal(size=(50, 6)) * [1, 9, 1, 4, 1, 1]
    middle, axes, shares = plane(points)
    flat = (points - middle) @ axes.T
    values = np.linalg.svd(points - points.mean(0), compute_uv=False)
    np.testing.assert_allclose((flat**2).sum(0), values[:2] ** 2)
    assert shares.sum() < 1
