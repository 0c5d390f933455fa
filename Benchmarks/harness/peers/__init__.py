"""One driver per tool. A driver starts its tool on a run's source and targets, and knows nothing of what is measured."""
from . import inotify, lockstep, lsyncd, syncthing, unison


def known(bench):
    """Every peer by its name: how it is made for a run."""
    found = {}
    for module in (lockstep, lsyncd, inotify, syncthing, unison):
        found.update(module.peers(bench))
    return found
