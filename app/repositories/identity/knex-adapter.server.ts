import {
  type AdapterFactoryConfig,
  type AdapterFactoryCustomizeAdapterCreator,
  type CleanedWhere,
  type CustomAdapter,
  createAdapterFactory,
  type DBAdapterInstance,
  type ModelTarget,
} from "better-auth/adapters";
import type { Knex } from "knex";
import { parseJoinedDates, selectJoinedRows } from "./knex-adapter-joins.server.ts";
import { applyWhere } from "./knex-adapter-where.server.ts";

type Helpers = Parameters<AdapterFactoryCustomizeAdapterCreator>[0];
type ReadTarget = ModelTarget & Partial<Parameters<CustomAdapter["findMany"]>[0]>;
type WriteTarget = ModelTarget & { where: CleanedWhere[] };
type Row = Record<string, unknown>;
type RunTransaction = <T>(work: (trx: Knex.Transaction) => Promise<T>) => Promise<T>;

/**
 * Stores Better Auth's data through a shared Knex (PostgreSQL). Table and column names come from Better Auth's
 * `modelName` and `fields`; ids may be text, serial or uuids that the database generates. A nested transaction is a
 * savepoint on the same connection, so a pool of one connection does not deadlock.
 * @param runTransaction runs the outermost transactions; the application's retries conflicts
 * @returns the value of Better Auth's `database` option; the adapter's `options.knex` is the Knex that it runs on
 * @throws the errors of `pg`, with the SQLSTATE in `code`
 */
export function knexAdapter(
  knex: Knex,
  settings: Pick<AdapterFactoryConfig, "usePlural" | "debugLogs"> = {},
  runTransaction: RunTransaction = (work) => knex.transaction(work),
): DBAdapterInstance {
  return (options) =>
    createAdapterFactory({
      config: {
        ...settings,
        adapterId: "knex",
        adapterName: "Knex Adapter",
        supportsJSON: true,
        supportsUUIDs: true,
        customTransformInput: ({ data, fieldAttributes }) =>
          // pg serializes an array as '{1,2}', which is not JSON.
          fieldAttributes.type === "json" && Array.isArray(data) ? JSON.stringify(data) : data,
        transaction: (work) => runTransaction((trx) => work(knexAdapter(trx, settings)(options))),
      },
      adapter: (helpers) => ({
        ...reads(knex, helpers),
        ...writes(knex),
        ...atomicWrites(knex, helpers),
        options: { knex },
      }),
    })(options);
}

function reads(knex: Knex, helpers: Helpers): Pick<CustomAdapter, "findOne" | "findMany" | "count"> {
  const { getFieldName } = helpers;

  function select({
    model,
    modelKey = model,
    where,
    select: fields,
    join = {},
  }: ReadTarget): Knex.QueryBuilder {
    const columns = fields?.map((field) => `base.${getFieldName({ model: modelKey, field })}`);
    return knex({ base: model })
      .select(columns?.length ? columns : ["base.*"])
      .select(Object.entries(join).map(([joined, relation]) => selectJoinedRows(knex, joined, relation)))
      .modify(applyWhere, where);
  }

  return {
    async findOne(target) {
      const row = await select(target).first();
      if (!row) return null;
      parseJoinedDates(helpers, row, target.join);
      return row;
    },
    async findMany({ limit, offset, sortBy, ...target }) {
      const query = select(target);
      if (limit !== undefined) query.limit(limit);
      if (offset !== undefined) query.offset(offset);
      if (sortBy) {
        const column = getFieldName({ model: target.modelKey ?? target.model, field: sortBy.field });
        query.orderBy(`base.${column}`, sortBy.direction);
      }
      const rows = await query;
      for (const row of rows) parseJoinedDates(helpers, row, target.join);
      return rows;
    },
    async count({ model, where }) {
      const [row] = await knex(model).modify(applyWhere, where).count({ total: "*" });
      return Number(row?.total);
    },
  };
}

function writes(
  knex: Knex,
): Pick<CustomAdapter, "create" | "update" | "updateMany" | "delete" | "deleteMany"> {
  const matching = ({ model, where }: WriteTarget) => knex(model).modify(applyWhere, where);

  return {
    async create({ model, data }) {
      const [row] = await knex(model).insert(data).returning("*");
      return row;
    },
    async update({ update, ...target }) {
      const [row] = await matching(target)
        .update(update as Row)
        .returning("*");
      return row ?? null;
    },
    async updateMany({ update, ...target }) {
      return matching(target).update(update);
    },
    async delete(target) {
      await matching(target).delete();
    },
    async deleteMany(target) {
      return matching(target).delete();
    },
  };
}

function atomicWrites(
  knex: Knex,
  { getFieldName }: Helpers,
): Pick<CustomAdapter, "consumeOne" | "incrementOne"> {
  // The condition is repeated: after waiting for a lock, PostgreSQL evaluates only the outer WHERE again.
  function oneMatching({ model, modelKey = model, where }: WriteTarget): Knex.QueryBuilder {
    const id = getFieldName({ model: modelKey, field: "id" });
    const target = knex(model).select(id).modify(applyWhere, where).limit(1);
    return knex(model).where(id, target).modify(applyWhere, where);
  }

  return {
    async consumeOne(target) {
      const [row] = await oneMatching(target).delete().returning("*");
      return row ?? null;
    },
    async incrementOne({ increment, set, ...target }) {
      const increments: Record<string, Knex.Raw> = {};
      for (const [column, delta] of Object.entries(increment))
        increments[column] = knex.raw("?? + ?", [column, delta]);
      const [row] = await oneMatching(target)
        .update({ ...set, ...increments })
        .returning("*");
      return row ?? null;
    },
  };
}
