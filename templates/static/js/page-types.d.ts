// What our scripts hand each other; what the server answers is in types.d.ts.

/** An address, and what is read from it. */
type Address<T> = string & { readonly answers?: T };

/** West, south, east, north in degrees. */
type Bounds = [number, number, number, number];

/** Elements of the pages' templates that are more than an HTMLElement, by id. */
interface ElementsById {
  category: HTMLSelectElement;
  citation: HTMLTextAreaElement;
  "code-frame": HTMLTextAreaElement;
  "code-image": HTMLTextAreaElement;
  full: HTMLAnchorElement;
  help: HTMLDialogElement;
  keys: HTMLInputElement;
  layers: HTMLDetailsElement;
  more: HTMLAnchorElement;
  q: HTMLInputElement;
  severity: HTMLSelectElement;
  states: HTMLDetailsElement;
  table: HTMLDialogElement;
  "table-find": HTMLInputElement;
  "time-from": HTMLInputElement;
  "time-to": HTMLInputElement;
  verified: HTMLInputElement;
}

/** What an element can be given: names that begin with "on" are listeners; null, undefined and false are left out. */
type Attributes = Record<string, string | number | boolean | null | undefined | ((event: Event) => void)>;
type Child = Node | string | null | undefined;

/** Sentences that the map's buttons and the toolbar say, on both pages. */
interface ToolWords {
  close: string;
  copied: string;
  copyFailed: string;
  dark: string;
  light: string;
  whole: string;
  zoomIn: string;
  zoomOut: string;
}

// ---- shapes ----

type AreaGeometry = GeoJSON.Polygon | GeoJSON.MultiPolygon;

/** `anchor`, `room`: centre and radius of the largest circle inside, degrees. */
interface AreaProperties {
  area: number;
  anchor: [number, number] | null;
  room: number;
}

/** The outlines of the drawn areas, in their order; `packed`: steps to a degree, while lines are still steps. */
interface AreaShapes {
  type: "FeatureCollection";
  features: { type: "Feature"; properties: AreaProperties; geometry: AreaGeometry | null }[];
  outline: AreaGeometry | null;
  bounds: Bounds | null;
  packed?: number;
  units?: UnitWords[];
}

interface GroundProperties {
  rank?: number | null;
  name?: string;
  name_en?: string;
  [translated: `name_${string}`]: string | undefined;
}

interface GroundFeature {
  type: "Feature";
  properties: GroundProperties;
  geometry: Exclude<GeoJSON.Geometry, GeoJSON.GeometryCollection>;
}

/** Land, water, borders or places of the background. */
interface GroundShapes {
  type: "FeatureCollection";
  features: GroundFeature[];
  packed?: number;
}

/** A mission's own surroundings; `within`: what they reach, null where nothing is left out. */
interface Ground {
  within: Bounds | null;
  shapes: Record<string, GroundShapes>;
}

/** A small town of a tile: lon, lat, the zoom from which its name has room, its name, where known in Russian and Kazakh. */
type NearTown = [number, number, number, string, string?, string?];

type AddPlaces = (
  features: GroundFeature[],
  look: (place: GroundProperties) => string,
  from: (place: GroundProperties) => number,
) => void;

/** A tile of the ground for near views, shapes by theme. */
interface NearGround {
  shapes: Record<string, GroundShapes>;
  towns: NearTown[];
}

/** A mission's own vector basemap; `bounds`: west, south, east, north; `credit`: plain text. */
interface StreetOptions {
  url: string;
  bounds: Bounds;
  maxZoom: number;
  credit: string;
}

/** Tiles of another host; `credit`: plain text. */
interface OnlineOptions {
  url: string;
  credit: string;
}

/** What protomaps-leaflet offers once its script is there. */
declare const protomapsL: { leafletLayer(options: object): L.GridLayer };

/** `files.near`: the address of a tile, with {x} and {y}. */
interface BasemapOptions {
  files: Record<string, Address<GroundShapes>>;
  areas: Address<AreaShapes>;
  ground?: Address<Ground>;
  townsFrom?: number;
  streets?: StreetOptions;
  online?: OnlineOptions;
}

// ---- press ----

/** What the reader chose; `unit`: the one opened, -1 for none; `on`: overlays, by commas. */
interface PressView {
  view: string;
  stage: string;
  from: string;
  level: string;
  unit: number;
  on: string;
}

/** A choice whose figures are on screen, its measure, and the figures of its level. */
interface ShownChoice {
  choice: PressView;
  figures: PressChoice;
  measure: MeasureFigures;
  level: LevelFigures | undefined;
}

/** The unit under the pointer, the appearance under it in the legend, and the one held by a click. */
interface Pointed {
  unit: number;
  token: string;
  held: string;
}

/** What the map's own script hands a layer: addresses and options, never a row. */
interface PressOptions {
  values: Address<PressValues>;
  regions: Address<AreaShapes>;
  parts: Address<AreaShapes>;
  choice: Address<PressChoice>;
  detail: Address<UnitDetail>;
  version: Address<Version>;
}

interface StationTileOptions {
  tiles: string;
  states: string;
  pick: Address<PointCard>;
  bounds?: Bounds;
  breaks: number[];
  minExposure: number;
}

/** Marks of one area on their way to a place of their own; px of the map's layers. */
interface Pile {
  area: number;
  n: number;
  home: L.Point;
  x: number;
  y: number;
  group: SVGElement;
  radius: number;
  placed: number;
  label?: { x: number; y: number; anchor: string; text: string };
}

interface Box {
  left: number;
  right: number;
  top: number;
  bottom: number;
}

// ---- desk ----

type Unit = "area" | "district" | "cell";
type Tab = "areas" | "gaps" | "scan" | "teams" | "routes" | "overdue" | "inbox" | "entry" | "upload" | "doubts" | "offmap" | "doctor";

interface DeskState {
  view: string;
  unit: Unit;
  stage: string;
  severity: string;
  category: string;
  verified: boolean;
  from: number | null;
  to: number | null;
  off: string[];
  squares: boolean;
  open: string;
  station: string;
  team: string;
  near: string;
  tab: Tab;
  table: "" | "units" | "stations";
  at: string;
}

/** What the map's own script hands the desk: addresses of what is asked for. */
interface DeskOptions {
  data: string;
  outlines: Address<AreaShapes>;
  ground: Address<Ground>;
  station: string;
  search: string;
  version: Address<Version>;
  tiles: string;
  states: string;
  pick: Address<PickedStation>;
  isTiled: boolean;
}

/** Counters of cells over a range of hours: a column each. */
type CellCounters = Record<string, number[]>;

/** The desk's resources of one version, by name. */
interface DeskResources {
  start: DeskStart;
  stations: StationColumns;
  visits: DeskVisits;
  whole: WholeDay;
  area: UnitNames;
  district: UnitNames;
  cell: UnitNames;
  "figures-area": UnitFigures;
  "figures-district": UnitFigures;
  "figures-cell": UnitFigures;
  "hours-area": HoursByUnit;
  "hours-district": HoursByUnit;
  "cells-in": CellCounters;
  gaps: Gaps;
  teams: TeamList;
  overdue: Overdue;
  doubts: Doubts;
  inside: StationList;
  offmap: StationList;
}

/** Ids, names and shapes of the units on screen: cells by their rings, others by their outlines. */
type UnitShapes =
  | { id: string[]; name: string[]; rings: number[][][]; shapes?: undefined }
  | { id: string[]; name: string[]; rings?: undefined; shapes: AreaShapes };

type UnitColumn = ArrayLike<number | null>;

/** What was counted, a column per counter, and of all units together. */
interface Tally {
  observed: UnitColumn;
  m?: UnitColumn;
  k?: UnitColumn;
  teams?: UnitColumn;
  assessed?: UnitColumn;
  negative?: UnitColumn;
  total: Record<string, number>;
}

/** What every station shows, by position in the registry. */
interface StationStates {
  states: Int8Array;
  severity: Int8Array;
  minute: Int32Array;
}

/** Figures of a range of hours, and what they were asked for. */
interface RangedFigures {
  key: string;
  hourly: HoursByUnit;
  cells: CellCounters | null;
}

/** The first minute of a range of hours and the one after its last, as whole hours. */
type HourRange = [number, number];

/** A layer of stations: what lies under a point, and rows for the table and the list. */
interface StationLayer {
  draw(): void;
  hit(point: L.PointExpression): { lines: string[]; open(): void } | null;
  load(): Promise<string>;
  renew(version: string): void;
  note(): string;
}

/** What a unit shows now of one figure; null where it is not known. */
interface UnitFigure {
  part: number | null;
  whole: number | null;
  value: number | null;
  low: number | null;
  high: number | null;
  status: string;
}

/** The figures on screen; what has no "null" is there before anything is painted, stations after the rest. */
interface DeskModel {
  start: DeskStart;
  stations: StationColumns;
  sent: DeskVisits | null;
  whole: WholeDay | null;
  ranged: RangedFigures | null;
  shapes: UnitShapes;
  figures: UnitFigures;
  unit: Unit;
  tally: Tally;
  byStation: StationStates;
  states: number[];
  plan: PlanDone;
  inRange: number;
  points: StationLayer;
}

/** Where a canvas over the map looks: factor and offset from the unit square, px; `window` in px of the canvas. */
interface MapFrame {
  factor: number;
  window: [number, number, number, number];
  x: number;
  y: number;
  width: number;
  height: number;
  zoom: number;
}

type Painter = (ink: CanvasRenderingContext2D, frame: MapFrame, canvas: HTMLCanvasElement) => void;

/** What the panel of routes knows. */
/** A visit as it is entered on the desk; `id` is chosen here, once. */
interface VisitForm {
  id: string;
  by: string;
  station_id: string;
  team_id: string;
  stage: string;
  outcome: string;
  overall: string;
  arrived: string;
  left: string;
  asked: boolean;
  findings: { category: string; text: string }[];
}

/** A visit in this browser; `refused`: why the server did not take it. */
type KeptVisit = VisitForm & { refused?: string };

/** What became of a visit that was entered; null while the line is down. */
interface Told {
  visit: VisitForm | null;
  isTaken: boolean;
  why: string;
  waiting: number;
}

interface RoutesModel {
  start: RoutesStart | null;
  status: string;
  share: number;
  message: string;
  canUndo: boolean;
  plan: ShownPlan | null;
  team: string;
  shown: boolean;
  saying: string;
  isClosed: boolean;
}

/** What is asked of the server to change in a plan. */
type PlanChange = Record<string, unknown> & { kind: string };

// ---- tiles ----

interface TileId {
  z: number;
  x: number;
  y: number;
}

/** Squares of bins that hold any: a column each, in the order of the bins; `of`: the square of every bin. */
interface BinGroups {
  length: number;
  of: Uint16Array;
  column: Uint32Array;
  row: Uint32Array;
  first: Uint32Array;
  count: Uint32Array;
  stations: Uint32Array;
}

/** Core features first, then the neighbours' that reach in; x, y in 1/4096 of a tile, `n` stations of a bin. */
interface TileGeometry {
  binned: boolean;
  core: number;
  edge: number;
  x: Int16Array;
  y: Int16Array;
  n: Uint32Array;
  groups: BinGroups[];
}

/** Totals of every bin, and by hour of every square the hours are told by. */
interface BinCounts {
  observed: Uint32Array;
  visits: Uint32Array;
  exposure: Uint32Array;
  findings: Uint32Array;
  hourly: { exposure: Uint32Array; findings: Uint32Array };
}

/** `packed`: what every station says of the whole day; `byHour`: of its hours, from `from[i]` on; `bins` of a binned tile. */
interface TileState {
  binned: boolean;
  hours: number;
  shift: number;
  sequence: number;
  core: number;
  edge: number;
  groups: number;
  packed: Uint8Array;
  byHour: { from: Uint32Array; hour: Uint8Array; word: Uint8Array };
  bins: BinCounts | null;
}

/** What is shown of tiles; `severity`: least, 0 to 4; `off`: states not drawn. */
interface TileChoice {
  hours: [number, number] | null;
  severity: number;
  category: string;
  filter: Record<string, string | number>;
  off: Set<number> | null;
}

/** Where a tile lies on its canvas: px per unit of the tile, px, and device pixels per px. */
interface TileFrame {
  scale: number;
  side: number;
  left: number;
  top: number;
  zoom: number;
  ratio: number;
}

type StyleName =
  | "notPlanned"
  | "planned"
  | "nothing"
  | "other"
  | "halo"
  | "insufficient"
  | "low"
  | "medium"
  | "high"
  | "critical"
  | "rate0"
  | "rate1"
  | "rate2"
  | "rate3"
  | "rate4";

type Sprite = (code: number, level: number, zoom: number, ratio: number) => HTMLCanvasElement;

/** `breaks`: shares at which the second, third … class of a square starts; `minExposure`: visits below which none. */
interface TileStyle extends Record<StyleName, string> {
  breaks: number[];
  minExposure: number;
  sprite?: Sprite;
}

type ChosenStyle = (token: (name: string) => string) => Partial<TileStyle> & Pick<TileStyle, "breaks" | "minExposure">;

interface StationLayerOptions extends L.GridLayerOptions {
  tiles: string;
  states?: string;
  version?: string | number;
  maxDataZoom?: number;
  style: ChosenStyle;
  delays?: number[];
  choice?: Partial<TileChoice>;
}

/** A tile's data: geometry that never changes, and the newest state that has arrived. */
interface TileSource {
  key: string;
  tile: TileId;
  users: Set<HTMLElement>;
  geometry: TileGeometry | null;
  state: TileState | null;
  stateUrl: string;
  filter?: string;
  pending?: { state: TileState | null; filter: string } | null;
  call: AbortController;
  stateCall: AbortController | null;
  ready: Promise<void>;
  isFailed?: boolean;
}

interface BinProperties {
  stations: number;
  observed?: number;
  visits?: number;
  exposure?: number;
  findings?: number;
  shown?: { exposure: number; findings: number; bins: number; stations: number };
}

interface StationProperties {
  state?: number;
  severity?: number;
  observed?: boolean;
  planned?: boolean;
  shown?: { state: number; severity: number };
}

/** A tile on screen: its canvas, what it shows, and how far it is enlarged. */
interface TileView {
  canvas: HTMLCanvasElement;
  source: TileSource;
  coords: L.Coords;
  deeper: number;
}

/** What lies under a point of the map. */
type TileFeature = { tile: TileId; ordinal: number } & (
  { kind: "bin"; properties: BinProperties } | { kind: "station"; properties: StationProperties }
);

/** Stations of one look, as x, y in turn. */
interface TileMarks {
  code: number;
  level: number;
  xy: number[];
}

/** A square picture: its bytes (r, g, b, alpha), and the same as words of four. */
interface Pixels {
  side: number;
  image: ImageData;
  data: Uint8ClampedArray;
  words: Uint32Array;
}

type Colour = [number, number, number];

/** What parts of the desk tell each other: the same was picked again; a station's card is open; stations changed. */
interface WindowEventMap {
  again: CustomEvent;
  opened: CustomEvent<StationHistory>;
  stations: CustomEvent;
  stale: CustomEvent;
}

// ---- parts of one file each ----

type Surface = import("./desk/canvas-layer.js").Surface;
type TileLayer = import("./tiles/tile-layer.js").TileLayer;

type ShowShapes = (name: string, className: string, shapes: GroundShapes) => void;

/** What bins show: the side of a square in bins, the squares, and their counts where a state has arrived. */
interface Squares {
  size: number;
  group: BinGroups;
  exposure?: Uint32Array;
  findings?: Uint32Array;
}

type DrawShape = (path: Path2D, x: number, y: number, r: number) => void;
type DrawTile = (ink: CanvasRenderingContext2D, size: number) => void;

/** What a state looks like: shape, size against the common radius, fill and line colours. */
interface Look {
  shape: DrawShape;
  size: number;
  fill?: StyleName;
  line?: StyleName;
}

/** The panel of the search for clusters. */
interface ScanParts {
  bar: HTMLProgressElement;
  note: HTMLElement;
  says: HTMLElement;
  list: HTMLElement;
  root: HTMLElement;
}

interface Table {
  title: string;
  head: { key: string; title: string }[];
  rows: HTMLElement[];
  of: number;
  note: string;
  file(): Promise<FileRows>;
}

/** How a column says a unit's figure of a name, and what it is sorted by. */
interface ColumnForm {
  text(name: string, index: number): string;
  by(name: string, index: number): number | null;
}

/** A column of the table of units; `by`: what it is sorted by, null where there is no value. */
interface UnitTableColumn {
  title: string;
  text(index: number): string;
  by(index: number): string | number | null;
}

/** A cell of a file, and a file's rows under their names. */
type FileCell = string | number | null;
interface FileRows {
  names: string[];
  rows: FileCell[][];
}

/** A button that opens a station. */
type GoTo = (id: string) => HTMLElement;

/** What the routes' server said: its value, or why there is none. */
type Answer<T> = { ok: true; status: number; value: T } | { ok: false; status: number; value: { message?: string; busy?: boolean } };

/** The next best stations, or why there are none. */
interface NextOrWhy {
  rows: NextStationValues[];
  message?: string;
}

/** A unit's rings in the unit square, their box, and its outline on the canvas of a place. */
interface DrawnUnit {
  rings: Float64Array[];
  box: Bounds;
  outline?: { key: string; path: Path2D };
}

/** How a unit is filled, and whether hatching lies over it. */
interface Dress {
  fill: string;
  hatched: boolean;
}
