"""Comparing trees: strictly, from outside, by a small program in C beside this folder."""
import json
import os
import subprocess
import time

HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
# What makes two trees different; what else is counted (times of directories, parts of a second) does not.
KINDS = ('missing', 'extra', 'type', 'size', 'mode', 'owner', 'mtime_s', 'content', 'ltarget')
# How fine the eye is: less than this is told as this, so that no ratio is made of chance.
FINEST = 0.05


def build(folder):
    """Compiles the programs in C into a folder and returns it."""
    for name in ('treecmp', 'pipeloop'):
        source, program = '%s/%s.c' % (HERE, name), '%s/%s' % (folder, name)
        if not os.path.exists(program) or os.path.getmtime(program) < os.path.getmtime(source):
            subprocess.check_call(['gcc', '-O2', '-Wall', '-Wextra', '-Werror', '-o', program, source])
    return folder


class Comparison:
    """Compares by the program `treecmp` of a folder; `ignored` are names at the roots that a tool keeps for itself."""

    def __init__(self, programs, ignored=()):
        self.words = [programs + '/treecmp'] + [word for name in ignored for word in ('-x', name)]

    def differences(self, source, target, *flags):
        """(equal, counts). `-1` stops at the first difference, `-c` reads all contents."""
        result = subprocess.run(self.words + list(flags) + [source, target], stdout=subprocess.PIPE)
        try:
            return result.returncode == 0, json.loads(result.stdout)
        except ValueError:
            return False, {'error': result.stdout.decode('replace')[:200]}

    def all_equal(self, source, target):
        """Whether nothing differs, contents included; cheap as long as something does."""
        equal, counts = self.differences(source, target, '-1')
        if equal:
            equal, counts = self.differences(source, target, '-c')
        return equal, counts


def summary(counts):
    """The kinds of difference with their numbers, in words."""
    return ' '.join('%s %s' % (kind, counts[kind]) for kind in KINDS if counts.get(kind)) or str(counts.get('error', ''))


def wait(run, since, limit, quiet=20):
    """Waits until all targets of a run are equal. Returns {'seconds', 'equal'}, and why where they are not.

    A tool that has used no processor for `quiet` seconds while the same thing differs is given up."""
    compare = Comparison(run.bench.programs, run.peer.ignored)
    deadline = time.monotonic() + limit
    left, last, last_change, reached = list(run.targets), None, time.monotonic(), None
    while left:
        looked = time.monotonic()
        equal, counts = compare.all_equal(run.source, left[0])
        if equal:
            reached = looked
            left.pop(0)
            continue
        if counts.get('sample') != last:
            last, last_change = counts.get('sample'), looked
        used = run.sampler.seconds_within(quiet)
        resting = looked - last_change > quiet and used is not None and used < 0.02 * quiet
        if resting or looked > deadline:
            counts = compare.differences(run.source, left[0], '-n', '8')[1]
            why = 'at rest, and still different' if resting else 'still different'
            return {'seconds': None, 'equal': False,
                    'fails': ['%s after %.0f s: %s' % (why, looked - since, summary(counts))]}
        time.sleep(0.02)
    return {'seconds': round(max(reached - since, FINEST), 3), 'equal': True}
