/** bridge/wire.py and pipelines/recipe.py as types: what travels between panel and bridge. */

export type ImageId = string; // 64 hex digits
export type RunId = string; // 32 hex digits
export type StepId = string; // "run.index"
export type Quality = "linear" | "tiny" | "full";
export type Mode = "replay" | "nudge" | "keep" | "repaint" | "hold";
export type RunState = "queued" | "running" | "finished" | "cancelled" | "failed";

export type Profile = "sRGB" | "Display P3" | "Adobe RGB (1998)";

export interface Hold {
  step: StepId;
  edit: ImageId;
  handed: ImageId;
  mask: ImageId;
  weight?: number;
  until?: number;
}

export interface Kept {
  step: StepId;
  picture: ImageId;
  mask: ImageId;
}

export interface Region {
  prompt: string;
  mask: ImageId;
  negative_prompt?: string | null;
  prompt_strength?: number;
  alpha?: number;
  blur?: number;
  weight?: number;
  seed?: number | null;
  mode?: "blend" | "isolate";
  isolate_steps?: number | null;
  bootstrap_steps?: number | null;
  quantisation?: "discrete" | "semi" | "continuous";
}

export interface Recipe {
  prompt: string;
  width: number;
  height: number;
  negative_prompt?: string;
  num_inference_steps?: number;
  guidance_scale?: number;
  seed?: number;
  sampler?: string;
  eta?: number;
  init_image?: ImageId | null;
  strength?: number;
  mask?: ImageId | null;
  regions?: readonly Region[];
  panorama?: boolean;
  working_width?: number | null;
  working_height?: number | null;
  depth?: 8 | 16; // of the pictures that are handed out
  profile?: Profile; // of those, and of every coloured image named here
  model?: string;
  hold?: Hold | null;
  kept?: Kept | null;
}

export interface Rewind {
  mode?: Mode;
  edit?: ImageId | null;
  handed?: ImageId | null;
  mask?: ImageId | null;
  variation_seed?: number;
  weight?: number;
  release?: number;
  keep_outside?: boolean;
  region?: number | null;
}

export interface Step {
  id: StepId;
  run: RunId;
  parent: StepId | null;
  index: number;
  sigma: number;
  seconds: number;
}

export interface Run {
  id: RunId;
  number: number;
  request: string;
  recipe: Recipe;
  state: RunState;
  first: number;
  last: number;
  working_width: number;
  working_height: number;
  enlarged: number;
  parent?: StepId | null;
  rewind?: Rewind | null;
  approximate?: string;
  made_with?: Record<string, string>;
  message?: string;
  created?: number;
  kept?: boolean;
}

export interface ModelInfo {
  name: string;
  hash: string;
  family: "sd" | "sdxl";
  native: number;
  guidance_scale: number;
  device: string;
  samplers: string[];
  few: Few;
}

/** What a recipe is to have for this model's pictures to be seen soonest. */
export interface Few {
  model: string;
  num_inference_steps: number;
  sampler: string;
  guidance_scale: number | null; // null: as asked
}

export interface Welcome {
  type: "welcome";
  protocol: number;
  version: string;
  store: string;
  seq: number;
  model: ModelInfo | null;
  runs: Run[];
  steps: Step[];
  resumed: boolean;
  store_bytes: number;
  quota_bytes: number;
}

export type Event =
  | Welcome
  | { type: "ready"; seq: number; model: ModelInfo }
  | { type: "queued"; seq: number; run: Run; position: number }
  | { type: "started"; seq: number; run: RunId }
  | { type: "stepped"; seq: number; step: Step; seconds_left: number }
  | { type: "refined"; seq: number; step: StepId; quality: Quality }
  | { type: "finished"; seq: number; run: RunId; step: StepId }
  | { type: "cancelled"; seq: number; run: RunId }
  | { type: "failed"; seq: number; message: string; run?: RunId | null; request?: string | null }
  | { type: "dropped"; seq: number; runs: RunId[] }
  | {
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
  | { type: "notice"; seq: number; message: string; run?: RunId | null };

export type Command =
  | { type: "generate"; request: string; recipe: Recipe; count?: number }
  | {
      type: "continue";
      request: string;
      step: StepId;
      rewind: Rewind;
      recipe?: Recipe | null;
      anew?: boolean;
    }
  | { type: "cancel"; run: RunId }
  | { type: "keep"; run: RunId; keep: boolean }
  | { type: "live"; request: string; recipe: Recipe; frames?: number | null; variation?: boolean }
  | { type: "stop" };
