"""Children that append batches until they are killed, and print the root ids of each acknowledged one.

One is forked for each line that comes in, as what a child imports takes longer than what it does. It says its
process number first; an empty line says that it has ended.
"""

import os
import sys
from pathlib import Path

from geo.journal.journal_writer import JournalWriter
from tests.geo.journal.events import event


def main(folder):
    for turn in map(str.strip, sys.stdin):
        child = os.fork()
        if not child:
            append_until_killed(folder, turn)
        os.waitpid(child, 0)
        print(flush=True)


def append_until_killed(folder, turn):
    print(os.getpid(), flush=True)
    writer, batch = JournalWriter(Path(folder)), 0
    while True:
        roots = [f"{turn}.{batch}-{number}" for number in range(25)]
        writer.append([event(root) for root in roots])
        print(*roots, flush=True)
        batch += 1


if __name__ == "__main__":
    main(*sys.argv[1:])
