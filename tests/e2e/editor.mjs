// The editor's module by itself: what src/ui/editor/binding.rs relies on.

import assert from "node:assert/strict";

/** Puts an editor over the page and returns what `inside` says about it. */
async function withEditor(page, doc) {
  await page.evaluate(async (doc) => {
    const parent = document.createElement("div");
    Object.assign(parent.style, { position: "fixed", inset: "0", zIndex: "1000" });
    document.querySelector("main").append(parent);
    const { createEditor } = await import(new URL("editor.js", document.baseURI).href);
    globalThis.heard = [];
    globalThis.editor = createEditor({ parent, doc, label: "Manifest", dark: false, onChange: (text) => heard.push(text) });
  }, doc);
  return page.getByRole("textbox", { name: "Manifest" });
}

const JOB = "kind: Job\nspec:\n  completions: three\n";

export const rows = [
  {
    name: "what is typed is heard, what the page sets is not",
    async check({ page }) {
      const text = await withEditor(page, "kind: Job\n");
      await text.press("Control+End");
      await text.pressSequentially("spec:");
      await page.evaluate(() => editor.setDoc("kind: Pod\n"));
      assert.deepEqual(await page.evaluate(() => [heard.at(-1), editor.getDoc()]), ["kind: Job\nspec:", "kind: Pod\n"]);
      await text.press("Control+z");
      assert.equal(await page.evaluate(() => editor.getDoc()), "kind: Job\nspec:", "setDoc can be undone");
    },
  },
  {
    name: "a problem is underlined where it stands, counted in characters",
    async check({ page }) {
      await withEditor(page, "é𝒳: three\n");
      await page.evaluate(() => editor.setDiagnostics([[1, 5, 1, 10, "error", "invalid value"]]));
      assert.equal(await page.locator(".cm-lintRange-error").innerText(), "three");
      await page.evaluate(() => editor.setDiagnostics([[99, 99, 99, 99, "error", "beyond the end"]]));
      await page.evaluate(() => editor.setDiagnostics([]));
      assert.equal(await page.locator(".cm-lintRange-error").count(), 0);
    },
  },
  {
    name: "a long line wraps, so that a problem at its end is in sight",
    open: { width: 320 },
    async check({ page, screenshot }) {
      const line = `      - {name: command, value: "${"sh -c ".repeat(30)}", volume: three}`;
      const text = await withEditor(page, `spec:\n${line}\n  completions: 3\n`);
      const column = line.indexOf("three") + 1;
      await page.evaluate((column) => editor.setDiagnostics([[2, column, 2, column + 5, "error", "invalid value"]]), column);
      const { x, width } = await page.locator(".cm-lintRange-error").boundingBox();
      assert.ok(x > 0 && x + width < 320, `it lies at ${x}`);
      const scrolls = await page.locator(".cm-scroller").evaluate((scroller) => scroller.scrollWidth > scroller.clientWidth);
      assert.equal(scrolls, false, "nothing is scrolled sideways");
      await screenshot("editor-wrap-320");
      // By keyboard: to the problem, and what it says.
      await text.press("Control+Home");
      await text.press("F8");
      assert.equal(await page.evaluate(() => getSelection().toString()), "three");
      await page.locator(".cm-tooltip").getByText("invalid value").waitFor();
    },
  },
  {
    name: "completions come from the page",
    async check({ page }) {
      const text = await withEditor(page, JOB);
      await page.evaluate(() => {
        editor.setCompletions((doc, line, column) => [["parallelism", "integer", `asked at ${line}:${column}`, "parallelism: "]]);
      });
      await text.press("Control+End");
      await text.pressSequentially("  par");
      await page.getByRole("option", { name: "parallelism" }).waitFor();
      await page.getByText("asked at 4:6").waitFor();
      await page.waitForTimeout(100); // CodeMirror ignores a key that comes with the list itself.
      await text.press("Enter");
      assert.equal(await page.evaluate(() => editor.getDoc()), `${JOB}  parallelism: `);
    },
  },
  {
    name: "lines are marked, and stay marked while the text moves",
    async check({ page }) {
      await withEditor(page, JOB);
      await page.evaluate(() => editor.highlightLines([3, 99]));
      assert.equal(await page.locator(".cm-marked-line").innerText(), "  completions: three");
    },
  },
  {
    name: "Tab indents; Escape, then Tab, leaves",
    async check({ page }) {
      const text = await withEditor(page, "spec:");
      await page.evaluate(() => document.querySelector("main").append(Object.assign(document.createElement("button"), { id: "after" })));
      await text.press("Tab");
      assert.equal(await page.evaluate(() => editor.getDoc()), "  spec:");
      await text.press("Escape");
      await text.press("Tab");
      assert.equal(await page.evaluate(() => document.activeElement.id), "after");
    },
  },
  {
    name: "axe has nothing to say about it",
    async check({ page, axe }) {
      await withEditor(page, JOB);
      await page.evaluate(() => editor.setDiagnostics([[3, 16, 3, 21, "error", "invalid value"]]));
      await axe(".cm-editor");
    },
  },
];
