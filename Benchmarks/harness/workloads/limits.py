"""What the machine can do at all: one-shot copies, and a bare loop through a pipe; and the micro-benchmarks."""
import os
import resource
import subprocess
import time

from .. import trees


def copies(bench, files=10000, size=4096, rounds=3):
    """Each way to bring a tree of small files into an empty folder, with nothing that watches."""
    base = bench.base + '/trees/limits'
    source, target = base + '/source', base + '/target'
    os.makedirs(source)
    ways = {
        'cp -a': 'cp -a "$1"/. "$2"/',
        'tar to tar': 'tar c -C "$1" . | tar x -C "$2"',
        'rsync -a': 'rsync -a "$1"/ "$2"/',
        'write and rename through a pipe': 'exec "$0" "$1" "$2"',
    }
    found = {}
    try:
        trees.burst(source, files, max(1, files // 100), size)
        for _ in range(rounds):
            for name, way in ways.items():
                trees.remove(target)
                os.mkdir(target)
                found.setdefault(name, []).append(timed(['bash', '-c', way, bench.programs + '/pipeloop', source, target]))
    finally:
        trees.remove(base)
    return found


def timed(words):
    """Seconds on the wall and of the processor of one command."""
    before, begin = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    code = subprocess.call(words, stdout=subprocess.DEVNULL, timeout=120)
    seconds, after = time.monotonic() - begin, resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    figures = {'seconds': round(seconds, 3), 'cpu_s': round(used, 3)}
    return figures if code == 0 else {'fails': ['ended with %d' % code]}


def micro(bench, sections=('pending', 'scripts', 'latency'), limit=180):
    """The program lockstep-bench: its own tables, as text."""
    program = os.path.dirname(bench.lockstep) + '/lockstep-bench'
    if not os.path.exists(program):
        return {'lockstep-bench': [{'fails': ['not built: make bench-micro builds it']}]}
    try:
        result = subprocess.run([program] + list(sections), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=limit,
                                stdin=subprocess.DEVNULL)
    except subprocess.TimeoutExpired as late:
        return {'lockstep-bench': [{'fails': ['not ready after %d s' % limit], 'text': (late.stdout or b'').decode()}]}
    figures = {'text': result.stdout.decode('replace')}
    if result.returncode:
        figures['fails'] = ['ended with %d' % result.returncode]
    return {'lockstep-bench': [figures]}
