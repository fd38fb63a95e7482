import type { Text } from "./engine.js";

/** The texts of a column of texts, one a row, `null` where there is none. */
export declare function texts(column: Text): (string | null)[];
