"""The sums."""
import unittest

from harness import arithmetic


class Arithmetic(unittest.TestCase):
    """Against values worked out by hand."""

    def test_median(self):
        """Of an odd and an even number of values, of some that are missing, and of none."""
        self.assertEqual(arithmetic.median([9, 1, 5]), 5)
        self.assertEqual(arithmetic.median([4, 1, 3, 2]), 2.5)
        self.assertEqual(arithmetic.median([None, 7, None]), 7)
        self.assertIsNone(arithmetic.median([None]))

    def test_percentile(self):
        """Nearest rank: the 99th of 100 is the 99th, of 50 the greatest."""
        hundred = list(range(100, 0, -1))
        self.assertEqual(arithmetic.percentile(hundred, 99), 99)
        self.assertEqual(arithmetic.percentile(hundred, 50), 50)
        self.assertEqual(arithmetic.percentile(range(1, 51), 99), 50)
        self.assertEqual(arithmetic.percentile([3], 50), 3)
        self.assertEqual(arithmetic.percentile([1, 2], 0), 1)
        self.assertIsNone(arithmetic.percentile([], 50))

    def test_ratio(self):
        """Of what is there; a base of nothing has none."""
        self.assertEqual(arithmetic.ratio(3, 6), 0.5)
        self.assertEqual(arithmetic.ratio(0, 6), 0)
        for missing in [(None, 1), (1, None), (1, 0)]:
            self.assertIsNone(arithmetic.ratio(*missing))

    def test_spread(self):
        """The greatest by the smallest; one run has none."""
        self.assertEqual(arithmetic.spread([2, 1, None, 3]), 3)
        self.assertIsNone(arithmetic.spread([2]))
        self.assertIsNone(arithmetic.spread([0, 2]))

    def test_apart(self):
        """In either order."""
        self.assertAlmostEqual(arithmetic.apart(1.0, 1.25), 0.25)
        self.assertAlmostEqual(arithmetic.apart(1.25, 1.0), 0.25)
        self.assertEqual(arithmetic.apart(2, 2), 0)
        self.assertIsNone(arithmetic.apart(None, 1))

    def test_milliseconds(self):
        """Nothing stays nothing."""
        self.assertEqual(arithmetic.milliseconds(0.00123456), 1.23)
        self.assertIsNone(arithmetic.milliseconds(None))
