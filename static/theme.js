// Decides light or dark before the first paint: what the visitor chose last, else what the system says.
(() => {
  let chosen = null;
  try {
    chosen = localStorage.getItem("jobscope.theme");
  } catch {
    // Storage is denied, as in a sandboxed iframe: the system's word is enough.
  }
  const system = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  document.documentElement.dataset.theme = chosen === "light" || chosen === "dark" ? chosen : system;
})();
