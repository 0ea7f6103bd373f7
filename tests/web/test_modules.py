"""The scripts a page asks for at once are those its modules import."""

from web.assets import assets
from web.modules import needed


def test_a_module_s_own_imports_are_all_found():
    found = needed("js/desk/map.js")
    assert found[0] == "js/desk/map.js"
    assert {"js/desk/begin.js", "js/desk/units.js", "js/dom.js", "js/basemap.js"} <= set(found)
    assert len(found) == len(set(found))


def test_what_is_imported_later_is_not_asked_for_at_once():
    found = needed("js/desk/map.js")
    assert not {"js/desk/routes.js", "js/desk/scan.js", "js/tile-layer.js"} & set(found)


def test_every_module_needed_is_a_file_of_ours():
    every = needed("js/desk/map.js", "js/desk/tiled.js")
    assert set(every) <= set(assets().static)
    assert {"js/tile-layer.js", "vendor/pbf/index.js", "vendor/point-geometry/index.js"} <= set(every)
