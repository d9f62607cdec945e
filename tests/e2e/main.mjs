// Drives the built page in Chromium, end to end. `tools/test page` builds it first.
//
//   node tests/e2e/main.mjs [WORD]     without building, and only the rows whose name contains WORD
//
// A topic is a file that exports `rows`: each a name for its situation, options for `visit` (browser.mjs) and a
// `check` of the opened page. To add a topic, add it to TOPICS.

import { start } from "./browser.mjs";
import * as budget from "./budget.mjs";
import * as editor from "./editor.mjs";
import * as keyboard from "./keyboard.mjs";
import * as later from "./later.mjs";
import * as learner from "./learner.mjs";
import * as panels from "./panels.mjs";
import * as share from "./share.mjs";
import * as shell from "./shell.mjs";
import * as terminal from "./terminal.mjs";
import * as workbench from "./workbench.mjs";

const TOPICS = { budget, shell, workbench, panels, learner, terminal, editor, keyboard, share, later };

const wanted = process.argv[2] ?? "";
/** A row that takes longer has failed (milliseconds). */
const LONGEST = 120_000;
/** After so many failures in a row the page is broken as a whole, and the rest is not tried. */
const MOST_IN_A_ROW = 8;

let passed = 0;
let failed = 0;
let inARow = 0;
const session = await start();

/** Fails when `promise` has not settled in time. */
const inTime = (promise) => {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`it took longer than ${LONGEST / 1000} s`)), LONGEST);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
};

for (const [topic, { rows }] of Object.entries(TOPICS)) {
  for (const { name, open, check } of rows) {
    const title = `${topic}: ${name}`;
    if (!title.includes(wanted) || inARow >= MOST_IN_A_ROW) continue;
    const started = Date.now();
    let visit;
    try {
      // A row that opens no page (`open: null`) checks files.
      visit = open === null ? undefined : await inTime(session.visit(open));
      await inTime(check({ ...visit, session }));
      if (visit?.troubles.length > 0) throw new Error(`the page complained:\n  ${visit.troubles.join("\n  ")}`);
      passed += 1;
      inARow = 0;
      console.log(`ok      ${title} (${Date.now() - started} ms)`);
    } catch (error) {
      failed += 1;
      inARow += 1;
      console.log(`FAILED  ${title}\n  ${(error.stack ?? String(error)).replaceAll("\n", "\n  ")}`);
      if (visit) {
        await visit.screenshot(`failed-${failed}`).catch(() => {});
        if (visit.troubles.length > 0) console.log(`  the page complained:\n    ${visit.troubles.join("\n    ")}`);
      }
    } finally {
      await visit?.context.close();
    }
  }
}

await session.close();
if (inARow >= MOST_IN_A_ROW) console.log(`\nGiven up after ${inARow} failures in a row.`);
console.log(`\npage: ${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
