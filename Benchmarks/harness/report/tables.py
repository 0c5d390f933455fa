"""Tables in Markdown."""
from ..arithmetic import ratio
from ..figures import TITLES, shown

RESOURCES = ('cpu_s', 'memory_mb')


def cell(text):
    """A text that does not break a table."""
    return str(text).replace('|', '\\|').replace('\n', ' ')


def table(head, lines):
    """A table of cells; the first column to the left, the others to the right."""
    made = ['| ' + ' | '.join(cell(word) for word in head) + ' |', '|---|' + '---:|' * (len(head) - 1)]
    return '\n'.join(made + ['| ' + ' | '.join(cell(word) for word in line) + ' |' for line in lines])


def titled(figure):
    """A figure with its unit."""
    name, unit = TITLES[figure]
    return '%s, %s' % (name, unit) if unit else name


def times(value):
    """A ratio in words of a table."""
    return '-' if value is None else '%.2f×' % value


def row_table(summary):
    """Every peer of a row: medians, ratios to the best of the others, and what it failed at."""
    main = summary.judged[0] if summary.judged else 'seconds'
    best = summary.best(main, False)
    lines = []
    for peer in sorted(summary.peers, key=lambda one: (not one.is_ours, one.name)):
        own = ratio(peer.value(main), best.value(main)) if best and peer.holds else None
        own_spread = peer.spread(main)
        name = '**%s**' % peer.name if peer.is_ours else peer.name
        lines.append([name, *[shown(peer.value(figure)) for figure in summary.columns], times(own),
                      len(peer.runs), times(own_spread), '; '.join(peer.fails or peer.skipped)])
    head = ['', *[titled(figure) for figure in summary.columns], 'to the best peer', 'runs', 'spread', 'fails at']
    if not summary.judged:
        lines = [line[:-4] + line[-3:] for line in lines]
        head = head[:-4] + head[-3:]
    return table(head, lines)


def overview(rows):
    """One line for each judged figure: lockstep's best engine beside the best of the others."""
    lines = []
    for summary in rows:
        for figure in summary.judged:
            ours, other = summary.best(figure, True), summary.best(figure, False)
            ahead = {True: 'ahead', False: '**open**', None: 'not run'}[summary.is_ahead(figure)]
            if ours and other and ours.value(figure) == other.value(figure):
                ahead = 'level'
            lines.append([summary.title, titled(figure), named(ours, figure), named(other, figure),
                          times(summary.ratio(figure)), ahead])
    return table(['what happens', 'measured', 'lockstep', 'best peer', 'ratio', ''], lines)


def named(peer, figure):
    """A peer's figure and its name."""
    return '%s (%s)' % (shown(peer.value(figure)), peer.name.removeprefix('lockstep-')) if peer else 'none'


def open_rows(rows, causes):
    """Where lockstep is behind, and why."""
    lines = []
    for summary in rows:
        for figure in summary.open:
            cause = causes.get(summary.id) or causes.get(summary.id.rsplit('-', 1)[0])
            lines.append([summary.title, titled(figure), named(summary.best(figure, True), figure),
                          named(summary.best(figure, False), figure), cause or 'the cause is not known yet'])
    if not lines:
        return 'None: lockstep is ahead in each row.'
    return table(['row', 'measured', 'lockstep', 'best peer', 'why, and what is being done'], lines)


def dear_rows(rows):
    """Where the best engine of a row takes more of the machine than the cheapest peer that holds the row."""
    lines = []
    for summary in rows:
        if not summary.judged or not summary.best(summary.judged[0], True):
            continue
        ours = summary.best(summary.judged[0], True)
        for figure in [name for name in RESOURCES if name not in summary.judged]:
            other = summary.best(figure, False)
            if other and ours.value(figure) is not None and ours.value(figure) > other.value(figure):
                lines.append([summary.title, titled(figure), named(ours, figure), named(other, figure),
                              times(ratio(ours.value(figure), other.value(figure)))])
    return table(['row', 'measured', 'lockstep, the quickest engine', 'cheapest peer', 'ratio'], lines) if lines else 'None.'


def failures(rows):
    """What each peer failed at, in one list."""
    lines = [[peer.name, summary.title, '; '.join(peer.fails)] for summary in rows for peer in summary.peers if peer.fails]
    return table(['', 'row', 'fails at'], sorted(lines)) if lines else 'None failed.'
