// Files to columns: CSV a piece at a time, other kinds whole.
import { StillroomError, cancelled } from "./error.js";
import { isMarked, readTable } from "./tables.js";

/** What the reader of CSV looks at before it starts, and what it is given at once. */
const PIECE = 1 << 20;

/** Reads `given`; of CSV with a reader that `open` makes, where `guarded` runs what may trap. */
export async function readFile(given, { format, ...options }, onProgress, open, guarded) {
  const file = source(given);
  const head = await file.piece(0);
  if (format !== "csv" && isMarked(head)) return readTable(await file.whole());
  return readCsv(file, head, options, onProgress, open, guarded);
}

async function readCsv(file, head, options, onProgress, open, guarded) {
  const reader = open(head, file.size, JSON.stringify(options));
  do {
    for (let at = 0; at < file.size; at += PIECE) {
      if (onProgress("read", at, file.size)) throw cancelled();
      const piece = await file.piece(at);
      guarded(() => reader.push(piece));
    }
  } while (!guarded(() => reader.finish()));
  const [about, columns] = guarded(() => reader.take());
  return { ...about, types: Object.fromEntries(about.types), columns: Object.fromEntries(columns) };
}

/** Bytes in pieces, wherever they are. */
function source(given) {
  if (typeof given === "string") return source(new TextEncoder().encode(given));
  if (given instanceof ArrayBuffer) return source(new Uint8Array(given));
  if (ArrayBuffer.isView(given)) {
    const bytes = new Uint8Array(given.buffer, given.byteOffset, given.byteLength);
    return { size: bytes.length, piece: (at) => bytes.subarray(at, at + PIECE), whole: () => bytes };
  }
  if (typeof Blob !== "undefined" && given instanceof Blob)
    return { size: given.size, piece: async (at) => new Uint8Array(await given.slice(at, at + PIECE).arrayBuffer()), whole: async () => new Uint8Array(await given.arrayBuffer()) };
  throw new StillroomError({ code: "data-unreadable", message: "a file is text, bytes or a Blob" });
}
