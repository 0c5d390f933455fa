"""Control groups: the processor time and the memory of all processes of one tool, also of those that have ended."""
import os
import signal
import time

PAGE = os.sysconf('SC_PAGE_SIZE')
PREFIX = 'lockstep-bench-'
# Where the kernel's two versions may be mounted, and the file that tells a group's processor time.
PLACES = {
    'v1': [('/sys/fs/cgroup/cpuacct', 'cpuacct.usage'), ('/sys/fs/cgroup/cpu,cpuacct', 'cpuacct.usage')],
    'v2': [('/sys/fs/cgroup', 'cpu.stat'), ('/sys/fs/cgroup/unified', 'cpu.stat')],
}


class NoAccounts(Exception):
    """No control group can be made here."""


def choose(versions=('v1', 'v2')):
    """(root, file of the time) of the first version in which a group can be made and read."""
    for version in versions:
        for root, name in PLACES[version]:
            if not os.path.exists(root + ('/cgroup.controllers' if version == 'v2' else '/' + name)):
                continue
            trial = '%s/%strial-%d' % (root, PREFIX, os.getpid())
            try:
                os.mkdir(trial)
            except OSError:
                continue
            works = os.path.exists(trial + '/' + name)
            os.rmdir(trial)
            if works:
                return root, name
    raise NoAccounts('no control group can be made: neither cpuacct (v1) nor cgroup2 is mounted and writable; '
                     'run as root, in a container with its own cgroup mount')


def remove_all(root, token):
    """Removes what groups a run left behind, after its processes have ended."""
    for folder, _, _ in os.walk('%s/%s%s' % (root, PREFIX, token), topdown=False):
        for _ in range(50):
            try:
                os.rmdir(folder)
                break
            except OSError:
                time.sleep(0.1)


class Account:
    """One control group of a run. Every process that is started in it, and its children, are counted."""

    place = ('', '')
    token = ''
    made = 0

    def __init__(self, name):
        Account.made += 1
        root, self.time_file = Account.place
        self.path = '%s/%s%s/%d-%s' % (root, PREFIX, Account.token, Account.made, name)
        os.makedirs(self.path)

    @property
    def door(self):
        """The file into which a process writes 0 to enter."""
        return self.path + '/cgroup.procs'

    def processes(self):
        """The ids of the processes that are in it now."""
        try:
            with open(self.door) as file:
                return [int(word) for word in file.read().split() if word != '0']
        except OSError:
            return []

    def seconds(self):
        """Processor seconds, in user and in kernel mode, since it was made."""
        try:
            with open(self.path + '/' + self.time_file) as file:
                words = file.read().split()
        except OSError:
            return 0.0
        if self.time_file == 'cpu.stat':
            return int(words[words.index('usage_usec') + 1]) / 1e6
        return int(words[0]) / 1e9

    def memory(self):
        """Resident bytes of all its processes now; shared pages count once for each process."""
        total = 0
        for process in self.processes():
            try:
                with open('/proc/%d/statm' % process) as file:
                    total += int(file.read().split()[1]) * PAGE
            except (OSError, IndexError):
                pass
        return total

    def end(self):
        """Ends all its processes. They are ours: nothing else ever enters."""
        for _ in range(200):
            processes = self.processes()
            if not processes:
                return
            for process in processes:
                try:
                    os.kill(process, signal.SIGKILL)
                except OSError:
                    pass
            time.sleep(0.02)

    def close(self):
        """Ends all its processes and removes it."""
        self.end()
        for _ in range(50):
            try:
                os.rmdir(self.path)
                return
            except FileNotFoundError:
                return
            except OSError:
                time.sleep(0.1)
