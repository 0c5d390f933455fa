"""One file: large and changed in its middle, or one to which lines are added all the time."""
import os
import time

from .. import trees
from ..arithmetic import milliseconds, percentile


def large(run, megabytes=1024, limit=90):
    """1 MB in the middle of a large file is written anew."""
    path = run.source + '/big'
    trees.big(path, megabytes)
    run.start()
    # In another second than before: the cheap look at the target then sees whether the change is there.
    while int(time.time()) <= int(os.stat(path).st_mtime):
        time.sleep(0.01)
    descriptor = os.open(path, os.O_WRONLY)
    os.pwrite(descriptor, os.urandom(1 << 20), megabytes // 2 << 20)
    os.close(descriptor)
    return run.settle(time.monotonic(), limit)


class Log:
    """A file that grows, and what of it is at the target."""

    line = b'x' * 99 + b'\n'

    def __init__(self, run, is_held):
        self.path, self.copy = run.source + '/log', run.targets[0] + '/log'
        self.size = self.seen = 16
        self.unseen, self.lags = [], []
        self.held = os.open(self.path, os.O_WRONLY | os.O_APPEND) if is_held else None

    def add(self):
        """One line."""
        descriptor = self.held
        if descriptor is None:
            descriptor = os.open(self.path, os.O_WRONLY | os.O_APPEND)
        os.write(descriptor, self.line)
        if self.held is None:
            os.close(descriptor)
        self.size += len(self.line)
        self.unseen.append((self.size, time.monotonic()))

    def look(self):
        """Takes note of the lines that have arrived."""
        try:
            self.seen = max(self.seen, os.stat(self.copy).st_size)
        except OSError:
            return
        now = time.monotonic()
        while self.unseen and self.unseen[0][0] <= self.seen:
            self.lags.append(now - self.unseen.pop(0)[1])

    def close(self):
        """Where it was kept open."""
        if self.held is not None:
            os.close(self.held)
            self.held = None


def append(run, rate=100, seconds=20, is_held=False, drain=10):
    """A line so many times a second; the file is closed after each, or stays open all the time."""
    trees.file(run.source + '/log', 16, 1)
    run.start()
    log = Log(run, is_held)
    begin, written, total = time.monotonic(), 0, rate * seconds
    end = None
    while end is None or (log.unseen and time.monotonic() < end + drain):
        while written < total and time.monotonic() - begin >= written / rate:
            log.add()
            written += 1
        log.look()
        if written == total and end is None:
            end = time.monotonic()
            used = run.used()
        time.sleep(0.001)
    log.close()
    figures = {'p50_ms': milliseconds(percentile(log.lags, 50)), 'p99_ms': milliseconds(percentile(log.lags, 99)), **used}
    if log.unseen:
        figures['fails'] = ['%d of %d lines not seen %d s after the last%s'
                            % (len(log.unseen), total, drain, ', while the file was open' if is_held else '')]
    return figures
