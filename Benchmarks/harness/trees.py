"""Trees and their files: made from a number, so that every run of every tool sees the same bytes."""
import os
import random
import subprocess
import time

BLOCK = random.Random(7).randbytes(1 << 20)


def file(path, size, salt):
    """Writes a file of `size` bytes whose content follows from `salt`."""
    head = b'%016x' % salt
    begin = (salt * 7919) % (len(BLOCK) - size) if size < len(BLOCK) else 0
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o644)
    try:
        os.write(descriptor, head + BLOCK[begin:begin + size - 16] if size >= 16 else head[:size])
    finally:
        os.close(descriptor)


def burst(root, files, folders, size):
    """Makes `files` files in `folders` folders as fast as it can. Returns the seconds that it took."""
    begin = time.monotonic()
    each = files // folders
    for folder in range(folders):
        path = '%s/b%03d' % (root, folder)
        os.mkdir(path)
        for number in range(each):
            file('%s/f%05d' % (path, number), size, folder * each + number)
    return time.monotonic() - begin


def big(path, megabytes):
    """One file of so many different blocks of 1 MB."""
    with open(path, 'wb') as stream:
        for number in range(megabytes):
            stream.write(b'%08d' % number + BLOCK[8:])


def directories(root, count):
    """So many directories (tens of hundreds of the rest), each with a small file."""
    each = max(1, count // 100)
    for first in range(10):
        for second in range(10):
            for third in range(each):
                path = '%s/a%d/b%d/c%04d' % (root, first, second, third)
                os.makedirs(path)
                file(path + '/f', 100, third)


def age(root):
    """Gives every name a time of a day ago: what is made before a tool starts is old for it, as a user's tree is."""
    then = time.time() - 86400
    for folder, folders, files in os.walk(root):
        for name in folders + files:
            os.utime('%s/%s' % (folder, name), (then, then), follow_symlinks=False)


def copy(source, targets):
    """Brings targets in step before a tool starts."""
    age(source)
    for target in targets:
        subprocess.check_call(['rsync', '-a', '--delete', source + '/', target + '/'])


def remove(path):
    """Removes a tree, however it looks."""
    subprocess.call(['rm', '-rf', '--', path])
