"""Tools that read lsyncd's configuration language: lsyncd, and lockstep."""
from .driver import Driver


class Configured(Driver):
    """`layer` is default.LAYER; archive mode for all, since lsyncd without it would leave modes and owners alone."""

    layer = 'rsync'
    delay = 0
    settings = ''
    extra = ''

    def sync(self, target):
        """The sync for one target."""
        place = 'target = "%s"' % self.target(target)
        if self.layer == 'rsyncssh':
            place = 'host = "%s", targetdir = "%s"' % (self.run.host.address, target)
        text = 'sync {\n default.%s, source = "%s",\n %s,\n' % (self.layer, self.run.source, place)
        return text + ' delay = %s, rsync = { archive = true },\n%s}\n' % (self.delay, self.extra)

    def configuration(self):
        """The path of the configuration, which is written for the run."""
        path = self.run.work + '/mirror.conf.lua'
        with open(path, 'w') as file:
            file.write('settings {\n nodaemon = true, statusFile = "%s/status",\n' % self.run.work)
            file.write(' %s\n}\n' % (self.settings % {'work': self.run.work}))
            for target in self.run.targets:
                file.write(self.sync(target))
        return path
