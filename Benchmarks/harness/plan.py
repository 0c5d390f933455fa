"""The rows of a bench: what is done, at which size, by whom."""
import dataclasses

from .workloads import bulk, latency, life, limits, single

LOCAL = ['lockstep-stream', 'lockstep-direct', 'lockstep-rsync']
SSH = ['lockstep-stream', 'lockstep-rsync']
OTHERS = ['lsyncd-rsync', 'lsyncd-direct', 'inotify-rsync']
OTHERS_SSH = ['lsyncd-rsyncssh-mux', 'lsyncd-rsync-mux', 'inotify-rsync-mux']
SLOW = ['syncthing', 'unison']
EACH, TOGETHER, BARE = 'each', 'together', 'bare'


@dataclasses.dataclass
class Row:
    """One workload. `judged` are its main figures; peers in `once` run in the first round only, since they take long."""

    id: str
    title: str
    work: object
    peers: list
    judged: tuple = ('seconds',)
    kind: str = EACH
    over_ssh: bool = False
    targets: int = 1
    rounds: int = 1
    once: tuple = ()
    limit: int = 150
    params: dict = dataclasses.field(default_factory=dict)


LATENCY = ('p50_ms', 'p99_ms')


def latency_row(where, targets, peers, **params):
    """Changes one by one, all peers at once."""
    title = 'One change%s, to %s' % (' over ssh' if where == 'ssh' else '',
                                     'one target' if targets == 1 else 'the last of %d targets' % targets)
    return Row('latency-%s-%d' % (where, targets), title, latency.latency, peers, LATENCY, TOGETHER, where == 'ssh', targets,
               limit=400, params=params)


def fan_out_row(targets, **params):
    """The same for many targets, one peer after the other."""
    peers = ['lockstep-stream', 'lockstep-direct', 'lsyncd-direct', 'lsyncd-rsync']
    return Row('fan-out-%d' % targets, 'One change to the last of %d targets, each tool alone' % targets, latency.latency,
               peers, LATENCY, EACH, targets=targets, params=params)


def rows_of_bursts(files, rounds, peers, peers_ssh, **more):
    """New files at once, here and over ssh."""
    count = '{:,}'.format(files)
    params = {'files': files, **more}
    return [
        Row('burst-ssh-%d' % files, '%s new files of 4 KiB over ssh' % count, bulk.burst, peers_ssh, rounds=rounds,
            over_ssh=True, params=params),
        Row('burst-%d' % files, '%s new files of 4 KiB' % count, bulk.burst, peers, rounds=rounds, params=params,
            once=('syncthing', 'unison', 'lsyncd-direct')),
    ]


def churn_row(rate, peers, over_ssh=False, **params):
    """Mixed operations at a rate."""
    title = '%s mixed operations a second%s: how far behind at the end' % ('{:,}'.format(rate), ' over ssh' * over_ssh)
    return Row('churn-%s%d' % ('ssh-' * over_ssh, rate), title, bulk.churn, peers, ('seconds', 'cpu_s'), over_ssh=over_ssh,
               limit=params.get('seconds', 30) + 120, params={'rate': rate, **params})


def quick():
    """In less than eight minutes: what is asked first.

    Last is what takes longest: a slow machine has fewer rounds of it.
    """
    everybody = LOCAL + OTHERS + SLOW
    return [
        latency_row('local', 1, everybody, samples=40, gap=0.7),
        latency_row('ssh', 1, SSH + ['lsyncd-rsyncssh', 'lsyncd-rsyncssh-mux', 'inotify-rsync-mux'], samples=30, gap=0.9),
        latency_row('local', 4, LOCAL + OTHERS, samples=25, gap=0.8),
        Row('rename', 'A directory of 5,000 files gets another name', bulk.rename, LOCAL + OTHERS,
            rounds=3, params={'files': 5000, 'size': 10000, 'limit': 20}),
        Row('large-ssh', '1 MB in the middle of 256 MB over ssh', single.large, SSH + OTHERS_SSH[:1] + OTHERS_SSH[2:],
            ('seconds', 'channel_mb'), over_ssh=True, rounds=3, params={'megabytes': 256, 'limit': 20}),
        Row('append', '100 lines a second, the file closed after each', single.append, LOCAL + ['lsyncd-rsync', 'inotify-rsync'],
            LATENCY, params={'seconds': 4, 'drain': 5}),
        Row('restart-10000', 'Restart with 10,000 directories in step, until live', life.startup,
            LOCAL + ['lsyncd-rsync', 'inotify-rsync'], params={'count': 10000, 'limit': 20}),
        Row('same-second', 'Two writes of one size within a second', latency.same_second,
            ['lockstep-stream', 'lockstep-direct', 'lockstep-rsync', 'lsyncd-rsync', 'lsyncd-direct', 'inotify-rsync', 'unison'],
            ('stale',), TOGETHER, params={'tries': 5}),
        Row('limits-10000', 'What the machine can do: 10,000 files of 4 KiB once', limits.copies, [], (), BARE),
        churn_row(500, LOCAL + ['lsyncd-rsync', 'inotify-rsync'], seconds=8, files=5000, limit=20),
        *rows_of_bursts(10000, 3, LOCAL + OTHERS + SLOW, SSH + OTHERS_SSH[:1] + OTHERS_SSH[2:], limit=45),
    ]


def full():
    """In less than forty-five minutes: all of it."""
    busy = {'samples': 25, 'gap': 0.5, 'rate': 500}
    restarted = LOCAL + ['lsyncd-rsync', 'inotify-rsync']
    return [
        latency_row('local', 1, LOCAL + OTHERS + SLOW, samples=100, gap=0.6),
        latency_row('local', 4, LOCAL + OTHERS + SLOW, samples=50, gap=1.0),
        latency_row('ssh', 1, SSH + ['lockstep-rsyncssh', 'lsyncd-rsyncssh', 'inotify-rsync', 'unison'] + OTHERS_SSH,
                    samples=40, gap=1.2),
        latency_row('ssh', 4, SSH + ['lsyncd-rsyncssh-mux', 'inotify-rsync-mux'], samples=30, gap=1.2),
        Row('latency-busy', 'One change beside 500 others a second', latency.latency,
            LOCAL + ['lsyncd-rsync', 'inotify-rsync', 'syncthing'], LATENCY, params=busy),
        *rows_of_bursts(10000, 3, LOCAL + OTHERS + SLOW, SSH + OTHERS_SSH, limit=60),
        *rows_of_bursts(50000, 1, LOCAL + ['lsyncd-rsync', 'inotify-rsync', 'unison'], SSH + OTHERS_SSH, limit=60),
        churn_row(500, LOCAL + ['lsyncd-rsync', 'inotify-rsync', 'syncthing'], seconds=15, limit=40),
        churn_row(2000, LOCAL + ['lsyncd-rsync', 'inotify-rsync'], seconds=15, limit=40),
        churn_row(500, SSH + OTHERS_SSH, over_ssh=True, seconds=15, limit=40),
        *life_rows(restarted),
        Row('rename', 'A directory of 10,000 files, 1 GB, gets another name', bulk.rename, LOCAL + OTHERS + ['syncthing'],
            params={'limit': 60}),
        Row('rename-ssh', 'A directory of 10,000 files, 1 GB, gets another name, over ssh', bulk.rename,
            SSH + ['lockstep-rsyncssh'] + OTHERS_SSH, over_ssh=True, params={'limit': 60}),
        Row('large', '1 MB in the middle of 1 GB', single.large, LOCAL + ['lsyncd-rsync', 'inotify-rsync', 'syncthing']),
        Row('large-ssh', '1 MB in the middle of 1 GB over ssh', single.large, SSH + OTHERS_SSH, ('seconds', 'channel_mb'),
            over_ssh=True),
        Row('append', '100 lines a second, the file closed after each', single.append,
            LOCAL + OTHERS[:1] + OTHERS[2:] + ['syncthing'], LATENCY, params={'seconds': 10}),
        Row('append-held', '100 lines a second, the file open all the time', single.append,
            LOCAL + ['lsyncd-rsync', 'syncthing'], LATENCY, params={'seconds': 5, 'is_held': True, 'drain': 8}),
        Row('overflow', "20,000 files with a queue of events for 256", bulk.overflow,
            LOCAL + ['lsyncd-rsync', 'inotify-rsync'], params={'limit': 60}),
        Row('same-second', 'Two writes of one size within a second', latency.same_second, LOCAL + OTHERS + ['unison'],
            ('stale',), TOGETHER, params={'tries': 20}),
        *[fan_out_row(targets, samples=10, gap=0.5) for targets in (1, 4, 16, 64)],
        Row('limits-10000', 'What the machine can do: 10,000 files of 4 KiB once', limits.copies, [], (), BARE),
        Row('limits-50000', 'What the machine can do: 50,000 files of 4 KiB once', limits.copies, [], (), BARE,
            params={'files': 50000}),
        Row('micro', 'Micro-benchmarks of the core and of one change', limits.micro, [], (), BARE, limit=200),
    ]


def life_rows(restarted):
    """Starts, ends, outages and what waits meanwhile."""
    away = SSH + ['lsyncd-rsync']
    return [
        Row('start-100000', 'Start with 100,000 directories and an empty target, until live', life.startup,
            ['lockstep-stream', 'lockstep-rsync', 'lsyncd-rsync'], limit=240, params={'is_copied': False, 'limit': 90}),
        Row('restart-100000', 'Restart with 100,000 directories in step, until live', life.startup, restarted, limit=240,
            params={'limit': 60}),
        Row('outage', 'A host away for 6 s during 200 operations a second', life.outage, SSH + OTHERS_SSH,
            ('seconds', 'cpu_s'), over_ssh=True, params={'seconds': 18, 'limit': 40}),
        Row('kill', 'Killed and started again during 500 operations a second', life.kill,
            LOCAL + ['lsyncd-rsync', 'inotify-rsync'], params={'seconds': 10, 'limit': 40}),
        Row('pending-1000', '1,000 changes wait for a host that is away', life.pending, away,
            ('growth_mb', 'event_us'), over_ssh=True, params={'files': 1000, 'limit': 40}),
        Row('pending-100000', '100,000 changes wait for a host that is away', life.pending, away,
            ('growth_mb', 'event_us', 'seconds'), over_ssh=True, params={'limit': 60}),
        Row('pending-1000000', '1,000,000 changes wait for a host that is away', life.pending, away,
            ('growth_mb', 'event_us'), over_ssh=True, limit=240, params={'files': 1000000, 'is_settled': False}),
    ]


SMALL = {'samples': 4, 'gap': 0.3, 'files': 500, 'size': 1000, 'seconds': 3, 'megabytes': 8, 'count': 200, 'limit': 15,
         'drain': 3, 'tries': 2, 'rounds': 1, 'sections': ('pending',)}


def tiny():
    """Every row of the full bench at a size at which only the harness is tried."""
    rows = full()
    for row in rows:
        names = row.work.__code__.co_varnames[:row.work.__code__.co_argcount]
        row.params = {**row.params, **{name: value for name, value in SMALL.items() if name in names}}
        row.rounds, row.limit, row.targets = 1, min(row.limit, 60), min(row.targets, 8)
    return rows


PLANS = {'quick': (quick, 420), 'full': (full, 2520), 'tiny': (tiny, 1500)}
