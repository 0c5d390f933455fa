"""Writers that run beside what is measured."""
import json
import os
import subprocess
import sys

SCRIPT = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), 'churn.py')


class Churn:
    """The churn program on a run's source."""

    def __init__(self, run, rate, seconds, seed=42):
        words = [sys.executable, SCRIPT, run.source, str(rate), str(seconds), str(seed)]
        self.process = subprocess.Popen(words, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL)

    def end(self):
        """Waits for its end; the moment of its last operation, and the rate that it reached."""
        told = json.loads(self.process.communicate()[0])
        return told['end'], told['rate']

    def stop(self):
        """Ends it where it stands."""
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()
