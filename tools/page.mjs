// Puts the page together for release, from what the linker left (tools/build calls it):
//
//   node tools/page.mjs LINKED.wasm FOLDER
//
// The wasm is cut into what the page opens with and the parts that it fetches later (src/ui/later.rs), each is made
// small, and every file but those that somebody asks for by name gets its content's hash into its own name.

import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, extname, join, resolve } from "node:path";
import { createRequire } from "node:module";
import { writeOffline } from "./offline.mjs";

const require = createRequire(new URL("./package.json", import.meta.url));
const esbuild = require("esbuild");

const [linked, folder] = process.argv.slice(2);
const work = resolve("target/page");
const staging = join(work, "dist");
rmSync(work, { recursive: true, force: true });
mkdirSync(staging, { recursive: true });

const run = (command, ...words) => {
  const { status, error } = spawnSync(command, words, { stdio: ["ignore", "inherit", "inherit"] });
  if (status !== 0) throw new Error(`${command} failed${error ? `: ${error.message}` : ""}`);
};

/** Writes a file of the page under a name with its content's hash, and says which. */
function put(name, content) {
  const hash = createHash("sha256").update(content).digest("hex").slice(0, 16);
  const hashed = `${basename(name, extname(name))}-${hash}${extname(name)}`;
  writeFileSync(join(staging, hashed), content);
  return hashed;
}

// --- The wasm: cut, bound to the browser, made small -----------------------------------------------------------------

const cut = join(work, "cut");
const bound = join(work, "bound");
run("wasm-split-cli", "--out-name", "jobscope", linked, cut);
run("wasm-bindgen", "--target", "web", "--no-typescript", "--keep-lld-exports", "--out-dir", bound, "--out-name", "jobscope", join(cut, "jobscope.wasm"));

const FEATURES = ["bulk-memory", "nontrapping-float-to-int", "sign-ext", "mutable-globals", "reference-types", "multivalue"];
const small = (wasm) => {
  run("wasm-opt", "-Oz", ...FEATURES.map((feature) => `--enable-${feature}`), wasm, "-o", wasm);
  return readFileSync(wasm);
};

const main = put("jobscope.wasm", small(join(bound, "jobscope_bg.wasm")));
// The file with which the parts are fetched names them.
let loader = readFileSync(join(cut, "__wasm_split.js"), "utf8");
for (const part of readdirSync(cut).filter((file) => file.endsWith(".wasm") && file !== "jobscope.wasm")) {
  loader = loader.replaceAll(`"./${part}"`, `"./${put(part, small(join(cut, part)))}"`);
}
writeFileSync(join(bound, "__wasm_split.js"), loader);

// --- Scripts and stylesheets -----------------------------------------------------------------------------------------

const bundle = (options) => {
  const settings = { bundle: true, minify: true, format: "esm", target: "es2022", write: false, logLevel: "warning", logOverride: { "duplicate-object-key": "silent" }, ...options };
  return esbuild.buildSync(settings).outputFiles[0].contents;
};
const script = put("jobscope.js", bundle({ stdin: { contents: 'export { default } from "./jobscope.js"', resolveDir: bound } }));

let html = readFileSync("index.html", "utf8").replace(/<!--[^]*?-->\n?/g, "");
const links = [...html.matchAll(/^ *<(?:link|script) data-trunk[^>]*?>(?:<\/script>)?\n/gm)].map(([tag]) => {
  const attribute = (name) => tag.match(new RegExp(`\\s${name}="([^"]*)"`))?.[1];
  return { tag, kind: tag.includes("<script") ? "script" : attribute("rel"), file: attribute("href") ?? attribute("src") };
});
const replace = (tag, by) => (html = html.replace(tag, () => by));

const styles = links.filter(({ kind }) => kind === "css").map(({ file }) => `@import "./${file}";`).join("\n");
const style = put("style.css", bundle({ stdin: { contents: styles, resolveDir: ".", loader: "css" } }));
for (const { tag, kind, file } of links) {
  if (kind === "icon") replace(tag, tag.replace(" data-trunk", "").replace(file, `./${put(file, readFileSync(file))}`));
  else if (kind === "script") replace(tag, `    <script src="./${put(file, bundle({ entryPoints: [file], bundle: false, format: undefined }))}"></script>\n`);
  else if (kind === "copy-file") {
    cpSync(file, join(staging, basename(file)));
    replace(tag, "");
  } else replace(tag, "");
}
replace(
  "  </head>",
  `    <link rel="stylesheet" href="./${style}">
    <link rel="modulepreload" href="./${script}" crossorigin="anonymous">
    <link rel="preload" href="./${main}" crossorigin="anonymous" as="fetch" type="application/wasm">
    <script type="module" src="./boot.js" data-js="./${script}" data-wasm="./${main}"></script>
  </head>`,
);
writeFileSync(join(staging, "index.html"), html);

// --- All of it, at once ----------------------------------------------------------------------------------------------

writeOffline(staging);
rmSync(folder, { recursive: true, force: true });
renameSync(staging, folder);
