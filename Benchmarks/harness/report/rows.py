"""What several runs of a row say together."""
from ..arithmetic import median, ratio, spread
from ..figures import TITLES

OURS = 'lockstep-'


class Summary:
    """One peer of one row: the median of each figure over its runs, and what it failed at."""

    def __init__(self, name, runs):
        self.name = name
        self.runs = [run for run in runs if 'skipped' not in run]
        self.is_ours = name.startswith(OURS)
        self.fails = sorted({text for run in runs for text in run.get('fails', [])})
        self.skipped = sorted({run['skipped'] for run in runs if 'skipped' in run})
        self.figures = {name: median([run.get(name) for run in self.runs]) for name in TITLES}

    def value(self, figure):
        """The median of a figure; None where there is none."""
        return self.figures[figure]

    def spread(self, figure):
        """The greatest by the smallest of its runs."""
        return spread([run.get(figure) for run in self.runs])

    @property
    def holds(self):
        """Whether it did what the row asks, in every run."""
        return bool(self.runs) and not self.fails


class RowSummary:
    """One row: its peers, and lockstep beside the best of the others."""

    def __init__(self, row):
        self.row = row
        self.id, self.title, self.judged = row['id'], row['title'], row['judged']
        self.peers = [Summary(name, runs) for name, runs in row['peers'].items()]
        self.busy = median([run.get('busy') for peer in self.peers for run in peer.runs])

    def best(self, figure, ours):
        """The peer with the least of a figure, among lockstep's engines or among the others; only such as hold the row."""
        found = [peer for peer in self.peers if peer.is_ours == ours and peer.holds and peer.value(figure) is not None]
        return min(found, key=lambda peer: (peer.value(figure), peer.name), default=None)

    def ratio(self, figure):
        """lockstep's best in units of the best of the others; None where one is missing."""
        ours, other = self.best(figure, True), self.best(figure, False)
        return ratio(ours.value(figure), other.value(figure)) if ours and other else None

    def is_ahead(self, figure):
        """Whether lockstep is as good as every peer, or better: True, False, or None where it can't be told."""
        ours, other = self.best(figure, True), self.best(figure, False)
        if ours is None:
            # A row that no engine holds is not ours, whoever else holds it.
            return False if any(peer.is_ours and peer.runs for peer in self.peers) else None
        if other is None:
            return True if any(not peer.is_ours and peer.runs for peer in self.peers) else None
        return ours.value(figure) <= other.value(figure)

    @property
    def open(self):
        """The judged figures in which lockstep is behind."""
        return [figure for figure in self.judged if self.is_ahead(figure) is False]

    @property
    def columns(self):
        """The figures that any peer of the row has, judged ones first."""
        rest = [name for name in TITLES if name not in self.judged]
        return [name for name in [*self.judged, *rest] if any(peer.value(name) is not None for peer in self.peers)]


def summaries(result):
    """All rows of a result."""
    return [RowSummary(row) for row in result['rows']]
