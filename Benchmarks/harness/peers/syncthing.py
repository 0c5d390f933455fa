"""Syncthing: one instance that sends, and one for each target, over TLS on loopback, set to be as quick as it goes."""
import os
import subprocess

from .driver import Driver

CONFIGURATION = '''<configuration version="36">
<folder id="f" label="f" path="%(path)s" type="%(kind)s" rescanIntervalS="3600" fsWatcherEnabled="true"
 fsWatcherDelayS="1" ignorePerms="false" autoNormalize="true"><filesystemType>basic</filesystemType>%(members)s
<minDiskFree unit="">0</minDiskFree><disableFsync>true</disableFsync><markerName>.stfolder</markerName>
<maxConflicts>0</maxConflicts></folder>%(devices)s<gui enabled="false"></gui><options>
<listenAddress>tcp://127.0.0.1:%(port)d</listenAddress><globalAnnounceEnabled>false</globalAnnounceEnabled>
<localAnnounceEnabled>false</localAnnounceEnabled><relaysEnabled>false</relaysEnabled><natEnabled>false</natEnabled>
<urAccepted>-1</urAccepted><startBrowser>false</startBrowser><autoUpgradeIntervalH>0</autoUpgradeIntervalH>
<crashReportingEnabled>false</crashReportingEnabled><setLowPriority>false</setLowPriority>
<reconnectionIntervalS>5</reconnectionIntervalS></options></configuration>'''
DEVICE = ('<device id="%s" name="%s" compression="metadata"><address>%s</address><paused>false</paused></device>')
PORT = 23000


class Syncthing(Driver):
    """It says less than it has: temporary names stay for a day, so the strict comparison may find them."""

    ignored = ('.stfolder', '.stversions', '.stignore')
    rests = 30

    @property
    def binary(self):
        """Its program."""
        return self.run.bench.tool('syncthing', 'syncthing')

    def identity(self, number):
        """The home and the id of an instance, made at the first asking."""
        home = '%s/syncthing-%d' % (self.run.work, number)
        quiet = {'stdout': subprocess.DEVNULL, 'stderr': subprocess.DEVNULL, 'timeout': 60}
        if not os.path.exists(home):
            subprocess.check_call([self.binary, 'generate', '--home', home, '--no-default-folder',
                                   '--skip-port-probing'], **quiet)
        words = [self.binary, '--home', home, '--device-id']
        return home, subprocess.check_output(words, text=True, timeout=60).strip()

    def configure(self, number, members, path):
        """Writes the configuration of an instance: the first sends, the others receive."""
        home, _ = members[number]
        others = [0] if number else range(1, len(members))
        devices = ''.join(DEVICE % (members[n][1], 'n%d' % n, 'tcp://127.0.0.1:%d' % (PORT + n))
                          for n in [number] + list(others))
        ids = ''.join('<device id="%s"></device>' % members[n][1] for n in [number] + list(others))
        with open(home + '/config.xml', 'w') as file:
            file.write(CONFIGURATION % {'path': path, 'kind': 'receiveonly' if number else 'sendonly', 'members': ids,
                                        'devices': devices, 'port': PORT + number})
        os.makedirs(path + '/.stfolder', exist_ok=True)

    def serve(self, number, home):
        """Starts an instance, on the side that it belongs to."""
        words = [self.binary, 'serve', '--no-browser', '--no-restart', '--home', home]
        env = {'STNOUPGRADE': '1', 'STNORESTART': '1', 'HOME': home}
        log = 'log-%d' % number if number else 'log'
        return self.spawn(words, env, 'target' if number else 'source', log)

    def start(self):
        """All instances at first; only the sending one again after a kill."""
        first = self.process is None
        members = [self.identity(number) for number in range(len(self.run.targets) + 1)]
        if first:
            for number, path in enumerate([self.run.source] + self.run.targets):
                self.configure(number, members, path)
            for number in range(1, len(members)):
                self.serve(number, members[number][0])
        self.process = self.serve(0, members[0][0])


def peers(bench):
    """By name; nothing where it is not there."""
    return {'syncthing': Syncthing} if bench.tool('syncthing', 'syncthing') else {}
