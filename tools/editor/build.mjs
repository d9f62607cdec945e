// Bundles the editor into one module, tools/editor/dist/editor.js. Does nothing when that is newer than its sources.

import { statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const modified = (path) => statSync(here(path), { throwIfNoEntry: false })?.mtimeMs ?? 0;

const sources = ["editor.js", "build.mjs", "../package-lock.json"];
if (sources.every((source) => modified(source) < modified("dist/editor.js"))) process.exit();

await build({
  entryPoints: [here("editor.js")],
  outfile: here("dist/editor.js"),
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  legalComments: "inline",
  logLevel: "warning",
});
