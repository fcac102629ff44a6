"""Training configurations: one frozen dataclass and its presets."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from sklearn_trm.network.model import ModelConfig
from sklearn_trm.network.views import N_VIEWS


@dataclass(frozen=True)
class Bucket:
    """A static shape of the training batch and its share of the steps."""

    cells: int
    columns: int
    share: float


@dataclass(frozen=True)
class TrainConfig:
    """Everything that defines a run besides its length."""

    name: str = "tiny"
    model: ModelConfig = field(default_factory=ModelConfig)
    batch: int = 128
    rows: int = 64
    buckets: tuple[Bucket, ...] = (Bucket(15, 5, 0.87), Bucket(31, 10, 0.13))
    supervision_steps: int = 2  # answers per law, each with its own loss
    free_iterations: int = 6  # at most so many latent updates without gradient
    optimizer: str = "muon"  # on the hidden matrices; "adamw" on everything is for comparison
    muon_rate: float = 4e-3
    adam_rate: float = 2e-3
    weight_decay: float = 0.01
    warmup: int = 300
    decay_share: float = 0.25  # of the planned laws, at the end, linearly to 5 percent
    planned_laws: int = 2_000_000
    ema: float = 0.999
    consistency: float = 0.02
    q_weight: float = 0.1
    curriculum_laws: int = 150_000
    feedback_greed: float = 0.5  # share of feedback answers that are greedy, not sampled
    seed: int = 0
    start: str = ""  # weights to begin with: a name, a file, or a run's folder here; "" for none
    drawn: float = 0.0  # share of the steps on laws and tables as people bring them
    drawn_first: int = 2048  # laws drawn before the first step, and
    drawn_more: int = 16  # at each step,
    drawn_most: int = 120_000  # until there are so many

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


CONFIGS = {
    "tiny": TrainConfig(model=ModelConfig(dim=64, heads=8, hidden=160)),
    # the network that learned random laws goes on with views of the table, three of four steps on
    # laws and tables as people bring them
    "drawn": TrainConfig(
        start="checkpoints/tiny",
        drawn=0.75,
        model=ModelConfig(dim=64, heads=8, hidden=160, views=N_VIEWS),
        muon_rate=2e-3,
        adam_rate=1e-3,
        warmup=100,
        curriculum_laws=1,
        planned_laws=4_000_000,
    ),
    # the same, wider, from where the narrow one was before its rate went down; on one core the
    # batch of drawn laws costs three times as much
    "small": TrainConfig(
        name="small",
        start="checkpoints/drawn",
        drawn=0.75,
        model=ModelConfig(dim=128, heads=8, hidden=320, views=N_VIEWS),
        muon_rate=2e-3,
        adam_rate=5e-4,
        warmup=100,
        curriculum_laws=1,
        planned_laws=320_000,
        decay_share=0.4,
    ),
    # for a GPU: as large as the refiner may be
    "base": TrainConfig(
        name="base",
        start="checkpoints/drawn",
        drawn=0.75,
        drawn_most=1_000_000,
        model=ModelConfig(dim=320, heads=8, hidden=800, views=N_VIEWS),
        batch=1024,
        rows=128,
        supervision_steps=3,
        muon_rate=2e-3,
        adam_rate=3e-4,
        warmup=300,
        curriculum_laws=1,
        planned_laws=100_000_000,
    ),
    # seconds, for tests
    "smoke": TrainConfig(
        name="smoke",
        model=ModelConfig(dim=16, heads=2, hidden=16, slots=2),
        batch=16,
        rows=24,
        buckets=(Bucket(15, 3, 1.0),),
        planned_laws=10_000,
        warmup=10,
    ),
}
