"""Processes are kept: started again when they die, with their names before their lines, ended in order and to the last."""

import io
import os
import queue
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from flows import children
from tests.patience import PATIENCE_SECONDS

WAITS = """
import signal
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
print('up', flush=True)
signal.sigwait([signal.SIGTERM])
print('down', flush=True)
"""
WITH_CHILD = """
import subprocess, sys
left = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'], start_new_session=APART)
print('left', left.pid, flush=True)
left.wait()
"""


class Lines(io.TextIOBase):
    """Takes what is written as lines that a test can wait for."""

    def __init__(self) -> None:
        self.all: list[str] = []
        self._new: queue.Queue[str] = queue.Queue()

    def write(self, text: str) -> int:
        for line in text.splitlines():
            self.all.append(line)
            self._new.put(line)
        return len(text)

    def wait_for(self, words: str) -> str:
        while words not in (line := self._new.get(timeout=PATIENCE_SECONDS)):
            pass
        return line


def program(name: str, script: str, tmp_path: Path) -> children.Program:
    return children.Program(name, (sys.executable, "-c", script), dict(os.environ), tmp_path)


@contextmanager
def watched(crew: children.Crew) -> Iterator[None]:
    stopping = threading.Event()
    watching = threading.Thread(target=crew.watch, args=(stopping,))
    watching.start()
    try:
        yield
    finally:
        stopping.set()
        watching.join()


def test_a_killed_process_is_started_again_and_its_lines_bear_its_name(tmp_path: Path) -> None:
    out = Lines()
    with children.crew(out) as crew:
        child = crew.start(program("worker", WAITS, tmp_path))
        other = crew.start(program("api", WAITS, tmp_path))
        out.wait_for("worker | up")
        first, untouched = child.process.pid, other.process.pid
        with watched(crew):
            os.kill(first, signal.SIGKILL)
            out.wait_for("serve | worker was ended by SIGKILL; starting it again in 1 s")
            out.wait_for("serve | worker was started again")
            out.wait_for("worker | up")
        assert child.process.pid != first
        assert other.process.pid == untouched
    assert child.process.poll() is not None


def test_who_was_started_last_is_ended_first(tmp_path: Path) -> None:
    out = Lines()
    with children.crew(out) as crew:
        for name in ("server", "worker", "api"):
            crew.start(program(name, WAITS, tmp_path))
            out.wait_for(f"{name} | up")
    assert [line for line in out.all if line.endswith("down")] == ["api | down", "worker | down", "server | down"]


@pytest.mark.parametrize("apart", [False, True], ids=["in its session", "in a session of its own, as a worker does it"])
def test_what_a_killed_process_had_started_goes_with_it(tmp_path: Path, apart: bool) -> None:
    out = Lines()
    with children.crew(out) as crew:
        child = crew.start(program("worker", WITH_CHILD.replace("APART", str(apart)), tmp_path))
        left = psutil.Process(int(out.wait_for("worker | left").split()[-1]))
        with watched(crew):
            os.kill(child.process.pid, signal.SIGKILL)
            out.wait_for("started again")
        assert psutil.wait_procs([left], timeout=PATIENCE_SECONDS)[1] == []
        last = psutil.Process(int(out.wait_for("worker | left").split()[-1]))
    assert psutil.wait_procs([last], timeout=PATIENCE_SECONDS)[1] == []


@pytest.mark.parametrize("refused", [True, False], ids=["not ours to end", "hangs in the kernel"])
def test_what_cannot_be_ended_is_named_and_nobody_waits_for_it_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, refused: bool
) -> None:
    asked: list[int] = []

    def spared(process: psutil.Process) -> None:
        assert len(asked) < 100, "it is asked for ever"
        asked.append(process.pid)
        if refused:
            raise psutil.AccessDenied(process.pid)

    monkeypatch.setattr(children, "STOP_SECONDS", 0.2)
    monkeypatch.setattr(psutil.Process, "kill", spared)
    out, left = Lines(), 0
    try:
        with children.crew(out) as crew:
            child = crew.start(program("worker", WITH_CHILD.replace("APART", "True"), tmp_path))
            left = int(out.wait_for("worker | left").split()[-1])
        said = f"serve | worker leaves processes that could not be ended: {left}; end them yourself"
        assert (said in out.all, psutil.pid_exists(left)) == (True, True)
        assert child.process.poll() is not None
    finally:
        if left:
            os.kill(left, signal.SIGKILL)


def test_a_process_that_ignores_the_request_is_ended_by_force(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(children, "STOP_SECONDS", 0.2)
    out = Lines()
    with children.crew(out) as crew:
        deaf = "import signal, time; signal.signal(15, signal.SIG_IGN); print('up', flush=True); time.sleep(600)"
        child = crew.start(program("deaf", deaf, tmp_path))
        out.wait_for("deaf | up")
    assert child.process.returncode == -signal.SIGKILL


def test_who_keeps_dying_is_started_less_and_less_often() -> None:
    assert [children.pause_seconds(deaths) for deaths in range(1, 9)] == [1, 2, 4, 8, 16, 32, 60, 60]
    assert children.pause_seconds(10_000) == 60


def test_who_lived_long_dies_for_the_first_time_again(tmp_path: Path) -> None:
    out = Lines()
    with children.crew(out) as crew:
        child = crew.start(program("short", "raise SystemExit(3)", tmp_path))
        child.process.wait()
        child.deaths = 5
        crew._look_after(child, child.started_at + 1)
        assert (child.deaths, child.due_at) == (6, child.started_at + 1 + 32)
        child.due_at = None
        crew._look_after(child, child.started_at + children.SETTLED_SECONDS)
        assert child.deaths == 1
    assert "serve | short ended by itself with 3; starting it again in 32 s" in out.all
