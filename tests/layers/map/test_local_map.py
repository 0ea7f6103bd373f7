"""The Folium map: nothing foreign, nothing random, nothing of the rows."""

import folium
import pytest
from folium.plugins import Fullscreen

from layers.map.elements import Basemap, Legend
from layers.map.local_map import LocalMap, local_map, split

LIBRARY = "../../static/0/js/press/press-map.js"


def made(*pieces):
    return split(local_map((67.0, 48.0), 5, pieces), LIBRARY)


def test_equal_maps_are_equal_bytes():
    assert made(Basemap({"files": {}}), Legend({})) == made(Basemap({"files": {}}), Legend({}))


def test_only_leaflet_is_loaded_and_from_here():
    assert made().scripts == ("vendor/leaflet/leaflet.js",)
    assert made().styles == ("vendor/leaflet/leaflet.css",)


def test_local_map_leaves_folium_as_it_was():
    made()
    assert any("cdn" in url for _, url in folium.Map.default_js)
    assert LocalMap.default_js is not folium.Map.default_js


def test_element_that_wants_a_foreign_file_is_refused():
    built = local_map((67.0, 48.0), 5, [])
    Fullscreen().add_to(built)
    with pytest.raises(ValueError, match="may load nothing else"):
        split(built, LIBRARY)


def test_element_that_writes_html_is_refused():
    built = local_map((67.0, 48.0), 5, [])
    built.get_root().html.add_child(folium.Element("<p>text</p>"))
    with pytest.raises(ValueError, match="HTML of its own"):
        split(built, LIBRARY)


@pytest.mark.parametrize("text", ["</script>", "<!--", "<img src=x onerror=f()>"])
def test_option_value_cannot_leave_the_script(text):
    assert text not in made(Legend({"values": text})).script


def test_coordinates_reach_leaflet_as_lat_lon():
    assert "center: [48.0, 67.0]" in made().script
