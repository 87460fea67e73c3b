import { z } from "zod";
import { accessTokenSchema, newAccessTokenSchema } from "#app/schemas/access-token.ts";
import {
  accountDeletionSchema,
  passwordChangeSchema,
  profileSchema,
  signInSchema,
  signUpSchema,
  userSchema,
} from "#app/schemas/account.ts";
import { accountExportSchema } from "#app/schemas/export.ts";
import { sessionInfoSchema } from "#app/schemas/session.ts";
import {
  completionSchema,
  newTaskSchema,
  taskChangesSchema,
  taskPageSchema,
  taskSchema,
} from "#app/schemas/task.ts";
import { errorSchema } from "./error-schema.server.ts";

export type JsonSchema = Record<string, unknown>;
/** Returns the JSON Schema of a Zod schema, or a reference to a named one. */
export type SchemaOf = (schema: z.ZodType) => JsonSchema;

/** The schemas that the description names. Others are described where they are used. */
const NAMED: Record<string, z.ZodType> = {
  Task: taskSchema,
  TaskPage: taskPageSchema,
  NewTask: newTaskSchema,
  TaskChanges: taskChangesSchema,
  Completion: completionSchema,
  User: userSchema,
  SignUp: signUpSchema,
  SignIn: signInSchema,
  ProfileChanges: profileSchema,
  PasswordChange: passwordChangeSchema,
  AccountDeletion: accountDeletionSchema,
  AccountExport: accountExportSchema,
  Session: sessionInfoSchema,
  AccessToken: accessTokenSchema,
  NewAccessToken: newAccessTokenSchema,
  Error: errorSchema,
};

const idOf = (name: string) => `#/components/schemas/${name}`;

const OPTIONS = {
  io: "input",
  uri: idOf,
  override: ({ jsonSchema }: { jsonSchema: JsonSchema }) => {
    // A query or path parameter arrives as text, but is described by what the text must contain.
    if (jsonSchema.type === "integer" || jsonSchema.type === "boolean") {
      delete jsonSchema.pattern;
      delete jsonSchema.enum;
    }
    // Zod repeats the format as a long pattern.
    if (jsonSchema.format === "uuid") delete jsonSchema.pattern;
    delete jsonSchema.$schema;
    delete jsonSchema.$id;
  },
} as const;

/** Converts the schemas of the operations to JSON Schema, with references to the named ones. */
export function jsonSchemas(unnamed: Iterable<z.ZodType>): {
  components: Record<string, JsonSchema>;
  schemaOf: SchemaOf;
} {
  const registry = z.registry<{ id: string }>();
  const names = new Map<z.ZodType, string>();
  for (const [name, schema] of Object.entries(NAMED)) names.set(schema, name);
  const others = [...new Set(unnamed)].filter((schema) => !names.has(schema));
  others.forEach((schema, index) => {
    names.set(schema, `unnamed-${index}`);
  });
  for (const [schema, id] of names) registry.add(schema, { id });
  const { schemas } = z.toJSONSchema(registry, OPTIONS) as { schemas: Record<string, JsonSchema> };
  for (const schema of Object.values(schemas)) {
    delete schema.$schema;
    delete schema.$id;
  }
  const components = Object.fromEntries(Object.keys(NAMED).map((name) => [name, schemas[name] ?? {}]));
  return {
    components,
    schemaOf(schema) {
      const name = names.get(schema) ?? "";
      return name in NAMED ? { $ref: idOf(name) } : (schemas[name] ?? {});
    },
  };
}
