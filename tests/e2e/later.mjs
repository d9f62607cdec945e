// What the page fetches later: not before it is needed, once, and again where it could not be fetched.

import assert from "node:assert/strict";

const tab = (page, name) => page.getByRole("tab", { name });
const log = (page) => page.getByRole("log");

async function type(page, text) {
  const line = page.getByRole("textbox", { name: "kubectl command" });
  await line.fill(text);
  await line.press("Enter");
}

/** The parts fetched from now on, by their names without the hash. */
function fetched(page) {
  const parts = [];
  page.on("request", (request) => {
    const name = request.url().match(/\/(?:split_)?(\w+)-\w{16}\.wasm$/)?.[1] ?? request.url().match(/\/(editor)\.js$/)?.[1];
    if (name) parts.push(name);
  });
  return parts;
}

/** Opens the page in a context of its own where files whose name contains `word` cannot be fetched until `allow()`. */
async function blocked(session, word) {
  const context = await session.browser.newContext({ viewport: { width: 1440, height: 900 }, serviceWorkers: "block" });
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  const exceptions = [];
  page.on("pageerror", (error) => exceptions.push(error.message));
  const pattern = new RegExp(`${word}[^/]*$`);
  await page.route(pattern, (route) => route.abort());
  await page.goto(session.site.url);
  await page.locator("#jobscope:not([aria-busy])").waitFor();
  return {
    page,
    allow: () => page.unroute(pattern),
    async close() {
      assert.deepEqual(exceptions, []);
      await context.close();
    },
  };
}

export const rows = [
  {
    name: "who only watches gets what the status says besides, and nothing more; what is needed is fetched once",
    async check({ page }) {
      const parts = fetched(page);
      await page.getByRole("button", { name: "Next change" }).click();
      await page.getByRole("slider", { name: "Playhead" }).focus();
      await page.keyboard.press("Home");
      await page.keyboard.press("End");
      await page.getByRole("region", { name: "What ends the Job" }).waitFor();
      assert.deepEqual(parts.filter((name) => ["kubectl", "programs", "editor"].includes(name)), []);
      await tab(page, "Why").click();
      await page.locator(".pass-title").first().waitFor();
      await tab(page, /^Events/).click();
      await page.locator(".event").first().waitFor();
      await tab(page, "Manifest").click();
      await page.locator(".cm-content").waitFor();
      await type(page, "kubectl get pods");
      await log(page).getByText("NAME").first().waitFor();
      await page.getByRole("button", { name: "What to do with node-1" }).click();
      await page.getByRole("menuitem", { name: "Cordon" }).click();
      await page.getByRole("article", { name: "node-1" }).getByText("cordoned").waitFor();
      for (const part of ["panels", "kubectl", "editor"]) assert.equal(parts.filter((name) => name === part).length, 1, `${part}: ${parts}`);
    },
  },
  {
    name: "a command waits for kubectl, in vain at first, and is done at the instant at which it was typed",
    open: null,
    async check({ session }) {
      const { page, allow, close } = await blocked(session, "split_kubectl");
      await type(page, "kubectl delete job shards");
      const alert = page.getByRole("alert").filter({ hasText: "kubectl could not be fetched" });
      await alert.waitFor();
      assert.doesNotMatch(await log(page).innerText(), /deleted/);
      await page.getByRole("button", { name: "Play", exact: true }).click();
      await page.waitForTimeout(300);
      assert.equal(await page.locator(".clock b").innerText(), "00:07.0", "time stands still");
      await alert.getByRole("button", { name: "Try again" }).click();
      await page.waitForTimeout(200);
      await alert.waitFor();
      await allow();
      await alert.getByRole("button", { name: "Try again" }).click();
      await log(page).getByText('job.batch "shards" deleted').waitFor();
      await page.waitForFunction(() => document.querySelector(".clock b").innerText > "00:07.0");
      assert.match(await log(page).innerText(), /delete job shards\s+00:07\.0/);
      assert.equal(await alert.count(), 0);
      await close();
    },
  },
  {
    name: "a read of the past waits for kubectl as well",
    open: null,
    async check({ session }) {
      const { page, allow, close } = await blocked(session, "split_kubectl");
      await page.keyboard.press("Home");
      await type(page, "kubectl get pods");
      await page.getByRole("alert").getByText("kubectl could not be fetched").waitFor();
      await allow();
      await page.getByRole("button", { name: "Try again" }).click();
      await log(page).getByText("No resources found in default namespace.").waitFor();
      await close();
    },
  },
  {
    name: "lines for the shell wait for it in their order, whatever is typed meanwhile",
    open: null,
    async check({ session }) {
      const { page, allow, close } = await blocked(session, "split_programs");
      for (const text of ["for i in 1 2; do", "echo number $i", "done", "kubectl get jobs", "echo last"]) await type(page, text);
      await page.getByRole("alert").getByText("The shell could not be fetched").waitFor();
      assert.doesNotMatch(await log(page).innerText(), /COMPLETIONS|number/);
      await allow();
      await page.getByRole("button", { name: "Try again" }).click();
      await log(page).getByText(/^last$/).waitFor();
      assert.match(await log(page).innerText(), /number 1\nnumber 2[^]*COMPLETIONS[^]*\nlast/);
      assert.equal(await page.getByRole("alert").count(), 0);
      await close();
    },
  },
  {
    name: "a panel that cannot be fetched says so, and comes when it is tried again",
    open: null,
    async check({ session }) {
      const { page, allow, close } = await blocked(session, "split_panels");
      await tab(page, "Why").click();
      const panel = page.getByRole("tabpanel", { name: "Why" });
      await panel.getByText("This panel could not be fetched.").waitFor();
      await allow();
      await panel.getByRole("button", { name: "Try again" }).click();
      await page.locator(".pass-title").first().waitFor();
      await close();
    },
  },
  {
    name: "a lesson that cannot be fetched says so, and begins when it is tried again",
    open: null,
    async check({ session }) {
      const { page, allow, close } = await blocked(session, "split_panels");
      await page.getByRole("button", { name: /Give up at once/ }).click();
      await page.getByRole("alert").getByText("could not be fetched").first().waitFor();
      await allow();
      await page.getByRole("button", { name: "Try again" }).first().click();
      await page.getByRole("heading", { name: "Goals, asked of the cluster" }).waitFor();
      await close();
    },
  },
  {
    name: "seconds after the first visit all of it works without a network",
    open: { context: { serviceWorkers: "allow" } },
    async check({ page, context }) {
      await page.evaluate(() => navigator.serviceWorker.ready);
      await page.waitForFunction(() => navigator.serviceWorker.controller);
      await context.setOffline(true);
      await type(page, "kubectl get jobs");
      await log(page).getByText("COMPLETIONS").waitFor();
      await page.reload();
      await type(page, "kubectl get jobs");
      await log(page).getByText("COMPLETIONS").waitFor();
      await tab(page, "Why").click();
      await page.locator(".pass-title").first().waitFor();
      await tab(page, "Manifest").click();
      await page.locator(".cm-content").waitFor();
      await tab(page, "Lesson").click();
      await page.getByRole("button", { name: /Give up at once/ }).click();
      await page.getByRole("heading", { name: "Goals, asked of the cluster" }).waitFor();
    },
  },
];
