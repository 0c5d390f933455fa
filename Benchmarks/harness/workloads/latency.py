"""The time from the closing of a file to its arrival, one change at a time."""
import os
import random
import time

from .. import trees
from ..arithmetic import milliseconds, percentile
from ..peers.driver import Died
from .writers import Churn

FILES = 100
DRAIN = 15


class Sample:
    """One change on its way to every target."""

    def __init__(self, run, number):
        name = '%s/%s%03d' % ('d', 'm' if number % 2 else 'c', number % FILES)
        self.content = b'%s %d %f\n' % (run.name.encode(), number, time.monotonic()) * 4
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW
        descriptor = os.open('%s/%s' % (run.source, name), flags, 0o644)
        os.write(descriptor, self.content)
        # The kernel tells of the change within close: a tool may have worked before that returns.
        self.written = time.monotonic()
        os.close(descriptor)
        self.waits_at = ['%s/%s' % (target, name) for target in run.targets]

    def look(self):
        """The seconds until the last target had it; None as long as one has not."""
        while self.waits_at:
            try:
                descriptor = os.open(self.waits_at[0], os.O_RDONLY)
                content = os.read(descriptor, 4096)
                os.close(descriptor)
            except OSError:
                return None
            if content != self.content:
                return None
            self.waits_at.pop(0)
        return time.monotonic() - self.written


class Watched:
    """A run with its samples: an open loop, in which a change does not wait for the one before."""

    def __init__(self, run, samples, gap):
        self.run, self.left, self.gap = run, samples, gap
        self.chance = random.Random(run.name)
        self.number, self.flying, self.arrived = 0, [], []
        self.next = time.monotonic() + self.chance.uniform(0, gap)
        self.end = None

    def step(self, now):
        """Writes what is due and looks at what flies. Returns the age of the youngest that flies."""
        if self.left and now >= self.next:
            self.flying.append(Sample(self.run, self.number))
            self.number, self.left = self.number + 1, self.left - 1
            self.next = now + self.chance.uniform(0.5, 1.5) * self.gap
            self.end = now + DRAIN
        for sample in list(self.flying):
            seconds = sample.look()
            if seconds is not None:
                self.arrived.append(seconds)
                self.flying.remove(sample)
        return min((now - sample.written for sample in self.flying), default=None)

    def is_done(self, now):
        """Whether all have arrived, or none will be waited for any longer."""
        return not self.left and (not self.flying or now > self.end)

    def figures(self):
        """What the row shows."""
        found = {'p50_ms': milliseconds(percentile(self.arrived, 50)),
                 'p99_ms': milliseconds(percentile(self.arrived, 99)),
                 'samples': self.number, **self.run.used()}
        if self.flying:
            found['fails'] = ['%d of %d changes have not arrived after %d s' % (len(self.flying), self.number, DRAIN)]
        return found


def start_all(runs):
    """Starts what starts. Returns those, and what the others failed at: one of them does not spoil the row."""
    live, failed = [], {}
    for run in runs:
        try:
            run.start()
            live.append(run)
        except (Died, OSError) as problem:
            failed[run.name] = {'fails': [str(problem)[:500]]}
            run.enclosure.close()
    return live, failed


def latency(runs, samples=40, gap=1.0, rate=0):
    """All runs at once, in turn by chance, so that they share the machine's moods. With `rate` each source is also written by
    others, so many times a second; there is one run then."""
    for run in runs:
        os.mkdir(run.source + '/d')
        for number in range(FILES):
            trees.file('%s/d/m%03d' % (run.source, number), 100, number)
        if rate:
            trees.burst(run.source, 2000, 20, 4096)
    runs, failed = start_all(runs)
    others = [Churn(run, rate, samples * gap * 3 + DRAIN) for run in runs if rate]
    for run in runs:
        run.mark()
    watched = [Watched(run, samples, gap) for run in runs]
    while True:
        now = time.monotonic()
        ages = [age for age in [one.step(now) for one in watched] if age is not None]
        if all(one.is_done(now) for one in watched):
            break
        # The eye is sharp while something young flies: finer than what it sees, and no load at other times.
        time.sleep(0.0002 if ages and min(ages) < 0.05 else 0.001)
    for churn in others:
        churn.stop()
    return {**failed, **{one.run.name: one.figures() for one in watched}}


def same_second(runs, tries=5):
    """Each file is written twice within a second with the same size, the second time after the first has arrived."""
    for run in runs:
        os.mkdir(run.source + '/d')
    runs, found = start_all(runs)
    tried = {run.name: 0 for run in runs}
    for number in range(tries):
        name = 'd/f%d' % number
        time.sleep(1.02 - time.time() % 1.0)
        second, waiting = int(time.time()), list(runs)
        for run in runs:
            write(run, name, 'version 1\n')
        while waiting and time.time() < second + 0.85:
            for run in [run for run in waiting if text(run.targets[0], name) == 'version 1\n']:
                write(run, name, 'version 2\n')
                waiting.remove(run)
                tried[run.name] += 1
            time.sleep(0.002)
    deadline = time.monotonic() + 8
    stale = {run.name: 1 for run in runs}
    while time.monotonic() < deadline and any(stale.values()):
        for run in runs:
            stale[run.name] = sum(text(run.source, 'd/f%d' % n) != text(run.targets[0], 'd/f%d' % n)
                                  for n in range(tries))
        time.sleep(0.2)
    for run in runs:
        name = run.name
        found[name] = {'tried': tried[name], 'stale': stale[name] if tried[name] else None, **run.used()}
        if stale[name]:
            found[name]['fails'] = ['%d of %d second writes never arrive, and nothing is said' % (stale[name], tried[name])]
    return found


def write(run, name, content):
    """One small file of the source."""
    with open('%s/%s' % (run.source, name), 'w') as file:
        file.write(content)


def text(root, name):
    """What a small file holds; None where it is not."""
    try:
        with open('%s/%s' % (root, name)) as file:
            return file.read()
    except OSError:
        return None
