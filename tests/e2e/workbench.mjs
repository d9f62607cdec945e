// Time, the timeline, the cluster and a pod's drawer: what a visitor does with them, with a pointer and with keys alone.

import assert from "node:assert/strict";

const clock = (page) => page.locator(".clock b").innerText();
const play = (page) => page.getByRole("button", { name: "Play", exact: true });
const pause = (page) => page.getByRole("button", { name: "Pause", exact: true });
const plot = (page) => page.locator(".tl-body");
const chip = (page, word) => page.locator(".pod").filter({ hasText: word });

/** Drags the playhead to so many pixels right of the plot's left edge. */
async function dragPlayheadTo(page, x) {
  const head = await page.getByRole("slider", { name: "Playhead" }).boundingBox();
  const body = await plot(page).boundingBox();
  await page.mouse.move(head.x + head.width / 2, head.y + 20);
  await page.mouse.down();
  await page.mouse.move(body.x + x, body.y + 12, { steps: 6 });
  await page.mouse.up();
}

export const rows = [
  {
    name: "a newcomer finds a failure that is about to recover, and one obvious Play",
    async check({ page }) {
      await chip(page, "Error").waitFor();
      await page.getByText("1 failed", { exact: false }).first().waitFor({ state: "attached" });
      const button = await play(page).boundingBox();
      assert.ok(button.width >= 90 && button.height >= 40, `Play is ${button.width} × ${button.height}`);
    },
  },
  {
    name: "play lets the clock run, pause stops it, and at the end time stops by itself",
    async check({ page }) {
      const before = await clock(page);
      await page.getByLabel("Speed of time").selectOption("64×");
      await play(page).click();
      await page.waitForFunction((before) => document.querySelector(".clock b").innerText !== before, before);
      await page.getByText("Every Job has finished").waitFor();
      await play(page).waitFor();
      assert.equal(await chip(page, "Completed").count(), 6);
      const after = await clock(page);
      await page.waitForTimeout(150);
      assert.equal(await clock(page), after);
    },
  },
  {
    name: "as fast as possible it runs to the end without playing the waits",
    async check({ page }) {
      await page.getByLabel("Speed of time").selectOption("as fast as possible");
      await play(page).click();
      await page.getByText("Every Job has finished").waitFor({ timeout: 5000 });
    },
  },
  {
    name: "the playhead can be dragged: everything shows the past",
    async check({ page }) {
      await dragPlayheadTo(page, 116 + 20);
      assert.match(await clock(page), /^00:0[01]/);
      await chip(page, "Error").waitFor({ state: "detached" });
      await page.getByRole("button", { name: "To the live edge" }).click();
      assert.equal(await clock(page), "00:07.0");
      await chip(page, "Error").waitFor();
    },
  },
  {
    name: "the next and the previous change are a press away",
    async check({ page }) {
      await page.keyboard.press("Home");
      assert.equal(await clock(page), "00:00.0");
      await page.keyboard.press(".");
      const first = await clock(page);
      await page.keyboard.press("End");
      await page.keyboard.press(",");
      const last = await clock(page);
      assert.ok(first < last && last < "00:07.0", `${first} < ${last}`);
      await page.keyboard.press("End");
      await page.keyboard.press(".");
      assert.ok((await clock(page)) > "00:07.0", "beyond the live edge the next change is simulated");
    },
  },
  {
    name: "drain from a node's menu types its command into the console",
    async check({ page }) {
      await page.getByRole("button", { name: "What to do with node-1" }).click();
      await page.getByRole("menuitem", { name: "Drain" }).click();
      const line = "kubectl drain node-1 --ignore-daemonsets";
      await page.getByRole("region", { name: "Console" }).getByText(line).first().waitFor();
      await page.getByRole("article", { name: "node-1" }).getByText("cordoned").waitFor();
    },
  },
  {
    name: "power off is a fault: the node says so, and can be brought back",
    async check({ page }) {
      const node = page.getByRole("article", { name: "node-2" });
      const menu = page.getByRole("button", { name: "What to do with node-2" });
      await menu.click();
      await page.getByRole("menuitem", { name: "Power off" }).click();
      await node.getByText("no power").waitFor();
      await menu.click();
      await page.getByRole("menuitem", { name: "Power on" }).click();
      await node.getByText("no power").waitFor({ state: "detached" });
    },
  },
  {
    name: "a pod can be broken by hand within a minute of arriving",
    async check({ page }) {
      await chip(page, "Running").first().click();
      const drawer = page.getByRole("complementary", { name: /^Pod shards-/ });
      await drawer.getByText("Runs on node-").waitFor();
      await drawer.getByLabel("Exit with code").fill("42");
      await drawer.getByRole("button", { name: "Exit now" }).click();
      await drawer.getByText("exit code 42").waitFor();
      await page.keyboard.press("Escape");
      await drawer.waitFor({ state: "detached" });
      await chip(page, "Error · 42").waitFor();
    },
  },
  {
    name: "acting in the past branches off, says so, and keeps the run before",
    async check({ page }) {
      await dragPlayheadTo(page, 116 + 60);
      await chip(page, "Running").first().click();
      await page.getByRole("button", { name: "Exit now" }).click();
      await page.getByText("You acted in the past, so this is now run 2").waitFor();
      const picker = page.getByLabel("Run on screen");
      assert.equal(await picker.inputValue(), "1");
      await picker.selectOption("0");
      await page.getByRole("button", { name: "To the live edge" }).click();
      assert.equal(await clock(page), "00:07.0");
    },
  },
  {
    name: "what the containers do can be said in a form, and a mistake is told where it is",
    async check({ page, axe }) {
      await page.getByRole("button", { name: "Behaviour of the containers" }).click();
      const dialog = page.getByRole("dialog", { name: "What the containers do" });
      await dialog.getByLabel("Exit code").last().fill("900");
      await dialog.getByRole("button", { name: "Apply from now on" }).click();
      await dialog.getByText("a number from 0 to 255 expected").waitFor();
      await axe();
      await dialog.getByLabel("Exit code").last().fill("3");
      await dialog.getByRole("button", { name: "Apply from now on" }).click();
      await dialog.waitFor({ state: "hidden" });
      await page.getByLabel("Speed of time").selectOption("64×");
      await play(page).click();
      await chip(page, "Error · 3").first().waitFor();
    },
  },
  {
    name: "the timeline reads as text",
    async check({ page, axe }) {
      await page.getByRole("button", { name: "Read as text" }).click();
      const table = page.getByRole("region", { name: "The timeline as a table" });
      await table.getByRole("cell", { name: "failed, exit 1" }).waitFor();
      assert.equal(await table.getByRole("row").count(), 4);
      await axe();
    },
  },
  {
    name: "zooming keeps what is under the pointer, and F shows all of it again",
    async check({ page }) {
      const body = await plot(page).boundingBox();
      const zoom = page.getByTitle("Show all of it (F)");
      assert.equal(await zoom.innerText(), "fit · 30 s");
      await page.mouse.move(body.x + 300, body.y + 100);
      await page.mouse.wheel(0, -600);
      assert.match(await zoom.innerText(), /^\d+ s$/);
      await page.keyboard.press("f");
      assert.equal(await zoom.innerText(), "fit · 30 s");
    },
  },
  {
    name: "with the keyboard alone: play, step, scrub, select a pod, use a menu",
    async check({ page }) {
      await page.keyboard.press("Space");
      await pause(page).waitFor();
      await page.keyboard.press("Space");
      await play(page).waitFor();

      const playhead = page.getByRole("slider", { name: "Playhead" });
      await playhead.focus();
      await page.keyboard.press("Home");
      await page.keyboard.press("ArrowRight");
      await page.keyboard.press("ArrowRight");
      assert.equal(await playhead.getAttribute("aria-valuetext"), "T+00:02.0");

      await plot(page).focus();
      await page.keyboard.press("ArrowDown");
      await page.getByRole("complementary", { name: /^Pod shards-0-/ }).waitFor();
      await page.keyboard.press("ArrowDown");
      await page.getByRole("complementary", { name: /^Pod shards-1-/ }).waitFor();
      await page.keyboard.press("Escape");

      const menu = page.getByRole("button", { name: "What to do with node-3" });
      await menu.focus();
      await page.keyboard.press("Enter");
      await page.keyboard.press("ArrowDown");
      assert.match(await page.evaluate(() => document.activeElement.innerText), /^Cordon/);
      await page.keyboard.press("Escape");
      assert.equal(await menu.evaluate((element) => element === document.activeElement), true, "the focus returns");

      await page.keyboard.press("?");
      await page.getByRole("dialog", { name: "Jobscope" }).waitFor();
      await page.keyboard.press("Escape");
    },
  },
  ...[1440, 768, 320].flatMap((width) =>
    ["light", "dark"].map((theme) => ({
      name: `${width} px wide, ${theme}: a pod's drawer fits, and axe has nothing to say`,
      open: { width, theme },
      async check({ page, fits, axe, screenshot }) {
        await chip(page, "Running").first().click();
        await page.getByText("Runs on node-").waitFor();
        await page.waitForTimeout(250);
        await screenshot(`drawer-${width}-${theme}`);
        await fits();
        await axe();
      },
    })),
  ),
  {
    name: "embedded, only what is needed to watch and play is there",
    open: { path: "?embed", width: 768 },
    async check({ page, fits, screenshot }) {
      await play(page).waitFor();
      await page.getByRole("tab", { name: "Status" }).waitFor();
      assert.equal(await page.getByRole("region", { name: "Console" }).count(), 0);
      await screenshot("embed-768");
      await fits();
    },
  },
  {
    name: "with less motion nothing travels",
    open: { context: { reducedMotion: "reduce" } },
    async check({ page }) {
      await page.getByLabel("Speed of time").selectOption("16×");
      await play(page).click();
      await page.waitForTimeout(600);
      assert.equal(await page.evaluate(() => document.getAnimations().length), 0);
    },
  },
];
