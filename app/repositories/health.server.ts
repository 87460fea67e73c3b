import { pingServer } from "#db/connection.ts";
import { query } from "./database-errors.server.ts";

/** Sends one query. @throws AppError DB_ERROR without an answer within `timeoutMs` */
export const pingDatabase = (timeoutMs: number): Promise<void> => query(() => pingServer(timeoutMs));
