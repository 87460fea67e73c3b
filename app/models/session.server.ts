import { Model } from "objection";

/** A Better Auth session. It lives while the row exists and `expires_at` lies ahead. */
export class SessionModel extends Model {
  static override tableName = "session";

  declare id: string;
  declare user_id: string;
  declare token: string;
  declare expires_at: Date;
  /** Where it was last used from, and by what; `last_used_at` tells when. */
  declare ip_address: string | null;
  declare user_agent: string | null;
  declare created_at: Date;
  declare updated_at: Date;
  declare last_used_at: Date;
}
