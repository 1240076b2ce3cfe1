/**
 * What of a web page UXP has, and no more: the panel is checked without TypeScript's DOM library,
 * so that a call that only browsers know is an error. Adobe: uxp-api/reference-js, reference-spectrum.
 */

interface Event {
  readonly type: string;
  readonly target: HTMLElement | null;
  preventDefault(): void;
  stopPropagation(): void;
}

interface KeyboardEvent extends Event {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  readonly shiftKey: boolean;
}

interface PointerEvent extends Event {
  readonly pointerId: number;
  readonly button: number; // 0: the pen's tip, the left button
  readonly buttons: number; // held down; 0: none
  readonly clientX: number; // pixels
}

interface ClassList {
  add(name: string): void;
  remove(name: string): void;
  toggle(name: string, on?: boolean): boolean;
  contains(name: string): boolean;
}

interface HTMLElement {
  readonly tagName: string; // upper or lower case
  className: string;
  textContent: string | null;
  title: string;
  readonly classList: ClassList;
  readonly children: HTMLCollection;
  readonly style: Record<string, string>;
  readonly clientWidth: number; // pixels
  scrollLeft: number; // pixels
  /** sp-textfield, sp-textarea: text; sp-slider, sp-progressbar: a number. */
  value: string | number;
  checked: boolean; // sp-checkbox
  selectedIndex: number; // sp-dropdown
  getAttribute(name: string): string | null;
  setAttribute(name: string, value: string): void;
  removeAttribute(name: string): void;
  appendChild(child: HTMLElement): HTMLElement;
  insertBefore(child: HTMLElement, before: HTMLElement | null): HTMLElement;
  replaceChild(child: HTMLElement, old: HTMLElement): HTMLElement;
  remove(): void;
  querySelector(selector: string): HTMLElement | null;
  getBoundingClientRect(): { left: number; top: number; width: number; height: number }; // pixels
  setPointerCapture(pointer: number): void; // UXP 7.1
  addEventListener(type: string, listener: (event: Event) => void): void;
  focus(): void;
  scrollIntoView?(how: { block: "nearest" }): void; // not every UXP has it
}

/** Adobe lists entries, forEach, item, keys, values; whether it can be iterated it does not say. */
interface HTMLCollection {
  readonly length: number;
  readonly [index: number]: HTMLElement;
}

interface Document {
  addEventListener(type: string, listener: (event: Event) => void, capture?: boolean): void;
  removeEventListener(type: string, listener: (event: Event) => void, capture?: boolean): void;
  readonly activeElement: HTMLElement | null;
  getElementById(id: string): HTMLElement | null;
  createElement(tag: string): HTMLElement;
}

declare const document: Document;
/** What start.js keeps between two readings of itself, and what the packaged modules bring. */
declare const window: {
  pentimentoBegun?: boolean;
  pentimentoRequire?: (name: string) => unknown;
  pentimentoStart?: import("../selftest/selftest.js").StartFacts;
};

interface RequestInit {
  method?: "GET" | "PUT" | "POST" | "DELETE";
  headers?: Record<string, string>;
  body?: string | ArrayBuffer | Uint8Array;
}

interface Response {
  readonly ok: boolean;
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  json(): Promise<any>; // any: what a server says is checked where it is read
  text(): Promise<string>;
  arrayBuffer(): Promise<ArrayBuffer>;
}

declare function fetch(url: string, options?: RequestInit): Promise<Response>;

declare class WebSocket {
  constructor(url: string);
  onopen: (() => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: ((event: { code: number; reason: string }) => void) | null;
  onerror: (() => void) | null;
  send(data: string | ArrayBuffer | Uint8Array): void;
  close(code?: number, reason?: string): void;
}

declare class Blob {
  constructor(parts: (string | ArrayBuffer | Uint8Array)[], options?: { type?: string });
}

declare const URL: {
  createObjectURL(blob: Blob): string;
  revokeObjectURL(url: string): void;
};

/** UXP has it; where a host lacks it the panel goes on with Math.random alone. */
declare const crypto: { getRandomValues(array: Uint8Array): Uint8Array } | undefined;

declare function setTimeout(act: (value?: any) => void, milliseconds: number): number;
declare function clearTimeout(timer: number): void;

/** UXP's own: browsers have another clipboard. */
declare const navigator: {
  readonly clipboard: { setContent(data: { "text/plain": string }): Promise<void> };
};

/** A file's token: Photoshop reads and writes it by this. */
interface File {
  readonly name: string;
  delete(): Promise<void>;
}

interface Folder {
  readonly nativePath: string;
  createFile(name: string, options: { overwrite: boolean }): Promise<File>;
}

declare const module: { exports: unknown };
/** TypeScript follows the calls itself; this only says that UXP has it. */
declare function require(name: string): unknown;

declare module "uxp" {
  export const host: { name: string; version: string; uiLocale: string };
  export const versions: { uxp: string; plugin: string };
  export const entrypoints: {
    setup(entries: {
      panels: Record<
        string,
        {
          create?(root: unknown): void;
          show?(root: unknown): void;
          hide?(root: unknown): void;
          destroy?(root: unknown): void;
        }
      >;
    }): void;
  };
  export const storage: {
    secureStorage: {
      getItem(key: string): Promise<Uint8Array | null>;
      setItem(key: string, value: string): Promise<void>;
      removeItem(key: string): Promise<void>;
    };
    localFileSystem: { getTemporaryFolder(): Promise<Folder> };
  };
}
