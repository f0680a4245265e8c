"""Processes that are kept running: started in order, started again when they die, ended in the reverse order.

A small keeper of our own, so that one command needs no other program. On servers systemd or the containers' runtime does
the same for each process by itself (docs/production.md).
"""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO
from uuid import uuid4

import psutil

from ranham.kernel import clock

FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 1.0, 60.0
SETTLED_SECONDS = 60.0
"""Who lived this long dies for the first time again."""
STOP_SECONDS = 20.0
LOOK_SECONDS = 0.5
MARK = "RANHAM_KEPT"
"""In the environment of a process, and so of all that it starts, whatever session they are put into: whose they are."""


@dataclass(frozen=True, slots=True)
class Program:
    name: str
    """Stands before each line of what it prints."""
    command: tuple[str, ...]
    surroundings: Mapping[str, str] = field(repr=False)
    """Its whole environment, which holds secrets."""
    home: Path


@dataclass(slots=True)
class Child:
    program: Program
    process: subprocess.Popen[str]
    printing: threading.Thread
    started_at: float
    deaths: int = 0
    """In a row."""
    due_at: float | None = None
    """When it is to be started again, by the stopwatch; None while it runs."""
    mark: str = ""
    """What stands behind `MARK` in the environment of all that it starts."""


@dataclass(slots=True)
class Crew:
    children: list[Child] = field(default_factory=list)
    out: IO[str] = field(default_factory=lambda: sys.stderr)

    def start(self, program: Program) -> Child:
        mark = uuid4().hex
        child = Child(program, *_launch(program, mark, self.out), clock.stopwatch(), mark=mark)
        self.children.append(child)
        return child

    def watch(self, stopping: threading.Event) -> None:
        """Start again whatever dies, until `stopping`."""
        while not stopping.wait(LOOK_SECONDS):
            for child in self.children:
                self._look_after(child, clock.stopwatch())

    def stop(self) -> None:
        """Last started, first ended: who needs another ends before it."""
        for child in reversed(self.children):
            self._say_left(child, end(child.process, child.mark))
            child.printing.join(STOP_SECONDS)

    def _look_after(self, child: Child, at: float) -> None:
        if child.due_at is None:
            if child.process.poll() is None:
                return
            # What the dead one had started would work on without it.
            self._say_left(child, end_rest(child.process.pid, child.mark))
            child.deaths = 1 if at - child.started_at >= SETTLED_SECONDS else child.deaths + 1
            wait = pause_seconds(child.deaths)
            child.due_at = at + wait
            self._say(f"{child.program.name} {ending(child.process.returncode)}; starting it again in {wait:g} s")
        elif at >= child.due_at:
            child.process, child.printing = _launch(child.program, child.mark, self.out)
            child.started_at, child.due_at = at, None
            self._say(f"{child.program.name} was started again")

    def _say_left(self, child: Child, left: Sequence[int]) -> None:
        if left:
            numbers = ", ".join(map(str, left))
            self._say(f"{child.program.name} leaves processes that could not be ended: {numbers}; end them yourself")

    def _say(self, sentence: str) -> None:
        self.out.write(f"serve | {sentence}\n")
        self.out.flush()


@contextmanager
def crew(out: IO[str] | None = None) -> Iterator[Crew]:
    """Whatever happens in the block, nothing that was started in it outlives it."""
    made = Crew(out=out or sys.stderr)
    try:
        yield made
    finally:
        made.stop()


def pause_seconds(deaths: int) -> float:
    """1, 2, 4 ... up to 60: a fault that stays must not fill the log, one that passes must not keep anybody waiting."""
    return min(FIRST_PAUSE_SECONDS * 2.0 ** min(deaths - 1, 10), LONGEST_PAUSE_SECONDS)


def ending(code: int) -> str:
    """How a process ended, from its return code, as the rest of a sentence."""
    if code < 0:
        with suppress(ValueError):
            return f"was ended by {signal.Signals(-code).name}"
    return f"ended by itself with {code}"


def end(process: subprocess.Popen[str], mark: str) -> list[int]:
    """In order, by force only after a while; and then whatever it had started and left. As `end_rest`."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            with suppress(subprocess.TimeoutExpired):  # it hangs in the kernel: then it is among those that are left
                process.wait(STOP_SECONDS)
    return end_rest(process.pid, mark)


def end_rest(leader: int, mark: str) -> list[int]:
    """What a process that is gone had started: its group, and those in groups of their own, as flows of a worker are.

    Numbers of those that live all the same after `STOP_SECONDS`: what hangs in the kernel, or is not ours to end.
    """
    if sys.platform != "win32":
        with suppress(ProcessLookupError, PermissionError):  # nobody is left of it
            os.killpg(leader, signal.SIGKILL)
    until = clock.stopwatch() + STOP_SECONDS
    while left := [process for process in psutil.process_iter() if _is_of(process, mark)]:
        for process in left:
            with suppress(psutil.NoSuchProcess, psutil.AccessDenied):
                process.kill()
        # And again: one may have started another meanwhile.
        psutil.wait_procs(left, timeout=max(until - clock.stopwatch(), 0))
        if clock.stopwatch() >= until:
            return [process.pid for process in left if process.is_running() and _is_of(process, mark)]
    return []


def _is_of(process: psutil.Process, mark: str) -> bool:
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE and process.environ().get(MARK) == mark)
    except psutil.Error:  # another user's, or gone
        return False


def _launch(program: Program, mark: str, out: IO[str]) -> tuple[subprocess.Popen[str], threading.Thread]:
    process = subprocess.Popen(
        program.command,
        env={**program.surroundings, MARK: mark},
        cwd=program.home,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        start_new_session=True,  # an interrupt at the keyboard reaches only us: we end them in order
    )
    printing = threading.Thread(target=_print_lines, args=(program.name, process, out), daemon=True)
    printing.start()
    return process, printing


def _print_lines(name: str, process: subprocess.Popen[str], out: IO[str]) -> None:
    if process.stdout is None:
        return
    with process.stdout as lines:
        for line in lines:
            out.write(f"{name} | {line.rstrip()}\n")  # in one piece, so that lines of several do not mix
            out.flush()
