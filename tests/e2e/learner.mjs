// What people get wrong about Jobs, seen in the page: what ends one, what could be done to it, two manifests side by side.

import assert from "node:assert/strict";

const tab = (page, name) => page.getByRole("tab", { name });
const play = (page) => page.getByRole("button", { name: "Play", exact: true });
const line = (page) => page.getByRole("textbox", { name: "kubectl command" });
const log = (page) => page.getByRole("log");
const limits = (page) => page.getByRole("region", { name: "What ends the Job" });
const drawer = (page) => page.getByRole("complementary", { name: /^Pod / });
const chip = (page, word) => page.locator(".pod", { hasText: word });

/** Types a line into the console. */
async function type(page, text) {
  await line(page).fill(text);
  await line(page).press("Enter");
}

/** Lets time run, without the waits. */
async function run(page) {
  await page.getByLabel("Speed of time").selectOption("as fast as possible");
  await play(page).click();
}

/** Puts a manifest on the desk, whose containers behave as a scenario file says. */
async function write(page, manifest, scenario = "") {
  await tab(page, "Files").click();
  await page.getByRole("textbox", { name: "scenario.yaml" }).fill(scenario);
  await tab(page, "Manifest").click();
  await page.locator(".cm-content").click();
  await page.keyboard.press("Control+a");
  await page.keyboard.insertText(manifest);
  await page.getByText("The API server would accept this.").waitFor();
}

/** A Job with these lines in its spec. */
const job = (spec, policy = "Never", containers = "[{name: main, image: busybox}]") =>
  `apiVersion: batch/v1\nkind: Job\nmetadata:\nname: mine\n`.replace("\nname", "\n  name") +
  `spec:\n${spec.map((text) => `  ${text}\n`).join("")}  template: {spec: {restartPolicy: ${policy}, containers: ${containers}}}\n`;

const FAILS = "pods: [{run: {seconds: 3, exitCode: 42}}]";

/** What the panel says of each line that ends the Job, without what it means. */
const told = async (page) => (await limits(page).locator(".limit > p:first-child").allInnerTexts()).map((text) => text.replaceAll(/\s+/g, " "));

export const rows = [
  {
    name: "what ends the Job is told with how far it is, and in the end which has decided",
    async check({ page, axe, screenshot }) {
      await write(page, job(["backoffLimit: 1", "activeDeadlineSeconds: 300"]), FAILS);
      await page.getByRole("button", { name: "Run this" }).click();
      await chip(page, "Error · 42").waitFor();
      await limits(page).getByText("One more ends the Job").or(limits(page).getByText("1 more may fail")).waitFor();
      await page.getByRole("button", { name: "Pause" }).click();
      const [completions, failures, deadline] = await told(page);
      assert.equal(completions, "completions succeeded 0 of 1");
      assert.match(failures, /^backoffLimit failed [01] of 1$/);
      assert.match(deadline, /^activeDeadlineSeconds active for \d+\.\d s of 5 min$/);
      await axe(".right");
      await run(page);
      await page.locator(".verdict h2", { hasText: "Failed" }).waitFor();
      assert.equal(await limits(page).locator(".limit", { hasText: "This one has decided." }).innerText().then((text) => text.split("\n")[0]), "backoffLimit");
      await screenshot("limits-1440");
      await limits(page).getByRole("button", { name: "backoffLimit" }).click();
      await page.locator(".cm-marked-line", { hasText: "backoffLimit: 1" }).waitFor();
    },
  },
  {
    name: "the forecast says what it comes to at worst, and how long it waits in between; who waits is the policy's choice",
    async check({ page }) {
      const forecast = page.locator(".forecast");
      await write(page, job(["backoffLimit: 3"]));
      await forecast.getByText("with 4 pod failures").waitFor();
      assert.match(await forecast.last().innerText(), /^If every run failed: .* It waits for another pod 10 s, 20 s, 40 s\.$/);
      assert.match(await forecast.first().innerText(), /^Forecast: Job mine is complete/);
      await write(page, job(["backoffLimit: 3"], "OnFailure"));
      await forecast.getByText("It waits for a restart in place 1 s, 10 s").waitFor();
    },
  },
  {
    name: "a CronJob's schedule is looked at in another zone, with the days on which the clocks change, and the zone is written",
    async check({ page, axe, screenshot }) {
      await write(page, "apiVersion: batch/v1\nkind: CronJob\nmetadata:\n  name: nightly\nspec:\n  schedule: '30 2 * * *'\njobTemplate: {spec: {template: {spec: {restartPolicy: Never, containers: [{name: c, image: busybox}]}}}}\n".replace("\njobTemplate", "\n  jobTemplate"));
      const calendar = page.getByRole("region", { name: "Calendar of nightly" });
      await calendar.getByText("The clocks never change in this zone.").waitFor();
      assert.equal(await calendar.getByRole("button").count(), 0, "nothing differs from the manifest");
      await calendar.getByRole("combobox").selectOption("Europe/Berlin");
      await calendar.getByText("02:30 does not come: skipped").waitFor();
      await calendar.getByText("02:30 comes twice: it runs twice").waitFor();
      assert.match(await calendar.getByRole("list", { name: "The next times" }).innerText(), /^Thu 1 Jan 02:30\s+01:30 UTC/);
      const manifest = page.locator(".cm-content");
      assert.doesNotMatch(await manifest.innerText(), /timeZone/, "looking changes nothing");
      await axe(".problems");
      await screenshot("calendar-1440");
      await calendar.getByRole("button", { name: "Write timeZone: Europe/Berlin" }).click();
      await page.locator(".cm-line", { hasText: "timeZone: Europe/Berlin" }).waitFor();
      await calendar.getByRole("option", { name: "Europe/Berlin (its own)" }).waitFor({ state: "attached" });
    },
  },
  {
    name: "where there is one way to mend a manifest a press does it, and Undo takes it back",
    async check({ page, axe, screenshot }) {
      await write(page, job(["backoffLimit: 3"]));
      await page.locator(".cm-content").click();
      await page.keyboard.press("Control+a");
      const policy = "podFailurePolicy: {rules: [{action: Ignore, onPodConditions: [{type: DisruptionTarget, status: true}]}]}";
      await page.keyboard.insertText(job([policy], "OnFailure"));
      await page.getByRole("button", { name: 'Write status: "True"' }).click();
      await page.getByRole("button", { name: "Write restartPolicy: Never" }).waitFor();
      await axe(".problems");
      await screenshot("fix-1440");
      await page.getByRole("button", { name: "Write restartPolicy: Never" }).click();
      await page.getByText("The API server would accept this.").waitFor();
      await page.locator(".cm-content", { hasText: "restartPolicy: Never" }).click();
      await page.keyboard.press("Control+z");
      await page.getByRole("button", { name: "Write restartPolicy: Never" }).waitFor();
    },
  },
  {
    name: "who asks a failed Job for its completion goes on waiting, and the lesson says whom to ask",
    async check({ page }) {
      await page.getByRole("button", { name: /Who noticed/ }).click();
      await page.getByRole("button", { name: /^Run kubectl wait --for=condition=complete/ }).click();
      await page.getByRole("button", { name: "2", exact: true }).click();
      await page.getByLabel("Speed of time").selectOption("64×");
      await play(page).click();
      await page.locator(".verdict h2", { hasText: "Failed" }).waitFor();
      await page.getByText("As you said:").waitFor();
      await page.getByRole("button", { name: "Interrupt" }).waitFor();
      await page.getByText("All goals reached.").waitFor();
      assert.deepEqual(await page.locator(".ladder code").allInnerTexts(), ["[0]", "[1]"]);
    },
  },
  {
    name: "a Job is suspended, resumed, scaled and deleted from its menu, each by a command that is typed",
    async check({ page, axe, screenshot }) {
      const menu = page.getByRole("button", { name: "What to do with the Job" });
      const choose = async (name) => {
        await menu.click();
        await page.getByRole("menuitem", { name, exact: false }).first().click();
      };
      await menu.click();
      await page.getByRole("menuitem").first().waitFor();
      await axe(".menu");
      await screenshot("job-menu-1440");
      await page.keyboard.press("Escape");
      assert.equal(await menu.evaluate((element) => element === document.activeElement), true, "the focus returns");
      await choose("Suspend");
      await page.locator(".verdict h2", { hasText: "Suspended" }).waitFor();
      await log(page).getByText(`kubectl patch job shards -p '{"spec":{"suspend":true}}'`).waitFor();
      await choose("Resume");
      await page.locator(".verdict h2", { hasText: "Running" }).waitFor();
      await choose("Parallelism 4");
      await log(page).getByText('{"spec":{"parallelism":4}}').waitFor();
      await choose("Delete, but not its pods");
      await play(page).click();
      await page.getByText("There is no Job").first().waitFor();
      await type(page, "kubectl get pods --no-headers | wc -l");
      await log(page).locator("pre").filter({ hasText: /^[1-9]\d*$/ }).last().waitFor();
    },
  },
  {
    name: "the restarted controller has forgotten the back-off, and says so",
    async check({ page }) {
      await write(page, job(["backoffLimit: 6"]), FAILS);
      await page.getByRole("button", { name: "Run this" }).click();
      await page.locator(".verdict", { hasText: "The next pod may start in" }).waitFor();
      await page.getByRole("button", { name: "Pause" }).click();
      await page.getByRole("button", { name: "What to do with the Job" }).click();
      await page.getByRole("menuitem", { name: "Restart its controller" }).click();
      await tab(page, "Why").click();
      await page.locator(".pass-title", { hasText: "1 pod is created" }).first().click();
      await page.getByText("what it only had in memory, such as a common back-off, is gone").waitFor();
    },
  },
  {
    name: "what another manifest makes of the same deeds stands beside the run before",
    async check({ page, screenshot }) {
      const healthy = "nodes: 2\npods: [{run: {seconds: 60}}]";
      await write(page, job(["backoffLimit: 0"]), healthy);
      await page.getByRole("button", { name: "Run this" }).click();
      await chip(page, "Running").waitFor();
      const node = (await page.getByRole("article").filter({ has: page.locator(".pod") }).first().getAttribute("aria-label"));
      await type(page, `kubectl drain ${node} --ignore-daemonsets --force`);
      await page.getByRole("article", { name: node }).getByText("cordoned").waitFor();
      await page.locator(".verdict h2", { hasText: "Failed" }).waitFor();
      const policy = "podFailurePolicy: {rules: [{action: Ignore, onPodConditions: [{type: DisruptionTarget}]}]}";
      await write(page, job(["backoffLimit: 0", policy]), healthy);
      await page.getByRole("button", { name: "Run beside" }).click();
      await page.getByText("The run before is kept: Compare shows both. What was done in it is done again here.").waitFor();
      assert.equal(await page.getByLabel("Run on screen").inputValue(), "1");
      await page.getByLabel("Speed of time").selectOption("as fast as possible");
      await page.locator(".verdict h2", { hasText: "Complete" }).waitFor();
      await page.getByRole("button", { name: "Compare" }).click();
      const dialog = page.getByRole("dialog", { name: "Two runs on one clock" });
      await dialog.getByRole("row", { name: /^state ≠ differs Failed Complete$/ }).waitFor();
      await screenshot("beside-1440");
    },
  },
  {
    name: "of a failure each rule says whether it matches; of one to come, which would",
    async check({ page, axe, screenshot }) {
      const rules = "{rules: [{action: FailJob, onExitCodes: {operator: In, values: [42]}}, {action: Count, onExitCodes: {operator: NotIn, values: [42]}}]}";
      await write(page, job([`podFailurePolicy: ${rules}`]), "pods: [{run: {seconds: 20}}]");
      await page.getByRole("button", { name: "Run this" }).click();
      await chip(page, "Running").click();
      await page.getByRole("button", { name: "Pause" }).click();
      const code = drawer(page).getByLabel("Exit with code");
      await code.fill("7");
      await drawer(page).getByText("Rule 1 would match: Count.").waitFor();
      await code.fill("42");
      await drawer(page).getByText("Rule 0 would match: FailJob.").waitFor();
      await code.fill("7");
      await drawer(page).getByRole("button", { name: "Exit now" }).click();
      await page.getByRole("button", { name: "Next change" }).click();
      const policy = drawer(page).locator("section", { hasText: "What the failure policy makes of it" });
      await policy.waitFor();
      assert.deepEqual(await policy.getByRole("listitem").allInnerTexts(), [
        "podFailurePolicy.rules[0]: FailJob, if an exit code is one of 42: does not match",
        "podFailurePolicy.rules[1]: Count, if an exit code is none of 0, 42: matches: main exited with 7",
      ]);
      await drawer(page).getByText("Job mine, and ").waitFor();
      await axe(".drawer");
      await screenshot("rules-1440");
    },
  },
  {
    name: "which field says so is told for every field, with where it was wrong",
    async check({ page, axe, screenshot }) {
      await run(page);
      await page.locator(".verdict h2", { hasText: "Complete" }).waitFor();
      await page.getByText("Which field says that it is over?").click();
      const says = async (question) => {
        const rows = page.getByRole("table", { name: question }).getByRole("row");
        return (await rows.allInnerTexts()).map((text) => text.replaceAll(/\s+/g, " ").replace(/ \d\d:\d\d\.\d$/, " T"));
      };
      assert.deepEqual(await says("Has it failed?"), [
        "failed is above 0 yes wrong: says so for good, from T",
        "conditions[0] is Failed no right so far",
        "Failed is True no this one knows",
      ]);
      assert.match((await says("Has it succeeded?"))[1], /^conditions\[0\] is Complete no wrong: does not say so, though it is from T$/);
      await axe(".right");
      await screenshot("answers-1440");
      const instant = page.getByRole("table", { name: "Has it failed?" }).getByRole("button");
      const at = await instant.innerText();
      await instant.click();
      assert.equal(await page.locator(".clock b").innerText(), at);
      await page.getByRole("row", { name: "failed is above 0 yes too early: says so from" }).waitFor();
    },
  },
  {
    name: "another size is tried out: completions move with parallelism or not at all, and the highest indexes go first",
    async check({ page, axe, screenshot }) {
      await write(page, job(["completionMode: Indexed", "completions: 4", "parallelism: 4"]), "pods: [{run: {seconds: 60}}]");
      await page.getByRole("button", { name: "Run this" }).click();
      await page.locator(".pod", { hasText: "Running" }).nth(3).waitFor();
      await page.getByRole("button", { name: "Pause" }).click();
      await page.getByText("What if it were larger, or smaller?").click();
      const [completions, parallelism] = ["completions", "parallelism"].map((name) => page.getByRole("slider", { name }));
      const says = page.locator(".scale p[role=status]");
      await completions.focus();
      await page.keyboard.press("ArrowLeft");
      await page.keyboard.press("ArrowLeft");
      assert.equal(await parallelism.inputValue(), "2", "linked");
      await says.getByText("the controller deletes 2 pods, of the indexes 2,3.").waitFor();
      await axe(".right");
      await page.getByLabel("both together").uncheck();
      await completions.focus();
      await page.keyboard.press("ArrowRight");
      await says.getByText("The API server refuses it. In short: completions can be changed of an Indexed Job only").waitFor();
      await screenshot("scale-1440");
      await completions.focus();
      await page.keyboard.press("ArrowLeft");
      await page.locator(".scale").getByRole("button", { name: "Do it" }).click();
      await log(page).getByText(`kubectl patch job mine -p '{"spec":{"completions":2,"parallelism":2}}'`).waitFor();
      await page.locator(".scale-command").waitFor({ state: "detached" });
      await play(page).click();
      await chip(page, "Terminating").nth(1).waitFor();
    },
  },
  {
    name: "every way in which a pod can end is tried out, and one of them is done",
    async check({ page, axe, screenshot }) {
      await chip(page, "Running").first().click();
      await drawer(page).getByRole("button", { name: "Compare every way to end it…" }).click();
      const dialog = page.getByRole("dialog", { name: /^Every way in which shards-\d-\w+ can end$/ });
      await page.waitForFunction(() => /is cut off/.test(document.querySelector(".ends")?.innerText) && !document.querySelector(".ends").innerText.includes("…"));
      const cells = async (what) => (await dialog.getByRole("row", { name: what }).getByRole("cell").allInnerTexts()).slice(0, 4);
      assert.deepEqual(await cells(/^It is deleted kubectl/), ["no", "at once", "Error · 143 after 1.2 s", "counts as failed"]);
      assert.deepEqual(await cells(/^It is evicted/), ["EvictionByEvictionAPI, at once", "at once", "Error · 143 after 1.2 s", "counts as failed"]);
      assert.match((await cells(/^A more urgent pod/))[0], /^PreemptionByScheduler/);
      assert.match((await cells(/^Its node is cut off/))[0], /^DeletionByTaintManager, after 5 min/);
      assert.match((await cells(/^Its node loses power/))[2], /in truth ended at once$/);
      await axe(".dialog");
      await screenshot("ends-1440");
      await dialog.getByRole("button", { name: "Do it: It is evicted, as by a drain" }).click();
      await log(page).getByText(/^kubectl create --raw .*\/eviction/).waitFor();
      await chip(page, "Terminating").waitFor();
      assert.equal(await dialog.count(), 0);
    },
  },
  {
    name: "an index runs twice while a node is cut off: the timeline, the drawer and the node's card say what nobody can know",
    async check({ page, axe, screenshot }) {
      await tab(page, "Manifest").click();
      await page.getByLabel("Begin with a sample").selectOption("Runs twice");
      await page.getByRole("button", { name: "Run this" }).click();
      await page.getByLabel("Speed of time").selectOption("64×");
      const picture = page.locator("p.sr-only", { hasText: "index 1 runs twice" });
      await picture.waitFor({ state: "attached" });
      await page.getByRole("button", { name: "Pause", exact: true }).click();
      assert.match(await picture.innerText(), /shares-1-\w+ runs unseen; index 1 runs twice\./);
      await chip(page, "Terminating").click();
      const unseen = drawer(page).locator(".drawer-state--unseen");
      await unseen.getByText("The API server cannot know what becomes of it").waitFor();
      await unseen.getByText("Index 1 runs twice").waitFor();
      await axe(".drawer");
      await screenshot("twice-1440");
      const name = (await drawer(page).getAttribute("aria-label")).replace("Pod ", "");
      await type(page, `kubectl delete pod ${name} --force`);
      await unseen.getByText("Its object is gone, its processes are not.").waitFor();
      await chip(page, "unseen").waitFor();
      await axe(".cluster");
      await screenshot("ghost-1440");
      const lost = page.locator("article.node", { hasText: "cut off" });
      await lost.getByRole("button", { name: /^What to do with/ }).click();
      await page.getByRole("menuitem", { name: "Connect again" }).click();
      await play(page).click();
      await chip(page, "unseen").waitFor({ state: "detached" });
    },
  },
  {
    name: "from one attempt at an index one goes to the others, each with its log",
    async check({ page, axe }) {
      await page.getByLabel("Speed of time").selectOption("64×");
      await play(page).click();
      await page.locator(".verdict h2", { hasText: "Complete" }).waitFor();
      await chip(page, "Error").click();
      const attempts = page.getByRole("navigation", { name: "Attempts at index 1" });
      const first = await drawer(page).getAttribute("aria-label");
      assert.deepEqual(await attempts.getByRole("button").allInnerTexts(), ["1. Error · 1", "2. Completed"]);
      assert.equal(await attempts.locator("[aria-current]").innerText(), "1. Error · 1");
      await axe(".drawer");
      await attempts.getByRole("button", { name: "2. Completed" }).click();
      await attempts.locator("[aria-current]", { hasText: "2. Completed" }).waitFor();
      assert.notEqual(await drawer(page).getAttribute("aria-label"), first);
    },
  },
  {
    name: "a pod's log stands beside the command that prints it, and without one once the pod is gone",
    async check({ page }) {
      await type(page, "kubectl run talk --image=busybox --restart=Never -- sh -c 'echo one; sleep 600'");
      // Step by step: while time runs the pods move on their cards, and what moves cannot be clicked.
      await chip(page, "talk").waitFor();
      const runs = chip(page, "talk").filter({ hasText: "Running" });
      while ((await runs.count()) === 0) await page.getByRole("button", { name: "Next change" }).click();
      await runs.click();
      await drawer(page).locator(".log", { hasText: "one" }).waitFor();
      await drawer(page).getByText("kubectl logs talk", { exact: true }).waitFor();
      await type(page, "kubectl delete pod talk --force");
      await drawer(page).getByText("kubectl has nothing to print any more").waitFor();
    },
  },
  {
    name: "where no pod can be created the status says why, and when it is tried again",
    async check({ page }) {
      await type(page, "kubectl create quota none --hard=pods=0");
      await page.getByRole("button", { name: "Next change" }).click();
      await type(page, "kubectl apply -f - <<EOF\n" + job(["backoffLimit: 2"]) + "EOF");
      await page.getByRole("button", { name: "Play", exact: true }).click();
      await page.locator(".verdict", { hasText: /No pod can be created \(pods "mine-\w+" is forbidden: exceeded quota: none.*\), the controller tries again in/ }).waitFor();
    },
  },
  {
    name: "what cannot be changed is said in short below kubectl's page of it",
    async check({ page, axe }) {
      await type(page, "sed s/busybox:1.36/busybox:1.37/ manifest.yaml | kubectl apply -f -");
      await log(page).getByText("field is immutable").waitFor();
      await log(page).getByText("In short: the template of a Job cannot be changed.").waitFor();
      await axe(".console");
    },
  },
  {
    name: "pods that cannot start leave every limit where it is, which is said with what would help",
    async check({ page }) {
      await write(page, job(["completions: 2", "parallelism: 2"]), "pods: [{stuck: ImagePullBackOff}]");
      await page.getByRole("button", { name: "Run this" }).click();
      await limits(page).getByText("2 pods cannot start and will never fail by themselves").waitFor();
      assert.deepEqual(await told(page), ["completions succeeded 0 of 2", "backoffLimit failed 0 of 6", "activeDeadlineSeconds unset"]);
    },
  },
  {
    name: "a double click on a fault does it once",
    async check({ page }) {
      await chip(page, "Running").first().click();
      await drawer(page).getByLabel("Exit with code").fill("42");
      await drawer(page).getByRole("button", { name: "Exit now" }).dblclick();
      await chip(page, "Error · 42").waitFor();
      assert.equal(await log(page).locator(".block--fault").count(), 1);
    },
  },
  ...[768, 320].map((width) => ({
    name: `${width} px wide the Job's menu, its limits and the manifest's buttons fit`,
    open: { width, theme: "dark" },
    async check({ page, axe, fits, screenshot }) {
      if (width < 768) await page.getByRole("button", { name: "Status", exact: true }).click();
      await page.getByRole("button", { name: "What to do with the Job" }).click();
      const menu = page.getByRole("menu", { name: "What to do with the Job" });
      const last = await menu.getByRole("menuitem").last().boundingBox();
      const { height } = page.viewportSize();
      assert.ok(last.y + last.height <= height, `the last entry ends at ${last.y + last.height} of ${height}`);
      await screenshot(`job-menu-${width}`);
      await page.keyboard.press("Escape");
      await page.getByRole("button", { name: "failed 0: why?" }).click();
      await tab(page, "Status").click();
      await limits(page).scrollIntoViewIfNeeded();
      await axe(".right");
      await screenshot(`limits-${width}`);
      await page.getByRole("button", { name: "Lesson", exact: true }).click();
      await tab(page, "Manifest").click();
      await page.getByText("If every run failed:").waitFor();
      const wide = await page.locator(".manifest-bar").evaluate((bar) => bar.scrollWidth - bar.clientWidth);
      assert.equal(wide, 0, "the buttons stand beside each other");
      // What a closed select shows has no box of its own: its first option, in its font, and the room that is left for it.
      const cut = await page.locator(".samples select").evaluate((select) => {
        const style = getComputedStyle(select);
        const pen = document.createElement("canvas").getContext("2d");
        pen.font = style.font;
        const arrow = 20;
        const room = select.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight) - arrow;
        return pen.measureText(select.options[0].text).width - room;
      });
      assert.ok(cut <= 0, `“Samples…” lacks ${cut} px`);
      await screenshot(`manifest-${width}`);
      await fits();
    },
  })),
];
