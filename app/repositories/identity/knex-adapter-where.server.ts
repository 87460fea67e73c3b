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
 * Adds Better Auth's conditions to a query: all of those joined by AND, and at least one of those joined by OR.
 * Every column and value travels as a binding; `contains` and its kin look for the text as written (`%` and `_` are plain characters).
 * @param where as the adapter factory hands it over: fields are column names already
 */
export function applyWhere(query: Knex.QueryBuilder, where: CleanedWhere[] = []): void {
  for (const condition of where.filter(({ connector }) => connector !== "OR")) {
    const { sql, bindings } = fragmentOf(condition);
    query.whereRaw(sql, bindings);
  }
  const alternatives = where.filter(({ connector }) => connector === "OR");
  // Knex leaves an empty group out of the statement.
  query.where((group) => {
    for (const { sql, bindings } of alternatives.map(fragmentOf)) group.orWhereRaw(sql, bindings);
  });
}

function fragmentOf({ field, operator = "eq", value, mode }: CleanedWhere): Fragment {
  const values = [value].flat() as Knex.Value[];
  const folds = mode === "insensitive" && values.every((one) => typeof one === "string");
  const column = folds ? "lower(??)" : "??";
  const slot = folds ? "lower(?)" : "?";
  switch (operator) {
    case "in":
    case "not_in": {
      if (values.length === 0) return { sql: operator === "in" ? "false" : "true", bindings: [] };
      const slots = values.map(() => slot).join(", ");
      return {
        sql: `${column} ${operator === "in" ? "in" : "not in"} (${slots})`,
        bindings: [field, ...values],
      };
    }
    case "contains":
    case "starts_with":
    case "ends_with": {
      const literal = String(value).replace(/[\\%_]/g, "\\$&");
      return { sql: `${column} like ${slot}`, bindings: [field, PATTERNS[operator](literal)] };
    }
    default: {
      if (value === null && operator === "eq") return { sql: "?? is null", bindings: [field] };
      if (value === null && operator === "ne") return { sql: "?? is not null", bindings: [field] };
      return { sql: `${column} ${COMPARISONS[operator]} ${slot}`, bindings: [field, value as Knex.Value] };
    }
  }
}
