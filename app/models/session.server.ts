import { Model } from "objection";

/** A Better Auth session. It is active while the row exists and `expires_at` is in the future. */
export class SessionModel extends Model {
  static override tableName = "session";

  declare id: string;
  declare user_id: string;
  declare token: string;
  declare expires_at: Date;
  /** The client of the last use. */
  declare ip_address: string | null;
  declare user_agent: string | null;
  declare created_at: Date;
  declare updated_at: Date;
  declare last_used_at: Date;
}
