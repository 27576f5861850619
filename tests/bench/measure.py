"""One process at a time: wall time, peak memory, and the median of several runs with their spread."""
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass


@dataclass
class Run:
    """What one process took."""

    seconds: float
    # User and system time, in seconds.
    processor: float
    code: int
    stdout: str
    stderr: str


@dataclass
class Series:
    """Several values of one figure."""

    values: list

    @property
    def median(self):
        return statistics.median(self.values)

    def __str__(self):
        digits = 3 if self.median < 1 else 2
        spread = f"{min(self.values):.{digits}f} .. {max(self.values):.{digits}f}"
        return f"{self.median:.{digits}f} ({spread}, {len(self.values)} runs)"


def process(command, env=None, timeout=600, cwd=None):
    """Runs a command in a process of its own."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        start = time.perf_counter()
        child = subprocess.Popen(command, stdout=out, stderr=err, env={**os.environ, **(env or {})}, cwd=cwd)
        try:
            status, usage = wait(child, timeout)
        except subprocess.TimeoutExpired:
            child.kill()
            _, status, usage = os.wait4(child.pid, 0)
        seconds = time.perf_counter() - start
        child.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        text = lambda file: file.read().decode(errors="replace")
        return Run(seconds, usage.ru_utime + usage.ru_stime, child.returncode, text(out), text(err))


def wait(child, timeout):
    """Blocks until the child ends; polling would add its own step to every time."""
    import signal

    def expired(*_):
        raise subprocess.TimeoutExpired(child.args, timeout)

    signal.signal(signal.SIGALRM, expired)
    signal.setitimer(signal.ITIMER_REAL, timeout)
    try:
        return os.wait4(child.pid, 0)[1:]
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def peak_mib(command, cwd=None):
    """The most memory that a command held, which has to end with 0."""
    run, peak = with_peak(command, cwd)
    if run.code != 0:
        raise SystemExit(f"{command} ends with {run.code}:\n{run.stderr}")
    return peak


def with_peak(command, cwd=None):
    """A run, and the most memory that it held. Needs GNU time: a child of this process would be charged for it."""
    with tempfile.NamedTemporaryFile("r") as report:
        run = process(["/usr/bin/time", "--format=%M", f"--output={report.name}", *command], cwd=cwd)
        return run, int(report.read().split()[-1]) / 1024


def repeat(times, measure):
    """The series of `measure()`."""
    return Series([measure() for _ in range(times)])


def machine():
    """One line on where the figures come from."""
    model = "unknown processor"
    with open("/proc/cpuinfo") as info:
        for line in info:
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
                break
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{os.cpu_count()} cores ({model}), {memory:.0f} GiB, Python {sys.version.split()[0]}"
