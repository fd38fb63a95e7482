// Columns of texts one behind the other, as in Arrow.

/** The texts of a column of `bytes` and `offsets`, `null` where there is none. */
export function texts({ bytes, offsets, validity }) {
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  const text = (row) => (isValid(validity, row) ? decoder.decode(bytes.subarray(offsets[row], offsets[row + 1])) : null);
  return Array.from({ length: Math.max(offsets.length - 1, 0) }, (_, row) => text(row));
}

/** Whether a bit of a validity bitmap is set, least significant bit first, as in Arrow. */
export function isValid(validity, row) {
  return !validity || ((validity[row >> 3] >> (row & 7)) & 1) === 1;
}
