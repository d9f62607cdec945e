// The pictures in docs/, taken of the built page: `tools/screenshots`.

import { fileURLToPath } from "node:url";
import { start } from "./browser.mjs";

/** What the status says below its numbers comes last. */
const all = (page) => page.getByRole("region", { name: "What ends the Job" }).waitFor();

/** A picture's name, how the page is opened, and what is done before it is taken. */
const PICTURES = [
  { name: "screenshot", open: { theme: "light" }, before: all },
  { name: "screenshot-dark", open: { theme: "dark" }, before: all },
];

const session = await start();
for (const { name, open, before } of PICTURES) {
  const { page, context } = await session.visit(open);
  await before?.(page);
  const path = fileURLToPath(new URL(`../../docs/${name}.png`, import.meta.url));
  await page.screenshot({ path, animations: "disabled" });
  await context.close();
  console.log(`docs/${name}.png`);
}
await session.close();
