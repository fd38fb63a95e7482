// Baskets and what is recommended for them, as columns on their way to the engine and back.
import { StillroomError } from "./error.js";

/** Lists of item codes, one behind the other: each code is a place in `levels`. */
export function packBaskets(baskets) {
  if (!Array.isArray(baskets) || !baskets.every(Array.isArray)) throw unreadable("they are an array of arrays of item codes");
  const lengths = Uint32Array.from(baskets, (basket) => basket.length);
  const codes = new Uint32Array(lengths.reduce((sum, length) => sum + length, 0));
  const placeOf = new Map();
  let next = 0;
  baskets.forEach((basket, row) => {
    for (const item of basket) {
      let place = placeOf.get(item);
      if (place === undefined) {
        if (typeof item !== "string") throw unreadable(`an item code is text, not ${item === null ? "null" : typeof item}`, row);
        placeOf.set(item, (place = placeOf.size));
      }
      codes[next++] = place;
    }
  });
  return { levels: [...placeOf.keys()], codes, lengths };
}

/** A list of recommendations for each basket. */
export function recommendations({ codes, names, lengths, items, scores, popular, reasonCounts, reasons, shares }) {
  let [entry, reason] = [0, 0];
  return Array.from(lengths, (length) => {
    const list = new Array(length);
    for (let rank = 0; rank < length; rank += 1, entry += 1) {
      const because = new Array(reasonCounts[entry]);
      for (let at = 0; at < because.length; at += 1, reason += 1) because[at] = [names[reasons[reason]], shares[reason]];
      list[rank] = { item_code: codes[items[entry]], item_name: names[items[entry]], score: scores[entry], because, popular: popular[entry] === 1 };
    }
    return list;
  });
}

function unreadable(what, row) {
  return new StillroomError({ code: "baskets-unreadable", field: "baskets", row, message: `the baskets do not read${row === undefined ? "" : ` at basket ${row}`}: ${what}` });
}
