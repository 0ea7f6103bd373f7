"""A child that appends batches until it is killed, and prints the root ids of each acknowledged one."""

import sys
from pathlib import Path

from geo.journal.journal_writer import JournalWriter
from tests.geo.journal.events import event


def main(folder, turn):
    writer, batch = JournalWriter(Path(folder)), 0
    while True:
        roots = [f"{turn}.{batch}-{number}" for number in range(25)]
        writer.append([event(root) for root in roots])
        print(*roots, flush=True)
        batch += 1


if __name__ == "__main__":
    main(*sys.argv[1:])
