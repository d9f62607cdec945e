// The panels around the cluster: status and why, events, the console, the editor, the lessons.

import assert from "node:assert/strict";

const tab = (page, name) => page.getByRole("tab", { name });
const play = (page) => page.getByRole("button", { name: "Play", exact: true });
const line = (page) => page.getByRole("textbox", { name: "kubectl command" });
const log = (page) => page.getByRole("log");

/** Types a line into the console. */
async function type(page, text) {
  await line(page).fill(text);
  await line(page).press("Enter");
}

/** Lets time run, without the waits, until the Job says so. */
async function runUntil(page, word) {
  await page.getByLabel("Speed of time").selectOption("as fast as possible");
  await play(page).click();
  await page.locator(".verdict h2", { hasText: word }).waitFor();
}

/** Opens the manifest's editor and waits for CodeMirror. */
async function editor(page) {
  await tab(page, "Manifest").click();
  const text = page.locator(".cm-content");
  await text.waitFor();
  return text;
}

/** Puts a text in place of the manifest. */
async function write(page, manifest) {
  const text = await editor(page);
  await text.click();
  await page.keyboard.press("Control+a");
  await page.keyboard.insertText(manifest);
}

/** Opens the lesson whose title contains these words, and waits until it is there. */
async function lesson(page, words) {
  await page.getByRole("button", { name: words }).click();
  await page.getByRole("heading", { name: "Goals, asked of the cluster" }).waitFor();
}

const JOB = `apiVersion: batch/v1
kind: Job
metadata:
  name: mine
spec:
  template:
    spec:
      restartPolicy: Never
      containers:
      - name: main
        image: busybox
`;

export const rows = [
  {
    name: "the status says what happens next, and counts down",
    async check({ page }) {
      const sentence = page.locator(".verdict p").last();
      assert.match(await sentence.innerText(), /^Index 1 retries in 7\.0 s, 2 pods are running\. Why\?$/);
      await page.getByRole("button", { name: "Next change" }).click();
      await page.waitForFunction(() => !document.querySelector(".verdict p:last-child").innerText.includes("7.0 s"));
    },
  },
  {
    name: "a number is asked why: its pods are named, and can be selected",
    async check({ page }) {
      await page.getByRole("button", { name: "failed 0: why?" }).click();
      await page.getByRole("heading", { name: "Why is failed 0 and not 1?" }).waitFor();
      await page.getByText("It will be counted when its replacement exists.").waitFor();
      await page.locator(".origin .text-link").first().click();
      await page.getByRole("complementary", { name: /^Pod shards-1-/ }).waitFor();
    },
  },
  {
    name: "a pass opens into its steps, which point at the manifest's field",
    async check({ page }) {
      await tab(page, "Why").click();
      await page.locator(".pass-title").first().click();
      await page.getByRole("button", { name: "spec.parallelism" }).first().click();
      await page.locator(".cm-marked-line", { hasText: "parallelism: 3" }).waitFor();
    },
  },
  {
    name: "an event puts the playhead at its instant, and filters leave what is asked for",
    async check({ page }) {
      await tab(page, /^Events/).click();
      await page.getByRole("button", { name: "Job", exact: true }).click();
      const events = page.locator(".event");
      assert.equal(await events.count(), 3);
      assert.match(await events.first().innerText(), /Created pod: shards-/);
      await events.first().locator(".instant").click();
      assert.match(await page.locator(".clock b").innerText(), /^00:00\.0/);
    },
  },
  {
    name: "the console gets pods, completes, keeps a history and answers what is unknown",
    async check({ page }) {
      await type(page, "kubectl get pods");
      await log(page).getByText("NAME").first().waitFor();
      assert.match(await log(page).innerText(), /shards-1-\w{5} +0\/1 +Error/);
      await type(page, "get pods");
      await log(page).getByText("Did you mean: kubectl get").waitFor();
      await type(page, "kubectl frob");
      await log(page).getByText('unknown command "frob"').first().waitFor();
      await line(page).press("ArrowUp");
      await line(page).press("ArrowUp");
      assert.equal(await line(page).inputValue(), "get pods");
      await line(page).fill("kubectl desc");
      await line(page).press("Tab");
      await line(page).pressSequentially("job sh");
      await line(page).press("Tab");
      assert.equal(await line(page).inputValue(), "kubectl describe job shards ");
    },
  },
  {
    name: "in the past the console reads the past; what changes something branches off",
    async check({ page }) {
      await page.keyboard.press("Home");
      await type(page, "kubectl get pods");
      await log(page).getByText("No resources found in default namespace.").waitFor();
      await log(page).getByText("read in the past").waitFor();
      await type(page, "kubectl get nodes -o name | grep -v 2 | wc -l");
      await log(page).getByText("read in the past").nth(1).waitFor();
      await log(page).getByText("2", { exact: true }).waitFor();
      await type(page, "kubectl delete job shards");
      await page.getByText("You acted in the past").waitFor();
    },
  },
  {
    name: "a slip of the pen does nothing: it is neither marked in time nor does it branch off in the past",
    async check({ page }) {
      await page.keyboard.press("Home");
      await type(page, "kubectl gte pods");
      await log(page).getByText("Did you mean this?").waitFor();
      await log(page).getByText("read in the past").waitFor();
      assert.equal(await page.getByLabel("Run on screen").count(), 0);
    },
  },
  {
    name: "a watch streams while time passes, and Ctrl-C ends it",
    async check({ page }) {
      await type(page, "kubectl get pods -w");
      await page.getByRole("button", { name: "Interrupt" }).waitFor();
      await page.getByLabel("Speed of time").selectOption("8×");
      await play(page).click();
      await log(page).getByText("Completed").first().waitFor();
      await line(page).press("Control+c");
      await page.getByRole("button", { name: "Interrupt" }).waitFor({ state: "detached" });
    },
  },
  {
    name: "a wrong field is marked at its line, in the API's words and in plain ones",
    async check({ page }) {
      await write(page, JOB.replace("spec:\n", "spec:\n  completions: three\n"));
      await page.getByText("cannot unmarshal string").first().waitFor();
      await page.getByRole("button", { name: "Error in line 6" }).waitFor();
      assert.equal(await page.locator(".cm-lintRange-error").first().innerText(), "completions");
      await write(page, JOB);
      await page.getByText("The API server would accept this.").waitFor();
    },
  },
  {
    name: "a manifest that is refused is not played: kubectl says why, and the timeline that there is nothing",
    async check({ page, axe }) {
      await write(page, JOB.replace("spec:\n", "spec:\n  completions: three\n"));
      await page.getByRole("button", { name: "Error in line 6" }).waitFor();
      await page.getByRole("button", { name: "Run this" }).click();
      await log(page).getByText("cannot unmarshal string").waitFor();
      await page.getByText("There is neither a Job nor a pod.").waitFor();
      await page.getByRole("button", { name: "Play", exact: true }).waitFor();
      await axe();
      await write(page, JOB);
      await page.getByText("The API server would accept this.").waitFor();
      await page.getByRole("button", { name: "Run this" }).click();
      await page.getByText("There is neither a Job nor a pod.").waitFor({ state: "detached" });
      await type(page, "kubectl get cronjobs");
      const remark = log(page).getByText("No resources found in default namespace.");
      await remark.waitFor();
      assert.equal(await remark.evaluate((element) => element.closest(".block--failed")), null);
    },
  },
  {
    name: "fields are completed from the API's own table",
    async check({ page }) {
      await write(page, JOB.replace("spec:\n", "spec:\n  "));
      await page.keyboard.press("Control+Home");
      for (let i = 0; i < 5; i++) await page.keyboard.press("ArrowDown");
      await page.keyboard.press("Home");
      await page.keyboard.press("Home");
      await page.keyboard.type("  parall");
      await page.getByRole("option", { name: /parallelism/ }).waitFor();
    },
  },
  {
    name: "hostile texts leave the page alive",
    async check({ page }) {
      const bomb = Array.from({ length: 9 }, (_, i) => `l${i}: &l${i} [${i === 0 ? "x" : Array(9).fill(`*l${i - 1}`).join(",")}]`).join("\n");
      for (const text of [bomb, "\tkind: Job", "a: [", `${JOB}---\n---\n`, JOB.replace("spec:\n", "spec:\n  completions: 2147483647\n  parallelism: 2147483647\n  completionMode: Indexed\n"), ""]) {
        await write(page, text);
        await page.waitForTimeout(350);
        assert.ok((await page.locator(".problems-verdict").innerText()).length > 0);
      }
      await page.locator("#manifest-verdict").waitFor();
    },
  },
  {
    name: "what was typed is there again on the next visit, and runs",
    async check({ page }) {
      await write(page, JOB);
      await page.getByText("The API server would accept this.").waitFor();
      await page.reload();
      await editor(page);
      await page.locator(".cm-content", { hasText: "name: mine" }).waitFor();
      await page.getByRole("button", { name: "Run this" }).click();
      await page.locator(".verdict-name", { hasText: "job/mine" }).waitFor();
    },
  },
  {
    name: "lesson 2 from its prediction to its goals",
    async check({ page }) {
      await lesson(page, /Give up at once/);
      await page.getByRole("button", { name: "7", exact: true }).click();
      await runUntil(page, "Failed");
      await page.getByText("You said 7, the cluster says").waitFor();
      await page.getByText(".status.failed: 8").waitFor();
      assert.equal(await page.locator(".goal--reached").count(), 1, "failed, but not by the rule");
      await page.getByRole("button", { name: "Next step" }).click();
      await page.getByRole("button", { name: "Next step" }).click();
      await page.getByRole("heading", { name: "Write the rule" }).waitFor();
      await page.getByRole("button", { name: "Show the solution" }).click();
      await page.locator(".cm-content", { hasText: "FailJob" }).waitFor();
      await page.getByRole("button", { name: "Run this" }).click();
      await page.locator(".verdict h2", { hasText: "Failed" }).waitFor();
      await tab(page, "Lesson").click();
      await page.getByText("All goals reached.").waitFor();
    },
  },
  {
    name: "lesson 3 by pressing its buttons: drain, wait, uncordon",
    async check({ page }) {
      await lesson(page, /It was not the program/);
      await page.getByLabel("Speed of time").selectOption("8×");
      await play(page).click();
      await page.locator(".pod", { hasText: "Running" }).first().waitFor();
      await page.getByRole("button", { name: "Next step" }).click();
      await page.getByRole("button", { name: /^Run kubectl drain/ }).click();
      await page.getByRole("article", { name: "node-1" }).getByText("cordoned").waitFor();
      await page.locator(".verdict", { hasText: "waiting for a node" }).waitFor();
      await page.getByRole("button", { name: "Next step" }).click();
      await page.getByRole("button", { name: "Next step" }).click();
      await page.getByRole("button", { name: /^Run kubectl uncordon/ }).click();
      await page.getByLabel("Speed of time").selectOption("64×");
      await page.locator(".verdict h2", { hasText: "Complete" }).waitFor();
      await page.getByText("All goals reached.").waitFor();
    },
  },
  {
    name: "a lesson's command names the pod that it is about, and the bar says which lesson it is",
    async check({ page }) {
      await lesson(page, /Every index gets its share/);
      await page.getByRole("banner").getByText("Lesson 1 of 8").waitFor();
      for (let step = 0; step < 3; step += 1) await page.getByRole("button", { name: "Next step" }).click();
      const command = page.locator(".commands code", { hasText: "delete pod" });
      assert.equal(await command.innerText(), "kubectl delete pod <pod index=4>", "there is none yet");
      await page.getByLabel("Speed of time").selectOption("64×");
      await play(page).click();
      await page.waitForFunction(() => /delete pod indexed-job-4-\w{5}$/.test(document.querySelector(".commands code").innerText));
      const typed = await command.innerText();
      await page.getByRole("button", { name: `Run ${typed}` }).click();
      await page.getByRole("log").getByText(typed).waitFor();
    },
  },
  {
    name: "beside a lesson the status says what was decided last, and where all of it is told",
    async check({ page, axe }) {
      const decision = page.getByRole("region", { name: "What the Job controller decided last" });
      await lesson(page, /One bad index/);
      await runUntil(page, "Failed");
      await decision.getByText("The condition Failed is set: FailedIndexes").waitFor();
      await axe(".right");
      await decision.getByRole("button", { name: "The whole pass" }).click();
      await page.locator(".pass-title", { hasText: "The condition Failed is set" }).waitFor();
      await tab(page, /^Events \d+$/).waitFor();
    },
  },
  {
    name: "after a reload a lesson goes on at its step",
    async check({ page }) {
      assert.equal(await page.getByRole("button", { name: /^Go on with/ }).count(), 0);
      await lesson(page, /It was not the program/);
      await page.getByRole("button", { name: "Next step" }).click();
      const heading = await page.locator(".lesson h2").innerText();
      await page.reload();
      await page.getByRole("button", { name: "Go on with lesson 3, step 2" }).click();
      await page.getByRole("heading", { name: heading }).waitFor();
      await page.getByText("Step 2 of").waitFor();
      await page.locator(".verdict-name", { hasText: "job/" }).waitFor();
    },
  },
  {
    name: "320 px wide a lesson is read from its beginning, and played",
    open: { width: 320 },
    async check({ page, fits, screenshot }) {
      await page.getByRole("button", { name: "Lesson", exact: true }).click();
      await page.getByRole("button", { name: /One bad index/ }).click();
      const heading = page.getByRole("heading", { name: "Four indexes, two of them ill" });
      await page.waitForFunction((heading) => heading.getBoundingClientRect().top < 100, await heading.elementHandle());
      await page.getByRole("button", { name: "Play", exact: true }).click();
      await fits();
      await screenshot("lesson-320");
    },
  },
  {
    name: "320 px wide a number's answer is brought into sight",
    open: { width: 320 },
    async check({ page, fits }) {
      await page.getByRole("button", { name: "Status", exact: true }).click();
      await page.getByRole("button", { name: "failed 0: why?" }).click();
      const answer = page.getByRole("heading", { name: "Why is failed 0 and not 1?" });
      await answer.waitFor();
      const { y } = await answer.boundingBox();
      assert.ok(y > 44 && y < 320, `the answer lies at ${y}`);
      await fits();
    },
  },
  {
    name: "who has an older cluster is told what is otherwise there, and which fields it does not know",
    async check({ page }) {
      await page.getByTitle("What other versions of Kubernetes do").click();
      const dialog = page.getByRole("dialog", { name: "Kubernetes v1.36" });
      const verdict = dialog.getByRole("status");
      await verdict.filter({ hasText: "otherwise in v1.30. It knows every field of your manifest." }).waitFor();
      const version = dialog.getByLabel("My cluster is");
      await version.selectOption("v1.28");
      await verdict.filter({ hasText: "It would not know what your manifest says about backoffLimitPerIndex." }).waitFor();
      const used = dialog.getByRole("definition").filter({ hasText: "Your manifest has it." });
      assert.deepEqual(await used.locator("code").allInnerTexts(), ["backoffLimitPerIndex"]);
      await version.selectOption("v1.36");
      await verdict.filter({ hasText: "v1.36 is what you see here." }).waitFor();
      assert.equal(await dialog.getByRole("definition").count(), 0);
    },
  },
  {
    name: "320 px wide the other versions are behind the help",
    open: { width: 320 },
    async check({ page, fits, axe }) {
      await page.getByRole("button", { name: "Help and keys" }).click();
      await page.getByRole("button", { name: "Other versions" }).click();
      await page.getByRole("dialog", { name: "Kubernetes v1.36" }).getByText("since v1.31").waitFor();
      await fits();
      await axe();
    },
  },
  ...["light", "dark"].map((theme) => ({
    name: `in the ${theme} theme axe has nothing to say about any panel`,
    open: { theme },
    async check({ page, axe }) {
      await page.getByRole("button", { name: "failed 0: why?" }).click();
      await page.locator(".pass-title").first().click();
      await type(page, "kubectl get pods,jobs");
      await editor(page);
      await axe();
      await tab(page, /^Events/).click();
      await tab(page, "Files").click();
      await axe();
      await tab(page, "Lesson").click();
      await lesson(page, /One bad index/);
      await page.getByRole("button", { name: "3", exact: true }).click();
      await tab(page, "Status").click();
      await runUntil(page, "Failed");
      await page.waitForTimeout(1200);
      await axe();
    },
  })),
];
