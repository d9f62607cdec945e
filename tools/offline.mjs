// The end of a release build: tells the service worker which files make up the page.

import { createHash } from "node:crypto";
import { readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Writes offline.js into the folder of the built page. */
export function writeOffline(folder) {
  const files = readdirSync(folder, { recursive: true }).filter((file) => statSync(join(folder, file)).isFile()).sort();

  const version = createHash("sha256");
  for (const file of files) version.update(file).update(readFileSync(join(folder, file)));

  const addresses = files.map((file) => (file === "index.html" ? "./" : `./${file.replaceAll("\\", "/")}`));
  const worker = readFileSync("static/offline.js", "utf8")
    .replace("@VERSION@", version.digest("hex").slice(0, 16))
    .replace('["@FILES@"]', JSON.stringify(addresses));
  writeFileSync(join(folder, "offline.js"), worker);
}
