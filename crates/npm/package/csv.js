// CSV files to columns, a piece at a time.
import { StillroomError, cancelled } from "./error.js";

/** What the reader looks at before it starts, and what it is given at once. */
const PIECE = 1 << 20;

/** Reads `csv` with a reader that `open` makes; `guarded` runs what may trap. */
export async function readCsv(csv, options, onProgress, open, guarded) {
  const file = source(csv);
  const reader = open(await file.piece(0), file.size, JSON.stringify(options));
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
function source(csv) {
  if (typeof csv === "string") return source(new TextEncoder().encode(csv));
  if (csv instanceof ArrayBuffer) return source(new Uint8Array(csv));
  if (ArrayBuffer.isView(csv)) {
    const bytes = new Uint8Array(csv.buffer, csv.byteOffset, csv.byteLength);
    return { size: bytes.length, piece: (at) => bytes.subarray(at, at + PIECE) };
  }
  if (typeof Blob !== "undefined" && csv instanceof Blob)
    return { size: csv.size, piece: async (at) => new Uint8Array(await csv.slice(at, at + PIECE).arrayBuffer()) };
  throw new StillroomError({ code: "data-unreadable", message: "a CSV file is text, bytes or a Blob" });
}
