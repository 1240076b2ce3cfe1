/** What travels between panel and bridge. Made by scripts/generate.py; never changed by hand. */

export type ImageId = string; // an image id (64 hex digits)

export type StepId = string; // a step id (run.index)

export type RunId = string; // a run id (32 hex digits)

export type Mode = "replay" | "nudge" | "keep" | "repaint" | "hold";

export type Profile = "sRGB" | "Display P3" | "Adobe RGB (1998)";

export type Sampler =
  | "ddim"
  | "euler"
  | "euler_ancestral"
  | "dpmpp_2m"
  | "dpmpp_2m_karras"
  | "heun"
  | "lcm";

export type Quality = "linear" | "tiny" | "full";

export type ShownField = "clip_skip"; // fields of a recipe that the panel shows as they are

/** First message of a connection. Anything else before it closes the socket. */
export interface Hello {
  type: "hello";
  protocol: number;
  token: string;
  client?: string;
  seen?: number | null;
}

/** A part of the picture with a prompt of its own. Its ground is mask, blurred, times alpha. */
export interface Region {
  prompt: string;
  negative_prompt?: string | null;
  prompt_strength?: number;
  alpha?: number;
  blur?: number; // soften the edges of their masks
  weight?: number;
  seed?: number | null;
  mode?: "blend" | "isolate";
  isolate_steps?: number | null;
  bootstrap_steps?: number | null;
  quantisation?: "discrete" | "semi" | "continuous";
  mask: ImageId;
}

/** Pull predictions towards a painted step, inside a mask, while sigma is above `until`. */
export interface Hold {
  step: StepId;
  edit: ImageId;
  handed: ImageId;
  mask: ImageId;
  weight?: number;
  until?: number;
}

/** Outside `mask` the picture is that of `step`, in latents at every step and in pixels. */
export interface Kept {
  step: StepId;
  picture: ImageId;
  mask: ImageId;
}

/** Everything that decides the pixels of a run. */
export interface Recipe {
  prompt: string; // what the picture shows
  width: number; // pixels of the picture, any size
  height: number;
  negative_prompt?: string; // what it does not show
  clip_skip?: number | null; // layers left out at the end of the text encoder, for prompts but negative ones
  num_inference_steps?: number; // steps of the schedule
  guidance_scale?: number; // how closely the prompt is followed; 1 is off
  seed?: number; // equal seeds give equal pictures
  sampler?: Sampler; // how a step is made
  eta?: number; // fresh noise per step; ddim only
  init_image?: ImageId | null; // what to start from; none: text-to-image
  strength?: number; // how much of the schedule is run over the picture to start from
  mask?: ImageId | null; // grey, picture size; full = may change
  regions?: readonly Region[]; // lowest first
  panorama?: boolean; // paint a wide picture through overlapping windows side by side
  working_width?: number | null; // pixels the model paints; none: width padded
  working_height?: number | null;
  depth?: 8 | 16; // bits per channel of the pictures that are handed out
  profile?: Profile; // of those pictures, and of every coloured image named here
  model?: string; // as named by the bridge; never a path that the wire could choose
  hold?: Hold | null; // set by a rewind
  kept?: Kept | null; // set by a rewind
}

/** Paint a recipe. `count` > 1 paints variations: seeds seed, seed + 1, ... */
export interface Generate {
  type: "generate";
  request: string;
  recipe: Recipe;
  count?: number;
}

/** How a new line leaves an old step. Says nothing of the recipe, which may change as well. */
export interface Rewind {
  mode?: Mode;
  edit?: ImageId | null;
  handed?: ImageId | null;
  mask?: ImageId | null;
  region?: number | null;
  variation_seed?: number; // repaint: other noise
  weight?: number; // hold: how firmly
  release?: number; // hold: when it lets go; 1 is at the end
  keep_outside?: boolean;
}

/** Go on from an old step: a new run whose first record is a sibling of it. */
export interface Continue {
  type: "continue";
  request: string;
  step: StepId;
  rewind: Rewind;
  recipe?: Recipe | null;
  anew?: boolean;
  roll?: boolean;
}

/** Stop a run within one step; what it has painted stays. */
export interface Cancel {
  type: "cancel";
  run: RunId;
}

/** Say whether the quota may ever drop a run; open documents' runs are kept by the panel. */
export interface Keep {
  type: "keep";
  run: RunId;
  keep: boolean;
}

/** What this connection's live stream is to show from now on: the newest state, whole. */
export interface Live {
  type: "live";
  request: string;
  recipe: Recipe;
  frames?: number | null;
  variation?: boolean;
}

/** End this connection's live stream. */
export interface Stop {
  type: "stop";
}

/** What a recipe is to have for pictures to be seen soonest, by its own field names. */
export interface Few {
  model: string;
  sampler: Sampler;
  num_inference_steps: number;
  guidance_scale: number | null;
}

/** The model the worker holds, and what it likes. */
export interface ModelInfo {
  name: string;
  hash: string;
  family: "sd" | "sdxl";
  native: number;
  guidance_scale: number;
  device: string;
  samplers: readonly string[];
  few: Few;
}

/** One line of records: made by one Generate or one Continue. */
export interface Run {
  id: RunId;
  number: number;
  request: string;
  recipe: Recipe;
  state: "queued" | "running" | "finished" | "cancelled" | "failed";
  first: number;
  last: number;
  working_width: number;
  working_height: number;
  enlarged: number;
  parent?: StepId | null;
  rewind?: Rewind | null;
  made_with?: Record<string, string>;
  approximate?: string;
  message?: string;
  created?: number;
  kept?: boolean;
}

/** One record, as clients see it. Its pictures are fetched from /steps/{id}/picture. */
export interface Step {
  id: StepId;
  run: RunId;
  parent: StepId | null;
  index: number;
  sigma: number;
  seconds: number;
}

/** The answer to Hello: everything a fresh client needs. `seq` is the newest event's. */
export interface Welcome {
  type: "welcome";
  protocol: number;
  version: string;
  store: string;
  seq: number;
  model: ModelInfo | null;
  runs: readonly Run[];
  steps: readonly Step[];
  resumed: boolean;
  store_bytes: number;
  quota_bytes: number;
}

/** The worker has loaded its model. */
export interface Ready {
  type: "ready";
  seq: number;
  model: ModelInfo;
}

/** A run was accepted, moved up, or begins (`run.state` says so). Position 0 is next. */
export interface Queued {
  type: "queued";
  seq: number;
  run: Run;
  position: number;
}

/** The worker took up a run. */
export interface Started {
  type: "started";
  seq: number;
  run: RunId;
}

/** A record is in the store. */
export interface Stepped {
  type: "stepped";
  seq: number;
  step: Step;
  seconds_left: number;
}

/** A better picture of a step can be fetched; the unpainted layer should be replaced. */
export interface Refined {
  type: "refined";
  seq: number;
  step: StepId;
  quality: Quality;
}

/** A run is complete; every step of it has a full decode. */
export interface Finished {
  type: "finished";
  seq: number;
  run: RunId;
  step: StepId;
}

/** A run was stopped; its steps stay. */
export interface Cancelled {
  type: "cancelled";
  seq: number;
  run: RunId;
}

/** A run or a request came to nothing. `message` is one sentence for the user. */
export interface Failed {
  type: "failed";
  seq: number;
  message: string;
  run?: RunId | null;
  request?: string | null;
}

/** Runs left the store to keep the quota: neither kept nor referred to, oldest first. */
export interface Dropped {
  type: "dropped";
  seq: number;
  runs: readonly RunId[];
}

/** A frame of this connection's live stream. Told once and not stored: the newest only. */
export interface Frame {
  type: "frame";
  seq: number;
  live: string;
  number: number;
  request: string;
  seed: number;
  left: number | null;
  seconds: number;
  latency: number;
}

/** Something a painter should know: near the quota, a worker that was restarted. */
export interface Notice {
  type: "notice";
  seq: number;
  message: string;
  run?: RunId | null;
}

export type Event =
  | Welcome
  | Ready
  | Queued
  | Started
  | Stepped
  | Refined
  | Finished
  | Cancelled
  | Failed
  | Dropped
  | Frame
  | Notice;

export type Command = Hello | Generate | Continue | Cancel | Keep | Live | Stop;
