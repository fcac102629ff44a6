"""Starts of waves: shifts of even rows, spectra of any."""

import numpy as np

from sklearn_trm.search.solvers.frequencies import Shifts, damped_peak, even_step, highest


def test_shifts_tell_waves_apart_that_a_spectrum_cannot():
    m = np.arange(80.0)  # frequencies differ by half of what a spectrum of the range resolves
    t = np.exp(-0.02 * m) * np.sin(0.9 * m) + np.exp(0.01 * m) * np.cos(0.94 * m + 1)
    waves, real = Shifts(t, 1.0).poles(4)
    np.testing.assert_allclose(waves, [(0.9, -0.02), (0.94, 0.01)], atol=1e-6)
    assert real == []


def test_shifts_tell_decays():
    m = 0.5 * np.arange(60)
    waves, real = Shifts(np.exp(-0.3 * m) + 2 * np.exp(-0.05 * m), 0.5).poles(2)
    np.testing.assert_allclose(sorted(real), [-0.3, -0.05], atol=1e-6)
    assert waves == []


def test_shifts_of_noise_and_of_few_rows_are_numbers():
    for n in (4, 9):
        waves, real = Shifts(np.random.default_rng(0).standard_normal(n), 1.0).poles(8)
        assert np.isfinite([*np.ravel(waves), *real]).all()
    Shifts(np.zeros(20), 1.0).poles(4)


def test_peaks_end_where_a_grid_repeats():
    m = np.arange(64.0)
    assert highest(m) == np.pi and highest(np.sqrt(m + 2)) == np.inf
    w, _, _ = damped_peak(m, np.cos(2.9 * m), 2**12, highest(m))
    assert abs(w - 2.9) < 0.05
    assert damped_peak(m, np.zeros(64), 2**12) == (0.0, 0.0, 0.0)


def test_only_rows_without_gaps_are_even():
    assert even_step(np.linspace(0, 3, 31)) == 3 / 30
    assert even_step(np.array([0.0, 1, 2, 4, 5])) is None
    assert even_step(np.array([0.0, 0, 1, 2])) is None
