import { Model, type RelationMappings } from "objection";
import { SessionModel } from "./session.server.ts";
import { TaskModel } from "./task.server.ts";

export class UserModel extends Model {
  static override tableName = "user";
  static override get relationMappings(): RelationMappings {
    return {
      tasks: {
        relation: Model.HasManyRelation,
        modelClass: TaskModel,
        join: { from: "user.id", to: "task.user_id" },
      },
      sessions: {
        relation: Model.HasManyRelation,
        modelClass: SessionModel,
        join: { from: "user.id", to: "session.user_id" },
      },
    };
  }

  declare id: string;
  declare email: string;
  declare email_verified: boolean;
  declare name: string;
  declare image: string | null;
  declare created_at: Date;
  declare updated_at: Date;
  declare tasks?: TaskModel[];
  declare sessions?: SessionModel[];
}
