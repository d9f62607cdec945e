// A static file server for the built page, under the strictest policy that the page promises to run with.
//
//   node tools/server.mjs FOLDER [PORT]

import { createReadStream, statSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, normalize, relative, resolve, sep } from "node:path";
import { pathToFileURL } from "node:url";

/** What an embedding site may impose on the page; it must work under it. */
export const POLICY = "script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; object-src 'none'; base-uri 'none'";

const TYPES = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".wasm": "application/wasm",
  ".webmanifest": "application/manifest+json",
  ".yaml": "text/plain; charset=utf-8",
};

/**
 * Serves `folder` below `base` ("/" or "/some/path/"). Port 0 takes a free one; `served` is told the path of every file
 * that is served, inside the folder. Resolves to `{ url, close }`.
 */
export function serve(folder, { port = 0, base = "/", served = () => {} } = {}) {
  const root = resolve(folder);

  const server = createServer((request, response) => {
    const answer = (status, text) => response.writeHead(status, { "Content-Type": "text/plain" }).end(text);
    let path;
    try {
      path = decodeURIComponent(new URL(request.url, "http://localhost").pathname);
    } catch {
      return answer(400, "Bad request\n");
    }
    if (path + "/" === base) return response.writeHead(301, { Location: base }).end();
    if (!path.startsWith(base)) return answer(404, "Not found\n");

    let file = normalize(join(root, path.slice(base.length)));
    if (file !== root && !file.startsWith(root + sep)) return answer(404, "Not found\n");
    let found = statSync(file, { throwIfNoEntry: false });
    if (found?.isDirectory()) {
      file = join(file, "index.html");
      found = statSync(file, { throwIfNoEntry: false });
    }
    if (!found?.isFile()) return answer(404, "Not found\n");

    response.writeHead(200, {
      "Content-Type": TYPES[extname(file)] ?? "application/octet-stream",
      "Content-Length": found.size,
      "Content-Security-Policy": POLICY,
      // As static hosts do: inside a sandboxed frame the page has no origin, and its own files are foreign to it.
      "Access-Control-Allow-Origin": "*",
      "Cache-Control": "no-cache",
    });
    served(relative(root, file));
    if (request.method === "HEAD") return response.end();
    createReadStream(file).pipe(response);
  });

  return new Promise((done, failed) => {
    server.once("error", failed);
    server.listen(port, () => {
      const url = `http://localhost:${server.address().port}${base}`;
      done({
        url,
        close() {
          server.close();
          server.closeAllConnections();
        },
      });
    });
  });
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [folder = "dist", port = "8080"] = process.argv.slice(2);
  try {
    const { url } = await serve(folder, { port: Number(port) });
    console.log(`\nJobscope is ready: ${url}   (Ctrl-C stops it)`);
  } catch (error) {
    console.error(error.code === "EADDRINUSE" ? `Port ${port} is taken. Try: tools/serve --port 9000` : error.message);
    process.exitCode = 1;
  }
}
