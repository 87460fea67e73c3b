import type { Knex } from "knex";
import { database } from "./connection.ts";

export type Transaction = Knex.Transaction;

/** Runs `work` in one transaction of the shared Knex: all of it is kept, or none. */
export function transaction<T>(work: (trx: Transaction) => Promise<T>): Promise<T> {
  return database().transaction(work);
}
