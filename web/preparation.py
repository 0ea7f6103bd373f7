"""What is made before anybody asks, in the order in which it is asked for: press pages, desks, inboxes."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from typing import Final

from geo.model.errors import BaqylauError
from geo.serving.journal_door import JournalDoor
from geo.serving.missions import Missions
from geo.serving.releases import Releases
from web import desk_resources, press_resources
from web.assets import basemap_from_afar

LOG: Final = logging.getLogger("baqylau")
LOOK_S: Final = 0.5
RELEASE_S: Final = 20.0  # a desk waits so long at most for its mission's release and the page that shows it


def begin(library: Missions, releases: Releases, door: JournalDoor) -> None:
    """Begin in the background: what every page has while the first mission is built, then each mission's."""
    asked = (library, releases, door)
    threading.Thread(target=_prepare, args=asked, name="baqylau-prepare", daemon=True).start()


def _prepare(library: Missions, releases: Releases, door: JournalDoor) -> None:
    basemap_from_afar()
    press_resources.PAGES.get_template("press.html")
    for slug in library.missions():
        try:
            _prepare_mission(library, releases, slug)
        except BaqylauError as error:  # gone meanwhile: the next one is made
            LOG.info("mission %s: nothing is made before somebody asks: %s", slug, error)
    while not library.has_caught_up:  # a server is ready before it reads its journal a second time
        time.sleep(LOOK_S)
    for slug in library.missions():
        try:
            door.ledger(slug).renew()
        except (BaqylauError, ValueError) as error:
            LOG.warning("mission %s: its inbox is read when somebody opens it: %s", slug, error)


def _prepare_mission(library: Missions, releases: Releases, slug: str) -> None:
    """Make the press page of a mission, then its desk, which the page's fault does not hold back.

    Raises BaqylauError where the mission is gone.
    """
    releases.settle(slug, RELEASE_S)
    snapshot, released = library.get(slug).snapshot, releases.newest(slug)
    if snapshot is None:
        return
    if released is not None:
        with contextlib.suppress(BaqylauError):  # whoever asks is told
            press_resources.mission_page(released, snapshot.mission.languages[0], error=False)
    desk_resources.prepare(snapshot)
