// Starts the page. Trunk would write this into index.html as an inline script; as a file of its own it is
// allowed under `script-src 'self' 'wasm-unsafe-eval'`. The names it loads carry the content's hash.
const { js, wasm } = document.querySelector("script[data-wasm]").dataset;
const address = (relative) => new URL(relative, document.baseURI).href;

try {
  const { default: start } = await import(address(js));
  await start({ module_or_path: address(wasm) });
} catch (error) {
  const status = document.getElementById("boot-status");
  if (status) {
    status.setAttribute("role", "alert");
    status.textContent = `The page could not start (${error.message}). Reload it, or try a current browser with WebAssembly.`;
  }
  throw error;
}

// Seconds after the page has opened, so that nobody waits for it: the service worker fetches all that the page has not
// needed yet, and from then on the page works offline. Where a service worker is not to be had (a sandboxed frame, plain
// http, a private window), parts are fetched when they are needed, and nothing is lost but that.
await new Promise((later) => setTimeout(later, 5000));
try {
  await navigator.serviceWorker?.register(address("./offline.js"));
} catch {
  // See above.
}
