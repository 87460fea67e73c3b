import {
  type AdapterFactoryConfig,
  type AdapterFactoryCustomizeAdapterCreator,
  type CleanedWhere,
  type CustomAdapter,
  createAdapterFactory,
  type DBAdapterInstance,
  type JoinConfig,
  type ModelTarget,
} from "better-auth/adapters";
import type { Knex } from "knex";
import { applyWhere } from "./knex-adapter-where.server.ts";

type Helpers = Parameters<AdapterFactoryCustomizeAdapterCreator>[0];
type Reading = ModelTarget & Partial<Parameters<CustomAdapter["findMany"]>[0]>;
type Writing = ModelTarget & { where: CleanedWhere[] };
type Row = Record<string, unknown>;

/**
 * Better Auth's storage over a Knex the rest of the application shares (PostgreSQL).
 * Table and column names come from Better Auth's `modelName` and `fields`; ids may be text, serial or database-made uuids.
 * A transaction is a real one, and one within another is a savepoint on the same connection, so a pool of one does not lock up.
 * @returns the value for Better Auth's `database` option
 * @throws whatever PostgreSQL answered, as `pg` throws it (SQLSTATE in `code`)
 */
export function knexAdapter(
  knex: Knex,
  settings: Pick<AdapterFactoryConfig, "usePlural" | "debugLogs"> = {},
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
          // pg would write an array as '{1,2}', which is no JSON.
          fieldAttributes.type === "json" && Array.isArray(data) ? JSON.stringify(data) : data,
        transaction: (work) => knex.transaction((trx) => work(knexAdapter(trx, settings)(options))),
      },
      adapter: (helpers) => ({ ...reads(knex, helpers), ...writes(knex), ...atomicWrites(knex, helpers) }),
    })(options);
}

function reads(knex: Knex, helpers: Helpers): Pick<CustomAdapter, "findOne" | "findMany" | "count"> {
  const { getFieldName } = helpers;

  function select({ model, modelKey = model, where, select: fields, join = {} }: Reading): Knex.QueryBuilder {
    const columns = fields?.map((field) => `base.${getFieldName({ model: modelKey, field })}`);
    return knex({ base: model })
      .select(columns?.length ? columns : ["base.*"])
      .select(Object.entries(join).map(([joined, relation]) => joinedRows(knex, joined, relation)))
      .modify(applyWhere, where);
  }

  return {
    async findOne(wanted) {
      const row = await select(wanted).first();
      return row ? withDates(helpers, row, wanted.join) : null;
    },
    async findMany({ limit, offset, sortBy, ...wanted }) {
      const query = select(wanted);
      if (limit !== undefined) query.limit(limit);
      if (offset !== undefined) query.offset(offset);
      if (sortBy) {
        const column = getFieldName({ model: wanted.modelKey ?? wanted.model, field: sortBy.field });
        query.orderBy(`base.${column}`, sortBy.direction);
      }
      const rows: Row[] = await query;
      return rows.map((row) => withDates(helpers, row, wanted.join));
    },
    async count({ model, where }) {
      const [row] = await knex(model).modify(applyWhere, where).count({ total: "*" });
      return Number(row?.total);
    },
  };
}

/** The rows of a joined table as one JSON column: one statement for any number of joins, no product of their rows. */
function joinedRows(knex: Knex, joined: string, { on, limit, relation }: JoinConfig[string]): Knex.Raw {
  const rows = knex({ joined })
    .whereRaw("?? = ??", [`joined.${on.to}`, `base.${on.from}`])
    .limit(limit ?? 100);
  const shape = relation === "one-to-one" ? "to_json(j)" : "coalesce(json_agg(j), '[]')";
  return knex.raw(`(select ${shape} from ? as j) as ??`, [rows, joined]);
}

/** JSON has no dates: those of joined rows become Dates again, as Better Auth's schema says. */
// biome-ignore lint/suspicious/noExplicitAny: Better Auth lets its caller name the type of a row.
function withDates({ schema, getDefaultModelName }: Helpers, row: Row, join: JoinConfig = {}): any {
  for (const [joined, { modelKey }] of Object.entries(join)) {
    const fields = Object.entries(schema[getDefaultModelName(modelKey ?? joined)]?.fields ?? {});
    const dates = fields
      .filter(([, { type }]) => type === "date")
      .map(([name, { fieldName }]) => fieldName ?? name);
    for (const one of [row[joined]].flat() as (Row | null)[]) {
      for (const column of dates) if (one?.[column]) one[column] = new Date(one[column] as string);
    }
  }
  return row;
}

function writes(
  knex: Knex,
): Pick<CustomAdapter, "create" | "update" | "updateMany" | "delete" | "deleteMany"> {
  const matching = ({ model, where }: Writing) => knex(model).modify(applyWhere, where);

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
  // The guard stands outside too: after waiting for a lock, PostgreSQL checks only the outer WHERE again.
  function oneMatching({ model, modelKey = model, where }: Writing): Knex.QueryBuilder {
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
      const sums: Record<string, Knex.Raw> = {};
      for (const [column, by] of Object.entries(increment)) sums[column] = knex.raw("?? + ?", [column, by]);
      const [row] = await oneMatching(target)
        .update({ ...set, ...sums })
        .returning("*");
      return row ?? null;
    },
  };
}
