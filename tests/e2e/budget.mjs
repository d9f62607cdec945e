// What a first visit downloads before anybody acts, as a static host would send it: compressed by brotli at its strongest.
//
// What counts is what the server was asked for, by the page or its service worker, until the first scenario is on screen
// and nothing more is asked for. What comes after that comes when somebody acts, or seconds later (static/boot.js).

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants } from "node:zlib";
import { serve } from "../../tools/server.mjs";
import { DIST } from "./browser.mjs";

/** What a first visit may download. */
const LIMIT = 425_000;

const compressed = (file) => {
  const options = { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } };
  return brotliCompressSync(readFileSync(join(DIST, file)), options).length;
};

export const rows = [
  {
    name: "the first load stays small",
    open: null,
    async check({ session }) {
      const served = new Set();
      const site = await serve(DIST, { base: "/first/", served: (file) => served.add(file) });
      const context = await session.browser.newContext({ viewport: { width: 1440, height: 900 } });
      const page = await context.newPage();
      await page.goto(site.url, { waitUntil: "networkidle" });
      await page.locator(".pod", { hasText: "Error" }).waitFor();
      await page.waitForTimeout(1000);
      const first = new Set(served);
      await context.close();
      site.close();

      let total = 0;
      for (const file of readdirSync(DIST).sort()) {
        const size = compressed(file);
        if (first.has(file)) total += size;
        console.log(`        ${String(size).padStart(8)} B  ${file}${first.has(file) ? "" : "  (not in the first load)"}`);
      }
      console.log(`        ${String(total).padStart(8)} B  in the first load; the limit is ${LIMIT} B`);
      assert.ok(["index.html", "boot.js"].every((file) => first.has(file)), "the page was not fetched");
      assert.ok(total <= LIMIT, `the first load is ${total} bytes compressed, more than ${LIMIT}`);
    },
  },
];
