"""A writer that is a program of its own: creates, writes, renames and removes files at a fixed rate, from a seed.

churn.py ROOT RATE SECONDS SEED, where ROOT has folders of files. Prints one line of JSON when it is through. It never
follows a symbolic link, and writes nowhere but in ROOT's own folders."""
import json
import os
import random
import sys
import time

FOLDER_FLAGS = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW


class Writer:
    """One tree and the files that it knows to be there."""

    def __init__(self, root, seed):
        self.chance = random.Random(seed)
        self.bytes = self.chance.randbytes(65536)
        self.seed, self.number = seed, 0
        top = os.open(root, FOLDER_FLAGS)
        names = sorted(name for name in os.listdir(top) if name[:1] == 'b')
        self.folders = {name: os.open(name, FOLDER_FLAGS, dir_fd=top) for name in names}
        self.names = names
        self.files = [(name, entry) for name in names for entry in sorted(os.listdir(self.folders[name]))]
        self.wanted = len(self.files)

    def write(self, place, flags):
        """Writes a piece of chance into one file."""
        folder, name = place
        flags |= os.O_WRONLY | os.O_NOFOLLOW
        descriptor = os.open(name, flags, 0o644, dir_fd=self.folders[folder])
        begin = self.chance.randrange(40000)
        os.write(descriptor, self.bytes[begin:begin + self.chance.randrange(1, 8192)])
        os.close(descriptor)

    def step(self):
        """One operation; their number stays near to what it was at the begin."""
        self.number += 1
        draw = self.chance.random()
        if len(self.files) < self.wanted * 0.9:
            draw = 0.0
        elif len(self.files) > self.wanted * 1.1:
            draw = 0.99
        fresh = (self.chance.choice(self.names), 'n%d-%d' % (self.seed, self.number))
        index = self.chance.randrange(len(self.files))
        folder, name = self.files[index]
        if draw < 0.25:
            self.write(fresh, os.O_CREAT | os.O_EXCL)
            self.files.append(fresh)
        elif draw < 0.6:
            self.write((folder, name), os.O_TRUNC if draw < 0.5 else os.O_APPEND)
        elif draw < 0.75:
            os.rename(name, fresh[1], src_dir_fd=self.folders[folder], dst_dir_fd=self.folders[fresh[0]])
            self.files[index] = fresh
        else:
            os.unlink(name, dir_fd=self.folders[folder])
            self.files[index] = self.files[-1]
            self.files.pop()


def main(root, rate, seconds, seed):
    """Keeps to the rate as well as the machine can, and says how well."""
    writer = Writer(root, seed)
    begin = time.monotonic()
    late = 0.0
    while writer.number < rate * seconds:
        due = min(int((time.monotonic() - begin) * rate), int(rate * seconds))
        if due <= writer.number:
            time.sleep(0.002)
            continue
        late = max(late, (due - writer.number) / rate)
        while writer.number < due:
            writer.step()
    end = time.monotonic()
    print(json.dumps({'end': end, 'operations': writer.number, 'rate': round(writer.number / (end - begin), 1),
                      'late': round(late, 3)}))


if __name__ == '__main__':
    main(sys.argv[1], float(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4]))
