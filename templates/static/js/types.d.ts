// Written by templates/browser_types.py: what the server answers. Not for editing.

/** A sentence per plural form of the page's language. */
interface PluralForms {
  other: string;
  [form: string]: string;
}

/** The sentences a page's scripts put together, by key. */
interface PressWords {
  marks: PluralForms;
  units: PluralForms;
  clusterKey: string;
  close: string;
  zoomIn: string;
  zoomOut: string;
  whole: string;
  copied: string;
  copiedText: string;
  copyYourself: string;
  zoomForStations: string;
  areaPage: string;
  copyFailed: string;
  dark: string;
  light: string;
  scroll: string;
  numbers: string;
  stationsOfDay: string;
  kindsOfDay: string;
  markPlace: string;
  updated: string;
  reload: string;
  offline: string;
  offlineSince: string;
  failed: string;
  retry: string;
}

/** The sentences a page's scripts put together, by key. */
interface DeskWords {
  scanAsk: string;
  scanRunning: string;
  scanProgress: string;
  scanWaits: string;
  scanBusy: string;
  scanBroke: string;
  scanFound: string;
  fewTeams: string;
  notObserved: string;
  notReported: string;
  insufficient: string;
  fewVisits: string;
  merged: string;
  not_known: string;
  of: string;
  ofShare: string;
  stationsVisited: string;
  withFinding: string;
  plannedDone: string;
  votersAt: string;
  noVisit: string;
  lastVisit: string;
  freshness: string;
  sumOnly: string;
  sumsSay: string;
  timesUnknown: string;
  notKnown: string;
  visitedHere: string;
  ageAtEnd: string;
  ageMedian: string;
  hours: string;
  wholeHours: string;
  minutesShort: string;
  teamsHere: string;
  apart: string;
  alike: string;
  wholeDay: string;
  dayOnly: string;
  inRange: string;
  untimed: string;
  noInterval: string;
  play: string;
  pause: string;
  from: string;
  to: string;
  dataTo: string;
  verifiedOnly: string;
  unverifiedToo: string;
  categoryOnly: string;
  severityFrom: string;
  stageOnly: string;
  range: string;
  noGaps: string;
  gapTakes: string;
  gapTeam: string;
  gapBase: string;
  gapNoTeam: string;
  gapClusters: string;
  gapEstimate: string;
  gapBasisVoters: string;
  gapBasisStations: string;
  team: string;
  findTeam: string;
  noTeams: string;
  lastSeen: string;
  neverSeen: string;
  nextStop: string;
  whereNext: string;
  gapsNear: string;
  gapsNearTeam: string;
  gapsAll: string;
  kmAway: string;
  openInMaps: string;
  silentFor: string;
  allAreas: string;
  noOverdue: string;
  overdueSays: string;
  lastContact: string;
  neverContact: string;
  nextDue: string;
  noneDue: string;
  due: string;
  late: string;
  noDoubts: string;
  doubtsSays: string;
  offMapSays: string;
  showing: string;
  squares: string;
  stationsFar: string;
  squaresSay: string;
  zoomForStations: string;
  close: string;
  zoomIn: string;
  zoomOut: string;
  whole: string;
  copied: string;
  copyFailed: string;
  dark: string;
  light: string;
  noConnection: string;
  refused: string;
  retry: string;
  lineLost: string;
  notYours: string;
  connected: string;
  renewed: string;
  loading: string;
  noResult: string;
  place: string;
  formerly: string;
  voters: string;
  plan: string;
  noPlan: string;
  visitsTitle: string;
  noVisits: string;
  findingsApart: string;
  nothingReported: string;
  arrivedLeft: string;
  received: string;
  asked: string;
  replaced: string;
  overall: string;
  answers: string;
  showMap: string;
  area: string;
  district: string;
  cell: string;
  station: string;
  state: string;
  time: string;
  severity: string;
  rate: string;
  interval: string;
  newest: string;
  tableUnits: string;
  tableStations: string;
  stations: PluralForms;
  belowShare: PluralForms;
  results: PluralForms;
  overdueOf: PluralForms;
  votersOf: PluralForms;
}

/** The sentences a page's scripts put together, by key. */
interface RouteWords {
  says: string;
  none: string;
  teams: string;
  allTeams: string;
  wholeDay: string;
  fromNow: string;
  when: string;
  seconds: string;
  secondsOf: string;
  noGoArea: string;
  noArea: string;
  noGoHere: string;
  noGoClear: string;
  noGoCount: string;
  incidents: string;
  plan: string;
  again: string;
  othersStay: string;
  stop: string;
  waiting: string;
  running: string;
  done: string;
  cancelled: string;
  failed: string;
  closes: string;
  visits: string;
  before: string;
  after: string;
  compare: string;
  gapVisits: string;
  duncan: string;
  stations: string;
  cells: string;
  underway: string;
  distance: string;
  estimate: string;
  estimateSays: string;
  serverSays: string;
  byArea: string;
  fair: string;
  day: string;
  noStop: string;
  shift: string;
  base: string;
  back: string;
  drive: string;
  gain: string;
  gainSays: string;
  locked: string;
  begun: string;
  lock: string;
  unlock: string;
  exclude: string;
  closed: string;
  incident: string;
  security: string;
  earlier: string;
  later: string;
  late: string;
  minutes: string;
  replan: string;
  more: string;
  less: string;
  sheet: string;
  sheets: string;
  offline: string;
  next: string;
  nextNone: string;
  nextFrom: string;
  nextRow: string;
  firstVisit: string;
  visitsBefore: string;
  take: string;
  show: string;
  excluded: string;
  include: string;
  closedList: string;
  changed: string;
  undo: string;
  busy: string;
  stops: PluralForms;
}

/** The sentences a page's scripts put together, by key. */
interface WorkWords {
  loading: string;
  findings: string;
  visits: string;
  about: string;
  filter: string;
  noReports: string;
  showing: string;
  more: string;
  chosen: string;
  choose: string;
  chooseAll: string;
  reason: string;
  assignTo: string;
  assigned: string;
  history: string;
  noHistory: string;
  done: string;
  lost: string;
  yourName: string;
  nameNote: string;
  keys: string;
  ok: string;
  cancel: string;
  was: string;
  station: string;
  team: string;
  stage: string;
  arrived: string;
  left: string;
  outcome: string;
  overallAssessment: string;
  askedAll: string;
  finding: string;
  noFinding: string;
  findingText: string;
  save: string;
  saved: string;
  kept: string;
  unchecked: string;
  correctVisit: string;
  putAway: string;
  refusedVisit: string;
  moreTeams: string;
  entryNote: string;
  pickStation: string;
  acknowledge: string;
  callNote: string;
  snooze: string;
  acknowledged: string;
  rests: string;
  doctorNote: string;
  noDoubtful: string;
  told: string;
  turn: string;
  onMap: string;
  picking: string;
  coordinates: string;
  move: string;
  movedBy: string;
  movedTitle: string;
  stillOutside: string;
  undo: string;
  badNumbers: string;
  notDecided: string;
  notYours: string;
  fileNote: string;
  file: string;
  checkFile: string;
  checkingFile: string;
  chooseFirst: string;
  fileTooLarge: string;
  fileRefused: string;
  fileChanged: string;
  fileLost: string;
  columns: string;
  columnsLeft: string;
  notInFile: string;
  notUsed: string;
  sourceName: string;
  sourceNote: string;
  fileRows: string;
  notTaken: string;
  odd: string;
  row: string;
  rowsAlike: string;
  rejectsFile: string;
  nothingNew: string;
  rowsTaken: string;
  rowsLost: string;
  rowsOther: string;
  rowsStopped: string;
  takeRows: PluralForms;
}

/** What a plan changes in one area. */
interface AreaGain {
  fair_share: number | null;
  visited: number;
  planned: number;
  gap_before: number | null;
  gap_after: number | null;
  area_id: string;
}

/** What was done about a team's silence: by whom, when, and until when it rests ("" for no time). */
interface CallNoted {
  team: string;
  who: string;
  time: string;
  note: string;
  until: string;
}

/** The notes about silent teams that hold. */
interface CallNotes {
  rows: CallNoted[];
}

/** What a plan changes in one cell. */
interface CellGain {
  fair_share: number | null;
  visited: number;
  planned: number;
  gap_before: number | null;
  gap_after: number | null;
  cell: string;
}

/** A stage or a least severity; `n`: what it counts, by view; `why` as in `MeasureWords`. */
interface ChoiceWords {
  title: string;
  n: Record<string, string>;
  why: string;
}

/** One class of the legend: its appearance and its range. */
interface ClassKey {
  token: string;
  label: string;
}

/** A cluster: its parts by position, and its box: west, south, east, north, degrees. */
interface ClusterFigures {
  name: string;
  says: string[];
  part: number;
  whole: number;
  expected: number;
  parts: number[];
  bounds: Bounds;
}

/** A measure's figures of the country. */
interface CountryFigures {
  part: number;
  whole: number;
  value: number | null;
  low: number | null;
  high: number | null;
}

/** A decision as a button; `needs`: "reason", "person" or ""; `key`: the letter that does it. */
interface DecisionOffered {
  name: string;
  title: string;
  needs: string;
  key: string;
}

/** A kind of finding that is counted, and its severity, 0 to 3. */
interface DeskCategory {
  name: string;
  title: string;
  severity: number;
}

/** A line of a unit's card: two columns of the day, or the figure itself where they are "". */
interface DeskFact {
  title: string;
  part: string;
  whole: string;
}

/** A figure of every unit: see `measures.desk_view.DeskFigure`; `starts` and `keys` by kind of unit. */
interface DeskFigureData {
  title: string;
  line: "counted" | "ratio" | "value" | "chance";
  unit: "share" | "stations" | "minutes";
  says: string;
  value: string;
  part: string;
  whole: string;
  low: string;
  high: string;
  code: string;
  status: string;
  absence: string;
  ramp: string;
  starts: Record<string, number[]>;
  keys: Record<string, string[]>;
  hours: DeskHours | null;
  bar: number;
  ofFindings: boolean;
  table: DeskTableColumn[];
  facts: DeskFact[];
  inCard: boolean;
}

/** Two figures at once, in thirds. */
interface DeskGrid {
  ramp: string;
  up: DeskGridSide;
  across: DeskGridSide;
  says: string;
}

/** One side of a map of two figures: where its middle and its upper third start. */
interface DeskGridSide {
  figure: string;
  more: string;
  steps: string;
  starts: number[];
}

/** The counters of a range of hours that a figure is made of; `whole` "": the day's own. */
interface DeskHours {
  part: "observed" | "k" | "negative";
  whole: "" | "m" | "assessed";
  hasMinimum: boolean;
}

/** What every script of the desk reads first; `codes`: names of a station's states by their number. */
interface DeskStart {
  version: string;
  registry: string;
  nature: string;
  asOf: string;
  stations: number;
  offMap: number;
  overdue: number;
  doubts: number;
  isTiled: boolean;
  binVisits: number;
  figures: Record<string, DeskFigureData>;
  views: DeskViewData[];
  presence: string;
  squares: string;
  short: string;
  sums: KnownSums | null;
  selection: string;
  interval: string;
  areas: NamedArea[];
  categories: DeskCategory[];
  states: Titled[];
  codes: string[];
  severities: string[];
  stages: Record<string, string>;
  precision: Record<string, string>;
  chance: Record<string, string>;
  absence: Record<string, string>;
  freshness: Freshness;
  words: DeskWords;
}

/** A column of the table of units. */
interface DeskTableColumn {
  title: string;
  form: "ratio" | "interval" | "shown" | "value";
}

/** A view: the figure it is coloured and ranked by, the one plotted, those told, what else is drawn. */
interface DeskViewData {
  name: string;
  title: string;
  says: string;
  opens: boolean;
  figure: string;
  plot: string;
  lines: string[];
  grid: DeskGrid | null;
  scanSays: string;
}

/** The visits of a small mission; `base`: a digit per station, 1 planned. */
interface DeskVisits {
  base: string;
  visits: VisitColumns;
  hours: Hours;
  states: number[];
}

/** Stations or teams seen by unit and hour, flat, and `again`: unit, hour before, hour, count. */
interface Distinct {
  seen: number[];
  again: number[][];
}

/** A visit that cannot have been as reported. */
interface Doubt {
  station: string;
  area: string;
  visit: string;
  team: string;
  arrived: string;
  title: string;
  says: string;
}

/** How often one kind of doubt occurs. */
interface DoubtKind {
  title: string;
  n: number;
}

/** A station with a doubtful point: as its file has it, and where it probably stands; lon, lat. */
interface DoubtfulStation {
  station: string;
  area: string;
  address: string;
  title: string;
  told: number[] | null;
  suggested: number[] | null;
}

/** Visits for a person to look at, the first of `total`. */
interface Doubts {
  total: number;
  kinds: DoubtKind[];
  rows: Doubt[];
}

/** A column of ours and where it stands in a file: the header's place, -1 for none; its first cell. */
interface FileColumn {
  name: string;
  title: string;
  place: number;
  example: string;
}

/** What is wrong with a row of a file, in words; `detail` in English; `n`: of how many rows it is said. */
interface FileDefect {
  row: number;
  n: number;
  column: string;
  value: string;
  says: string;
  detail: string;
}

/** What a file of reports holds and what taking it would do; `fresh`: its new rows, as they are sent. */
interface FileLook {
  headers: string[];
  columns: FileColumn[];
  unused: string[];
  source: string;
  sources: string[];
  n: number;
  fresh: Record<string, unknown>[];
  known: number;
  wrong: number;
  defects: FileDefect[];
  odd: FileDefect[];
  rejects: FileRows;
}

/** An area a search found; `also`: the old name it was found by, "" if by one of today's. */
interface FoundArea {
  id: string;
  name: string;
  level: number;
  also: string;
}

/** A station a search found; `opens`: the id whose card shows it, "" where it is cancelled. */
interface FoundStation {
  id: string;
  name: string;
  settlement: string;
  area: string;
  state: string;
  stateTitle: string;
  opens: string;
}

/** A town a search found; `area`: what it lies in, "" where that is none of ours; `also` as of an area. */
interface FoundTown {
  name: string;
  lon: number;
  lat: number;
  area: string;
  also: string;
}

/** Age of the last visit in minutes over visited stations; None without a visit. It ends with the day. */
interface Freshness {
  age_median: number | null;
  age_p90: number | null;
  is_over: boolean;
}

/** What a plan changes: gaps closed of gaps, Duncan's D before and after, hours and way. */
interface GainValues {
  says: string;
  gaps: number | null;
  closed: number | null;
  stations: number;
  cells_first_visited: number;
  duncan_before: number | null;
  duncan_after: number | null;
  minutes: number;
  minutes_low: number;
  minutes_high: number;
  km: number;
  areas: AreaGain[];
  cells: CellGain[];
}

/** An area short of its share of the plan. */
interface Gap {
  id: string;
  name: string;
  gap: number;
  visits: number;
  observed: number;
  fair: number;
  minutesAtStations: number;
  clusters: UnseenCluster[];
  team: NearestTeam | null;
}

/** The areas short of the plan, largest first; `absence`: why there are none. */
interface Gaps {
  absence: string;
  basis: string;
  planned: number | null;
  minutesPerVisit: number;
  rows: Gap[];
}

/** Observed visits, and those with a finding, by hour from `first` on; `untimed`: in no hour. */
interface Hours {
  first: number;
  visits: number[];
  findings: number[];
  untimed: number;
}

/** Visits by unit and hour, flat, one more unit for all; `counters` by what is counted. */
interface HoursByUnit {
  first: number;
  hours: number;
  units: number;
  counters: Record<string, number[]>;
  stations: Distinct;
  teams: Distinct;
}

/** Some of the reports of one filter, the newest first; `total`: how many there are. */
interface Inbox {
  total: number;
  rows: InboxRow[];
  persons: string[];
}

/** One report as the inbox lists it; `can`: what whoever asked may decide about it now. */
interface InboxRow {
  about: string;
  id: string;
  head: string;
  content: string;
  title: string;
  severity: number;
  station: string;
  area: string;
  team: string;
  received: string;
  text: string;
  state: string;
  assigned: string;
  can: string[];
}

/** What a mission without a list of visits knows of them; None where not even the sum is known. */
interface KnownSums {
  visited: number | null;
  stations: number | null;
}

/** A measure's figures of a level's units, a list each; `part`, `whole` -1 and the others None: not told. */
interface LevelFigures {
  status: ("published" | "merged" | "insufficient" | "not_observed" | "not_reported" | "not_known")[];
  token: string[];
  part: number[];
  whole: number[];
  value: (number | null)[];
  low: (number | null)[];
  high: (number | null)[];
  rank: (number | null)[];
  label: string[];
  says: string[][];
  marks: number[][] | null;
}

/** The units of one level, in the order of its outlines and figures. */
interface LevelWords {
  title: string;
  units: UnitWords[];
}

/** A measure under one choice, with every sentence of it. `alike`: said where one colour is all. */
interface MeasureFigures {
  headline: string;
  line: string;
  caption: string;
  legend: string;
  list_title: string;
  axis: string;
  unit: "share" | "count" | "clusters" | "minutes";
  intervals: boolean;
  alike: string;
  classes: ClassKey[];
  country: CountryFigures;
  levels: Record<string, LevelFigures>;
}

/** A view that may be chosen; `why`: the reason it has nothing to show, "" if it has. */
interface MeasureWords {
  name: string;
  title: string;
  says: string;
  reads: string;
  why: string;
  unit: "share" | "count" | "clusters" | "minutes";
  by_severity: boolean;
}

/** How many visits and teams a rate needs. */
interface Minimum {
  visits: number;
  teams: number;
}

/** A station that somebody moved; `isOutside`: the new point lies outside the declared area, too. */
interface MovedStation {
  station: string;
  who: string;
  time: string;
  point: number[];
  isOutside: boolean;
}

/** An area by id and by name. */
interface NamedArea {
  id: string;
  name: string;
}

/** The team nearest to a gap; `fromVisit`: from its last station, else from its base. */
interface NearestTeam {
  team: string;
  minutes: number;
  km: number;
  fromVisit: boolean;
}

/** The next best stations for one team, best first. */
interface NextStationList {
  rows: NextStationValues[];
}

/** A station one team could go to next; `drive` in minutes. */
interface NextStationValues {
  id: string;
  name: string;
  settlement: string;
  area: string;
  lon: number;
  lat: number;
  service: string;
  drive: number;
  km: number;
  begin: string;
  gain: number;
  visits: number;
}

/** Overdue visits by team, the first teams of all. */
interface Overdue {
  total: number;
  all_teams: number;
  graceMinutes: number;
  teams: OverdueTeam[];
}

/** A team with overdue visits; `silentMinutes` None if it was never heard of. */
interface OverdueTeam {
  team: string;
  lastContact: string;
  silentMinutes: number | null;
  nextDue: string;
  rows: OverdueVisit[];
}

/** A planned visit that was not reported in time. */
interface OverdueVisit {
  station: string;
  area: string;
  stage: string;
  due: string;
  minutesLate: number;
}

/** What may be drawn over the fills, switched by a check box; `on`: at first. */
interface Overlay {
  name: string;
  title: string;
  says: string;
  on: boolean;
}

/** The station at a point of a tile, "" where several stand there. */
interface PickedStation {
  id: string;
  stations: number;
}

/** A stop that stays with its team. */
interface PinValues {
  team_id: string;
  station_id: string;
  service: string;
}

/** Stations of the plan, and how many of them were observed. */
interface PlanDone {
  planned: number;
  done: number;
}

/** How far the newest work is, and the plan there is; None also where the browser has it already. */
interface PlanStateValues {
  status: string;
  share: number;
  message: string;
  canUndo: boolean;
  version: string;
  plan: ShownPlan | null;
}

/** What a station's card says. */
interface PointCard {
  title: string;
  lines: string[];
}

/** The figures of one stage and least severity in one language. */
interface PressChoice {
  choice: string;
  measures: Record<string, MeasureFigures>;
  clusters: ClusterFigures[];
  clusters_why: string[];
}

/** Everything the map needs in one language, but for outlines and the figures of a choice. */
interface PressValues {
  version: string;
  points: boolean;
  marks: SeverityMark[];
  statuses: Record<string, StatusWords>;
  levels: Record<string, LevelWords>;
  measures: MeasureWords[];
  stages: Record<string, ChoiceWords>;
  severities: Record<string, ChoiceWords>;
  overlays: Overlay[];
  words: PressWords;
}

/** Doubtful stations, the first of `total`, and those that were moved. */
interface RegistryDoctor {
  total: number;
  kinds: DoubtKind[];
  rows: DoubtfulStation[];
  moved: MovedStation[];
}

/** One entry of a report's history; `refused`: why it changed nothing, in words, "" if it did. */
interface ReportChange {
  time: string;
  who: string;
  what: string;
  old: string;
  new: string;
  reason: string;
  refused: string;
}

/** What happened to one report, the newest first. */
interface ReportHistory {
  rows: ReportChange[];
}

/** What was asked for; None: as the mission has it. `no_go`: GeoJSON polygons. */
interface RequestValues {
  teams: string[];
  hours: string[] | null;
  day: string | null;
  now: string | null;
  needs: string[] | null;
  no_go: Record<string, unknown>[];
  no_go_areas: string[];
  excluded: string[];
  locked: PinValues[];
  q: number;
  epsilon: number;
  incident_bonus: number;
  revisits: boolean;
}

/** The way back to the base, minutes of the team's own day. */
interface ReturnMinutes {
  drive_back: number;
  back: number;
}

/** An area that teams can be kept out of. */
interface RouteArea {
  id: string;
  name: string;
}

/** A team that can be routed, and the areas it is responsible for. */
interface RoutedTeam {
  id: string;
  areas: string[];
}

/** What the panel needs before a plan; `now` "HH:MM", None on another day than the mission's. */
interface RoutesStart {
  teams: RoutedTeam[];
  areas: RouteArea[];
  now: string | null;
  services: Record<string, string>;
  words: RouteWords;
}

/** A place with more findings than expected. `k` of `n` stations; `rings`: lon, lat; `radius`: metres. */
interface ScanCluster {
  place: string;
  title: string;
  says: string[];
  rings: number[][][];
  lon: number;
  lat: number;
  radius: number;
  k: number;
  n: number;
  expected: number;
  ratio: number | null;
  teams: number;
  p: number;
}

/** How far the search for clusters is, and what it found. */
interface ScanProgress {
  status: "none" | "waiting" | "running" | "done" | "failed" | "cancelled" | "busy";
  share: number;
  says: string[];
  clusters: ScanCluster[];
}

/** What a search found; `total` stations match, of which the best are listed. */
interface SearchResults {
  teams: string[];
  areas: FoundArea[];
  towns: FoundTown[];
  stations: FoundStation[];
  total: number;
}

/** A severity in the page's language; `corners` of its mark at radius 1, x and y, none for the ring. */
interface SeverityMark {
  name: string;
  title: string;
  corners: number[][];
}

/** A plan as the panel shows it: its notes are sentences in the page's language. */
interface ShownPlan {
  format: string;
  mission: string;
  snapshot: string;
  day: string;
  seed: number;
  now: number | null;
  closed: string[];
  ask: RequestValues;
  travel: TravelValues;
  value: number;
  teams: TeamValues[];
  gain: GainValues;
  version: string;
  notes: string[];
}

/** Every station, a column per fact; places in 1e-5 degrees, None off the map. */
interface StationColumns {
  id: string[];
  area: number[];
  cell: number[];
  lon: (number | null)[];
  lat: (number | null)[];
}

/** A finding at one station; `text` as somebody wrote it. */
interface StationFinding {
  title: string;
  severity: number;
  severityTitle: string;
  stage: string;
  occurred: string;
  verification: string;
  isCurrent: boolean;
  text: string;
}

/** Everything known of one station; `apart`: findings without a visit. */
interface StationHistory {
  id: string;
  number: string;
  name: string;
  address: string;
  settlement: string;
  area: string;
  lon: number | null;
  lat: number | null;
  precision: string;
  voters: number | null;
  state: string;
  plan: StationPlan[];
  visits: StationVisit[];
  apart: StationFinding[];
}

/** The first stations of a window, or of those off the map, and how many there are by state. */
interface StationList {
  total: number;
  states: number[];
  rows: StationRow[];
}

/** An assignment of one station and what became of it. */
interface StationPlan {
  team: string;
  stage: string;
  due: string;
  state: string;
  late: boolean;
}

/** A station in a list; `severity` -1 for none, `minute` of its last visit; visits that `asked`. */
interface StationRow {
  id: string;
  area: string;
  state: string;
  severity: number;
  minute: number | null;
  teams: string;
  asked: number;
  withFinding: number;
}

/** A visit of one station, times on its own clock; `asked`: how many kinds of finding. */
interface StationVisit {
  id: string;
  team: string;
  stage: string;
  outcome: string;
  isObserved: boolean;
  isCurrent: boolean;
  verification: string;
  overall: string;
  arrived: string;
  left: string;
  received: string;
  asked: number;
  answers: string;
  findings: StationFinding[];
  doubts: string[];
}

/** A status of a unit: its title, and what it means. */
interface StatusWords {
  title: string;
  says: string;
}

/** A stop's exact times, minutes of the team's own day. */
interface StopMinutes {
  drive: number;
  arrive: number;
  begin: number;
  leave: number;
  gain: number;
}

/** One stop of a team; clock times "HH:MM" of its own day, `_at` in ISO 8601. */
interface StopValues {
  station_id: string;
  name: string;
  settlement: string;
  lon: number;
  lat: number;
  voters: number | null;
  service: string;
  arrive: string;
  begin: string;
  leave: string;
  begin_at: string;
  leave_at: string;
  gain: number;
  visits_before: number;
  is_locked: boolean;
  is_begun: boolean;
  minutes: StopMinutes;
}

/** The teams of a mission, the first of `total`. */
interface TeamList {
  total: number;
  rows: TeamWhereabouts[];
}

/** A station a team was at, or goes to, and when. */
interface TeamStop {
  station: string;
  area: string;
  time: string;
}

/** One team's day; `line`: lon, lat of the start, every stop and the base. */
interface TeamValues {
  team_id: string;
  base: number[];
  start_station: string;
  offset_minutes: number;
  shift: string[];
  needs: string[];
  visits: number;
  drive_minutes: number;
  km: number;
  gain: number;
  back: string;
  back_at: string;
  minutes: ReturnMinutes;
  line: number[][];
  stops: StopValues[];
}

/** A team: its last and next stop, its last sign of life; its place is its base before its first visit. */
interface TeamWhereabouts {
  team: string;
  lon: number | null;
  lat: number | null;
  last: TeamStop | null;
  next: TeamStop | null;
  heard: string;
  silentMinutes: number | null;
  overdue: number;
}

/** A code and its words. */
interface Titled {
  name: string;
  title: string;
}

/** Where travel times come from, and within which factors they may lie. */
interface TravelValues {
  source: string;
  says: string;
  band: number[];
}

/** What was reported in one unit. */
interface UnitDetail {
  categories: UnitFinding[];
  presence: UnitPresence[];
}

/** The day's figures of every unit, `codes` those in words; `status` and `absence` by statistic. */
interface UnitFigures {
  unit: "area" | "district" | "cell";
  columns: Record<string, (number | null)[]>;
  codes: Record<string, string[]>;
  status: Record<string, string[]>;
  absence: Record<string, string>;
  minimum: Minimum;
  hasFrame: boolean;
  planned: number | null;
}

/** A kind of finding in a unit, with numbers that may be named. `says`: k of n, "" if not counted. */
interface UnitFinding {
  title: string;
  severity: number;
  stations: number;
  says: string;
  numbers: string[];
  completeness: string;
  locators: string[];
}

/** Ids and names of the units; `rings`: of cells, their corners as lon, lat. */
interface UnitNames {
  id: string[];
  name: string[];
  rings: number[][][];
}

/** Where the source says observers were, of any kind: long-term ones and those of election day. */
interface UnitPresence {
  written: string;
  says: string;
  locator: string;
}

/** A unit that is drawn: `page` its own page, "" for none. */
interface UnitWords {
  name: string;
  title: string;
  first: number;
  page: string;
  members: string;
  long_term: boolean;
}

/** A cell whose stations nobody observed, named after its largest station. */
interface UnseenCluster {
  cell: string;
  place: string;
  station: string;
  stations: number;
  voters: number;
  lon: number;
  lat: number;
}

/** Which release is served now; `error`: the mission's files cannot be read since. */
interface Version {
  version: string;
  error: boolean;
}

/** Every counted visit, a column per fact: positions are -1 where there is none. */
interface VisitColumns {
  station: number[];
  area: number[];
  district: number[];
  cell: number[];
  minute: number[];
  outcome: number[];
  severity: number[];
  flags: number[];
  team: number[];
}

/** The day of a large mission: by hour, in all, and stations by state. */
interface WholeDay {
  hours: Hours;
  total: Record<string, number>;
  states: number[];
  stations: number;
  plan: PlanDone;
  levels: Record<string, Distinct>;
}

/** What became of a request: how many were done, or why nothing was, in words. */
interface WorkAnswer {
  done: number;
  message: string;
  stale: string[];
}

/** What the tabs of work begin with. `asksName`: whoever holds the desk's key says who they are. */
interface WorkStart {
  words: WorkWords;
  me: string;
  asksName: boolean;
  may: string[];
  filters: Titled[];
  decisions: DecisionOffered[];
  stages: Titled[];
  outcomes: Titled[];
  overall: Titled[];
  categories: Titled[];
  teams: string[];
  allTeams: number;
  day: string;
  endings: string;
  largest: number;
  mostRows: number;
}
