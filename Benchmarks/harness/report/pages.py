"""The pages: one for each kind of bench, its charts, and the tables within pages that people write."""
import json
import os

from . import charts, tables
from .rows import summaries
from ..figures import TITLES

BEGIN, END = '<!-- benchmarks:begin -->', '<!-- benchmarks:end -->'


def replaced(text, between):
    """A page with something else between its markers."""
    if text.count(BEGIN) != 1 or text.count(END) != 1 or text.index(BEGIN) > text.index(END):
        raise ValueError('the page needs one %s and one %s after it' % (BEGIN, END))
    before, after = text.split(BEGIN)[0], text.split(END)[1]
    return '%s%s\n%s\n%s%s' % (before, BEGIN, between.strip(), END, after)


def circumstances(result):
    """Machine, kernel, versions, and how quiet it was."""
    machine, versions = result['machine'], result['versions']
    rows = summaries(result)
    busy = [summary.busy for summary in rows if summary.busy is not None]
    text = '%s, %s cores, %s GB, Linux %s, %s; trees on %s. %s.' % (
        machine['processor'], machine['cores'], machine['memory_gb'], machine['kernel'], machine['system'], machine['trees'],
        ', '.join('%s %s' % pair for pair in versions.items()))
    text += ' `make bench%s`, begun %s, took %d s.' % ('-quick' * (result['kind'] == 'quick'), result['at'], result['seconds'])
    if busy:
        text += ' In the median row some task waited for a processor in %d %% of the time.' % (100 * sorted(busy)[len(busy) // 2])
    return text


def chart(summary, folder, name):
    """Writes both versions of a row's chart; returns the words that show it. Nothing where there is nothing to show."""
    main = summary.judged[0] if summary.judged else 'seconds'
    values = [(peer.name, peer.value(main) if peer.holds else None, peer.is_ours) for peer in summary.peers if peer.runs]
    if not any(value is not None for _, value, _ in values):
        return ''
    os.makedirs(folder + '/charts', exist_ok=True)
    title, unit = TITLES[main]
    for shade in charts.COLOURS:
        with open('%s/charts/%s-%s.svg' % (folder, name, shade), 'w') as file:
            file.write(charts.bars('%s: %s' % (summary.title, title), unit, values, shade))
    return charts.picture('charts/' + name, summary.title)


def page(result, causes, folder):
    """The page of one bench."""
    rows = summaries(result)
    kind = result['kind']
    parts = ['# The %s bench' % kind, circumstances(result),
             'Made by `Benchmarks/report` from [%s.json](%s.json). [README.md](README.md) says how it is measured and what is '
             'missing.' % (kind, kind),
             '## lockstep beside the best of the others', tables.overview(rows),
             '## Open: where lockstep is behind', tables.open_rows(rows, causes),
             '## Where it is quicker and takes more of the machine', tables.dear_rows(rows),
             '## What each failed at', tables.failures(rows), '## Every row']
    for summary in rows:
        parts.append('### %s' % summary.title)
        parts.append(chart(summary, folder, '%s-%s' % (kind, summary.id)))
        parts.append(tables.row_table(summary))
        parts.extend(run['text'] for peer in summary.peers for run in peer.runs if 'text' in run)
    return '\n\n'.join(part.strip() for part in parts if part) + '\n'


def write(result, causes, root):
    """Everything that follows from a result, in docs/benchmarks and README.md below a root."""
    folder = root + '/docs/benchmarks'
    os.makedirs(folder, exist_ok=True)
    clean(folder + '/charts', result['kind'])
    with open('%s/%s.md' % (folder, result['kind']), 'w') as file:
        file.write(page(result, causes, folder))
    with open('%s/%s.json' % (folder, result['kind']), 'w') as file:
        json.dump(result, file, indent=1)
        file.write('\n')
    rows = summaries(result)
    between = tables.overview(rows) + '\n\n' + circumstances(result)
    open_count = sum(len(summary.open) for summary in rows)
    if open_count:
        between += '\n\n%d of these lines %s open: [docs/benchmarks](docs/benchmarks/%s.md) has the causes.' % (
            open_count, 'is' if open_count == 1 else 'are', result['kind'])
    with open(root + '/README.md') as file:
        text = replaced(file.read(), between)
    with open(root + '/README.md', 'w') as file:
        file.write(text)


def clean(folder, kind):
    """Removes the charts of the bench before."""
    if os.path.isdir(folder):
        for name in os.listdir(folder):
            if name.startswith(kind + '-') and name.endswith('.svg'):
                os.unlink('%s/%s' % (folder, name))
