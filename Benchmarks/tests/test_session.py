"""A bench goes on whatever a run does, and what runs used is counted."""
import json
import os
import subprocess
import sys
import tempfile
import time
import unittest
from unittest import mock

from harness import accounts, plan, session, trees
from harness.workloads import writers


class FakeRun:
    """A run without a tool; it remembers that it was closed."""

    closed = []

    def __init__(self, bench, name, over_ssh=False, targets=1):
        del bench, over_ssh, targets
        self.name = name
        if name == 'unmade':
            raise OSError('no namespace')

    def close(self):
        """As the real one."""
        FakeRun.closed.append(self.name)


def work(run, seconds=1):
    """Fails, hangs or works, as its name says."""
    if run.name == 'failing':
        raise RuntimeError('broken')
    if run.name == 'hanging':
        time.sleep(60)
    return {'seconds': seconds}


class Sessions(unittest.TestCase):
    """One row with every kind of peer."""

    def go(self, budget, rounds=1):
        """The row's results by peer, as they lie on disk."""
        FakeRun.closed = []
        peers = ['failing', 'hanging', 'unmade', 'absent', 'working']
        row = plan.Row('row', 'A row', work, peers, rounds=rounds, limit=1, once=('hanging',), params={'seconds': 3})
        with tempfile.TemporaryDirectory() as folder, mock.patch.object(session, 'Run', FakeRun), \
                mock.patch.object(session, 'known', lambda bench: set(peers) - {'absent'}), mock.patch('builtins.print'):
            whole = session.Session(None, {'rows': []}, folder + '/deep/result.json', budget)
            whole.go([row])
            with open(folder + '/deep/result.json') as file:
                return json.load(file)['rows'][0]['peers']

    def test_failures(self):
        """Each failure is a result of its peer; the others run, every round, and all are closed."""
        found = self.go(budget=60, rounds=2)
        self.assertEqual(found['failing'], [{'fails': ['RuntimeError: broken']}] * 2)
        self.assertEqual(found['hanging'], [{'fails': ['not through after 1 s']}])
        self.assertEqual(found['unmade'], [{'fails': ['OSError: no namespace']}] * 2)
        self.assertEqual(found['absent'], [{'fails': ['it is not installed']}])
        self.assertEqual(found['working'], [{'seconds': 3}] * 2)
        self.assertEqual(sorted(FakeRun.closed), ['failing'] * 2 + ['hanging'] + ['working'] * 2)

    def test_no_time(self):
        """After the budget nothing begins, and that is no failure."""
        found = self.go(budget=-1)
        self.assertEqual(found['working'], [{'skipped': session.NO_TIME}])
        self.assertEqual(FakeRun.closed, [])


class Accounts(unittest.TestCase):
    """Control groups of both versions, where this machine has them."""

    def counted(self, version):
        """A child that has ended has used what it used."""
        if os.geteuid() != 0:
            self.skipTest('control groups need root')
        try:
            place = accounts.choose((version,))
        except accounts.NoAccounts:
            self.skipTest('no control group of %s can be made here' % version)
        token = 'selftest-%d' % os.getpid()
        with mock.patch.object(accounts.Account, 'place', place), mock.patch.object(accounts.Account, 'token', token):
            account = accounts.Account('burning')
            burn = 'import time\nwhile time.process_time() < 0.3: pass'
            enter = 'echo 0 >"$1" && exec "$2" -c "$3"'
            subprocess.check_call(['sh', '-c', enter, 'sh', account.door, sys.executable, burn])
            self.assertGreater(account.seconds(), 0.25)
            self.assertLess(account.seconds(), 5)
            sleeper = subprocess.Popen(['sh', '-c', 'echo 0 >"$1" && exec sleep 60', 'sh', account.door])
            while account.processes() != [sleeper.pid]:
                time.sleep(0.01)
            self.assertGreater(account.memory(), 0)
            account.close()
            self.assertNotEqual(sleeper.wait(), 0)
            self.assertFalse(os.path.exists(account.path))
        accounts.remove_all(place[0], token)

    def test_first_version(self):
        """cpuacct."""
        self.counted('v1')

    def test_second_version(self):
        """cgroup2."""
        self.counted('v2')


class Writers(unittest.TestCase):
    """The churn that runs beside."""

    def churn(self, root, rate=200):
        """Half a second of it."""
        words = [sys.executable, writers.SCRIPT, root, str(rate), '0.5', '1']
        return subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=60)

    def names(self, root):
        """Everything below it."""
        return sorted(os.path.join(folder, name) for folder, _, files in os.walk(root) for name in files)

    def test_operations(self):
        """Exactly as many as asked for, from the seed, within its folders."""
        with tempfile.TemporaryDirectory() as folder:
            seen = []
            for name in ('first', 'second'):
                os.mkdir('%s/%s' % (folder, name))
                trees.burst('%s/%s' % (folder, name), 100, 5, 50)
                told = json.loads(self.churn('%s/%s' % (folder, name)).stdout)
                self.assertEqual(told['operations'], 100)
                seen.append([path.split('/', path.count('/') - 1)[-1] for path in self.names('%s/%s' % (folder, name))])
            self.assertEqual(seen[0], seen[1])
            self.assertEqual(sorted(os.listdir(folder)), ['first', 'second'])

    def test_links(self):
        """It leaves nothing through a link: a folder that is one ends it."""
        with tempfile.TemporaryDirectory() as folder:
            os.makedirs(folder + '/tree')
            os.makedirs(folder + '/outside')
            trees.file(folder + '/outside/f', 10, 1)
            os.symlink('../outside', folder + '/tree/b000')
            self.assertNotEqual(self.churn(folder + '/tree').returncode, 0)
            self.assertEqual(os.listdir(folder + '/outside'), ['f'])

    def test_age(self):
        """Every name of an aged tree is a day old."""
        with tempfile.TemporaryDirectory() as folder:
            trees.directories(folder, 100)
            trees.age(folder)
            for path in self.names(folder):
                self.assertLess(os.stat(path).st_mtime, time.time() - 86000)
