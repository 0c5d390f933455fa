"""lockstep itself, once for each way to transfer."""
from .configured import Configured


class Lockstep(Configured):
    """Run from the build folder, with its state in the run's folder."""

    settings = 'stateDir = "%(work)s/state", controlSocket = false'

    def words(self):
        """Its own command line, with lsyncd's language."""
        return [self.run.bench.lockstep, 'run', self.configuration()]


class Stream(Lockstep):
    """default.stream: a resident agent at the target, from the build folder too."""

    layer = 'stream'

    @property
    def extra(self):
        """Where the agent lies."""
        return ' agentPath = "%s",\n' % self.run.bench.agent


def variant(layer):
    """A class for one layer that needs nothing of its own."""
    return type('Lockstep' + layer.title(), (Lockstep,), {'layer': layer})


def peers(bench):
    """By name; lockstep shares ssh connections by itself."""
    del bench
    return {'lockstep-rsync': variant('rsync'), 'lockstep-direct': variant('direct'),
            'lockstep-rsyncssh': variant('rsyncssh'), 'lockstep-stream': Stream}
