"""The scripts a page asks for at once are those its modules import."""

from web.assets import assets
from web.module_graph import needed


def test_a_module_s_own_imports_are_all_found():
    found = needed("js/desk/desk-map.js")
    assert found[0] == "js/desk/desk-map.js"
    assert {"js/desk/desk-page.js", "js/desk/unit-layer.js", "js/dom.js", "js/basemap.js"} <= set(found)
    assert len(found) == len(set(found))


def test_what_is_imported_later_is_not_asked_for_at_once():
    found = needed("js/desk/desk-map.js")
    assert not {"js/desk/routes-panel.js", "js/desk/cluster-scan.js", "js/tiles/tile-layer.js"} & set(found)


def test_every_module_needed_is_a_file_of_ours():
    every = needed("js/desk/desk-map.js", "js/desk/tiled-stations.js")
    assert set(every) <= set(assets().static)
    assert {"js/tiles/tile-layer.js", "vendor/pbf/index.js", "vendor/point-geometry/index.js"} <= set(every)


def test_every_script_asks_for_scripts_that_are_there():
    names = [name for name in assets().static if name.startswith("js/") and name != "js/theme.js"]
    assert [name for name in names if not set(needed(name)) <= set(assets().static)] == []


def test_the_press_page_asks_for_a_citation_only_when_a_reader_comes_near():
    found = needed("js/press/press-map.js")
    assert "js/press/press-panel.js" in found
    assert not {"js/press/citation.js", "js/press/cell-layer.js", "js/press/version-watch.js"} & set(found)
