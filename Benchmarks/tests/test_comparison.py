"""The comparison of trees: every kind of difference is seen, and equal trees are equal."""
import os
import shutil
import tempfile
import unittest

from harness import comparison


class Trees(unittest.TestCase):
    """Two trees that are equal to begin with."""

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix='lockstep-selftest-')
        comparison.build(cls.folder)

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder)

    def setUp(self):
        self.root = tempfile.mkdtemp(dir=self.folder)
        self.source, self.target = self.root + '/source', self.root + '/target'
        for root in (self.source, self.target):
            os.makedirs(root + '/d/e')
            with open(root + '/d/file', 'w') as file:
                file.write('content')
            os.symlink('file', root + '/d/link')
            os.utime(root + '/d/file', ns=(10 ** 18, 10 ** 18))

    def different(self, kind, count=1, reading=('-c',)):
        """Expects differences of this kind, and of no other, and that the cheap look sees the same."""
        compare = comparison.Comparison(self.folder)
        equal, counts = compare.differences(self.source, self.target, *reading)
        self.assertFalse(equal)
        self.assertEqual({name: counts[name] for name in comparison.KINDS if counts[name]}, {kind: count})
        self.assertEqual(len(counts['sample']), count)
        self.assertFalse(compare.all_equal(self.source, self.target)[0])
        self.assertEqual(comparison.summary(counts), '%s %d' % (kind, count))

    def same(self, *ignored):
        """Expects that nothing differs."""
        equal, counts = comparison.Comparison(self.folder, ignored).all_equal(self.source, self.target)
        self.assertTrue(equal, counts)
        self.assertEqual(counts['files'], 1)
        return counts

    def test_equal(self):
        """Nothing differs; what a tool keeps at the root is left out, and only there."""
        self.same()
        os.mkdir(self.target + '/.keeps')
        self.same('.keeps')
        os.mkdir(self.target + '/d/.keeps')
        equal, counts = comparison.Comparison(self.folder, ['.keeps']).all_equal(self.source, self.target)
        self.assertFalse(equal)
        self.assertEqual(counts['extra'], 1)

    def test_missing(self):
        """A name that is not at the target."""
        os.rmdir(self.target + '/d/e')
        self.different('missing')

    def test_extra(self):
        """A name that is only at the target."""
        os.mkdir(self.target + '/d/e/more')
        self.different('extra')

    def test_type(self):
        """A directory that is a file there."""
        os.rmdir(self.target + '/d/e')
        with open(self.target + '/d/e', 'w'):
            pass
        self.different('type')

    def test_size(self):
        """A file that is longer."""
        with open(self.target + '/d/file', 'a') as file:
            file.write('more')
        os.utime(self.target + '/d/file', ns=(10 ** 18, 10 ** 18))
        self.different('size')

    def test_content(self):
        """Other bytes of the same length, with the same time: only reading sees it."""
        with open(self.target + '/d/file', 'w') as file:
            file.write('CONTENT')
        os.utime(self.target + '/d/file', ns=(10 ** 18, 10 ** 18))
        self.assertTrue(comparison.Comparison(self.folder).differences(self.source, self.target)[0])
        self.different('content')

    def test_mode(self):
        """Rights, of a file and of a directory."""
        os.chmod(self.target + '/d/file', 0o600)
        self.different('mode')
        os.chmod(self.target + '/d', 0o700)
        self.different('mode', 2)

    def test_time(self):
        """Seconds count; parts of a second and directories' times are told only."""
        os.utime(self.target + '/d/file', ns=(10 ** 18, 10 ** 18 + 5))
        os.utime(self.target + '/d', (1, 1))
        counts = self.same()
        self.assertEqual((counts['mtime_ns'], counts['dirmtime']), (1, 1))
        os.utime(self.target + '/d/file', (1, 10 ** 9 + 1))
        self.different('mtime_s')

    def test_link(self):
        """A symbolic link that points elsewhere."""
        os.unlink(self.target + '/d/link')
        os.symlink('elsewhere', self.target + '/d/link')
        self.different('ltarget')

    @unittest.skipUnless(os.geteuid() == 0, 'only root can give a file away')
    def test_owner(self):
        """A file of somebody else."""
        os.chown(self.target + '/d/file', 12345, -1)
        self.different('owner')

    def test_unreadable(self):
        """A tree that is not there is no equal one."""
        shutil.rmtree(self.target)
        equal, counts = comparison.Comparison(self.folder).all_equal(self.source, self.target)
        self.assertFalse(equal)
        self.assertIn('error', counts)

    def test_pipe_loop(self):
        """The bare loop brings every file whole."""
        shutil.rmtree(self.target)
        os.mkdir(self.target)
        os.unlink(self.source + '/d/link')
        with open(self.source + '/d/large', 'wb') as file:
            file.write(os.urandom(200001))
        self.assertEqual(os.system('%s/pipeloop %s %s' % (self.folder, self.source, self.target)), 0)
        equal, counts = comparison.Comparison(self.folder).all_equal(self.source, self.target)
        self.assertTrue(equal, counts)
