"""Unison as Debian has it: without its watcher, hence it looks at both trees once a second."""
import os

from .driver import Driver


class Unison(Driver):
    """One process for each target; the source always wins."""

    rests = 30

    def start(self):
        """All of them; the first stands for the tool."""
        binary = self.run.bench.tool('unison-2.52', 'unison-2.52')
        fixed = ['-ui', 'text', '-batch', '-auto', '-times', '-perms', '-1', '-owner', '-group', '-numericids',
                 '-force', self.run.source, '-repeat', '1', '-log=false', '-confirmbigdel=false']
        started = []
        for number, target in enumerate(self.run.targets):
            home = '%s/unison-%d' % (self.run.work, number)
            os.makedirs(home, exist_ok=True)
            words = [binary, self.run.source, target] + fixed
            if self.run.host is not None:
                words[2] = 'ssh://%s/%s' % (self.run.host.address, target)
                words += ['-servercmd', binary]
            started.append(self.spawn(words, {'UNISON': home, 'HOME': home}))
        self.process = started[0]


def peers(bench):
    """By name; nothing where it is not there."""
    return {'unison': Unison} if bench.tool('unison-2.52', 'unison-2.52') else {}
