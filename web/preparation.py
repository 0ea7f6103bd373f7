"""What is made before anybody asks, in the order in which it is asked for: press pages, then desks."""

from __future__ import annotations

import threading
from typing import Final

from geo.model.errors import BaqylauError
from geo.serving.missions import Missions
from geo.serving.releases import Releases
from web import desk_resources, press_resources
from web.assets import basemap_from_afar

RELEASE_S: Final = 20.0  # a desk waits so long at most for its mission's release and the page that shows it


def begin(library: Missions, releases: Releases) -> None:
    """Begin in the background: what every page has while the first mission is built, then each mission's."""
    threading.Thread(target=_prepare, args=(library, releases), name="baqylau-prepare", daemon=True).start()


def _prepare(library: Missions, releases: Releases) -> None:
    basemap_from_afar()
    press_resources.PAGES.get_template("press.html")
    for slug in library.missions():
        releases.settle(slug, RELEASE_S)
        snapshot, released = library.get(slug).snapshot, releases.newest(slug)
        try:
            if snapshot is not None and released is not None:
                press_resources.mission_page(released, snapshot.mission.languages[0], error=False)
        except BaqylauError:
            pass  # whoever asks is told
        if snapshot is not None:
            desk_resources.prepare(snapshot)
