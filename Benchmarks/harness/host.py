"""A host for the transfers over ssh: an sshd on an address of loopback, in the enclosure of the tool that uses it."""
import os
import pwd
import subprocess
import time

SSHD = '/usr/sbin/sshd'


class Keys:
    """Keys and the client's configuration, once for all hosts of a run.

    Addresses in 127.1 are plain; those in 127.2 share one connection (ControlMaster). So no tool needs words of its own."""

    def __init__(self, folder):
        self.folder = folder
        os.makedirs(folder, exist_ok=True)
        for name in ('host', 'user'):
            subprocess.check_call(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', '%s/%s' % (folder, name)])
        with open(folder + '/user.pub') as source, open(folder + '/authorized', 'w') as target:
            target.write(source.read())
        self.configure()
        self.used = 0

    def configure(self):
        """Takes the place of the machine's and the user's own, for the processes of this mount namespace only."""
        shared = ' ControlMaster auto\n ControlPath %s/shared-%%h\n ControlPersist 10m\n' % self.folder
        path = self.folder + '/ssh_config'
        with open(path, 'w') as file:
            file.write('Host 127.2.*\n' + shared + 'Host *\n Port 22022\n IdentityFile %s/user\n' % self.folder
                       + ' IdentitiesOnly yes\n UserKnownHostsFile %s/known\n' % self.folder
                       + ' StrictHostKeyChecking no\n LogLevel ERROR\n BatchMode yes\n ConnectTimeout 10\n')
        subprocess.check_call(['mount', '--bind', path, '/etc/ssh/ssh_config'])
        personal = pwd.getpwuid(os.geteuid()).pw_dir + '/.ssh'
        if os.path.isdir(personal):
            subprocess.check_call(['mount', '-t', 'tmpfs', '-o', 'mode=700', 'lockstep-bench', personal])
        # What sshd needs to be there, without leaving it behind.
        subprocess.check_call(['mount', '-t', 'tmpfs', '-o', 'mode=755', 'lockstep-bench', '/run'])
        os.mkdir('/run/sshd')


class Host:
    """One sshd. `stop` ends it and all its sessions, as the end of a machine does."""

    def __init__(self, keys, enclosure, shares_connection):
        keys.used += 1
        self.keys, self.enclosure = keys, enclosure
        self.address = '127.%d.0.%d' % (2 if shares_connection else 1, keys.used % 250 + 1)
        self.configuration = '%s/sshd-%s' % (keys.folder, self.address)
        # A start-up file of a shell can cost each session a tenth of a second; with SHLVL above 1 bash reads none.
        with open(self.configuration, 'w') as file:
            file.write('Port 22022\nListenAddress %s\nHostKey %s/host\n' % (self.address, keys.folder)
                       + 'AuthorizedKeysFile %s/authorized\nStrictModes no\nUsePAM no\nPidFile none\n' % keys.folder
                       + 'PermitRootLogin prohibit-password\nPasswordAuthentication no\nUseDNS no\nSetEnv SHLVL=5\n'
                       + 'MaxStartups 200\nMaxSessions 200\n')

    def start(self):
        """Returns when a command runs there."""
        words = [SSHD, '-D', '-e', '-f', self.configuration]
        self.process = self.enclosure.spawn(words, log=self.configuration + '.log', side='target')
        question = ['nsenter', '--net=' + self.enclosure.network.path, '--', 'ssh', '-o', 'ControlMaster=no',
                    '-o', 'ControlPath=none', self.address, 'true']
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            if subprocess.call(question, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=20) == 0:
                return
            time.sleep(0.1)
        raise OSError('sshd does not answer at %s' % self.address)

    def stop(self):
        """Ends the listener and every session."""
        self.enclosure.sides['target'].end()
        self.process.wait()
