"""Starts, ends and outages."""
import os
import time

from .. import trees
from .writers import Churn


def startup(run, count=100000, is_copied=True, limit=120):
    """From the start of the tool until changes go through at once, with so many directories, in step or not yet there."""
    trees.directories(run.source, count)
    # The last name: a walk comes to it at its end.
    os.mkdir(run.source + '/zz')
    trees.age(run.source)
    trees.age(run.source)
    if is_copied:
        trees.copy(run.source, run.targets)
    begin = time.monotonic()
    run.start(copied=False, is_live=False)
    live = wait_until_steady(run, time.monotonic() + limit)
    if live is None:
        return {'seconds': None, 'fails': ['not live after %d s: %s' % (limit, run.peer.last_words())], **run.used()}
    figures = run.settle(time.monotonic(), limit)
    figures['seconds'] = round(live - begin, 2) if figures['equal'] else None
    run.mark()
    time.sleep(3)
    figures['idle_cpu_percent'] = round(run.used()['cpu_s'] / 3 * 100, 2)
    figures['idle_memory_mb'] = run.used()['memory_mb']
    return figures


def wait_until_steady(run, deadline):
    """The moment from which three changes in a row took less than 3 s each; None where that never comes."""
    flying, streak, first, number, due = [], 0, None, 0, 0.0
    while time.monotonic() < deadline and run.peer.is_alive():
        now = time.monotonic()
        if now >= due:
            number, due = number + 1, now + 0.2
            path = 'zz/p%d' % number
            trees.file('%s/%s' % (run.source, path), 10, number)
            flying.append((path, now))
        for path, written in list(flying):
            if not os.path.exists('%s/%s' % (run.targets[0], path)):
                continue
            flying.remove((path, written))
            now = time.monotonic()
            streak = streak + 1 if now - written < 3 else 0
            first = now if streak == 1 else first
            if streak == 3:
                return first
        time.sleep(0.01)
    return None


def kill(run, rate=500, seconds=15, files=10000, limit=90):
    """The tool is killed in the middle of churn and started again two seconds later."""
    trees.burst(run.source, files, 100, 4096)
    run.start()
    churn = Churn(run, rate, seconds, seed=44)
    time.sleep(seconds / 2)
    run.peer.kill()
    time.sleep(2)
    run.peer.start()
    end, reached = churn.end()
    return {**run.settle(end, limit), 'rate': reached}


def outage(run, rate=200, seconds=30, files=5000, limit=90):
    """The target's sshd and all its sessions go away for the middle third of churn."""
    trees.burst(run.source, files, 100, 4096)
    run.start()
    churn = Churn(run, rate, seconds, seed=43)
    time.sleep(seconds / 3)
    run.host.stop()
    time.sleep(seconds / 3)
    run.host.start()
    end, reached = churn.end()
    return {**run.settle(end, limit), 'rate': reached}


def pending(run, files=100000, is_settled=True, limit=120):
    """The target is away while so many files change: memory, and what each further change costs the processor."""
    trees.burst(run.source, 1000, 10, 16)
    run.start()
    run.host.stop()
    source = run.enclosure.sides['source']
    before = source.memory()
    run.mark()
    folders = max(1, files // 1000)
    for folder in range(folders):
        os.mkdir('%s/p%d' % (run.source, folder))
        for number in range(files // folders):
            os.close(os.open('%s/p%d/f%d' % (run.source, folder, number), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644))
    time.sleep(5)
    used = source.seconds()
    end, _ = Churn(run, 500, 5, seed=45).end()
    time.sleep(1)
    figures = {'growth_mb': round((run.sampler.peak - before) / 1e6, 1),
               'event_us': round((source.seconds() - used) / 2500 * 1e6, 1), **run.used()}
    if not run.peer.is_alive():
        figures['fails'] = ['it has ended by itself: ' + run.peer.last_words()]
    elif is_settled:
        run.host.start()
        after = run.settle(time.monotonic(), limit)
        figures['seconds'] = after['seconds']
        figures.update({name: after[name] for name in ('fails',) if name in after})
    return figures
