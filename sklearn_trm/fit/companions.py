"""Companion processes: `n_jobs` of them search one table.

A companion walks the same plan as the process of the fit, leaves out what others have taken
(`search.claims`), and tells each law that is good for its own front. It begins when a fit has gone
on for a while, ends with it and waits for the next one, or goes after a minute of idleness. Nothing
waits for it: where one can't start, dies or is late, the others take its pieces. It is a fresh
interpreter, never a fork: JAX has threads.
"""

from __future__ import annotations

import collections
import itertools
import mmap
import multiprocessing
import os
import pickle
import queue
import subprocess
import sys
import tempfile
import threading
import time
import warnings
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import joblib
import numpy as np

from ..expressions.tree import Node
from ..search.claims import PARTIES, SLOTS, Claims
from ..task.budget import Budget
from ..task.problem import Problem
from .evaluator import Evaluator
from .surroundings import one_thread, quiet

Candidates = Iterator[Node | None]

_ALONE = 0.15  # seconds without an exact law before companions begin
_IDLE = 60.0  # seconds after which one that has nothing to do goes
_PAUSE = 0.01  # seconds between two looks, where only companions have something left
_BYTES = 4 * SLOTS
_CODE = "import sys; sys.path[:] = {}; from sklearn_trm.fit.companions import serve; serve({!r})"
_END = "end"


def parties(n_jobs: int | None) -> int:
    """How many processes may search one table.

    One in a worker of joblib and in a daemon, which work beside others already.

    Examples
    --------
    >>> parties(1), parties(2)
    (1, 2)
    """
    backend, _ = joblib.parallel.get_active_backend()
    if getattr(backend, "nesting_level", 0) or multiprocessing.current_process().daemon:
        return 1
    if getattr(sys, "frozen", False):
        return 1  # a program of its own, which would begin anew
    count = joblib.effective_n_jobs(n_jobs)  # of a cluster those of all its machines
    return min(int(count), PARTIES - 1, *([joblib.cpu_count()] if n_jobs is None else []))


@dataclass(frozen=True)
class _Errand:
    """What a companion is told: problem, laws to begin with, seconds, and who is there."""

    problem: Problem
    laws: list[Node]
    seconds: float
    fit: int
    party: int
    others: set[int]


# ---------------------------------------------------------------------- in the process of the fit


class _Companion:
    """A process, and the thread that talks with it: a full pipe holds up nobody else."""

    def __init__(self, place: int | str) -> None:
        self._place = place
        self._process: subprocess.Popen[bytes] | None = None
        self._thread: threading.Thread | None = None
        self.heard: collections.deque[Node] = collections.deque()
        self.works, self.gone = 0, False  # how many errands it has

    def begin(self, errand: bytes) -> None:
        self.works += 1
        self.heard = collections.deque()
        told = errand, self.heard, self._thread
        self._thread = threading.Thread(target=self._talk, args=told, daemon=True)
        self._thread.start()

    def _talk(
        self, errand: bytes, heard: collections.deque[Node], before: threading.Thread | None
    ) -> None:
        try:
            if before is not None:
                before.join()  # it did not hear yet that its last fit has ended
            if self._process is not None and self._process.poll() is not None:
                self._reap()  # it was idle
            self._process = self._process or self._started()
            if self.gone:
                raise ChildProcessError("it was to go before it had begun")
            tells, hears = self._process.stdin, self._process.stdout
            assert tells is not None and hears is not None
            tells.write(errand)
            tells.flush()
            while (told := pickle.load(hears)) != _END:
                heard.append(told)
        except Exception:  # whatever it is, the fit goes on without it
            self.end()
            self._reap()
        self.works -= 1
        if self.gone:
            self.end()

    def _reap(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            with suppress(Exception), process:
                pass

    def _started(self) -> subprocess.Popen[bytes]:
        own: dict[str, Any] = {"start_new_session": True}  # Ctrl-C is for the fit
        if isinstance(self._place, int):
            own["pass_fds"] = [self._place]
        else:
            own = {"creationflags": getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)}
        return subprocess.Popen(
            [sys.executable, "-c", _CODE.format(sys.path, self._place)], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, **own,
        )  # fmt: skip

    def end(self) -> None:
        process, self.gone = self._process, True
        if process is not None:
            process.kill()
        if not self.works:
            self._reap()


class _Circle:
    """The companions of this process and what they share; one fit at a time has them."""

    _own: _Circle | None = None

    def __init__(self) -> None:
        self.pid, self.lock, self.fits = os.getpid(), threading.Lock(), itertools.count(1)
        self.place: int | str = f"sklearn-trm-{self.pid}"
        if os.name != "nt":
            self._file = tempfile.TemporaryFile()  # noqa: SIM115 - as long as the process
            self._file.truncate(_BYTES)
            self.place = self._file.fileno()
        self.table = np.frombuffer(_mapped(self.place), dtype=np.uint32)
        self._all: list[_Companion] = []

    @classmethod
    def of_process(cls) -> _Circle:
        """That of this process; one of its parent stays the parent's."""
        if cls._own is None or cls._own.pid != os.getpid():
            cls._own = cls()
        return cls._own

    def some(self, count: int) -> list[_Companion]:
        """So many companions; those that did not hear of the end of two fits go."""
        for one in self._all:
            if one.works > 1:
                one.end()
        self._all = [one for one in self._all if not one.gone]
        self._all += [_Companion(self.place) for _ in range(count - len(self._all))]
        return self._all[:count]


def _mapped(place: int | str) -> mmap.mmap:
    """Memory that processes share, which goes with the last of them."""
    if isinstance(place, int):
        return mmap.mmap(place, _BYTES)
    named: Any = {"tagname": place}  # of Windows
    return mmap.mmap(-1, _BYTES, **named)


class Companions:
    """The companions of one search.

    Parameters
    ----------
    count : int
        Processes, with that of the fit.
    search : Search
    """

    def __init__(self, count: int, search: Any) -> None:
        self._count, self._search = count, search
        self._circle = _Circle.of_process()
        self._here: dict[int, _Companion] = {}
        self._claims: Claims | None = None
        self._rests, self._died = True, False
        self._off = threading.Event()

    def run(self, budget: Budget) -> Candidates:
        """Those of the search, and between them the laws of companions."""
        self._join()
        for candidate in self._search.run(budget):
            yield candidate
            yield from self._news()
        work = True
        while work and self._goes_on():  # what the search has left is theirs
            work = any(one.works for one in list(self._here.values()))
            time.sleep(_PAUSE)
            yield None
            yield from self._news()
        if self._goes_on() and self._died:
            self.stop()
            self._search.share(None)
            yield from self._search.run(self._search.state.budget)

    def stop(self) -> None:
        """End what companions do, until another candidate is asked for."""
        self._here, self._rests, claims, self._claims = {}, True, self._claims, None
        self._off.set()
        if claims is not None:
            self._circle.table[0] = 0
            self._circle.lock.release()

    def _goes_on(self) -> bool:
        return self._search.exact is None and not self._search.state.budget.passed()

    def _join(self) -> None:
        """From now on pieces are shared, unless another fit of this process does that."""
        circle, self._rests = self._circle, False
        if circle.lock.acquire(blocking=False):
            others = {*range(2, self._count + 1)}
            self._claims = Claims(circle.table, next(circle.fits), others=others)
            circle.table[0] = self._claims.fit
            # a thread: the first libraries of a search are made without a candidate
            self._off = threading.Event()
            told = self._claims, self._off
            threading.Thread(target=self._begin, args=told, daemon=True).start()
        self._search.share(self._claims)

    def _begin(self, claims: Claims, off: threading.Event) -> None:
        """Send companions on their errands in a while; what can't be pickled stays here."""
        if off.wait(_ALONE):
            return
        v, here = self._search.acceptance, self._here
        try:
            laws = [law for _, law in list(v.best.values())]
            seconds = self._search.state.budget.left()
            for party, one in enumerate(self._circle.some(self._count - 1), 2):
                others = {*range(1, self._count + 1)} - {party}
                errand = _Errand(v.problem, laws, seconds, claims.fit, party, others)
                one.begin(pickle.dumps(errand))
                here[party] = one
        except Exception:
            claims.others.clear()

    def _news(self) -> Candidates:
        """The laws that companions told since; whose process is gone has taken nothing."""
        if self._rests:
            self._join()
        claims = self._claims
        if claims is None:
            return
        for party, one in list(self._here.items()):
            while one.heard:
                law = one.heard.popleft()
                yield from self._search.acceptance.offer_law(law, plausible=True)
            if one.gone:
                self._died = True
                claims.others.discard(party)


# ---------------------------------------------------------------------- in a companion's process


def serve(place: int | str) -> None:
    """Run errands one after the other, until there is none for a while or the parent is gone."""
    try:
        warnings.simplefilter("ignore")
        tells = os.fdopen(os.dup(1), "wb")
        os.dup2(2, 1)  # what operators of a user print
        table = np.frombuffer(_mapped(place), dtype=np.uint32)
        errands: queue.SimpleQueue[_Errand] = queue.SimpleQueue()
        threading.Thread(target=_listen, args=(errands,), daemon=True).start()
        while True:
            errand = errands.get(timeout=_IDLE)
            for told in itertools.chain(_laws(errand, table), [_END]):
                pickle.dump(told, tells)
                tells.flush()
    finally:
        os._exit(0)  # not by way of the thread, which waits for the parent


def _listen(errands: queue.SimpleQueue[_Errand]) -> None:
    try:
        while True:
            errands.put(pickle.load(sys.stdin.buffer))
    finally:
        os._exit(1)


def _laws(errand: _Errand, table: np.ndarray) -> Iterator[Node]:
    """The laws of an errand that its own front takes."""
    from ..search.dimensional import search_of  # compiled scans

    budget = Budget.within(errand.seconds)
    claims = Claims(table, errand.fit, errand.party, errand.others)
    with one_thread(), quiet():
        search = search_of(errand.problem)
        search.share(claims)
        for law in errand.laws:
            search.acceptance.offer_law(law)
        evaluator = Evaluator(errand.problem, budget)
        front = evaluator.new_front()
        for candidate in search.run(budget):
            if claims.are_void:
                return
            if candidate is not None:
                for law, loss in evaluator.consider([candidate]).items():
                    if front.add(law, loss):
                        yield law
