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
