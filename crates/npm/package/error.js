/** Why a call failed: `code` for programs, `message` for people, `field` and `row` where the fault is in the data. */
export class StillroomError extends Error {
  constructor({ code, message, column, field = column, row }) {
    super(message);
    this.name = "StillroomError";
    this.code = code;
    if (field !== undefined) this.field = field;
    if (row !== undefined) this.row = row;
  }

  /** As it crosses from a worker. */
  toJSON() {
    const { code, message, field, row } = this;
    return { code, message, field, row };
  }
}

/** The error for a call that was stopped. */
export const cancelled = () => new StillroomError({ code: "cancelled", message: "the work was cancelled" });

/** The error for a call of an engine that is no more. */
export const destroyed = () => new StillroomError({ code: "destroyed", message: "this engine was destroyed: create another one" });

/** The error for work that the engine did not survive. */
export const crashed = () => new StillroomError({ code: "crashed", message: "the engine ended unexpectedly: use fewer rows or columns and try again" });
