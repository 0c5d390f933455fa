"""Where a bench ran, and with what."""
import os
import platform
import re
import subprocess


def first_line(path, pattern):
    """The part of a file that a pattern takes."""
    try:
        with open(path) as file:
            found = re.search(pattern, file.read())
            return found.group(1).strip() if found else ''
    except OSError:
        return ''


def facts(fs):
    """Processor, memory, kernel, system."""
    return {
        'processor': first_line('/proc/cpuinfo', r'model name\s*:\s*(.*)') or platform.machine(),
        'cores': os.cpu_count(),
        'memory_gb': round(int(first_line('/proc/meminfo', r'MemTotal:\s*(\d+)') or 0) / 1e6, 1),
        'kernel': platform.release(),
        'system': first_line('/etc/os-release', r'PRETTY_NAME="(.*)"'),
        'trees': fs,
    }


def version(words):
    """The first number with a dot that a program says of itself; empty where it can't be asked."""
    if not words[0]:
        return ''
    try:
        said = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return ''
    found = re.search(rb'\d+\.\d[\w.~-]*', said.stdout)
    return found.group(0).decode() if found else ''


def versions(bench):
    """Of every program that takes part; those that are missing are left out."""
    asked = {
        'lockstep': [bench.lockstep, '--version'],
        'lsyncd': [bench.tool('lsyncd', 'lsyncd'), '-version'],
        'inotifywait': [bench.tool('inotify-tools', 'inotifywait'), '--help'],
        'syncthing': [bench.tool('syncthing', 'syncthing'), '--version'],
        'unison': [bench.tool('unison-2.52', 'unison-2.52'), '-version'],
        'rsync': ['rsync', '--version'],
        'OpenSSH': ['ssh', '-V'],
        'Python': ['python3', '--version'],
    }
    found = {name: version(words) for name, words in asked.items()}
    return {name: text for name, text in found.items() if text}
