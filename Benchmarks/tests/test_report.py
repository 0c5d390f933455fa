"""What a result becomes: who is ahead, what is open, and the pages."""
import json
import os
import tempfile
import unittest
from xml.dom import minidom

from harness.report import charts, comparing, pages, rows, tables

README = '# r\n<!-- benchmarks:begin -->\nold\n<!-- benchmarks:end -->\nrest\n'


def result(ours, other, failing=1, judged=('seconds',)):
    """A result of one row with two engines and three peers."""
    peers = {
        'lockstep-a': [{'seconds': value, 'cpu_s': 4.0, 'memory_mb': 30, 'busy': 0.5} for value in ours],
        'lockstep-b': [{'seconds': 0.1, 'fails': ['still different | x']}],
        'other': [{'seconds': value, 'cpu_s': 2.0, 'memory_mb': 40, 'busy': 0.1} for value in other],
        'quick-but-wrong': [{'seconds': 0.01, 'fails': ['2 missing']}] * failing,
        'late': [{'skipped': 'no time was left'}],
    }
    return {'kind': 'quick', 'at': 'then', 'seconds': 9, 'versions': {'x': '1'}, 'rows': [
        {'id': 'row-1', 'title': 'A <row>', 'judged': list(judged), 'peers': peers}],
        'machine': {'processor': 'p', 'cores': 2, 'memory_gb': 1, 'kernel': 'k', 'system': 's', 'trees': 'tmpfs'}}


def row(*values, **more):
    """The summary of its row."""
    return rows.summaries(result(*values, **more))[0]


class Rows(unittest.TestCase):
    """Who is ahead."""

    def test_median_and_best(self):
        """Medians are compared, and whoever failed is not the best of anything."""
        summary = row([3, 1, 2], [5, 4, 9])
        self.assertEqual(summary.best('seconds', True).name, 'lockstep-a')
        self.assertEqual(summary.best('seconds', False).name, 'other')
        self.assertEqual(summary.ratio('seconds'), 2 / 5)
        self.assertEqual(summary.peers[0].spread('seconds'), 3)
        self.assertTrue(summary.is_ahead('seconds'))
        self.assertEqual(summary.open, [])

    def test_behind(self):
        """A row in which a peer is better is open."""
        summary = row([5], [4])
        self.assertIs(summary.is_ahead('seconds'), False)
        self.assertEqual(summary.open, ['seconds'])
        self.assertIn('because', tables.open_rows([summary], {'row': 'because'}))
        self.assertIn('not known', tables.open_rows([summary], {}))

    def test_nobody(self):
        """Without a peer that holds the row lockstep is ahead; without an engine that does, the row is open."""
        self.assertTrue(row([5], []).is_ahead('seconds'))
        summary = row([], [4])
        self.assertIs(summary.is_ahead('seconds'), False)
        self.assertIsNone(row([], [], failing=0, judged=('stale',)).ratio('stale'))

    def test_dear(self):
        """An engine that is ahead but costs more than the cheapest peer is named."""
        text = tables.dear_rows([row([1], [2])])
        self.assertIn('2.00×', text)
        self.assertNotIn('memory', text)

    def test_skipped(self):
        """What had no time is no failure and no figure."""
        late = row([1], [2]).peers[-1]
        self.assertEqual((late.holds, late.fails, late.skipped), (False, [], ['no time was left']))


class Pages(unittest.TestCase):
    """What is written."""

    def test_written(self):
        """Page, data, charts in both shades and README's table; a second time gives the same."""
        with tempfile.TemporaryDirectory() as root:
            with open(root + '/README.md', 'w') as file:
                file.write(README)
            for _ in range(2):
                pages.write(result([3], [4]), {}, root)
                with open(root + '/README.md') as file:
                    text = file.read()
                self.assertTrue(text.startswith('# r\n<!-- benchmarks:begin -->\n|'))
                self.assertTrue(text.endswith('<!-- benchmarks:end -->\nrest\n'))
                self.assertIn('0.75×', text)
                self.assertNotIn('old', text)
            with open(root + '/docs/benchmarks/quick.md') as file:
                page = file.read()
            self.assertIn('still different \\| x', page)
            for shade in charts.COLOURS:
                path = 'charts/quick-row-1-%s.svg' % shade
                self.assertIn(path, page)
                minidom.parse('%s/docs/benchmarks/%s' % (root, path))
            with open(root + '/docs/benchmarks/quick.json') as file:
                self.assertEqual(json.load(file)['kind'], 'quick')

    def test_markers(self):
        """A page without its markers is left alone."""
        for text in ['', pages.BEGIN, pages.END + pages.BEGIN, README + README]:
            with self.assertRaises(ValueError):
                pages.replaced(text, 'x')

    def test_chart(self):
        """The longest bar is the greatest value; one that failed has none."""
        svg = charts.bars('t', 's', [('a', 1.0, True), ('b', 4.0, False), ('c', None, False)], 'light')
        bars = minidom.parseString(svg).getElementsByTagName('rect')
        widths = [float(bar.getAttribute('width')) for bar in bars]
        self.assertEqual(len(widths), 2)
        self.assertAlmostEqual(widths[1] / widths[0], 4, places=2)


class Compared(unittest.TestCase):
    """Two results."""

    def test_same(self):
        """Times may double, as long as the ratio stays."""
        text, is_same = comparing.compared(result([1, 2], [2, 4]), result([2, 4], [4, 8]), 0.25)
        self.assertTrue(is_same, text)
        self.assertIn('0 of 1 ratios', text)
        self.assertIn('2.00×', text)

    def test_apart(self):
        """A quarter is allowed, more is not."""
        self.assertTrue(comparing.compared(result([4], [4]), result([5], [4]), 0.25)[1])
        text, is_same = comparing.compared(result([4], [4]), result([6], [4]), 0.25)
        self.assertFalse(is_same)
        self.assertIn('50 %', text)

    def test_alone(self):
        """A ratio that only one has is no agreement."""
        text, is_same = comparing.compared(result([4], [4]), result([4], []), 0.25)
        self.assertFalse(is_same)
        self.assertIn('Only one', text)


class Sources(unittest.TestCase):
    """The house's rules, as far as a program can check them."""

    def test_everything_is_known(self):
        """Each figure that a row is judged by has a title, each peer that a row names a driver."""
        from harness import figures, plan
        from harness.peers import known

        class Everywhere:
            """A bench on a machine that has every tool."""

            @staticmethod
            def tool(package, program):
                """Where it would be."""
                return '/usr/bin/' + program + package[:0]

        drivers = known(Everywhere())
        for name, (make, budget) in plan.PLANS.items():
            every = make()
            self.assertEqual(len({one.id for one in every}), len(every), name)
            self.assertGreater(budget, 0)
            for one in every:
                self.assertLessEqual(set(one.peers), set(drivers), one.id)
                self.assertLessEqual(set(one.judged), set(figures.TITLES), one.id)
                taken = one.work.__code__.co_varnames[1:one.work.__code__.co_argcount]
                self.assertLessEqual(set(one.params), set(taken), one.id)

    def test_limits(self):
        """The plans end in the time that they promise."""
        from harness import plan
        self.assertLessEqual(plan.PLANS['quick'][1], 8 * 60 - 50)
        self.assertLessEqual(plan.PLANS['full'][1], 45 * 60 - 120)

    def test_causes(self):
        """Causes are of rows that there are."""
        from harness import plan
        here = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
        with open(here + '/causes.json') as file:
            causes = json.load(file)
        known = {one.id for make, _ in plan.PLANS.values() for one in make()}
        known |= {name.rsplit('-', 1)[0] for name in known}
        self.assertLessEqual(set(causes), known)
