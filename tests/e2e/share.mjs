// What is shared, and what opens it: links, frames, files.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

const share = (page) => page.getByRole("dialog", { name: "Share this cluster" });
const play = (page) => page.getByRole("button", { name: "Play", exact: true });

/** The text that is offered under a label, once it is there. */
async function offered(page, label) {
  const field = share(page).getByRole("textbox", { name: label, exact: true });
  await field.waitFor();
  return field.inputValue();
}

/** Breaks a pod by hand, so that there is something to share, and opens the dialog. */
async function breakAndShare(page) {
  await page.locator(".pod", { hasText: "Running" }).first().click();
  await page.getByLabel("Exit with code").fill("77");
  await page.getByRole("button", { name: "Exit now" }).click();
  await page.locator(".pod", { hasText: "Error · 77" }).waitFor();
  await page.getByRole("button", { name: "Share", exact: true }).click();
}

/** The same exit is seen again where the scenario was opened. */
async function happensAgain(page) {
  await page.getByText("Press Play").waitFor();
  assert.equal(await page.locator(".clock b").innerText(), "00:00.0");
  await page.getByLabel("Speed of time").selectOption("64×");
  await play(page).click();
  await page.locator(".pod", { hasText: "Error · 77" }).waitFor();
}

export const rows = [
  {
    name: "a link opens the same cluster, in which the same is done again",
    async check({ page, axe, session, screenshot }) {
      await breakAndShare(page);
      const link = await offered(page, "Link");
      await axe();
      await screenshot("share-1440");
      const path = link.slice(link.indexOf("#"));
      assert.ok(link.startsWith("http") && path.length < 2000, `a short link: ${path.length}`);
      const other = await session.visit({ path });
      await happensAgain(other.page);
      assert.deepEqual(other.troubles, []);
      await other.context.close();
    },
  },
  {
    name: "the browser's Back returns to what was there before a link, as it was left, and Forward to the link's",
    async check({ page }) {
      await breakAndShare(page);
      const link = await offered(page, "Link");
      await share(page).getByRole("button", { name: "Close" }).click();
      await page.keyboard.press("Escape");
      const broken = () => page.locator(".pod", { hasText: "Error · 77" });
      const clock = () => page.locator(".clock b").innerText();
      const left = await clock();
      await page.evaluate((link) => location.assign(link), link);
      await page.getByText("Press Play").waitFor();
      assert.equal(await clock(), "00:00.0");
      const next = page.getByRole("button", { name: "Next change" });
      while ((await clock()) === "00:00.0") await next.click();
      const reached = await clock();
      await page.goBack();
      await broken().waitFor();
      assert.equal(await clock(), left, "nothing of it is lost");
      assert.match(await page.locator(".block--fault").innerText(), /exits with code 77/);
      await page.goForward();
      await broken().waitFor({ state: "detached" });
      assert.equal(await clock(), reached, "the link's run goes on where it was left");
      // The link that leads to the timeline is no other place.
      await page.evaluate(() => location.assign("#timeline"));
      await page.waitForTimeout(200);
      assert.equal(await clock(), reached);
    },
  },
  {
    name: "who has come by a link and goes to the page without it finds what the page opens with",
    async check({ page, session }) {
      await page.getByRole("button", { name: "Share", exact: true }).click();
      const link = await offered(page, "Link");
      const other = await session.visit({ path: link.slice(link.indexOf("#")) });
      await other.page.getByText("Press Play").waitFor();
      await other.page.evaluate(() => location.assign("#"));
      await other.page.locator(".pod", { hasText: "Error" }).waitFor();
      assert.deepEqual(other.troubles, []);
      await other.context.close();
    },
  },
  {
    name: "a frame plays it inside somebody else's page",
    async check({ page, session }) {
      await breakAndShare(page);
      const html = await offered(page, "Embed");
      const { page: other, troubles, context } = await session.embed(html);
      const inside = other.frameLocator("iframe");
      await inside.getByText("Press Play").waitFor();
      await inside.getByLabel("Speed of time").selectOption("64×");
      await inside.getByRole("button", { name: "Play", exact: true }).click();
      await inside.locator(".verdict h2", { hasText: "Complete" }).waitFor();
      assert.equal(await inside.getByRole("region", { name: "Console" }).count(), 0);
      assert.deepEqual(troubles, []);
      await context.close();
    },
  },
  {
    name: "a file is downloaded, and opens again",
    async check({ page, session }) {
      await breakAndShare(page);
      const [download] = await Promise.all([
        page.waitForEvent("download"),
        share(page).getByRole("button", { name: "Download" }).click(),
      ]);
      assert.equal(download.suggestedFilename(), "shards.scenario.yaml");
      const path = await download.path();
      assert.match(readFileSync(path, "utf8"), /kind: Job/);
      const other = await session.visit({});
      await other.page.getByRole("button", { name: "Share", exact: true }).click();
      await other.page.getByLabel("Open a file…").setInputFiles(path);
      await happensAgain(other.page);
      await other.context.close();
    },
  },
  {
    name: "what is too long for a link says so, and a file is still offered",
    async check({ page }) {
      await page.getByRole("tab", { name: "Manifest" }).click();
      await page.locator(".cm-content").click();
      await page.keyboard.press("Control+End");
      const noise = Array.from({ length: 400 }, (_, n) => Math.sin(n + 1).toString(36)).join("");
      await page.keyboard.insertText(`# ${noise}${noise.split("").reverse().join("")}${noise.slice(1).toUpperCase()}\n`);
      await page.getByRole("button", { name: "Run this" }).click();
      await page.getByRole("button", { name: "Share", exact: true }).click();
      await share(page).getByText("Share the file instead.").waitFor();
      await share(page).getByRole("button", { name: "Download" }).waitFor();
    },
  },
  {
    name: "a broken link and a broken file are told in words",
    open: { path: "#s=abc" },
    async check({ page }) {
      await page.getByText("a part of the link is missing").waitFor();
      await page.getByRole("button", { name: "Share", exact: true }).click();
      const file = { name: "x.yaml", mimeType: "text/yaml", buffer: Buffer.from("nodes: 0\n") };
      await page.getByLabel("Open a file…").setInputFiles(file);
      await page.getByText("a number of nodes from 1 to 5000 expected").waitFor();
    },
  },
  ...[768, 320].map((width) => ({
    name: `${width} px wide the dialog fits`,
    open: { width, theme: "dark" },
    async check({ page, fits, screenshot }) {
      await page.getByRole("button", { name: "Share", exact: true }).click();
      await offered(page, "Link");
      await screenshot(`share-${width}`);
      await fits();
    },
  })),
];
