"""What all drivers have in common."""
import os
import signal
import time


class Died(Exception):
    """The tool has ended by itself, or never began to work."""


class Driver:
    """Starts a tool, waits until it works, kills it and starts it again.

    `ignored` are names that the tool keeps at the roots, `shares_connection` asks for ssh with ControlMaster, and
    `rests` is how long it may be silent with work left."""

    ignored = ()
    shares_connection = False
    rests = 20

    def __init__(self, run):
        self.run = run
        self.process = None

    def words(self):
        """The command line of the tool; files that it needs are written here."""
        raise NotImplementedError

    def start(self):
        """Starts it, the first time or again."""
        self.process = self.spawn(self.words())

    def spawn(self, words, env=None, side='source', log='log'):
        """A program in the run's enclosure, with a home of its own."""
        home = {'HOME': self.run.work, 'XDG_CONFIG_HOME': self.run.work}
        return self.run.enclosure.spawn(words, '%s/%s' % (self.run.work, log), {**home, **(env or {})}, side)

    def target(self, path):
        """A target as rsync writes it."""
        return path if self.run.host is None else '%s:%s' % (self.run.host.address, path)

    def is_alive(self):
        """Whether the tool's main process is there."""
        return self.process.poll() is None

    def kill(self):
        """Ends the main process alone, with SIGKILL."""
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def last_words(self):
        """The end of its log."""
        try:
            with open(self.run.work + '/log', 'rb') as file:
                file.seek(max(0, os.path.getsize(file.name) - 400))
                return file.read().decode('replace').strip().replace('\n', ' / ')
        except OSError:
            return ''

    def wait_until_live(self, limit=60):
        """Returns the seconds until a file that was written after the start is at all targets, and gone again after."""
        begin = time.monotonic()
        written = []
        while time.monotonic() - begin < limit:
            name = '.probe-%d' % len(written)
            written.append(name)
            with open('%s/%s' % (self.run.source, name), 'w') as file:
                file.write(name)
            if self.wait_for(lambda: self.everywhere([name]), 10):
                for old in written:
                    os.unlink('%s/%s' % (self.run.source, old))
                if not self.wait_for(lambda: self.nowhere(written), limit):
                    raise Died('a removed file stays at a target: ' + self.last_words())
                return time.monotonic() - begin
        raise Died('does not mirror within %d s: %s' % (limit, self.last_words()))

    def wait_for(self, condition, limit):
        """Whether a condition comes true in time; the end of the tool is an error."""
        deadline = time.monotonic() + limit
        while time.monotonic() < deadline:
            if condition():
                return True
            if not self.is_alive():
                raise Died('ended with %s: %s' % (self.process.returncode, self.last_words()))
            time.sleep(0.01)
        return False

    def everywhere(self, names):
        """Whether all names are at all targets."""
        return all(os.path.lexists('%s/%s' % (target, name)) for target in self.run.targets for name in names)

    def nowhere(self, names):
        """Whether none of the names is at any target."""
        return not any(os.path.lexists('%s/%s' % (target, name)) for target in self.run.targets for name in names)
