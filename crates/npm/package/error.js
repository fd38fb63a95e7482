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
