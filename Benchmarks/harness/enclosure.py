"""A network of its own and control groups for one tool at one task, so that bytes and seconds are its own."""
import os
import subprocess
import threading
import time

from .accounts import Account


class Network:
    """A network namespace with nothing but loopback. It ends with this program, however that ends."""

    def __init__(self):
        self.holder = subprocess.Popen(
            ['unshare', '--net', 'sh', '-c', 'ip link set lo up && echo up && exec cat'],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        if self.holder.stdout.readline() != b'up\n':
            raise OSError('no network namespace can be made: unshare --net failed')

    @property
    def path(self):
        """The file that stands for the namespace."""
        return '/proc/%d/ns/net' % self.holder.pid

    def bytes(self):
        """Bytes that went over its loopback, both ways, with all headers."""
        try:
            with open('/proc/%d/net/dev' % self.holder.pid) as file:
                for line in file:
                    if line.strip().startswith('lo:'):
                        return int(line.split(':')[1].split()[0])
        except OSError:
            pass
        return 0

    def close(self):
        """Ends the holder, and with it the namespace once its last process has ended."""
        for end in (self.holder.stdin, self.holder.stdout):
            end.close()
        self.holder.wait()


class Enclosure:
    """Where one tool runs: its side of the source and its side of the targets are counted apart."""

    def __init__(self, name):
        self.network = Network()
        self.sides = {'source': Account(name + '-source'), 'target': Account(name + '-target')}

    def spawn(self, words, log=None, env=None, side='source'):
        """Starts a program in it; its process id is the program's own."""
        enter = 'echo 0 >"$1" && shift && exec "$@"'
        argv = ['nsenter', '--net=' + self.network.path, '--', 'sh', '-c', enter, 'sh', self.sides[side].door] + words
        output = open(log, 'ab') if log else subprocess.DEVNULL
        try:
            return subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
                                    env={**os.environ, **(env or {})}, start_new_session=True)
        finally:
            if log:
                output.close()

    def seconds(self):
        """Processor seconds of both sides."""
        return sum(account.seconds() for account in self.sides.values())

    def close(self):
        """Ends everything in it; also the second time."""
        for account in self.sides.values():
            account.close()
        self.network.close()


class Sampler(threading.Thread):
    """Looks at an enclosure several times a second: its greatest memory, and its processor time over the past."""

    def __init__(self, enclosure, step=0.2):
        super().__init__(daemon=True)
        self.enclosure, self.step = enclosure, step
        self.ended = threading.Event()
        self.times = []
        self.peak = 0
        self.start()

    def run(self):
        """Goes on until `finish`."""
        while not self.ended.wait(self.step):
            memory = sum(account.memory() for account in self.enclosure.sides.values())
            self.peak = max(self.peak, memory)
            self.times.append((time.monotonic(), self.enclosure.seconds()))

    def seconds_within(self, span):
        """Processor seconds of the last `span` seconds; None where it has not looked for so long."""
        since = time.monotonic() - span
        if not self.times or self.times[0][0] > since:
            return None
        before = [seconds for at, seconds in self.times if at <= since][-1]
        return self.times[-1][1] - before

    def finish(self):
        """Stops looking."""
        self.ended.set()
        self.join(5)
