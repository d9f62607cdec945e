// What a first visit downloads, as a static host would send it: compressed by brotli at its strongest.

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants } from "node:zlib";
import { DIST } from "./browser.mjs";

/** What a first visit is meant to download. Not reached yet. */
const GOAL = 450_000;

/** What it may download today: a little above what was measured last. It only ever goes down, until it is the goal. */
const LIMIT = 720_000;

/** Loaded when somebody edits, and after the page has started. */
const LATER = ["editor.js", "offline.js"];

const compressed = (file) => {
  const options = { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } };
  return brotliCompressSync(readFileSync(join(DIST, file)), options).length;
};

export const rows = [
  {
    name: "the first load stays small",
    open: null,
    check() {
      const files = readdirSync(DIST, { recursive: true }).filter((file) => /\.(css|html|js|wasm)$/.test(file));
      let total = 0;
      for (const file of files.sort()) {
        const size = compressed(file);
        const later = LATER.includes(file);
        if (!later) total += size;
        console.log(`        ${String(size).padStart(8)} B  ${file}${later ? "  (loaded later)" : ""}`);
      }
      console.log(`        ${String(total).padStart(8)} B  in all; today's limit ${LIMIT} B, the goal ${GOAL} B`);
      assert.ok(total <= LIMIT, `the first load is ${total} bytes compressed, more than ${LIMIT}`);
    },
  },
];
