import type { AdapterFactoryCustomizeAdapterCreator, JoinConfig } from "better-auth/adapters";
import type { Knex } from "knex";

type Helpers = Parameters<AdapterFactoryCustomizeAdapterCreator>[0];
type Row = Record<string, unknown>;

/** Selects a joined table as one JSON column: any number of joins is one statement without a product of rows. */
export function selectJoinedRows(
  knex: Knex,
  joined: string,
  { on, limit, relation }: JoinConfig[string],
): Knex.Raw {
  const rows = knex({ joined })
    .whereRaw("?? = ??", [`joined.${on.to}`, `base.${on.from}`])
    .limit(limit ?? 100);
  const shape = relation === "one-to-one" ? "to_json(j)" : "coalesce(json_agg(j), '[]')";
  return knex.raw(`(select ${shape} from ? as j) as ??`, [rows, joined]);
}

/** Converts the date fields of joined rows in `row`, which arrive as JSON strings, to Dates. */
export function parseJoinedDates(
  { schema, getDefaultModelName }: Helpers,
  row: Row,
  join: JoinConfig = {},
): void {
  for (const [joined, { modelKey }] of Object.entries(join)) {
    const fields = Object.entries(schema[getDefaultModelName(modelKey ?? joined)]?.fields ?? {});
    const dates = fields
      .filter(([, { type }]) => type === "date")
      .map(([name, { fieldName }]) => fieldName ?? name);
    for (const joinedRow of [row[joined]].flat() as (Row | null)[]) {
      for (const column of dates) {
        if (joinedRow?.[column]) joinedRow[column] = new Date(joinedRow[column] as string);
      }
    }
  }
}
