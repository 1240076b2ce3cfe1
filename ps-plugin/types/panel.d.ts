/** What the panel's modules hand to each other. */

import type {
  ImageId,
  Mode,
  ModelInfo,
  Profile,
  Quality,
  Recipe,
  Region,
  Run,
  RunId,
  ShownField,
  Step,
  StepId,
  Event,
} from "./wire";

export interface Rect {
  left: number; // document pixels
  top: number;
  right: number;
  bottom: number;
}

export interface Picture {
  width: number;
  height: number;
  channels: 1 | 3 | 4;
  pixels: Uint8Array | Uint16Array; // rows, chunky, straight alpha; 0..255 or 0..65535
  profile?: Profile; // absent: sRGB
}

export type Source = "layer" | "composite" | "nothing";
export type Where = "selection" | "everywhere";

export interface Settings extends Pick<Required<Recipe>, ShownField> {
  prompt: string;
  negative_prompt: string;
  steps: number;
  guidance_scale: number | null; // null: what the model likes
  strength: number; // 0..1
  seed: number;
  seedKept: boolean;
  variations: number; // paintings of one press, each of a seed of its own
  sampler: string;
  source: Source;
  where: Where;
  together: boolean; // all layers at the end, in one history state
  keep: "all" | "keyframes" | "last"; // which steps become layers
  keyframes: number; // at most so many of a run, evenly spread over its steps; the last is one
  feather: number; // document pixels by which a selection's edge is softened
  context: boolean; // a small selection is painted in a crop around it, at the model's size
  language: "auto" | "en" | "de" | "ja" | "zh";
  style: string; // "builtin:oil", "own:NAME"; empty: the prompt as it is
}

/** A region's settings; bridge/commands/palette.py has the same, with the layer's name. */
export interface Brush extends Required<Omit<Region, "mask">> {
  colour: string; // such as #2692F3, sRGB
  on: boolean;
}

/** A layer or group whose pixels say where its prompt is painted. */
export interface RegionView {
  id: string; // in its note, so that it is known again wherever it lies; copies share it
  layer: number; // Photoshop's id; -1: its layer is gone
  name: string; // the layer's
  brush: Brush;
  picture: boolean; // its paint is part of what a run starts from
  unsaved?: true; // the layer's note does not say it yet
}

/** Which steps of a run become layers by themselves; a number: so many, evenly spread. */
export type Keep = "all" | "last" | number;

/** A painter's own style. */
export interface Preset {
  name: string;
  words: string; // with {prompt} where the prompt shall stand
  settings: Partial<Settings>;
}

/** How to go on from the selected step. */
export interface Onward {
  mode: Mode | null; // null: what suits the step
  keepOutside: boolean | null; // null: what suits, see onwardOf
  mixed: boolean; // the edit is all that is seen of the painting's layers
  regions: boolean; // as they are now, where the document has any; else as the run had them
  weight: number; // hold: 0..1
  release: number; // hold: 0..1
  open: boolean; // the fields below are shown
  changes: {
    prompt?: string;
    negative_prompt?: string;
    guidance_scale?: number;
    sampler?: string;
    seed?: number;
  };
}

export interface DocumentView {
  id: number;
  title: string;
  width: number;
  height: number;
  depth: number; // bits per channel
  profile: Profile; // in which its pixels travel
  mode: string; // "RGB" where we can paint
  layer: string | null; // the active layer's name
  active: number | null; // its id
  selection: Rect | null;
}

/** Where a run's picture lies in its document. */
export interface Place {
  left: number;
  top: number;
  above: number | null; // layer id: the group goes on top of it; null: top of the document
}

/** A step's layer. */
export interface LayerNote {
  layer: number; // Photoshop's id; -1 once the painter removed it
  was?: number; // its id before that: an undo brings the same one back
  image: ImageId; // its pixels as handed out
  quality: Quality; // as offered; an undone refinement is not done again
  painted: boolean; // there is something of the painter's in it to go on from
  mark?: Mark; // absent: nobody touched it
  added?: string[]; // names of the painter's layers over it that count as painted on it
  extent?: Rect | null; // where its pixels lay when they were handed out; null or absent: not known
}

/**
 * What the painter made of a step's layer; any of it keeps the panel's hands off. Converted: with
 * the whole document, which is no paint.
 */
export type Mark = "" | "painted" | "moved" | "masked" | "locked" | "converted";

/** What of ours lies in one open document. */
export interface Papers {
  runs: RunId[];
  places: Record<RunId, Place>;
  groups: Record<RunId, number>; // -1 once the painter removed it
  layers: Record<StepId, LayerNote>;
  inputs: ImageId[]; // images that lie in the document as hidden layers
  keeps: Record<RunId, Keep>; // absent: all
  wished: StepId[]; // steps the painter asked for beyond what is kept
  behind?: RunId[]; // had no layer yet when a step was chosen: they shall not cover it
  stuck: Record<RunId, { text: string; locked: boolean }>; // why layers are not written any more
}

/** What stands in a document, unread: bridge/history/contents.py. */
export interface Texts {
  index: string | null;
  layers: LayerTexts[]; // bottom first
}

export interface LayerTexts {
  id: number;
  name?: string;
  left?: number;
  top?: number;
  settings?: string | null;
  xmp?: string | null;
  layers?: LayerTexts[]; // of a group, bottom first
}

/** What the bridge reads in it. */
export interface Contents {
  runs: Run[];
  steps: Step[];
  papers: Omit<Papers, "wished" | "stuck">;
  ours: number[]; // all layers of runs
  newer: string; // the version of a list that this one may not read; empty: it may
}

/** A document's run that the bridge lost: bridge/history/replay.py. */
export interface Lost {
  index: string; // the document's list of runs and steps
  run: RunId;
  made: Record<RunId, RunId>; // what of it was painted just now: the lost id, the bridge's
}

/** How far it has come, and what is to be painted next. */
export interface Replay {
  done: { lost: RunId; run: RunId; differs: { name: string; was: string; now: string }[] }[];
  next: { lost: RunId; command: Generate | Continue; images: Record<string, ImageId> } | null;
  orphan: RunId | null; // the document does not know the run that this one left
}

type Generate = Extract<Command, { type: "generate" }>;
type Continue = Extract<Command, { type: "continue" }>;

export interface RunView extends Run {
  secondsLeft: number | null;
  elsewhere: boolean; // known from the document only: this bridge does not hold it
  again?: boolean; // painted again from the document's recipe: pictures may differ by noise
}

export interface StepView extends Step {
  quality: Quality; // the best the bridge has
}

export interface Notice {
  kind: "error" | "note";
  text: string;
  way?: "again" | "log" | "wordless" | "seed"; // a button: the same act again, where the log lies, all the same
}

export interface Connection {
  status: "searching" | "unpaired" | "open" | "lost";
  address: string;
  /** What is in the way; "said": the bridge's own words are in `message`. */
  trouble: "" | "absent" | "older" | "newer" | "gone" | "refused" | "token" | "said";
  message: string;
}

/** A panel without a token asks to be let in, and what becomes of it. */
export interface Pairing {
  stage: "asking" | "waiting" | "no" | "late" | "anew" | "gone" | "said";
  words: string[]; // that the bridge shows too, while it is waiting
  left: number; // seconds in which the painter can say yes
  message: string; // "said": the bridge's own words
}

/** The live stream. */
export interface Streamed {
  playing: boolean;
  variation: boolean; // each frame of a seed of its own
  left: number; // frames still to come that were asked for one by one
  request: string; // the newest
  told: Extract<Event, { type: "frame" }> | null; // the newest frame
  shown: Shown | null;
  pace: number[]; // seconds that the last frames took
  latency: number | null; // seconds from the last edit to its picture
  trouble: string; // why the newest state is not seen
  rested: boolean; // it paused by itself, because nobody did anything
}

/** The frame that is seen, and the shape of its picture. */
export interface Shown {
  live: string;
  number: number;
  request: string;
  seed: number;
  url: string;
  width: number;
  height: number;
}

/** The active layer, where a stroke on it would not be seen. */
export interface Cover {
  layer: string; // its name
  over: string; // what lies over it; empty: it is hidden
  ids: number[]; // of all that does
}

export interface State {
  connection: Connection;
  pairing: Pairing | null;
  store: string;
  model: ModelInfo | null;
  storeBytes: number;
  quotaBytes: number;
  runs: Record<RunId, RunView>;
  steps: Record<StepId, StepView>;
  document: DocumentView | null;
  papers: Record<number, Papers>;
  regions: Record<number, RegionView[]>; // by document, lowest first
  region: string | null; // key of the one whose fields are shown
  /** What was asked of the bridge, by request, and what came of it. */
  asked: Record<string, Asked>;
  settings: Settings;
  presets: Preset[]; // the painter's own styles
  selected: StepId | null;
  live: Streamed;
  onward: Onward;
  thumbs: Record<StepId, string>; // addresses of small pictures
  cover: Cover | null;
  busy: string; // what the panel itself is doing; empty: nothing
  notice: Notice | null;
}

/** Something that was asked of the bridge; document null: its layers are there already. */
export interface Asked {
  document: number | null;
  place: Place;
  keep: Keep;
  count?: number; // of runs; absent: one
  run?: RunId; // the first, once it was announced
  refusal?: string; // the bridge's sentence
}

export type PanelEvent =
  | Event
  | { type: "connection"; connection: Connection }
  | { type: "pairing"; pairing: Pairing | null }
  | { type: "document"; document: DocumentView | null }
  | { type: "opened"; document: number; papers: Papers; runs: Run[]; steps: Step[] }
  | { type: "closed"; document: number }
  | {
      type: "asked";
      request: string;
      document: number | null;
      place: Place;
      keep?: Keep;
      count?: number;
    }
  | { type: "grouped"; document: number; run: RunId; group: number; inputs: ImageId[] }
  | { type: "layered"; document: number; layers: Record<StepId, LayerNote> }
  | { type: "shifted"; document: number; run: RunId; x: number; y: number } // all of it together
  | { type: "adopted"; document: number; run: RunId; keep?: Keep }
  | { type: "relinked"; from: RunId; to: RunId } // painted again: its layers belong to the new run
  | { type: "wished"; document: number; step: StepId }
  | { type: "stuck"; document: number; run: RunId; text: string; locked: boolean } // empty: go on
  | { type: "baked"; document: number; run: RunId; layers: StepId[] }
  | { type: "removed"; document: number; run: RunId }
  | { type: "settings"; settings: Partial<Settings> }
  | { type: "presets"; presets: Preset[] }
  | { type: "regions"; document: number; regions: RegionView[] }
  | { type: "region"; key: string | null }
  | { type: "selected"; step: StepId | null } // looked at
  | { type: "chosen"; document: number; step: StepId } // with the brush
  | { type: "live"; live: Partial<Streamed> }
  | { type: "onward"; onward: Partial<Onward> }
  | { type: "thumb"; step: StepId; url: string }
  | { type: "cover"; cover: Cover | null }
  | { type: "busy"; text: string }
  | { type: "said"; notice: Notice | null };

export interface Store {
  state(): State;
  dispatch(event: PanelEvent): void;
  subscribe(listener: (state: State) => void): () => void;
}

/** secureStorage: values go in as text and come out as bytes. */
export interface Shelf {
  getItem(key: string): Promise<Uint8Array | null>;
  setItem(key: string, value: string): Promise<void>;
}
