"""The few sums that every figure of a report is made with."""
import statistics


def median(values):
    """The median of what is there; None where nothing is."""
    there = [value for value in values if value is not None]
    return statistics.median(there) if there else None


def percentile(values, share):
    """The value that `share` percent of the values do not exceed (nearest rank); None for no values."""
    ordered = sorted(values)
    if not ordered:
        return None
    rank = -(-len(ordered) * share // 100)
    return ordered[max(0, int(rank) - 1)]


def ratio(value, base):
    """`value` in units of `base`; None where it can't be told."""
    if value is None or base is None or base <= 0:
        return None
    return value / base


def spread(values):
    """The greatest by the smallest of several runs; None for fewer than two, or where the smallest is nothing."""
    there = [value for value in values if value is not None]
    if len(there) < 2 or min(there) <= 0:
        return None
    return max(there) / min(there)


def apart(first, second):
    """How far two ratios are from each other, whichever is the greater: 0.25 is 25 percent. None where one is missing."""
    if first is None or second is None or min(first, second) <= 0:
        return None
    return max(first, second) / min(first, second) - 1


def milliseconds(seconds):
    """Seconds as milliseconds with two digits; None stays None."""
    return None if seconds is None else round(seconds * 1e3, 2)
