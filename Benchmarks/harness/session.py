"""A bench from begin to end: the rows of a plan, one run after the other, each of which may fail without harm to the rest."""
import json
import os
import shutil
import signal
import time

from . import comparison, machine, plan
from .host import Keys
from .peers import known
from .run import Run

NO_TIME = 'no time was left'


class TimeLimit(Exception):
    """A run took longer than it may."""


class Bench:
    """What all runs share: places, programs, keys."""

    def __init__(self, base, folder, lockstep):
        self.base, self.peers_folder = base, folder + '/peers'
        self.lockstep = os.path.abspath(lockstep)
        self.agent = os.path.join(os.path.dirname(self.lockstep), 'lockstep-agent')
        os.makedirs(base + '/programs')
        self.programs = comparison.build(base + '/programs')
        self.keys = Keys(base + '/keys')

    def tool(self, package, program):
        """The program of a peer: from its own folder, or from the system; empty where it is in neither."""
        own = '%s/%s/usr/bin/%s' % (self.peers_folder, package, program)
        return own if os.access(own, os.X_OK) else shutil.which(program) or ''


class Session:
    """Goes through rows and keeps everything that was measured, on disk after each step."""

    def __init__(self, bench, result, path, budget):
        self.bench, self.result, self.path = bench, result, path
        self.begin = time.monotonic()
        self.deadline = self.begin + budget
        # What is under way may go on beyond that, for so long.
        self.grace = 45

    def save(self):
        """The whole result, replaced at once."""
        self.result['seconds'] = round(time.monotonic() - self.begin)
        os.makedirs(os.path.dirname(os.path.abspath(self.path)), exist_ok=True)
        with open(self.path + '.new', 'w') as file:
            json.dump(self.result, file, indent=1)
            file.write('\n')
        os.replace(self.path + '.new', self.path)

    def go(self, rows):
        """All rows; a peer that is not installed is a result too."""
        there = known(self.bench)
        for row in rows:
            entry = {'id': row.id, 'title': row.title, 'judged': list(row.judged), 'params': row.params, 'ssh': row.over_ssh,
                     'targets': row.targets, 'peers': {}}
            self.result['rows'].append(entry)
            begin = time.monotonic()
            for name in row.peers:
                if name not in there:
                    entry['peers'][name] = [{'fails': ['it is not installed']}]
            present = [name for name in row.peers if name in there]
            self.row(row, present, entry['peers'])
            entry['took'] = round(time.monotonic() - begin, 1)
            self.save()
            print('%-16s %5.0f s  %s' % (row.id, entry['took'], self.line(entry)), flush=True)

    def row(self, row, present, results):
        """All rounds of a row; who begins changes from round to round."""
        if row.kind == plan.BARE:
            self.collect(row, [], results)
            return
        if row.kind == plan.TOGETHER:
            for _ in range(row.rounds):
                self.collect(row, present, results)
            return
        for number in range(row.rounds):
            turn = number % max(len(present), 1)
            for name in present[turn:] + present[:turn]:
                if number == 0 or name not in row.once:
                    self.collect(row, [name], results)

    def collect(self, row, names, results):
        """One run, or one of several peers at once; whatever happens becomes a result."""
        limit = min(row.limit, self.deadline + self.grace - time.monotonic())
        if time.monotonic() > self.deadline:
            found = {name: {'skipped': NO_TIME} for name in names or ['all']}
        else:
            found = self.guarded(row, names, limit)
        for name, figures in found.items():
            results.setdefault(name, []).extend(figures if isinstance(figures, list) else [figures])

    def guarded(self, row, names, limit):
        """Runs with an alarm; ends everything that was started, in any case."""
        runs = []
        signal.signal(signal.SIGALRM, alarm)
        signal.setitimer(signal.ITIMER_REAL, max(limit, 1))
        try:
            return self.attempt(row, names, runs)
        except TimeLimit:
            # A run that the bench's own end cuts off says nothing about its tool.
            found = {'fails': ['not through after %.0f s' % limit]} if limit >= row.limit else {'skipped': NO_TIME}
            return {name: found for name in names or ['all']}
        except Exception as problem:  # A peer, or the machine, has failed: the others go on.
            text = '%s: %s' % (type(problem).__name__, problem)
            return {name: {'fails': [text[:500]]} for name in names or ['all']}
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            for run in runs:
                run.close()

    def attempt(self, row, names, runs):
        """The workload itself."""
        if row.kind == plan.BARE:
            return row.work(self.bench, **row.params)
        for name in names:
            runs.append(Run(self.bench, name, row.over_ssh, row.targets))
        if row.kind == plan.TOGETHER or row.work.__code__.co_varnames[0] == 'runs':
            return row.work(runs, **row.params)
        return {names[0]: row.work(runs[0], **row.params)}

    @staticmethod
    def line(entry):
        """A short account for whoever looks on."""
        words = []
        for name, runs in entry['peers'].items():
            main = entry['judged'][0] if entry['judged'] else 'seconds'
            values = [run.get(main) for run in runs if run.get(main) is not None]
            none = 'not run' if any('skipped' in run for run in runs) else 'failed'
            words.append('%s %s' % (name, '/'.join(str(value) for value in values) or none))
        return ', '.join(words)


def alarm(signal_number, frame):
    """The end of a run's time."""
    del signal_number, frame
    raise TimeLimit


def begin(bench, kind, filesystem):
    """The result of a bench before its first row."""
    return {'format': 1, 'kind': kind, 'at': time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime()),
            'machine': machine.facts(filesystem), 'versions': machine.versions(bench), 'rows': []}
