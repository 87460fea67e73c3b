import type { CleanedWhere } from "better-auth/adapters";
import type { Knex } from "knex";

type Fragment = { sql: string; bindings: Knex.RawBinding[] };

const COMPARISONS = { eq: "=", ne: "<>", lt: "<", lte: "<=", gt: ">", gte: ">=" };

const PATTERNS = {
  contains: (text: string) => `%${text}%`,
  starts_with: (text: string) => `${text}%`,
  ends_with: (text: string) => `%${text}`,
};

/**
 * Adds Better Auth's conditions to a query: all AND conditions, and at least one of the OR conditions. Columns and
 * values are bindings. `contains`, `starts_with` and `ends_with` match `%` and `_` literally.
 * @param where from the adapter factory: `field` is already a column name
 */
export function applyWhere(query: Knex.QueryBuilder, where: CleanedWhere[] = []): void {
  for (const condition of where.filter(({ connector }) => connector !== "OR")) {
    const { sql, bindings } = toFragment(condition);
    query.whereRaw(sql, bindings);
  }
  const alternatives = where.filter(({ connector }) => connector === "OR");
  // Knex omits an empty group.
  query.where((group) => {
    for (const { sql, bindings } of alternatives.map(toFragment)) group.orWhereRaw(sql, bindings);
  });
}

function toFragment({ field, operator = "eq", value, mode }: CleanedWhere): Fragment {
  const values = [value].flat() as Knex.Value[];
  const ignoresCase = mode === "insensitive" && values.every((item) => typeof item === "string");
  const column = ignoresCase ? "lower(??)" : "??";
  const placeholder = ignoresCase ? "lower(?)" : "?";
  switch (operator) {
    case "in":
    case "not_in": {
      if (values.length === 0) return { sql: operator === "in" ? "false" : "true", bindings: [] };
      const placeholders = values.map(() => placeholder).join(", ");
      return {
        sql: `${column} ${operator === "in" ? "in" : "not in"} (${placeholders})`,
        bindings: [field, ...values],
      };
    }
    case "contains":
    case "starts_with":
    case "ends_with": {
      const literal = String(value).replace(/[\\%_]/g, "\\$&");
      return { sql: `${column} like ${placeholder}`, bindings: [field, PATTERNS[operator](literal)] };
    }
    default: {
      if (value === null && operator === "eq") return { sql: "?? is null", bindings: [field] };
      if (value === null && operator === "ne") return { sql: "?? is not null", bindings: [field] };
      return {
        sql: `${column} ${COMPARISONS[operator]} ${placeholder}`,
        bindings: [field, value as Knex.Value],
      };
    }
  }
}
