import { pingServer } from "#db/connection.ts";
import { query } from "./database-errors.server.ts";

/** Whether the database answers. @throws AppError DB_ERROR when it does not within `patienceMs` */
export const pingDatabase = (patienceMs: number): Promise<void> => query(() => pingServer(patienceMs));
