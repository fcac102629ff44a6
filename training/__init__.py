"""Pretraining of the tiny recursive model: laws, loss, Muon, checkpoints."""
