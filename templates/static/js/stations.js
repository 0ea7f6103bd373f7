// Station points from vector tiles; the drawing itself is in tile-layer.js.
export const stationTiles = (map, options) => {
  const group = L.layerGroup();
  import("./tile-layer.js").then((tiles) => group.addLayer(tiles.createStationLayer(options)));
  return group;
};
