// A canvas over the map that draws itself again whenever the map moves.
import { inkOf, paneOf } from "../dom.js";

export class Surface extends L.Renderer {
  /**
   * @param {Painter} paint
   * @param {L.RendererOptions} options
   */
  constructor(paint, options) {
    super({ padding: 0.15, ...options });
    this.paint = paint;
    this.scale = 1;
  }

  _initContainer() {
    this._canvas = document.createElement("canvas");
    this._canvas.setAttribute("aria-hidden", "true");
    this._ink = inkOf(this._canvas);
    this._container = this._canvas;
  }

  _updatePaths() {}

  /** @override */
  _update() {
    if (!this._map || !this._canvas || (this._map._animatingZoom && this._bounds)) return;
    super._update();
    if (!this._bounds?.min) return;
    const size = this._bounds.getSize();
    const scale = Math.min(devicePixelRatio || 1, 2);
    L.DomUtil.setPosition(this._canvas, this._bounds.min);
    this._canvas.width = size.x * scale;
    this._canvas.height = size.y * scale;
    this._canvas.style.width = `${size.x}px`;
    this._canvas.style.height = `${size.y}px`;
    this.scale = scale;
    this.redraw();
  }

  // Where this canvas begins, px of the map's layers; undefined before it was drawn.
  get corner() {
    return this._bounds?.min;
  }

  // From the unit square of Web Mercator to pixels of this canvas, as factor and offset.
  /** @type {(bounds: L.Bounds, start: L.Point) => MapFrame} */
  frame(bounds, start) {
    const zoom = this._map.getZoom();
    const origin = this._map.getPixelOrigin().add(start);
    const corner = this._map.containerPointToLayerPoint([0, 0]).subtract(start);
    const window = this._map.getSize();
    const { x: width, y: height } = bounds.getSize();
    return {
      factor: 256 * 2 ** zoom,
      window: [corner.x, corner.y, corner.x + window.x, corner.y + window.y],
      x: origin.x,
      y: origin.y,
      width,
      height,
      zoom,
    };
  }

  redraw() {
    if (!this._bounds?.min || !this._ink || !this._canvas) return;
    const ink = this._ink;
    ink.setTransform(this.scale, 0, 0, this.scale, 0, 0);
    const frame = this.frame(this._bounds, this._bounds.min);
    ink.clearRect(0, 0, frame.width, frame.height);
    this.paint(ink, frame, this._canvas);
  }
}

/** @type {(map: L.Map, pane: string, order: number, paint: Painter) => Surface} */
export const surface = (map, pane, order, paint) => {
  paneOf(map, pane, order).style.pointerEvents = "none";
  return new Surface(paint, { pane }).addTo(map);
};

/** @type {(lon: number, lat: number) => [number, number]} */
export const mercator = (lon, lat) => {
  const sine = Math.sin((Math.max(-85.05, Math.min(85.05, lat)) * Math.PI) / 180);
  return [lon / 360 + 0.5, 0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI)];
};
