// Order lines cross to the engine as codes: what customers and orders are called stays with the caller, however many they are.
import { readsLines } from "./recipe.js";

/** `data` without the names that a run over order lines does not read. */
export function withoutNames(recipe, data) {
  if (!data || !Array.isArray(recipe?.steps) || !readsLines(recipe)) return data;
  const bare = (column) => (column?.codes !== undefined && Array.isArray(column.levels) ? { ...column, levels: { length: column.levels.length } } : column);
  return { ...data, customer: bare(data.customer), order: bare(data.order) };
}

/** What was found, with the customers that `data` names. */
export function withNames(found, data, sent) {
  const isBare = sent !== data && sent.customer !== data.customer;
  return isBare ? { ...found, customers: Array.from(found.rows, (row) => String(data.customer.levels[row])) } : found;
}
