// The editor is a module of its own, outside the first load. A dynamic import needs no `unsafe-eval`,
// but it needs a file: this one.

/** Loads the editor's module from beside the page. Fails as a rejected promise. */
export const load = (name) => import(new URL(name, document.baseURI).href);
