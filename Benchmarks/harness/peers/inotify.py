"""What people write themselves: inotifywait, and a whole rsync after each batch of events."""
import os

from .driver import Driver

LOOP = r'''#!/bin/bash
# Events until 0.1 s of silence, for 1 s at most; then rsync to every target.
source=$1; shift
to_all() {
  local running=()
  for target in "$@"; do rsync -a --delete "$source/" "$target/" & running+=($!); done
  wait "${running[@]}"
}
events=close_write,create,delete,move,attrib
exec 3< <(exec inotifywait -m -r -e "$events" --format '%e %w%f' "$source" 2>&1)
while IFS= read -r -u 3 line; do [[ $line == Watches\ established* ]] && break; done
to_all "$@"
while IFS= read -r -u 3 line; do
  begin=${EPOCHREALTIME/./}
  while IFS= read -r -u 3 -t 0.1 line; do ((${EPOCHREALTIME/./} - begin > 1000000)) && break; done
  to_all "$@"
done
'''


class Loop(Driver):
    """The loop, as a script of the run."""

    def words(self):
        """The script with the source and its targets."""
        path = self.run.work + '/loop'
        with open(path, 'w') as file:
            file.write(LOOP)
        os.chmod(path, 0o755)
        return [path, self.run.source] + [self.target(target) for target in self.run.targets]


class SharedLoop(Loop):
    """The same with a shared ssh connection."""

    shares_connection = True


def peers(bench):
    """By name; nothing where inotifywait is not there."""
    return {'inotify-rsync': Loop, 'inotify-rsync-mux': SharedLoop} if bench.tool('inotify-tools', 'inotifywait') else {}
