// Packs texts into links with what every browser has: deflate, and base64 in the letters that addresses allow.

const LARGEST = 4_000_000;

const flow = (bytes, through) => new Blob([bytes]).stream().pipeThrough(through);

/** A text as a word for an address. */
export async function pack(text) {
  const packed = new Uint8Array(await new Response(flow(text, new CompressionStream("deflate-raw"))).arrayBuffer());
  let letters = "";
  for (const byte of packed) letters += String.fromCharCode(byte);
  return btoa(letters).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

/** The text in such a word. Fails if it is none, and if it is larger than anything that was packed here could be. */
export async function unpack(word) {
  const packed = Uint8Array.from(atob(word.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
  const reader = flow(packed, new DecompressionStream("deflate-raw")).getReader();
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let text = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    text += decoder.decode(value, { stream: true });
    if (text.length > LARGEST) throw new Error("it is too large");
  }
}

/** Puts a text on the clipboard; whether the browser lets us. */
export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}

/** Hands a text to the visitor as a file. */
export function save(name, text) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "application/yaml" }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/** The text of the file that was chosen in an input. */
export const chosen = (input) => input.files[0].text();
