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
    name: "when all is over, full speed does not run through years",
    async check({ page }) {
      await page.getByLabel("Speed of time").selectOption("as fast as possible");
      await play(page).click();
      await page.getByText("Every Job has finished").waitFor();
      assert.equal(await clock(page), "00:23.2");
      await play(page).click();
      await page.waitForFunction(() => document.querySelector(".clock b").innerText !== "00:23.2");
      await play(page).waitFor();
      assert.match(await clock(page), /^1\d:\d\d/, "some minutes later nothing has come");
    },
  },
  {
    name: "when all is over, the next change is said to be none, and time does not run through years",
    async check({ page }) {
      await page.getByLabel("Speed of time").selectOption("as fast as possible");
      await play(page).click();
      await page.getByText("Every Job has finished").waitFor();
      await page.keyboard.press(".");
      await page.getByText("Nothing will change any more unless somebody acts.").waitFor();
      const after = await clock(page);
      assert.match(after, /^1\d:\d\d/, "a lost node would have shown by then");
      await page.keyboard.press(".");
      await page.keyboard.press(".");
      assert.equal(await clock(page), after);
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
    name: "the loss of power is a fault, and so is that of the network: the node says so, and can be brought back",
    async check({ page }) {
      const node = page.getByRole("article", { name: "node-2" });
      const menu = page.getByRole("button", { name: "What to do with node-2" });
      for (const [lose, word, back] of [["Lose power", "no power", "Power on"], ["Cut off from the network", "cut off", "Connect again"]]) {
        await menu.click();
        await page.getByRole("menuitem", { name: lose }).click();
        await node.getByText(word).waitFor();
        await menu.click();
        await page.getByRole("menuitem", { name: back }).click();
        await node.getByText(word).waitFor({ state: "detached" });
      }
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
    name: "evict posts to the API, as a command that works anywhere",
    async check({ page }) {
      await chip(page, "Running").first().click();
      const drawer = page.getByRole("complementary", { name: /^Pod shards-/ });
      const pod = (await drawer.getAttribute("aria-label")).slice(4);
      await drawer.getByRole("button", { name: "Evict" }).click();
      const console = page.getByRole("region", { name: "Console" });
      await console.getByText(`kubectl create --raw /api/v1/namespaces/default/pods/${pod}/eviction -f evict-${pod}.json`).first().waitFor();
      await console.getByText('"status":"Success"').waitFor();
      await chip(page, "Terminating").waitFor();
    },
  },
  {
    name: "what a disruption budget refuses is told beside the button",
    async check({ page, screenshot }) {
      await page.getByRole("tab", { name: "Manifest" }).click();
      await page.locator(".cm-content").click();
      await page.keyboard.press("Control+End");
      const budget = "---\napiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata:\nname: calm\n";
      await page.keyboard.insertText(`${budget.replace("\nname", "\n  name")}spec:\n  maxUnavailable: 0\n  selector:\n    matchLabels:\n      job-name: shards\n`);
      await page.getByRole("button", { name: "Run this" }).click();
      await chip(page, "Running").first().click();
      const drawer = page.getByRole("complementary", { name: /^Pod shards-/ });
      await drawer.getByRole("button", { name: "Evict" }).click();
      await drawer.getByText("Cannot evict pod as it would violate the pod's disruption budget.").waitFor();
      await screenshot("evict-refused");
    },
  },
  {
    name: "where an invariant does not hold time stops, and says which",
    async check({ page, axe, screenshot }) {
      await page.getByRole("textbox", { name: "kubectl command" }).fill(`kubectl patch job shards --subresource=status -p '{"status":{"active":9}}'`);
      await page.keyboard.press("Enter");
      await page.getByText("“active grows no further than parallelism” does not hold").waitFor();
      await play(page).waitFor();
      await axe();
      await screenshot("broken-1440");
      await page.getByRole("button", { name: "Share the scenario…" }).click();
      await page.getByRole("dialog", { name: "Share this cluster" }).waitFor();
    },
  },
  {
    name: "768 px wide a command of a lesson closes its drawer, so that its effect is seen",
    open: { width: 768 },
    async check({ page }) {
      const toggle = page.getByRole("button", { name: "Lesson", exact: true });
      await toggle.click();
      await page.getByRole("button", { name: /It was not the program/ }).click();
      await page.getByLabel("Speed of time").selectOption("8×");
      await play(page).click();
      await page.locator(".pod", { hasText: "Running" }).first().waitFor();
      await page.getByRole("button", { name: "Next step" }).click();
      await page.getByRole("button", { name: /^Run kubectl drain/ }).click();
      await page.getByRole("article", { name: "node-1" }).getByText("cordoned").waitFor();
      assert.equal(await toggle.getAttribute("aria-expanded"), "false");
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
    name: "two runs stand beside each other on one clock, what differs marked",
    async check({ page, axe, fits, screenshot }) {
      assert.equal(await page.getByRole("button", { name: "Compare" }).count(), 0, "there is one run only");
      await dragPlayheadTo(page, 116 + 60);
      await chip(page, "Running").first().click();
      await page.getByRole("button", { name: "Exit now" }).click();
      await page.getByText("You acted in the past, so this is now run 2").waitFor();
      await page.keyboard.press("Escape");
      await page.getByLabel("Speed of time").selectOption("64×");
      await play(page).click();
      await page.getByText("Every Job has finished").waitFor();
      await page.getByRole("button", { name: "Compare" }).click();
      const dialog = page.getByRole("dialog", { name: "Two runs on one clock" });
      await dialog.getByRole("row", { name: /^index 0 ≠ differs running/ }).or(dialog.getByRole("row", { name: /^state ≠/ })).first().waitFor();
      await axe();
      await screenshot("compare-1440");
      await dialog.getByRole("slider").press("Home");
      await dialog.getByText("At this instant they do not differ.").waitFor();
      await page.setViewportSize({ width: 320, height: 640 });
      await screenshot("compare-320");
      await fits();
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
    name: "Jobs that are over make room: they fold to a row each, which a press or a key opens",
    async check({ page, axe, fits, screenshot }) {
      const line = page.getByRole("textbox", { name: "kubectl command" });
      const names = () => page.locator(".tl-name:visible span").allInnerTexts();
      await page.getByLabel("Speed of time").selectOption("as fast as possible");
      await play(page).click();
      await page.getByText("Every Job has finished").waitFor();
      assert.deepEqual(await names(), [], "one Job needs no name");
      for (const number of [1, 2, 3, 4]) {
        await line.fill(`sed s/shards/copies-${number}/ manifest.yaml | kubectl apply -f -`);
        await line.press("Enter");
        await page.getByText(`job.batch/copies-${number} created`).waitFor();
        await page.getByText("Every Job has finished").waitFor();
      }
      assert.deepEqual(await names(), ["4 older Jobs", "copies-4"]);
      // What is selected is shown, for as long as it is.
      await page.getByRole("button", { name: "Read as text" }).click();
      await page.getByRole("cell", { name: /^copies-2-/ }).first().getByRole("button").click();
      await page.getByRole("button", { name: "Read as text" }).click();
      assert.deepEqual(await names(), ["3 older Jobs", "copies-2", "copies-4"]);
      await page.keyboard.press("Escape");
      assert.deepEqual(await names(), ["4 older Jobs", "copies-4"]);
      await page.locator(".tl-name").first().click();
      assert.deepEqual(await names(), ["4 older Jobs", "shards", "copies-1", "copies-2", "copies-3", "copies-4"]);
      const name = (job) => page.locator(".tl-name", { hasText: job });
      assert.equal(await name("shards").getAttribute("aria-expanded"), "false");
      assert.match(await name("shards").innerText(), /Complete · 7 pods/);
      assert.equal(await name("copies-4").getAttribute("aria-expanded"), "true");
      const { height } = await name("copies-4").boundingBox();
      assert.ok(height >= 19, `rows are ${height} px high`);
      await axe();
      await screenshot("folded-1440");

      await page.locator(".verdict-name", { hasText: "job/copies-4" }).waitFor();
      await name("shards").focus();
      await page.keyboard.press("Enter");
      assert.equal(await name("shards").getAttribute("aria-expanded"), "true");
      await page.locator(".verdict-name", { hasText: "job/shards" }).waitFor();
      assert.match(await page.evaluate(() => document.activeElement.innerText), /shards/, "the focus stays");
      await page.keyboard.press("Space");
      assert.equal(await name("shards").getAttribute("aria-expanded"), "false");
      await page.locator(".verdict-name", { hasText: "job/copies-4" }).waitFor();
      await name("copies-4").click();
      assert.equal(await name("copies-4").getAttribute("aria-expanded"), "false");

      // Opened by hand, rows are scrolled rather than squeezed.
      for (const job of ["copies-3", "copies-2", "copies-1", "shards"]) await name(job).press("Enter");
      const tall = await name("shards").boundingBox();
      assert.ok(tall.height >= 19, `rows are ${tall.height} px high`);
      assert.equal(await name("copies-4").isVisible(), false, "it is further down");
      for (let presses = 0; presses < 6; presses += 1) await plot(page).press("PageDown");
      await name("copies-4").waitFor();
      for (let presses = 0; presses < 6; presses += 1) await plot(page).press("PageUp");
      for (const job of ["shards", "copies-1", "copies-2", "copies-3"]) await name(job).press("Enter");
      assert.deepEqual(await names(), ["shards", "copies-1", "copies-2", "copies-3", "copies-4"], "each has a row");
      await page.setViewportSize({ width: 320, height: 640 });
      await screenshot("folded-320");
      await fits();
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
      await page.keyboard.down("Shift");
      await page.mouse.move(body.x + 200, body.y + 80);
      await page.mouse.down();
      await page.mouse.move(body.x + 300, body.y + 80, { steps: 4 });
      await page.mouse.up();
      await page.keyboard.up("Shift");
      assert.match(await zoom.innerText(), /^[45] s$/, "a marked stretch fills the plot");
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
    name: "in a frame of 700 × 480 transport, timeline and status are in sight at once",
    open: { path: "?embed", context: { viewport: { width: 700, height: 480 } } },
    async check({ page, fits, axe, screenshot }) {
      const parts = [play(page), plot(page), page.locator(".verdict"), page.locator(".numbers")];
      for (const part of parts) {
        const { x, y, width, height } = await part.boundingBox();
        assert.ok(x >= 0 && y >= 0 && x + width <= 700 && y + height <= 480, `${part} lies at ${x}, ${y}: ${width} × ${height}`);
      }
      await fits();
      await axe();
      await screenshot("embed-700");
    },
  },
  ...[
    { title: "1440 px wide", open: {} },
    { title: "768 px wide", open: { width: 768 } },
    { title: "320 px wide", open: { width: 320 } },
    { title: "in a frame of 700 × 480", open: { path: "?embed", context: { viewport: { width: 700, height: 480 } } } },
  ].map(({ title, open }) => ({
    name: `${title}: what the page says at the end moves nothing and covers nothing`,
    open,
    async check({ page, fits, screenshot }) {
      const boxes = async () => {
        const boxes = {};
        for (const part of [".tl-body", ".counters", ".regions", ".right", ".console", ".transport"]) {
          const box = await page.locator(part).first().boundingBox();
          if (box) boxes[part] = box;
        }
        return boxes;
      };
      await page.getByLabel("Speed of time").selectOption("as fast as possible");
      await play(page).click();
      await page.getByText("Every Job has finished").waitFor();
      const [said, there] = [await page.locator(".notice").boundingBox(), await boxes()];
      for (const [part, box] of Object.entries(there)) {
        const below = box.y >= said.y + said.height || box.y + box.height <= said.y;
        assert.ok(below || box.x >= said.x + said.width || box.x + box.width <= said.x, `it lies over ${part}`);
      }
      await fits();
      await screenshot(`said-${title.split(" ")[0]}`);
      // What comes by itself goes by itself.
      await page.getByLabel("Speed of time").selectOption("1×");
      await play(page).click();
      await page.locator(".notice").waitFor({ state: "detached" });
      for (const [part, { y, height }] of Object.entries(await boxes())) assert.deepEqual([y, height], [there[part].y, there[part].height], part);
    },
  })),
  {
    name: "what answers an act is read and dismissed, and hides no panel's words",
    async check({ page }) {
      await dragPlayheadTo(page, 116 + 60);
      await chip(page, "Running").first().click();
      await page.getByRole("button", { name: "Exit now" }).click();
      const said = await page.locator(".notice").boundingBox();
      const chart = await page.locator(".counters").boundingBox();
      assert.ok(said.y >= chart.y + chart.height, "it stands below the numbers");
      await page.getByRole("button", { name: "Dismiss" }).click();
      await page.locator(".notice").waitFor({ state: "detached" });
      await page.getByText("names all keys").waitFor();
    },
  },
  ...["light", "dark"].map((theme) => ({
    name: `where the system chooses the colours (${theme}), states keep theirs and what is chosen has a line`,
    open: { theme, context: { forcedColors: "active" } },
    async check({ page, screenshot }) {
      const style = (part, name) => page.locator(part).first().evaluate((element, name) => getComputedStyle(element)[name], name);
      const [running, failed] = [await style(".pod--running b", "backgroundColor"), await style(".pod--failed b", "backgroundColor")];
      assert.notEqual(running, failed);
      assert.notEqual(await style(".key--running", "backgroundColor"), await style(".key--failed", "backgroundColor"));
      assert.notEqual(await style(".tab[aria-selected=true]", "borderBottomWidth"), await style(".tab[aria-selected=false]", "borderBottomWidth"));
      await screenshot(`forced-colors-${theme}`);
    },
  })),
  {
    name: "on paper every panel is whole, and there is nothing to press",
    async check({ page, screenshot }) {
      await page.emulateMedia({ media: "print" });
      assert.equal(await play(page).isVisible(), false);
      const cut = await page.evaluate(() => {
        const panels = [...document.querySelectorAll(".tab-panel, .console-log")];
        return panels.filter((panel) => panel.scrollHeight > panel.clientHeight + 1).map((panel) => panel.id || panel.className);
      });
      assert.deepEqual(cut, []);
      await screenshot("print");
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
