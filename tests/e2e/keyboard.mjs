// The page without a pointer: everything is reached by Tab, what has the focus is seen, and it is never lost.

import assert from "node:assert/strict";

const focused = (page) => page.evaluate(() => document.activeElement.getAttribute("aria-label") ?? document.activeElement.innerText);
const has = (locator) => locator.evaluate((element) => element === document.activeElement);
const play = (page) => page.getByRole("button", { name: "Play", exact: true });
const plot = (page) => page.locator(".tl-body");

/** Presses Tab until this has the focus. Whatever has it on the way is in the window, and drawn as having it. */
async function tabTo(page, locator) {
  for (let presses = 0; presses < 120; presses += 1) {
    if (await has(locator)) return;
    await page.keyboard.press("Tab");
    const trouble = await page.evaluate(() => {
      const element = document.activeElement;
      if (element === document.body) return null;
      const { x, y, width, height } = element.getBoundingClientRect();
      const inside = x + width > 0 && y + height > 0 && x < innerWidth && y < innerHeight;
      const told = element.getAttribute("aria-label") || element.textContent.trim() || element.labels?.length > 0;
      const outlined = getComputedStyle(element).outlineStyle !== "none" || element.closest(".cm-focused, :focus-within.share-open");
      if (inside && told && outlined) return null;
      return `${element.outerHTML.slice(0, 120)} at ${x}, ${y}: ${told ? "" : "no name "}${outlined ? "" : "no outline"}`;
    });
    assert.equal(trouble, null);
  }
  assert.fail(`Tab does not come to ${locator}, but to ${await focused(page)}`);
}

/** Chooses a speed as keys do. */
async function fast(page) {
  await tabTo(page, page.getByLabel("Speed of time"));
  await page.keyboard.press("End");
  assert.equal(await page.getByLabel("Speed of time").inputValue(), "as fast as possible");
}

export const rows = [
  {
    name: "a sample is chosen and run, a pod selected and broken, the playhead moved",
    async check({ page, screenshot }) {
      await tabTo(page, page.getByRole("tab", { name: "Lesson" }));
      await page.keyboard.press("ArrowRight");
      assert.equal(await focused(page), "Manifest");
      const samples = page.getByLabel("Begin with a sample");
      await samples.waitFor();
      await tabTo(page, samples);
      const manifest = page.getByRole("textbox", { name: "Manifest" });
      await page.keyboard.press("ArrowDown");
      const first = await manifest.innerText();
      await page.keyboard.press("ArrowDown");
      await page.keyboard.press("ArrowDown");
      assert.notEqual(await manifest.innerText(), first, "one goes from sample to sample");
      await tabTo(page, page.getByRole("button", { name: "Run this" }));
      assert.equal(await samples.inputValue(), "", "who has left may begin with any of them again");
      await page.keyboard.press("Enter");
      await page.locator(".pod", { hasText: "Running" }).first().waitFor();
      // In the editor Tab indents, and the page says how to get out.
      await page.keyboard.press("Tab");
      assert.equal(await focused(page), "Manifest");
      await page.getByText("leaves the editor").waitFor();
      await page.keyboard.press("Escape");
      await tabTo(page, plot(page));
      await page.getByText("leaves the editor").waitFor({ state: "hidden" });
      await page.keyboard.press("Space");
      await play(page).waitFor();

      await page.keyboard.press("ArrowDown");
      const drawer = page.getByRole("complementary", { name: /^Pod / });
      await drawer.waitFor();
      assert.ok(await has(plot(page)), "one goes on from pod to pod");
      await page.keyboard.press("Enter");
      assert.ok(await has(drawer), "Enter goes to the pod");
      await tabTo(page, drawer.getByLabel("Exit with code"));
      await page.keyboard.press("Control+a");
      await page.keyboard.type("42");
      await screenshot("keyboard-drawer");
      await page.keyboard.press("Enter");
      await drawer.getByText("exit code 42").waitFor();
      assert.ok(await page.evaluate(() => document.activeElement.closest(".drawer") !== null), `now ${await focused(page)} has the focus`);
      await page.keyboard.press("Escape");
      await drawer.waitFor({ state: "detached" });
      assert.ok(await has(plot(page)), "the focus is where it came from");

      const playhead = page.getByRole("slider", { name: "Playhead" });
      await tabTo(page, playhead);
      await page.keyboard.press("Home");
      await page.keyboard.press("ArrowRight");
      assert.equal(await playhead.getAttribute("aria-valuetext"), "T+00:01.0");
      await page.keyboard.press("End");
    },
  },
  {
    name: "the first lesson is predicted, run and finished, and the next begun",
    async check({ page }) {
      await tabTo(page, page.getByRole("button", { name: /^1 Every index gets its share/ }));
      await page.keyboard.press("Enter");
      await page.getByRole("heading", { name: "Five items, three hands" }).waitFor();
      await page.waitForFunction(() => document.activeElement.tagName === "H2");
      await tabTo(page, page.getByRole("button", { name: "5", exact: true }));
      await page.keyboard.press("Space");
      await fast(page);
      await page.keyboard.press("Shift+Tab");
      await tabTo(page, play(page));
      await page.keyboard.press("Enter");
      await page.getByText("As you said:").waitFor();
      const next = page.getByRole("button", { name: "Next step" });
      while ((await next.count()) > 0) {
        await tabTo(page, next);
        await page.keyboard.press("Enter");
        await page.waitForFunction(() => document.activeElement.tagName === "H2");
      }
      await page.getByText("All goals reached.").waitFor();
      await tabTo(page, page.getByRole("button", { name: "Next lesson" }));
      await page.keyboard.press("Enter");
      await page.getByText("Lesson 2 of 8 · Step 1").waitFor();
      await page.waitForFunction(() => document.activeElement.tagName === "H2");
    },
  },
  {
    name: "every dialog opens by a key, keeps the focus, and gives it back at Escape",
    async check({ page }) {
      // A second run, so that there is something to compare.
      await page.keyboard.press("Home");
      await page.keyboard.press(".");
      await page.keyboard.press(".");
      await tabTo(page, page.getByRole("textbox", { name: "kubectl command" }));
      await page.keyboard.type("kubectl cordon node-2");
      await page.keyboard.press("Enter");
      await page.getByText("so this is now run 2").waitFor();
      for (const [opener, title] of [
        [page.getByTitle("Compare two runs"), "Two runs on one clock"],
        [page.getByTitle("What other versions of Kubernetes do"), "Kubernetes v1.36"],
        [page.getByTitle("Share: a link, a frame, a file"), "Share this cluster"],
        [page.getByRole("button", { name: "Help and keys" }), "Jobscope"],
        [page.getByRole("button", { name: "Behaviour of the containers" }), "What the containers do"],
      ]) {
        await tabTo(page, opener);
        await page.keyboard.press("Enter");
        const dialog = page.getByRole("dialog", { name: title });
        await dialog.waitFor();
        for (let presses = 0; presses < 3; presses += 1) {
          await page.keyboard.press("Tab");
          assert.ok(await page.evaluate(() => document.activeElement === document.body || document.activeElement.closest("dialog") !== null), title);
        }
        await page.keyboard.press("Escape");
        await dialog.waitFor({ state: "hidden" });
        assert.ok(await has(opener), `after ${title}, ${await focused(page)} has the focus`);
      }
      // One that is opened from another gives it back to where it was before both.
      const help = page.getByRole("button", { name: "Help and keys" });
      await tabTo(page, help);
      await page.keyboard.press("Enter");
      await tabTo(page, page.getByRole("button", { name: "Other versions" }));
      await page.keyboard.press("Enter");
      const dialog = page.getByRole("dialog", { name: "Kubernetes v1.36" });
      await dialog.waitFor();
      await page.keyboard.press("ArrowUp");
      await dialog.getByRole("status").filter({ hasText: "otherwise in v1.31" }).waitFor();
      await page.keyboard.press("Escape");
      await dialog.waitFor({ state: "hidden" });
      assert.ok(await has(help), `after a dialog out of a dialog, ${await focused(page)} has the focus`);
    },
  },
  {
    name: "what has the focus keeps it while time goes on and makes it anew",
    async check({ page }) {
      const kept = async (selector, state) => {
        const found = await page.evaluate((selector) => document.activeElement.matches(selector), selector);
        assert.ok(found, `${state}: ${await focused(page)} has the focus`);
      };
      const running = page.locator(".pod", { hasText: "Running" }).first();
      const pod = await running.getAttribute("data-travels");
      await tabTo(page, running);
      while ((await page.locator(`[data-travels=${pod}]`).innerText()).includes("Running")) {
        await page.keyboard.press(".");
        await kept(`[data-travels=${pod}]`, "a pod in the cluster");
      }
      await page.keyboard.press("Home");
      await kept(".pod, .node-menu, .tl-body", "a pod that is not there yet");
      await page.keyboard.press("End");

      const menu = page.getByRole("button", { name: "What to do with node-2" });
      await tabTo(page, menu);
      await page.keyboard.press("Enter");
      await page.getByRole("menuitem", { name: "Cordon" }).waitFor();
      await page.keyboard.press("ArrowDown");
      await page.keyboard.press("Enter");
      await page.getByRole("article", { name: "node-2" }).getByText("cordoned").waitFor();
      await kept("[aria-label='What to do with node-2']", "a node's menu");

      await tabTo(page, page.getByRole("button", { name: /^succeeded \d: why\?/ }));
      for (let presses = 0; presses < 12; presses += 1) await page.keyboard.press(".");
      await kept("[aria-label^=succeeded]", "a number of the status");
      await tabTo(page, page.getByRole("button", { name: /^index 4:/ }));
      await page.keyboard.press("Home");
      for (let presses = 0; presses < 20; presses += 1) await page.keyboard.press(".");
      await kept("[aria-label^='index 4']", "an index");

      await page.locator(".tab-panel .text-link", { hasText: "Why?" }).first().press("Enter");
      await page.getByText("What the Job controller did").waitFor();
      await kept("#panel-why", "a panel in place of another");
    },
  },
  {
    name: "a pod that was opened from the cluster gives the focus back to it",
    async check({ page }) {
      const running = page.locator(".pod", { hasText: "Running" }).first();
      const pod = await running.getAttribute("data-travels");
      await tabTo(page, running);
      await page.keyboard.press("Enter");
      const drawer = page.getByRole("complementary", { name: `Pod ${pod}` });
      await page.waitForFunction(() => document.activeElement.classList.contains("drawer"));
      // While it is looked at, time may make the cluster anew.
      for (let presses = 0; presses < 8; presses += 1) await page.keyboard.press(".");
      await page.keyboard.press("Escape");
      await drawer.waitFor({ state: "detached" });
      assert.equal(await page.evaluate(() => document.activeElement.getAttribute("data-travels")), pod);
    },
  },
];
