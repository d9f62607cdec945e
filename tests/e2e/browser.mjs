// A browser over the built page: opens it as a visitor's browser would, and remembers everything that went wrong.

import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { serve } from "../../tools/server.mjs";

// The packages live in tools/node_modules, which is not on the way from here to the root.
const require = createRequire(new URL("../../tools/package.json", import.meta.url));
const { chromium } = require("playwright-core");
const AXE = require.resolve("axe-core/axe.min.js");

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
export const DIST = here("../../dist");
const SCREENSHOTS = here("../../target/screenshots");

/** The page must not care where it stands, so it is served from a path nobody would choose. */
const BASE = "/somewhere/else/";

/** The widths that the page is designed for, and a height for each. */
export const SIZES = { 1440: 900, 768: 1024, 320: 640 };
export const THEMES = ["light", "dark"];

/**
 * Starts the server and the browser. `visit(options)` opens the page once more, in a profile of
 * its own; `embed(html)` opens a page of another site.
 */
export async function start() {
  const site = await serve(DIST, { base: BASE });
  const browser = await chromium.launch({
    executablePath: process.env.CHROME || "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-dev-shm-usage"],
  });
  return {
    site,
    browser,
    visit: (options) => visit(browser, site.url, options),
    embed: (html) => embed(browser, html),
    async close() {
      await browser.close();
      site.close();
    },
  };
}

/**
 * Opens the page and waits until it has started.
 *
 * - `width`: one of `SIZES`, or any number.
 * - `theme`: what the visitor's system prefers.
 * - `path`: what follows the page's address, such as `#s=…`.
 * - `context`: further options of a browser context, such as `reducedMotion`. Service workers are blocked unless
 *   allowed here, so that a row sees the files as they are.
 *
 * Returns playwright's `page` with helpers beside it. `troubles` collects console errors, exceptions, failed
 * requests, requests to another place and violations of the content security policy; the runner fails a row that
 * leaves any.
 */
async function visit(browser, url, { width = 1440, theme = "light", path = "", context: more = {} } = {}) {
  const viewport = { width, height: SIZES[width] ?? 900 };
  const context = await browser.newContext({ viewport, colorScheme: theme, deviceScaleFactor: 1, serviceWorkers: "block", ...more });
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);

  const troubles = await watch(page);
  page.on("request", (request) => {
    const own = request.url().startsWith(url) || /^(data|blob):/.test(request.url());
    if (!own) troubles.push(`asked another place: ${request.url()}`);
  });
  await page.goto(url + path);
  await page.locator("#jobscope:not([aria-busy])").waitFor();
  return { page, context, troubles, axe: (within) => axe(page, within), screenshot: (name) => screenshot(page, name), fits: () => fits(page) };
}

/** Collects what goes wrong in `page` from now on. */
async function watch(page) {
  const troubles = [];
  page.on("console", (message) => message.type() === "error" && troubles.push(`console: ${message.text()}`));
  page.on("pageerror", (error) => troubles.push(`exception: ${error.message}`));
  page.on("requestfailed", (request) => troubles.push(`request: ${request.url()} ${request.failure()?.errorText}`));
  page.on("response", (response) => response.status() >= 400 && troubles.push(`${response.status()}: ${response.url()}`));
  await page.exposeFunction("cspViolated", (what) => troubles.push(`content security policy: ${what}`));
  await page.addInitScript(() => {
    addEventListener("securitypolicyviolation", (event) => globalThis.cspViolated(`${event.violatedDirective} ${event.blockedURI}`));
  });
  return troubles;
}

/** Opens a page of another site with this HTML in it. */
async function embed(browser, html) {
  const context = await browser.newContext();
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  const troubles = await watch(page);
  const body = `<!doctype html><html lang="en"><link rel="icon" href="data:,"><title>Somebody else's page</title>${html}`;
  const server = createServer((_, response) => response.setHeader("Content-Type", "text/html").end(body));
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  context.once("close", () => server.close().closeAllConnections());
  await page.goto(`http://127.0.0.1:${server.address().port}/`);
  return { page, context, troubles };
}

/** Fails with the rules that the page (or what the selector `within` finds) violates, and where. */
async function axe(page, within = "html") {
  // By address the content security policy would forbid it; evaluated by the debugger it does not apply.
  const source = await import("node:fs/promises").then(({ readFile }) => readFile(AXE, "utf8"));
  await page.evaluate(source);
  // What still fades in has another contrast.
  await page.evaluate(() => {
    const ending = document.getAnimations().filter((animation) => animation.effect.getComputedTiming().endTime !== Infinity);
    return Promise.allSettled(ending.map((animation) => animation.finished)).then(() => {});
  });
  const { violations } = await page.evaluate((within) => globalThis.axe.run(within), within);
  const told = violations.map(({ id, help, nodes }) => `${id}: ${help}\n${nodes.map(({ target, failureSummary }) => `    ${target}\n      ${failureSummary.replace(/\n\s*/g, " ")}`).join("\n")}`);
  assert.equal(told.length, 0, `axe found ${told.length} violated rules:\n  ${told.join("\n  ")}`);
}

/** Writes target/screenshots/NAME.png. */
async function screenshot(page, name) {
  mkdirSync(SCREENSHOTS, { recursive: true });
  await page.screenshot({ path: `${SCREENSHOTS}/${name}.png` });
}

/**
 * Fails when the page is wider than the window, since nobody should scroll sideways to read; or when it is higher than
 * what is drawn of it, since then whatever scrolls something into view moves the page away from its panels.
 */
async function fits(page) {
  const [wide, window, high, drawn] = await page.evaluate(() => {
    const { scrollWidth, scrollHeight } = document.documentElement;
    const app = document.querySelector(".app").getBoundingClientRect();
    return [scrollWidth, innerWidth, scrollHeight, Math.max(innerHeight, Math.ceil(app.height))];
  });
  assert.ok(wide <= window, `the page is ${wide} px wide in a window of ${window} px`);
  assert.ok(high <= drawn, `the page is ${high} px high, of which ${drawn} px are drawn`);
}
