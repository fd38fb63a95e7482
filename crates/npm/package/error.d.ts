/** Why a call failed. */
export declare class StillroomError extends Error {
  /** The condition, for programs: `too-few-rows`, `unknown-column`, `cancelled`, … It never changes its meaning. */
  readonly code: string;
  /** The column at fault, where one is. */
  readonly field?: string;
  /** Its first row at fault, from 0. */
  readonly row?: number;
}
