import { Model } from "objection";

/** How somebody proves who they are: a Better Auth account. The hash of the password is here, not on the user. */
export class AccountModel extends Model {
  static override tableName = "account";

  declare id: string;
  declare user_id: string;
  declare account_id: string;
  declare provider_id: string;
  declare password_hash: string | null;
  declare created_at: Date;
  declare updated_at: Date;
}
