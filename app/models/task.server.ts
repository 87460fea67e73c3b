import { Model } from "objection";

export class TaskModel extends Model {
  static override tableName = "task";

  declare id: number;
  declare user_id: string;
  declare title: string;
  declare description: string | null;
  declare completed: boolean;
  /** When the task became completed; null while it is open. A trigger sets it. */
  declare completed_at: Date | null;
  declare created_at: Date;
  declare updated_at: Date;
  /** Starts with 1 and grows by one with each change. */
  declare version: number;
}
