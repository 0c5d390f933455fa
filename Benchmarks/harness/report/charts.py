"""Charts as SVG: bars, one for each peer, in a light and in a dark version."""
from xml.sax.saxutils import escape

from ..figures import shown

WIDTH, LEFT, RIGHT, BAR, GAP, TOP = 720, 170, 90, 20, 8, 44
COLOURS = {
    'light': {'text': '#1f2328', 'faint': '#59636e', 'ours': '#0a6e4f', 'other': '#8c959f', 'axis': '#d1d9e0'},
    'dark': {'text': '#e6edf3', 'faint': '#9198a1', 'ours': '#3fb68b', 'other': '#6e7681', 'axis': '#3d444d'},
}


def bars(title, unit, values, shade):
    """`values` are (name, value or None, is ours); None is a peer that failed. The least stands on top."""
    colours = COLOURS[shade]
    there = [value for _, value, _ in values if value is not None]
    most = max(there, default=0) or 1
    height = TOP + len(values) * (BAR + GAP) + GAP
    made = ['<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" role="img">'
            % (WIDTH, height, WIDTH, height),
            '<title>%s</title>' % escape(title),
            '<g font-family="system-ui, sans-serif" font-size="13">',
            text(8, 20, title + (' (%s, less is better)' % unit if unit else ''), colours['text'], 'start'),
            '<line x1="%d" y1="%d" x2="%d" y2="%d" stroke="%s"/>' % (LEFT, TOP - 6, LEFT, height - GAP, colours['axis'])]
    ordered = sorted(values, key=lambda entry: (entry[1] is None, entry[1] or 0, entry[0]))
    for number, (name, value, is_ours) in enumerate(ordered):
        top = TOP + number * (BAR + GAP)
        baseline = top + BAR - 5
        made.append(text(LEFT - 8, baseline, name, colours['text' if is_ours else 'faint'], 'end'))
        if value is None:
            made.append(text(LEFT + 6, baseline, 'failed', colours['faint'], 'start'))
            continue
        length = max(1.5, (WIDTH - LEFT - RIGHT) * value / most)
        made.append('<rect x="%d" y="%d" width="%.1f" height="%d" rx="2" fill="%s"/>'
                    % (LEFT, top, length, BAR, colours['ours' if is_ours else 'other']))
        made.append(text(LEFT + length + 6, baseline, shown(value), colours['text'], 'start'))
    return '\n'.join(made + ['</g>', '</svg>', ''])


def text(left, baseline, words, colour, anchor):
    """A line of text."""
    return '<text x="%.1f" y="%d" fill="%s" text-anchor="%s">%s</text>' % (left, baseline, colour, anchor, escape(words))


def picture(path, title):
    """How a page shows the version that fits its reader."""
    return ('<picture><source media="(prefers-color-scheme: dark)" srcset="%s-dark.svg"><img alt="%s" src="%s-light.svg">'
            '</picture>' % (path, escape(title, {'"': '&quot;'}), path))
