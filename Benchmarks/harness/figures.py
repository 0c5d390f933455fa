"""What is measured: every figure's title and unit. Less is better in all of them."""

TITLES = {
    'p50_ms': ('median', 'ms'),
    'p99_ms': ('p99', 'ms'),
    'seconds': ('until equal', 's'),
    'cpu_s': ('processor', 's'),
    'memory_mb': ('memory at most', 'MB'),
    'channel_mb': ('through the network', 'MB'),
    'copied_mb': ('copied at the target', 'MB'),
    'growth_mb': ('memory that grew', 'MB'),
    'event_us': ('processor for one more change', 'µs'),
    'idle_cpu_percent': ('processor at rest', '%'),
    'idle_memory_mb': ('memory at rest', 'MB'),
    'stale': ('files that stay old', ''),
}
# Everything else that a run tells is no figure to compare: numbers of samples, rates that were reached, the machine's load.


def shown(value):
    """A figure as it stands in a table: three digits that count."""
    if value is None:
        return '-'
    if value == 0 or isinstance(value, int) or abs(value) >= 100:
        return '%.0f' % value
    return '%.2f' % value if abs(value) < 10 else '%.1f' % value
