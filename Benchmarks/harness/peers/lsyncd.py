"""lsyncd as Debian has it."""
import shutil

from .configured import Configured


class Lsyncd(Configured):
    """`delay = 0`, its fastest."""

    settings = 'statusInterval = 10'

    def words(self):
        """In the foreground."""
        return [self.run.bench.tool('lsyncd', 'lsyncd'), '-nodaemon', self.configuration()]


def variant(layer, shares_connection=False):
    """A class for one layer, with or without a shared ssh connection."""
    return type('Lsyncd' + layer.title(), (Lsyncd,), {'layer': layer, 'shares_connection': shares_connection})


def peers(bench):
    """By name; nothing where it is not installed."""
    if not (bench.tool('lsyncd', 'lsyncd') or shutil.which('lsyncd')):
        return {}
    return {'lsyncd-rsync': variant('rsync'), 'lsyncd-rsync-mux': variant('rsync', True),
            'lsyncd-direct': variant('direct'), 'lsyncd-rsyncssh': variant('rsyncssh'),
            'lsyncd-rsyncssh-mux': variant('rsyncssh', True)}
