import type { FileFormat, FileSource, FileTable, ReadOptions } from "./files.js";
import type { Explanation, MethodReport, Note } from "./reports.js";
import type { Step } from "./steps.js";

export type * from "./reports.js";

/** The WebAssembly: where it is, or itself. */
export type WasmSource = WasmValue | Promise<WasmValue> | (() => WasmValue | Promise<WasmValue>);
type WasmValue = string | URL | Response | ArrayBuffer | Uint8Array | WebAssembly.Module;

/** How to start an engine. */
export interface CreateOptions {
  /**
   * `true`, the default in browsers, opens the package's own worker; `false` computes on this thread. Name a URL, a Worker or a
   * thunk of one where your bundler cannot find the package's; a thunk can be opened again after a call was stopped.
   */
  worker?: boolean | string | URL | Worker | (() => Worker);
  /** The WebAssembly, when it is not the file beside this package's. */
  wasm?: WasmSource;
  /**
   * Where further WebAssembly is that is loaded when it is first used, when it is not beside this package's: `tables` reads and writes Arrow,
   * Parquet, JSON and spreadsheets.
   */
  packs?: { tables?: WasmSource };
  /**
   * How many workers may share one call, from 1 to 64; unless told, as many as the processor has cores, but no more than 4. Further
   * ones are opened by the first call that is large enough, and answers are the same to the last bit however many there are. A call on
   * this thread has no others, nor has a `worker` that is not a URL or a thunk.
   */
  shards?: number;
}

/** Numbers: `NaN`, `null` and `undefined` are missing. */
export type Numbers = Float64Array | Float32Array | Int32Array | Uint32Array | Int16Array | Uint16Array | Int8Array | Uint8Array | readonly (number | null | undefined)[];

/** Labels as positions in `levels`; negative ones and 4294967295 are missing. */
export interface Dictionary {
  codes: Uint32Array | Int32Array | Uint16Array | Int16Array | Uint8Array | Int8Array | readonly (number | null)[];
  levels: readonly string[];
  /** One bit a row, least significant first, as in Arrow; 0 is missing. */
  validity?: Uint8Array;
}

/** Values with what they are, for what cannot be seen from them. */
export interface Typed {
  values: Numbers | readonly (string | boolean | Date | null | undefined)[];
  /** Without it: typed arrays and numbers are `number`, text is `category`, dates are `time` (milliseconds since 1970 UTC). */
  type?: "number" | "category" | "boolean" | "time" | "text";
  /** One bit a row, least significant first, as in Arrow; 0 is missing. */
  validity?: Uint8Array;
}

/** Texts one behind the other, as in Arrow; never learned from. */
export interface Text {
  type?: "text";
  /** All of them in UTF-8. */
  bytes: Uint8Array;
  /** Where each starts, and where the last ends: one more than there are rows. */
  offsets: Uint32Array;
  /** One bit a row, least significant first, as in Arrow; 0 is missing. */
  validity?: Uint8Array;
}

/** A column, one value a row. Doubles in a `Float64Array` are not copied on this side. */
export type Column = Numbers | Dictionary | Typed | Text | readonly (string | null | undefined)[] | readonly (boolean | null | undefined)[] | readonly (Date | null | undefined)[];

/** One customer a row: columns of one length by name. */
export type Customers = Record<string, Column>;

/** One order line a row: columns of one length by what they mean. */
export interface OrderLines {
  /** Who bought. */
  customer: Column;
  /** When. */
  time: Column;
  /** What, by its code. */
  item?: Column;
  /** Which order; without it, what a customer buys at one time is one order. */
  order?: Column;
  /** Pieces, 1 unless told; negative for returns. */
  quantity?: Column;
  /** Price a piece. */
  price?: Column;
  /** Whether the line takes something back. */
  cancelled?: Column;
  /** What items are called, by code. */
  itemNames?: Record<string, string>;
}

/** An analysis as a document: the same that the app and the command line run. */
export interface Recipe {
  /** The steps in order; each is made by the function of its method. */
  steps: readonly Step[];
  /** The column to predict. */
  target?: string;
  /** The columns to learn from; without them every number, category and boolean. */
  columns?: readonly string[];
  /** The target's label that counts as yes; without it the last one in the order of their bytes. */
  positive?: string;
  /** The seed of every draw, 42 unless told. */
  seed?: number;
  /** What a person calls it. */
  name?: string;
  /** `true` fits the method and leaves out everything beside it: judging, descriptions, drawings. `report.reports` then ends with one of `fit`. */
  fit_only?: boolean;
  /** How a prediction is judged, always on rows the model has not seen; one held-out fifth unless told. */
  validate?:
    | { kind: "split"; test_share: number }
    | { kind: "folds"; k: number; repeats?: number }
    | { kind: "groups"; column: string; k: number }
    | { kind: "time"; column: string; test_share: number }
    | { kind: "time_folds"; column: string; k: number };
  class_weight?: "none" | "balanced";
  calibrate?: "none" | "platt" | "isotonic";
  /** What is told beside the judgement; each costs time. */
  explain?: { importance?: boolean; effects?: number; contributions?: number; learning_curve?: boolean; stability?: boolean };
  /** Category columns whose groups are compared, for two classes. */
  fairness?: readonly string[];
  /** How long `automl` may search, in seconds. */
  time_limit_seconds?: number;
  /** A category column the segments are compared with. */
  compare_with?: string;
  /** Where rows come from; known from the steps unless told. */
  source?: { rows?: "customers" | "order_lines" };
}

/** How far the work has come. */
export interface Progress {
  stage: string;
  done: number;
  total: number;
}

/** What every long call takes. */
export interface CallOptions {
  /** Stops the work: in a worker at once, on this thread when it next tells its progress. */
  signal?: AbortSignal;
  onProgress?: (progress: Progress) => void;
}

/** What `run` takes beside the recipe and the data. */
export interface RunOptions extends CallOptions {
  /** A model of an earlier run, to be applied instead of fitting one; the recipe is then the model's. */
  model?: Uint8Array;
  /** Gives the data's buffers away instead of copying them: they are empty afterwards. */
  transfer?: boolean;
}

/** What a recipe gave. Arrays have one entry for each of `rows`. */
export interface Result {
  /** The rows answered, as positions in the data; for order lines, in `customers`. */
  rows: Uint32Array;
  /** The customers' own ids, for order lines. */
  customers?: string[];
  /** The segment of each row from 0, or 4294967295 for none; for a target of classes the most probable one, a position in `labelNames`. */
  labels: Uint32Array;
  /** The classes of a prediction, when there are more than two. */
  labelNames: string[];
  /** The predicted value, or the probability of the positive class, or of the class in `labels`. */
  scores: Float64Array;
  /** Which of `rows` the judged model had not seen, as positions in `rows`. */
  heldOut: Uint32Array;
  /** Principal components or map coordinates: one array a component. */
  components: Float64Array[];
  /** What order lines come to, one value a customer, when the recipe is `rfm()` alone: `recency_days`, `frequency`, `monetary` and the rest. */
  columns: Record<string, Float64Array>;
  /** The fitted model; keep it, and pass it to `run`, `explain`, `recommend` or `card`. */
  model: Uint8Array | null;
  /** Everything else, under the names of the documentation. */
  report: Report;
}

/** What is told about a run. */
export interface Report {
  /** The recipe with every default filled in. */
  recipe: Recipe;
  engine_version: string;
  /** Which rows these were: the same for the same rows, 64 hexadecimal digits. */
  data_hash: string;
  n_rows_read: number;
  n_rows_used: number;
  /** What a reader must know: rows left out, columns dropped, samples taken. */
  notes: Note[];
  /** The preparing steps as fitted. */
  prepared: Record<string, unknown>[];
  /** What each method reports, in the steps' order. */
  reports: MethodReport[];
}

/** What another answer may change, and how far it must go. */
export interface Wish {
  /** Columns that can be changed, each to any side or only up or down. */
  columns: [string, "any" | "up" | "down"][];
  /** The prediction wished for: a number in target units, or a probability. */
  goal: number;
  /** `true` for at most that, `false` for at least. */
  below: boolean;
}

/** An item for a customer, best first. */
export interface Recommendation {
  item_code: string;
  item_name: string;
  score: number;
  /** The bought items that speak for it, with their share of the score. */
  because: [string, number][];
  /** Whether it is only what everybody buys. */
  popular: boolean;
}

/** A method of the registry. */
export interface Method {
  name: string;
  family: "prepare" | "reduce" | "group" | "predict" | "judge" | "recommend" | "explain";
  summary: string;
  parameters: ({ name: string; type: string; default: string; doc: string } & Record<string, unknown>)[];
  formula: string;
  source: string;
  cost: string;
}

/** An engine that runs recipes. Calls wait for each other; every one may be stopped. */
export interface Engine {
  /**
   * Runs `recipe` on `data`.
   *
   * @throws {StillroomError} naming the condition, and where they are known the column and the row.
   */
  run(recipe: Recipe, data: Customers | OrderLines, options?: RunOptions): Promise<Result>;
  /**
   * Reads a file to columns as `run` takes them. Arrow, Parquet, spreadsheets (their first sheet) and JSON are told by their first bytes and
   * read by a pack that is loaded then; everything else is CSV: quotes, line ends in cells, any common encoding and delimiter, numbers and dates
   * as people write them. Types are learned from all rows. A file is read a megabyte at a time; where a row past the first
   * thousands makes a column something else, it is read twice.
   *
   * @throws {StillroomError} for options no file can have, or a type for a column this one has not; `table-unreadable` and its like for a
   *   file of another kind that breaks its rules; `pack-unavailable`.
   */
  read(file: FileSource, options?: ReadOptions): Promise<FileTable>;
  /**
   * Writes columns as a file; yes and no are written as a dictionary.
   *
   * @throws {StillroomError} `bad-column`, `bad-format`, `pack-unavailable`.
   */
  write(data: Customers, format: FileFormat, options?: { transfer?: boolean; signal?: AbortSignal }): Promise<Uint8Array>;
  /** Why `model` says what it says of a row of `data`; with `wish`, the least change that gives another answer. */
  explain(model: Uint8Array, data: Customers | OrderLines, row: number, options?: CallOptions & { wish?: Wish }): Promise<Explanation>;
  /** The best `n` items, 10 unless told, for each list of bought item codes. */
  recommend(model: Uint8Array, baskets: readonly (readonly string[])[], options?: { n?: number; signal?: AbortSignal }): Promise<Recommendation[][]>;
  /** What a person reads of `model`: what it learned from, how good it is, what it must not be used for. */
  card(model: Uint8Array): Promise<Record<string, any>>;
  /** All methods with their parameters, formulas, sources and costs. */
  methods(): Promise<Method[]>;
  /** Ends the worker and frees its memory; open calls fail with `destroyed`. */
  destroy(): void;
}
