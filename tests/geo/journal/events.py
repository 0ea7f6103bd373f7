"""Events for the tests of the journal."""

from geo.journal.event import Event


def event(root="r1", version="1", **changes):
    """A first report of a visit, unless something else is given."""
    values = {
        "mission": "m", "kind": "visit", "about": "visit", "source": "dev", "root": root, "version": version,
        "body": {"station_id": "A-1/1", "team_id": "T1"}, "private": {"answers": "all calm"}, "person": "p1",
    }  # fmt: skip
    return Event(**{**values, **changes})


def edit(root="r1", version="2", supersedes="1", **changes):
    """A correction."""
    return event(root, version, **{"kind": "correction", "supersedes": supersedes, "private": {}, **changes})
