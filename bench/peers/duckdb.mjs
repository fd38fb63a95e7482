// DuckDB as WebAssembly, in its worker, without threads, which need headers that embedding pages do not have.
import * as duckdb from "@duckdb/duckdb-wasm";
import { Table, makeVector } from "apache-arrow";
import { host } from "../page.mjs";
import { bytes, numbers } from "./data.mjs";

const FILES = "/modules/@duckdb/duckdb-wasm/dist";
let connection;
let database;

async function ready() {
  database = new duckdb.AsyncDuckDB(new duckdb.VoidLogger(), new Worker(`${FILES}/duckdb-browser-eh.worker.js`));
  await database.instantiate(new URL(`${FILES}/duckdb-eh.wasm`, location).href);
  connection = await database.connect();
  await connection.query("select 1");
}

/** One row of numbers. */
const row = async (query) => Object.values((await connection.query(query)).get(0).toJSON()).map(Number);

export const tasks = {
  async csv(task) {
    await database.registerFileBuffer("table.csv", await bytes(task.file));
    return { run: () => connection.query(task.sql.read), answer: () => row(task.sql.summary) };
  },

  async rfm(task) {
    const column = (name, kind) => numbers(`${task.set}/${name}`, task.n_rows, kind);
    const table = new Table({
      customer: makeVector(await column("customer", "u32")),
      order_id: makeVector(await column("order", "u32")),
      time: makeVector(await column("time")),
      quantity: makeVector(await column("quantity")),
      price: makeVector(await column("price")),
    });
    await connection.insertArrowTable(table, { name: "lines", create: true });
    return { run: () => connection.query(task.sql.customers), answer: () => row(task.sql.summary) };
  },
};

await host({ ready, tasks });
