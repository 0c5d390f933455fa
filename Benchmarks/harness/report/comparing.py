"""Two results beside each other."""
from .rows import summaries
from .tables import table, times, titled
from ..arithmetic import apart, ratio


def pairs(summary):
    """Ratios of every engine of lockstep to every peer, by (row, figure, engine, peer), with both spreads."""
    found = {}
    for figure in summary.judged:
        for ours in [peer for peer in summary.peers if peer.is_ours and peer.holds]:
            for other in [peer for peer in summary.peers if not peer.is_ours and peer.holds]:
                value = ratio(ours.value(figure), other.value(figure))
                if value is not None:
                    found[summary.id, figure, ours.name, other.name] = (value, ours.spread(figure), other.spread(figure))
    return found


def compared(first, second, allowed):
    """(text, whether all ratios agree). A ratio that only one of them has is named, and is no agreement."""
    found = [{}, {}]
    for index, result in enumerate((first, second)):
        for summary in summaries(result):
            found[index].update(pairs(summary))
    lines, alone, far = [], [], 0
    for key in sorted(set(found[0]) | set(found[1])):
        row, figure, ours, other = key
        if key not in found[0] or key not in found[1]:
            alone.append('%s: %s, %s to %s' % (row, titled(figure), ours, other))
            continue
        a, b = found[0][key], found[1][key]
        difference = apart(a[0], b[0])
        is_far = difference is None or difference > allowed
        far += is_far
        spreads = ' '.join(times(value) for value in (*a[1:], *b[1:]))
        lines.append([row, titled(figure), ours, other, times(a[0]), times(b[0]),
                      '-' if difference is None else '%.0f %%' % (difference * 100), spreads, 'differs' if is_far else ''])
    text = table(['row', 'measured', 'lockstep', 'peer', 'first', 'second', 'apart', 'spread of each in both', ''], lines)
    text += '\n\n%d of %d ratios differ by more than %.0f %%.' % (far, len(lines), allowed * 100)
    if alone:
        text += '\nOnly one of the two has: ' + '; '.join(alone) + '.'
    return text, far == 0 and not alone
