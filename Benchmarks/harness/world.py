"""The world of a run: namespaces of its own and a file system in memory, all of which end with it."""
import os
import signal
import subprocess
import sys
import tempfile

from . import accounts

WATCHES = '/proc/sys/fs/inotify/max_user_watches'
ENDS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
QUEUE = '/proc/sys/fs/inotify/max_queued_events'


def read(path):
    """The text of a small file; empty where it can't be read."""
    try:
        with open(path) as file:
            return file.read().strip()
    except OSError:
        return ''


def write(path, text):
    """Writes a setting of the kernel."""
    with open(path, 'w') as file:
        file.write(str(text))


def stop(number, frame):
    """Ends the bench once: what comes after the first signal must not disturb cleaning up."""
    del frame
    for each in ENDS:
        signal.signal(each, signal.SIG_IGN)
    sys.exit(128 + number)


def outside(arguments, versions):
    """Runs the bench once more as the child of namespaces, and cleans up what the kernel does not: groups, a limit.

    The processes of a run are in a process namespace whose end ends them all; mounts and networks go with theirs."""
    if os.geteuid() != 0:
        sys.exit('the benchmarks need root: they make namespaces, mounts and control groups. Nothing outside is changed '
                 'but fs.inotify.max_user_watches, which is put back')
    place = accounts.choose(versions)
    token = '%d' % os.getpid()
    limits = {path: read(path) for path in (WATCHES, QUEUE)}
    base = tempfile.mkdtemp(prefix='lockstep-bench-')
    environment = {**os.environ, 'BENCH_BASE': base, 'BENCH_TOKEN': token, 'BENCH_PLACE': ':'.join(place)}
    # The shell is the namespace's first process, and as such buries orphans.
    words = ['unshare', '--mount', '--propagation', 'private', '--pid', '--fork', '--kill-child', '--mount-proc', '--net',
             'bash', '-c', '"$@"; exit $?', 'bash', sys.executable] + arguments
    child = None
    for number in ENDS:
        signal.signal(number, stop)
    try:
        if int(limits[WATCHES] or 0) < 1 << 20:
            write(WATCHES, 1 << 20)
        child = subprocess.Popen(words, env=environment)
        return child.wait()
    finally:
        if child and child.poll() is None:
            child.kill()
            child.wait()
        for path, value in limits.items():
            if value and read(path) != value:
                write(path, value)
        accounts.remove_all(place[0], token)
        os.rmdir(base)


def inside(ext4_gigabytes):
    """Makes the trees' place within the namespaces: a tmpfs, or an ext4 with a journal in one. Returns its path."""
    base = os.environ['BENCH_BASE']
    accounts.Account.place = tuple(os.environ['BENCH_PLACE'].split(':'))
    accounts.Account.token = os.environ['BENCH_TOKEN']
    subprocess.check_call(['ip', 'link', 'set', 'lo', 'up'])
    mount = ['mount', '-t', 'tmpfs', '-o', 'size=80%,nr_inodes=0,mode=755', 'lockstep-bench', base]
    subprocess.check_call(mount)
    os.mkdir(base + '/trees')
    if ext4_gigabytes:
        image = base + '/ext4'
        with open(image, 'wb') as file:
            file.truncate(ext4_gigabytes << 30)
        subprocess.check_call(['mkfs.ext4', '-q', '-F', '-i', '4096', '-O', 'has_journal', image])
        subprocess.check_call(['mount', '-o', 'loop', image, base + '/trees'])
    return base
