// The page as a whole: it starts anywhere, in both themes, at every width.

import assert from "node:assert/strict";
import { SIZES, THEMES } from "./browser.mjs";

const looks = Object.keys(SIZES).flatMap((width) => THEMES.map((theme) => ({ width: Number(width), theme })));

export const rows = [
  {
    name: "it starts from a sub-path and says what it is",
    async check({ page }) {
      assert.match(await page.title(), /Jobscope/);
      await page.getByRole("heading", { level: 1 }).waitFor();
      assert.match(await page.locator("body").innerText(), /Jobscope/);
    },
  },
  {
    name: "the built page has no inline script",
    async check({ session }) {
      const html = await (await fetch(session.site.url)).text();
      const inline = [...html.matchAll(/<script(?![^>]*\bsrc=)[^>]*>/g)].map(([tag]) => tag);
      assert.deepEqual(inline, []);
      assert.doesNotMatch(html, /\son\w+\s*=/, "an inline event handler");
    },
  },
  {
    name: "a theme chosen before holds against the system's",
    open: { theme: "light" },
    async check({ page }) {
      await page.evaluate(() => localStorage.setItem("jobscope.theme", "dark"));
      await page.reload();
      assert.equal(await page.locator("html").getAttribute("data-theme"), "dark");
    },
  },
  {
    name: "after the first visit it opens, editor and all, without a network",
    open: { context: { serviceWorkers: "allow" } },
    async check({ page, context }) {
      await page.evaluate(() => navigator.serviceWorker.ready);
      await page.waitForFunction(() => navigator.serviceWorker.controller);
      await context.setOffline(true);
      await page.reload();
      await page.getByRole("heading", { level: 1 }).waitFor();
      assert.equal(await page.evaluate(async () => typeof (await import("./editor.js")).createEditor), "function");
    },
  },
  {
    name: "inside somebody else's page, in a sandbox without storage, it starts all the same",
    open: null,
    async check({ session }) {
      const { troubles, page, context } = await session.embed(`<iframe sandbox="allow-scripts" src="${session.site.url}"></iframe>`);
      await page.frameLocator("iframe").getByRole("heading", { level: 1 }).waitFor();
      assert.deepEqual(troubles, []);
      await context.close();
    },
  },
  {
    name: "where it cannot start, it says so in words",
    open: null,
    async check({ session }) {
      const context = await session.browser.newContext({ serviceWorkers: "block" });
      const page = await context.newPage();
      await page.route("**/*.wasm", (route) => route.abort());
      await page.goto(session.site.url);
      await page.getByRole("alert").getByText("The page could not start").waitFor();
      await context.close();
    },
  },
  ...[[1440, 900], [1280, 720], [1024, 768], [768, 1024]].map(([width, height]) => ({
    name: `${width} × ${height}: rows have room for words, the console is small until it has more to show, and no part of the bar covers another`,
    open: { context: { viewport: { width, height } } },
    async check({ page, fits }) {
      const box = (selector) => page.locator(selector).boundingBox();
      // Six rows between the axis and the words of the marks.
      const row = async () => ((await box(".tl-body")).height - 28 - 34) / 6;
      await page.getByLabel("Speed of time").selectOption("as fast as possible");
      await page.getByRole("button", { name: "Play", exact: true }).click();
      await page.getByText("Every Job has finished").waitFor();
      const resting = await box(".console");
      assert.ok(resting.height <= 104, `at rest the console is ${resting.height} px high`);
      assert.ok((await row()) >= 18, `a row is ${await row()} px high`);

      const line = page.getByRole("textbox", { name: "kubectl command" });
      await line.fill("kubectl describe job shards");
      await line.press("Enter");
      await page.waitForFunction((height) => document.querySelector(".console").clientHeight > height + 32, resting.height);
      assert.ok((await row()) >= 18, `beside a long answer a row is ${await row()} px high`);
      await page.keyboard.press("Home");
      await page.getByRole("slider", { name: "Playhead" }).press("Home");
      assert.ok((await box(".console")).height > resting.height + 32, "in the past nothing moves");

      await line.fill("kubectl delete job shards");
      await line.press("Enter");
      await page.getByLabel("Run on screen").waitFor();
      const parts = [".drawer-toggle", ".play", ".clock", ".speed", ".run-picker", ".bar-end .bar-word"];
      const seen = [];
      for (const part of parts) seen.push({ part, at: await page.locator(part).first().boundingBox() });
      const bar = seen.filter(({ at }) => at !== null);
      for (const [place, { part, at }] of bar.slice(1).entries()) {
        const before = bar[place];
        assert.ok(before.at.x + before.at.width <= at.x, `${before.part} reaches over ${part}`);
      }
      await fits();
    },
  })),
  {
    name: "960 × 540, as a projector shows it at twice the size: the transport stays in sight",
    open: { context: { viewport: { width: 960, height: 540 } } },
    async check({ page, fits }) {
      await page.mouse.move(480, 300);
      await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight));
      const { y } = await page.getByRole("button", { name: "Play", exact: true }).boundingBox();
      assert.ok(y >= 0 && y < 56, `Play lies at ${y}`);
      await fits();
    },
  },
  {
    name: "720 × 450, as a projector shows 1440 × 900 at twice the size: rows have words, and the regions are in sight above the transport",
    open: { context: { viewport: { width: 720, height: 450 } } },
    async check({ page, fits, screenshot }) {
      const regions = await page.getByRole("navigation", { name: "Panels" }).boundingBox();
      const transport = await page.locator(".transport").boundingBox();
      assert.ok(regions.y + regions.height <= transport.y + 1, `${regions.y + regions.height} against ${transport.y}`);
      const { height } = await page.locator(".tl-body").boundingBox();
      assert.ok((height - 28 - 34) / 6 >= 18, `the timeline is ${height} px high`);
      await screenshot("page-720-450");
      await fits();
    },
  },
  ...looks.map(({ width, theme }) => ({
    name: `${width} px wide, ${theme}: it fits, and axe has nothing to say`,
    open: { width, theme },
    async check({ page, fits, axe, screenshot }) {
      assert.equal(await page.locator("html").getAttribute("data-theme"), theme);
      await screenshot(`page-${width}-${theme}`);
      await fits();
      await axe();
    },
  })),
];
