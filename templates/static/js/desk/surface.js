// A canvas over the map that draws itself again whenever the map moves; subclasses give `paint(ink, project)`.
const Surface = L.Renderer.extend({
  options: { padding: 0.15 },
  initialize(paint, given) {
    L.Renderer.prototype.initialize.call(this, given);
    this.paint = paint;
  },
  _initContainer() {
    this._container = document.createElement("canvas");
    this._container.setAttribute("aria-hidden", "true");
    this._ink = this._container.getContext("2d");
  },
  _updatePaths() {},
  _update() {
    if (!this._map || (this._map._animatingZoom && this._bounds)) return;
    L.Renderer.prototype._update.call(this);
    const size = this._bounds.getSize();
    const scale = Math.min(devicePixelRatio || 1, 2);
    L.DomUtil.setPosition(this._container, this._bounds.min);
    this._container.width = size.x * scale;
    this._container.height = size.y * scale;
    this._container.style.width = `${size.x}px`;
    this._container.style.height = `${size.y}px`;
    this.scale = scale;
    this.redraw();
  },
  // From the unit square of Web Mercator to pixels of this canvas, as factor and offset.
  frame() {
    const factor = 256 * 2 ** this._map.getZoom();
    const origin = this._map.getPixelOrigin().add(this._bounds.min);
    const corner = this._map.containerPointToLayerPoint([0, 0]).subtract(this._bounds.min);
    const window = this._map.getSize();
    return { factor, window: [corner.x, corner.y, corner.x + window.x, corner.y + window.y], x: origin.x, y: origin.y, width: this._bounds.getSize().x, height: this._bounds.getSize().y, zoom: this._map.getZoom() };
  },
  redraw() {
    if (!this._bounds) return;
    const ink = this._ink;
    ink.setTransform(this.scale, 0, 0, this.scale, 0, 0);
    const frame = this.frame();
    ink.clearRect(0, 0, frame.width, frame.height);
    this.paint(ink, frame, this._container);
  },
});

export const surface = (map, pane, order, paint) => {
  map.createPane(pane).style.zIndex = order;
  map.getPane(pane).style.pointerEvents = "none";
  return new Surface(paint, { pane }).addTo(map);
};

export const mercator = (lon, lat) => {
  const sine = Math.sin((Math.max(-85.05, Math.min(85.05, lat)) * Math.PI) / 180);
  return [lon / 360 + 0.5, 0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI)];
};
