// Parts of Leaflet 1.9 that our layers build on and its types leave out, and what our own layers add.
import "leaflet";

declare module "leaflet" {
  interface Renderer {
    _bounds?: Bounds;
    _container: HTMLElement;
    _update(): void;
  }
  interface Map {
    _animatingZoom?: boolean;
  }
  interface GridLayer {
    _getTiledPixelBounds(centre: LatLng): Bounds;
    _pxBoundsToTileRange(bounds: Bounds): Bounds;
  }
  /** Events of our own layer of tiles. */
  interface Evented {
    on(type: "pick", listener: (event: LeafletEvent & TileFeature & { latlng: LatLng }) => void): this;
    on(type: "failed", listener: (event: LeafletEvent & { error: unknown; url: string }) => void): this;
  }
  interface GeoJSONOptions {
    renderer?: Renderer;
    smoothFactor?: number;
  }
  /** `name`: of a part of the background; `area`: whose marks a marker holds. */
  interface LayerOptions {
    name?: string;
    area?: number;
  }
}
