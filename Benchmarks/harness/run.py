"""One tool at one task: its trees, its enclosure, and what it used."""
import os
import time

from . import comparison, trees
from .enclosure import Enclosure, Sampler
from .host import Host
from .peers import known


def waiting():
    """Seconds in which some task of the machine waited for a processor; 0 where the kernel does not say."""
    try:
        with open('/proc/pressure/cpu') as file:
            return int(file.readline().split('total=')[1]) / 1e6
    except (OSError, IndexError):
        return 0.0


class Run:
    """Made for each peer and round, and closed after it. `over_ssh` gives it a host of its own."""

    made = 0

    def __init__(self, bench, name, over_ssh=False, targets=1):
        Run.made += 1
        self.bench, self.name = bench, name
        self.root = '%s/trees/%d-%s' % (bench.base, Run.made, name)
        self.work = '%s/work/%d-%s' % (bench.base, Run.made, name)
        self.source = self.root + '/source'
        self.targets = ['%s/target%d' % (self.root, number + 1) for number in range(targets)]
        for path in [self.source, self.work] + self.targets:
            os.makedirs(path)
        self.enclosure = Enclosure(name)
        self.host = self.sampler = None
        self.peer = known(bench)[name](self)
        if over_ssh:
            self.host = Host(bench.keys, self.enclosure, self.peer.shares_connection)
            self.host.start()

    def start(self, copied=True, is_live=True):
        """Brings the targets in step, unless told otherwise, and starts the tool."""
        if copied:
            trees.copy(self.source, self.targets)
        self.peer.start()
        self.sampler = Sampler(self.enclosure)
        self.mark()
        if is_live:
            self.peer.wait_until_live()
            self.mark()

    def mark(self):
        """What is used is counted from here."""
        self.marked = (time.monotonic(), self.enclosure.seconds(), self.enclosure.network.bytes(), waiting())
        self.sampler.peak = 0

    def used(self):
        """Figures since `mark`; the channel's bytes only where it is a network."""
        since, seconds, sent, waited = self.marked
        span = max(time.monotonic() - since, 0.001)
        channel = self.enclosure.network.bytes() - sent
        now = sum(account.memory() for account in self.enclosure.sides.values())
        return {'cpu_s': round(self.enclosure.seconds() - seconds, 3),
                'memory_mb': round(max(self.sampler.peak, now) / 1e6, 1),
                'channel_mb': round(channel / 1e6, 3) if channel else None,
                'busy': round((waiting() - waited) / span, 2)}

    def settle(self, since, limit):
        """Waits for equal trees; what was used until then is in the figures."""
        figures = comparison.wait(self, since, limit, self.peer.rests)
        figures.update(self.used())
        if not self.peer.is_alive():
            figures.setdefault('fails', []).append('it has ended by itself: ' + self.peer.last_words())
        return figures

    def close(self):
        """Ends it and removes its trees."""
        if self.sampler:
            self.sampler.finish()
        self.enclosure.close()
        trees.remove(self.root)
        trees.remove(self.work)
