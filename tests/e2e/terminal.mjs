// The terminal in the page: shell lines, files, servers in the cluster, and commands that never end.

import assert from "node:assert/strict";

const tab = (page, name) => page.getByRole("tab", { name });
const play = (page) => page.getByRole("button", { name: "Play", exact: true });
const line = (page) => page.getByRole("textbox", { name: "kubectl command" });
const log = (page) => page.getByRole("log");

/** Types lines into the console, one after the other. */
async function type(page, ...lines) {
  for (const text of lines) {
    await line(page).fill(text);
    await line(page).press("Enter");
  }
}

/** Lets time run as fast as it can. */
async function run(page) {
  await page.getByLabel("Speed of time").selectOption("as fast as possible");
  await play(page).click();
}

/** Puts text into the field as a paste does: all of it at once. */
async function paste(page, text) {
  await line(page).focus();
  await page.keyboard.insertText(text);
}

/** The last output in the console, once it fits. */
async function prints(page, expected) {
  await log(page).locator("pre").filter({ hasText: expected }).last().waitFor();
}

export const rows = [
  {
    name: "pipes, loops and substitutions",
    async check({ page, screenshot }) {
      await type(page, "kubectl get pods --no-headers | grep -c shards");
      await prints(page, /^3\s*$/);
      await type(page, 'for i in {1..3}; do echo "item $i of $(hostname | wc -l)"; done | tail -n 1');
      await prints(page, "item 3 of 1");
      await type(page, "k get job shards -o name && echo there || echo gone");
      await prints(page, "there");
      await screenshot("terminal-1440");
    },
  },
  {
    name: "a here-document is typed line by line, applied, and its file is in the panel",
    async check({ page, screenshot }) {
      await type(page, "cat > one.yaml <<EOF");
      for (const text of ["apiVersion: v1", "kind: ConfigMap", "metadata: {name: one}", "data: {a: b}", "EOF"]) {
        await page.waitForFunction(() => document.activeElement.value.endsWith("\n"));
        await page.keyboard.insertText(text);
        await page.keyboard.press("Enter");
      }
      await type(page, "kubectl apply -f one.yaml");
      await prints(page, "configmap/one created");
      await tab(page, "Files").click();
      await page.getByText("one.yaml").first().waitFor();
      await screenshot("terminal-files-1440");
    },
  },
  {
    name: "a here-document is pasted whole: where it ends is in sight, and what was printed before it as well",
    async check({ page, screenshot }) {
      const lines = Array.from({ length: 20 }, (_, number) => `  key-${number}: value`);
      await paste(page, ["cat > long.yaml <<EOF", "apiVersion: v1", "kind: ConfigMap", "metadata: {name: long}", "data:", ...lines, "EOF", ""].join("\n"));
      const [field, console, scrolled] = await page.evaluate(() => {
        const box = (element) => element.getBoundingClientRect();
        const field = document.querySelector(".console-line textarea");
        return [box(field), box(document.querySelector(".console")), field.scrollTop + field.clientHeight >= field.scrollHeight - 2];
      });
      assert.ok(field.bottom <= console.bottom && field.top >= console.top + 24, `the field lies at ${field.top} to ${field.bottom} of ${console.top} to ${console.bottom}`);
      assert.ok(scrolled, "the caret is in sight");
      await screenshot("terminal-pasted-1440");
      await page.keyboard.press("Enter");
      await type(page, "kubectl apply -f long.yaml");
      await prints(page, "configmap/long created");
    },
  },
  {
    name: "of a listing with prompts only the commands are pasted",
    async check({ page }) {
      await paste(page, "$ kubectl get jobs\nNAME     COMPLETIONS\nshards   0/6\n$ kubectl get cm one\nError from server\n");
      assert.equal(await line(page).inputValue(), "kubectl get jobs\nkubectl get cm one");
      await line(page).press("Enter");
      await prints(page, /^NAME\s+STATUS/);
    },
  },
  {
    name: "what was read of the past stands before what is done there then",
    async check({ page }) {
      await page.keyboard.press("Home");
      await type(page, "kubectl get jobs");
      await log(page).getByText("read in the past").waitFor();
      await type(page, "kubectl create configmap one", "kubectl create configmap two");
      await prints(page, "configmap/two created");
      const lines = await log(page).locator(".command code").allInnerTexts();
      assert.deepEqual(lines.slice(-3), ["kubectl get jobs", "kubectl create configmap one", "kubectl create configmap two"]);
    },
  },
  {
    name: "after the window has changed the newest line is still in sight",
    open: { width: 320 },
    async check({ page }) {
      await page.getByRole("button", { name: "Console" }).click();
      await type(page, "kubectl describe job shards");
      await prints(page, "SuccessfulCreate");
      await page.setViewportSize({ width: 1440, height: 900 });
      await page.waitForFunction(() => {
        const log = document.querySelector(".console-log");
        return log.scrollHeight > log.clientHeight && log.scrollTop + log.clientHeight >= log.scrollHeight - 2;
      });
    },
  },
  {
    name: "the arrow keys go beyond a line of several lines",
    async check({ page }) {
      await type(page, "echo first");
      await paste(page, "for i in 1 2\ndo echo $i\ndone");
      await line(page).press("Enter");
      await prints(page, /^1\n2/);
      const typed = () => line(page).inputValue();
      await line(page).press("ArrowUp");
      assert.match(await typed(), /^for/);
      for (let press = 0; press < 3; press += 1) await line(page).press("ArrowUp");
      assert.equal(await typed(), "echo first");
      await line(page).press("ArrowDown");
      assert.match(await typed(), /^for/);
    },
  },
  {
    name: "what is typed waits for time, says so, and lets it run from where it was typed",
    async check({ page, axe }) {
      const still = page.getByText("Time stands still.");
      assert.equal(await still.count(), 0, "nothing has been typed");
      await type(page, "kubectl create job one --image=busybox -- echo one");
      await still.waitFor();
      await axe(".console");
      await line(page).press("Tab");
      await page.keyboard.press("Enter");
      await page.getByRole("button", { name: "Pause", exact: true }).waitFor();
      await still.waitFor({ state: "detached" });
      assert.equal(await line(page).evaluate((field) => field === document.activeElement), true, "one can type on");
      await page.getByRole("button", { name: "Pause", exact: true }).click();
      await type(page, "kubectl get jobs");
      await still.waitFor();
    },
  },
  {
    name: "where time has run out, what is typed lets it go on, and what only reads does not",
    async check({ page }) {
      await run(page);
      const over = page.getByText("Every Job has finished");
      await over.waitFor();
      await type(page, "kubectl get jobs");
      await prints(page, "Complete");
      assert.equal(await page.locator(".clock b").innerText(), "00:23.2");
      await over.waitFor();
      await type(page, "kubectl create job one --image=busybox -- echo one");
      await page.getByTitle(/^one-/).filter({ hasText: "Completed" }).waitFor();
      await over.waitFor();
      await type(page, "kubectl delete job one");
      await page.getByTitle(/^one-/).waitFor({ state: "detached" });
      await play(page).waitFor();
    },
  },
  {
    name: "a kubectl command does not overtake the lines that wait before it",
    async check({ page }) {
      await type(page, "sleep 2", "sed -i s/shards/copies/ manifest.yaml", "kubectl apply -f manifest.yaml");
      await run(page);
      await prints(page, "job.batch/copies created");
    },
  },
  {
    name: "Ctrl-C ends what runs, and drops the lines behind it with a word",
    async check({ page, screenshot }) {
      await type(page, "sleep 50", "echo one", "echo two");
      await log(page).getByText("waits its turn").nth(1).waitFor();
      await line(page).press("Control+c");
      await log(page).getByText("[Jobscope] Not run").nth(1).waitFor();
      await page.getByRole("button", { name: "Interrupt" }).waitFor({ state: "detached" });
      assert.equal(await log(page).getByText("exit 130").count(), 3);
      await screenshot("ctrl-c");
      await type(page, "echo three");
      await prints(page, "three");
      assert.equal(await log(page).locator("pre", { hasText: /^(one|two)$/ }).count(), 0);
    },
  },
  {
    name: "a loop that never ends leaves the page alive, and Ctrl-C ends it",
    async check({ page }) {
      await type(page, "while true; do :; done");
      await page.getByRole("button", { name: "Interrupt" }).waitFor();
      await run(page);
      await tab(page, "Events").click();
      await page.getByRole("tabpanel").filter({ hasText: "SuccessfulCreate" }).first().waitFor();
      await line(page).press("Control+c");
      await page.getByRole("button", { name: "Interrupt" }).waitFor({ state: "detached" });
      await type(page, "echo alive");
      await prints(page, "alive");
    },
  },
  {
    name: "a pipe that prints for ever, a huge variable and a fork bomb are stopped with a message",
    async check({ page }) {
      await type(page, "yes | cat");
      await log(page).locator(".stderr").first().waitFor();
      const stopped = page.getByRole("button", { name: "Interrupt" });
      await line(page).press("Control+c");
      await stopped.waitFor({ state: "detached" });
      await type(page, "x=$(yes | head -c 100000000)");
      await log(page).getByText("cannot allocate").waitFor();
      await type(page, "f() { f | f & }; f; sleep 100");
      await log(page).getByText("fork").first().waitFor();
      await line(page).press("Control+c");
      await type(page, "echo alive");
      await prints(page, "alive");
    },
  },
  {
    name: "what a container's command says is done, beside a scenario with rules of its own",
    async check({ page, axe, screenshot }) {
      await type(page, "kubectl apply -f https://kubernetes.io/examples/application/job/indexed-job.yaml");
      await type(page, "kubectl wait --for=condition=complete job/indexed-job && kubectl logs -l job-name=indexed-job");
      await run(page);
      for (const word of ["oof", "rab", "zab", "xuq", "zyx"]) await prints(page, word);
      await page.getByTitle(/^indexed-job-0-/).first().click();
      await page.getByRole("region", { name: "Log of worker" }).getByText("oof").waitFor();
      await axe();
      await screenshot("drawer-log-1440");
    },
  },
  {
    name: "time goes on while a CronJob will make another Job",
    async check({ page }) {
      await type(page, "kubectl create cronjob tick --image=busybox --schedule='* * * * *' -- echo tick");
      await page.getByLabel("Speed of time").selectOption("64×");
      await play(page).click();
      await page.getByTitle(/^tick-/).nth(1).waitFor();
      await page.getByRole("button", { name: "Read as text" }).click();
      const table = page.getByRole("region", { name: "The timeline as a table" });
      await table.getByRole("cell", { name: "CronJob tick, slot 0" }).nth(1).waitFor();
    },
  },
  {
    name: "what a command reads is typed into it",
    async check({ page, screenshot }) {
      const input = page.getByRole("textbox", { name: "input of the running command" });
      const reply = async (text) => {
        await input.fill(text);
        await input.press("Enter");
      };
      await type(page, 'read name; echo "hello $name"');
      await reply("you");
      await prints(page, "hello you");
      await type(page, "cat");
      await input.press("Control+d");
      await line(page).waitFor();
      await type(page, "kubectl run temp --rm -it --image=busybox -- sh");
      await play(page).click();
      await reply("hostname | rev");
      await prints(page, "pmet");
      await reply("exit");
      await prints(page, 'pod "temp" deleted');
      await line(page).waitFor();
      await screenshot("terminal-input-1440");
    },
  },
  {
    name: "what a server holds is in its pod's drawer, at any instant",
    async check({ page, screenshot, axe }) {
      await type(page, "kubectl run store --image=redis");
      await type(page, "kubectl wait --for=condition=Ready pod/store && kubectl exec store -- redis-cli rpush fruit apple banana");
      await run(page);
      await prints(page, /^\(?(integer)?\)? ?2/m);
      await page.getByTitle("store", { exact: true }).first().click();
      const drawer = page.getByRole("complementary", { name: "Pod store" });
      await drawer.getByText('"apple" "banana"').waitFor();
      await axe();
      await screenshot("server-1440");
      await page.getByRole("slider", { name: "Playhead" }).press("Home");
      await drawer.getByText('"apple" "banana"').waitFor({ state: "detached" });
    },
  },
  {
    name: "nobody knows an image: what it does is said in two clicks",
    async check({ page, screenshot, axe }) {
      await type(page, "kubectl create job odd --image=example.com/solver -- solve --all");
      await run(page);
      // Pods that come and go move the others.
      await page.getByText("Every Job has finished").first().waitFor();
      await page.getByTitle(/^odd-/).first().click();
      const drawer = page.getByRole("complementary", { name: /Pod odd-/ });
      await drawer.getByText("Assumed").waitFor();
      await screenshot("assumed-1440");
      await drawer.getByRole("button", { name: "Say what it does" }).click();
      const dialog = page.getByRole("dialog", { name: "What the containers do" });
      assert.equal(await dialog.getByLabel("Job, or pod").last().inputValue(), "odd");
      await dialog.getByLabel("Exit code").last().fill("7");
      await axe();
      await screenshot("behaviour-1440");
      await page.setViewportSize({ width: 320, height: 640 });
      await screenshot("behaviour-320");
      await page.setViewportSize({ width: 1440, height: 900 });
      await dialog.getByRole("button", { name: "Apply from now on" }).click();
      await dialog.waitFor({ state: "hidden" });
      await type(page, "kubectl delete job odd; kubectl create job odd --image=example.com/solver -- solve --all");
      await type(page, "sleep 10; kubectl get pods -l job-name=odd -o jsonpath='{..exitCode}'");
      await play(page).click();
      await prints(page, /^7/m);
    },
  },
  {
    name: "a pod's card says which of its probes has failed",
    async check({ page, axe, screenshot }) {
      const spec = { containers: [{ name: "sick", image: "busybox", command: ["sleep", "600"], readinessProbe: { tcpSocket: { port: 80 } } }] };
      await type(page, `kubectl run sick --image=busybox --overrides='${JSON.stringify({ spec })}'; sleep 9`);
      await play(page).click();
      await page.getByTitle(/^sick/).first().click();
      const drawer = page.getByRole("complementary", { name: "Pod sick" });
      await drawer.getByText("Running, not ready").waitFor();
      await drawer.getByText(/^Readiness probe failed: dial tcp 10\.244\.\d\.\d+:80: connect: connection refused \(at T\+/).waitFor();
      await axe();
      await screenshot("probe-1440");
    },
  },
  ...[768, 320].map((width) => ({
    name: `${width} px wide a command and its output can be read`,
    open: { width, theme: "dark" },
    async check({ page, screenshot, fits, axe }) {
      if (width < 768) await page.getByRole("button", { name: "Console" }).click();
      await type(page, "kubectl get pods | head -n 2; echo \"job: $(kubectl get jobs -o name)\"");
      await prints(page, "job: job.batch/shards");
      await fits();
      await axe();
      await screenshot(`terminal-${width}`);
    },
  })),
];
