import type { UserModel } from "#app/models/user.server.ts";
import type { User } from "#app/schemas/account.ts";

/** What may be shown of a user's row. */
export function toUser(row: Pick<UserModel, "id" | "email" | "name" | "created_at" | "updated_at">): User {
  return {
    id: row.id,
    email: row.email,
    name: row.name,
    created_at: row.created_at.toISOString(),
    updated_at: row.updated_at.toISOString(),
  };
}
