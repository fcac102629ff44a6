"""Shipped weights are found and checked; damaged ones are refused with a clear message."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest

from sklearn_trm.errors import WeightsError
from sklearn_trm.network import weights


def test_the_registry_describes_what_ships() -> None:
    entries = weights.registry()
    entry = entries["models"][entries["default"]]
    assert {"file", "sha256", "config", "minutes", "hardware", "data_version", "laws"} <= set(entry)
    arrays, facts = weights.read("auto")
    assert facts["config"] == entry["config"]
    assert sum(a.size for a in arrays.values()) < 7_000_000
    assert all(np.isfinite(a).all() for a in arrays.values())


def test_unknown_names_and_missing_files() -> None:
    with pytest.raises(WeightsError, match="shipped are"):
        weights.read("enormous")
    with pytest.raises(WeightsError, match="no weights at"):
        weights.read("nowhere/x.safetensors")


@pytest.fixture
def copy(tmp_path, monkeypatch):
    """A private copy of the shipped folder."""
    target = tmp_path / "pretrained"
    shutil.copytree(weights.folder(), target)
    monkeypatch.setattr(weights, "folder", lambda: target)
    return target


def test_a_damaged_file_is_refused(copy) -> None:
    file = next(copy.glob("*.safetensors"))
    content = bytearray(file.read_bytes())
    content[-5] ^= 1
    file.write_bytes(content)
    with pytest.raises(WeightsError, match="sha256"):
        weights.read("auto")
    with pytest.raises(WeightsError, match="cannot be read"):
        file.unlink()
        weights.read("auto")


def test_truncated_and_foreign_files_are_refused(copy, tmp_path) -> None:
    file = next(copy.glob("*.safetensors"))
    cut = tmp_path / "cut.safetensors"
    cut.write_bytes(file.read_bytes()[:1000])
    with pytest.raises(WeightsError, match="no intact weights"):
        weights.read(str(cut))
    foreign = tmp_path / "foreign.safetensors"
    from safetensors.numpy import save_file

    save_file({"a": np.zeros(3, np.float32)}, foreign)
    with pytest.raises(WeightsError, match="format"):
        weights.read(str(foreign))


def test_a_broken_registry_names_the_file(copy) -> None:
    (copy / "registry.json").write_text("{")
    with pytest.raises(WeightsError, match=r"registry\.json"):
        weights.registry()


def test_write_and_read_are_inverse(tmp_path) -> None:
    path = tmp_path / "w.safetensors"
    arrays = {"a/b": np.arange(6, dtype=np.float32).reshape(2, 3), "c": np.float32(2.0)}
    weights.write(path, arrays, {"config": {"dim": 4}})
    back, facts = weights.read(str(path))
    assert facts["config"] == {"dim": 4}
    for name, a in arrays.items():
        np.testing.assert_array_equal(back[name], a)
    assert json.dumps(facts)
