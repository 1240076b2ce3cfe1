"use strict";
// How the stand-in widgets look: Spectrum's shapes in Photoshop's density, in the theme's colours.

const FIELD = `
  box-sizing: border-box; width: 100%; margin: 0; padding: 5px 8px; font: inherit;
  color: inherit; background: color-mix(in srgb, var(--uxp-host-background-color) 82%, black);
  border: 1px solid color-mix(in srgb, var(--uxp-host-text-color) 18%, transparent);
  border-radius: 4px; outline: none;
`;
const FOCUS = "border-color: #378ef0; box-shadow: 0 0 0 1px #378ef0;";

const BUTTON = `
  :host { display: inline-block; }
  button { box-sizing: border-box; width: 100%; min-height: 24px; padding: 3px 14px; font: inherit;
    font-weight: 600; line-height: 16px; color: inherit; background: transparent; cursor: pointer;
    border: 1px solid color-mix(in srgb, var(--uxp-host-text-color) 55%, transparent);
    border-radius: 14px; white-space: nowrap; }
  button:hover { background: color-mix(in srgb, var(--uxp-host-text-color) 14%, transparent); }
  button:active { background: color-mix(in srgb, var(--uxp-host-text-color) 22%, transparent); }
  button:focus-visible { outline: 2px solid #378ef0; outline-offset: 1px; }
  :host([variant="cta"]) button { color: white; background: #2680eb; border-color: #2680eb; }
  :host([variant="cta"]) button:hover { background: #1473e6; border-color: #1473e6; }
  :host([variant="cta"]) button:active { background: #0d66d0; border-color: #0d66d0; }
  :host([variant="warning"]) button, :host([variant="negative"]) button {
    color: #ff7b6f; border-color: #ff7b6f; }
  :host([quiet]) button { border-color: transparent; }
  :host([disabled]) button { color: color-mix(in srgb, var(--uxp-host-text-color) 38%, transparent);
    background: color-mix(in srgb, var(--uxp-host-text-color) 9%, transparent);
    border-color: transparent; cursor: default; }
`;

const DROPDOWN = `
  :host { display: inline-block; position: relative; }
  button { box-sizing: border-box; display: flex; align-items: center; width: 100%; min-height: 24px;
    padding: 3px 8px; font: inherit; color: inherit; text-align: left; cursor: pointer;
    background: color-mix(in srgb, var(--uxp-host-text-color) 9%, transparent);
    border: 1px solid color-mix(in srgb, var(--uxp-host-text-color) 14%, transparent);
    border-radius: 4px; outline: none; }
  button::after { content: ""; flex: none; width: 5px; height: 5px; margin: -3px 2px 0 8px;
    border: solid currentColor; border-width: 0 1.5px 1.5px 0; transform: rotate(45deg); opacity: .75; }
  button:hover { background: color-mix(in srgb, var(--uxp-host-text-color) 15%, transparent); }
  button:focus-visible { ${FOCUS} }
  .text { flex: 1; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
  ::slotted(*) { display: none !important; }
  :host([open]) ::slotted(*) { display: block !important; position: absolute; z-index: 10; left: 0;
    top: calc(100% + 2px); min-width: 100%; max-height: 240px; overflow-y: auto; }
  :host([disabled]) { opacity: .45; pointer-events: none; }
`;

/** @type {Record<string, string>} by tag; `all` comes first everywhere */
const STYLES = {
  all: ":host { font-size: 12px; } :host([hidden]) { display: none !important; }",
  "sp-label": ":host { display: inline-block; color: var(--uxp-host-label-text-color); }",
  "sp-body": ":host { display: block; line-height: 1.45; }",
  "sp-detail": ":host { display: block; font-size: 11px; font-weight: 600; opacity: .8; }",
  "sp-heading": ":host { display: block; font-size: 14px; font-weight: 600; }",
  "sp-divider": `:host { display: block; height: 1px; margin: 8px 0;
    background: color-mix(in srgb, var(--uxp-host-text-color) 14%, transparent); }
    slot { display: none; }`,
  "sp-menu": `:host { display: block; padding: 4px 0; color: var(--uxp-host-text-color);
    background: var(--uxp-host-background-color); border-radius: 4px;
    border: 1px solid color-mix(in srgb, var(--uxp-host-text-color) 20%, transparent);
    box-shadow: 0 4px 14px rgba(0, 0, 0, .35); }`,
  "sp-menu-item": `:host { display: block; padding: 4px 12px; white-space: nowrap; cursor: pointer; }
    :host(:hover) { background: #2680eb; color: white; }
    :host([selected]) { font-weight: 600; }
    :host([disabled]) { opacity: .4; pointer-events: none; }`,
  "sp-menu-divider": `:host { display: block; height: 1px; margin: 4px 0;
    background: color-mix(in srgb, var(--uxp-host-text-color) 16%, transparent); }`,
  "sp-button": BUTTON,
  "sp-action-button": `${BUTTON} button { padding: 3px 8px; font-weight: 400; border-radius: 4px;
    border-color: color-mix(in srgb, var(--uxp-host-text-color) 18%, transparent); }`,
  "sp-textfield": `:host { display: inline-block; } input { ${FIELD} min-height: 24px; }
    input:focus { ${FOCUS} } :host([disabled]) { opacity: .45; }
    ::slotted(*) { margin-bottom: 3px; }`,
  "sp-textarea": `:host { display: inline-block; } ::slotted(*) { margin-bottom: 3px; }
    textarea { ${FIELD} display: block; height: 100%; min-height: 48px; resize: none; line-height: 1.4; }
    textarea:focus { ${FOCUS} } :host([disabled]) { opacity: .45; }`,
  "sp-slider": `:host { display: inline-block; } ::slotted(*) { margin-bottom: 2px; }
    input { -webkit-appearance: none; appearance: none; display: block; width: 100%; height: 16px;
      margin: 0; background: transparent; cursor: pointer; --share: 0%; }
    input::-webkit-slider-runnable-track { height: 3px; border-radius: 2px;
      background: linear-gradient(to right, #2680eb var(--share),
        color-mix(in srgb, var(--uxp-host-text-color) 26%, transparent) var(--share)); }
    input::-moz-range-track { height: 3px; border-radius: 2px;
      background: color-mix(in srgb, var(--uxp-host-text-color) 26%, transparent); }
    input::-moz-range-progress { height: 3px; border-radius: 2px; background: #2680eb; }
    input::-webkit-slider-thumb { -webkit-appearance: none; width: 13px; height: 13px;
      margin-top: -5px; border: 0; border-radius: 50%; background: #f0f0f0;
      box-shadow: 0 0 2px rgba(0, 0, 0, .5); }
    input::-moz-range-thumb { width: 13px; height: 13px; border: 0; border-radius: 50%;
      background: #f0f0f0; box-shadow: 0 0 2px rgba(0, 0, 0, .5); }
    input:focus-visible { outline: 1px solid #378ef0; border-radius: 4px; }
    :host([disabled]) { opacity: .45; pointer-events: none; }`,
  "sp-checkbox": `:host { display: inline-block; }
    label { display: inline-flex; align-items: center; cursor: pointer; line-height: 18px; }
    input { position: absolute; opacity: 0; width: 14px; height: 14px; margin: 0; }
    .box { flex: none; box-sizing: border-box; width: 14px; height: 14px; margin-right: 7px;
      border: 2px solid color-mix(in srgb, var(--uxp-host-text-color) 60%, transparent);
      border-radius: 2px; }
    input:checked + .box { border-color: #2680eb; background: #2680eb; }
    input:checked + .box::after { content: ""; display: block; width: 3px; height: 6px;
      margin: 0 0 0 3px; border: solid white; border-width: 0 2px 2px 0; transform: rotate(45deg); }
    input:focus-visible + .box { outline: 2px solid #378ef0; outline-offset: 1px; }
    :host([disabled]) { opacity: .45; pointer-events: none; }`,
  "sp-radio": `:host { display: inline-block; margin-right: 12px; cursor: pointer; }
    .box { display: inline-block; box-sizing: border-box; width: 14px; height: 14px;
      margin-right: 7px; border-radius: 7px; vertical-align: middle;
      border: 2px solid color-mix(in srgb, var(--uxp-host-text-color) 60%, transparent); }
    :host([checked]) .box { border: 4px solid #2680eb; }
    :host([disabled]) { opacity: .45; pointer-events: none; }`,
  "sp-radio-group": `:host { display: block; } :host([column]) ::slotted(*) { display: block; }`,
  "sp-link": ":host { display: inline; color: #378ef0; cursor: pointer; }",
  "sp-dropdown": DROPDOWN,
  "sp-picker": DROPDOWN,
  "sp-progressbar": `:host { display: block; } ::slotted(*) { margin-bottom: 3px; }
    .track { height: 4px; border-radius: 2px; overflow: hidden;
      background: color-mix(in srgb, var(--uxp-host-text-color) 18%, transparent); }
    .fill { width: 0; height: 100%; border-radius: 2px; background: #2680eb; }`,
};

module.exports = { STYLES };
