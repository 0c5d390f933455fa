"""Many changes at once: bursts, churn, a directory that moves, and events that the kernel loses."""
import os
import time

from .. import trees, world
from .writers import Churn


def burst(run, files=10000, size=4096, limit=60):
    """So many new small files, as fast as they can be made; measured from the first of them."""
    run.start()
    begin = time.monotonic()
    trees.burst(run.source, files, max(1, files // 100), size)
    return run.settle(begin, limit)


def churn(run, rate=500, seconds=30, files=10000, limit=60):
    """Mixed operations at a fixed rate; measured is how far behind the targets are at its end."""
    trees.burst(run.source, files, 100, 4096)
    run.start()
    end, reached = Churn(run, rate, seconds).end()
    return {**run.settle(end, limit), 'rate': reached}


def rename(run, files=10000, size=100000, limit=90):
    """A large directory gets another name; counted is also what was copied though it was there."""
    for folder in range(10):
        os.makedirs('%s/big/d%d' % (run.source, folder))
        for number in range(files // 10):
            trees.file('%s/big/d%d/f%04d' % (run.source, folder, number), size, folder * 1000 + number)
    run.start()
    # A second name outside the target keeps each inode from being given to another file.
    before = set()
    os.mkdir(run.root + '/kept')
    for path in files_below(run.targets[0]):
        before.add(os.lstat(path).st_ino)
        os.link(path, '%s/kept/%d' % (run.root, len(before)))
    os.rename(run.source + '/big', run.source + '/moved')
    figures = run.settle(time.monotonic(), limit)
    after = [os.lstat(path) for path in files_below(run.targets[0])]
    figures['copied_mb'] = round(sum(status.st_size for status in after if status.st_ino not in before) / 1e6, 1)
    return figures


def files_below(root):
    """The paths of all files of a tree."""
    return [os.path.join(folder, name) for folder, _, names in os.walk(root) for name in names]


def overflow(run, queue=256, files=20000, limit=90):
    """The kernel's queue of events is so short that most are lost."""
    os.makedirs(run.source + '/old')
    for number in range(1000):
        trees.file('%s/old/f%d' % (run.source, number), 1000, number)
    before = world.read(world.QUEUE)
    try:
        # A watcher takes the value when it begins; it is back as soon as this one has.
        world.write(world.QUEUE, queue)
        run.start()
    finally:
        world.write(world.QUEUE, before)
    begin = time.monotonic()
    trees.burst(run.source, files, 200, 2048)
    for number in range(1000):
        path = '%s/old/f%d' % (run.source, number)
        if number % 2:
            os.rename(path, '%s/old/g%d' % (run.source, number))
        else:
            os.unlink(path)
    return run.settle(begin, limit)
