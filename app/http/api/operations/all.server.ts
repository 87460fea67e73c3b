import { accessTokenOperations } from "./access-tokens.server.ts";
import { accountOperations } from "./account.server.ts";
import type { Operation } from "./operation.server.ts";
import { passwordResetOperations } from "./password-reset.server.ts";
import { serviceOperations } from "./service.server.ts";
import { sessionOperations } from "./sessions.server.ts";
import { taskOperations } from "./tasks.server.ts";
import { totpOperations } from "./totp.server.ts";

/** Every operation of the API, in the order of its description. */
export const OPERATIONS: Operation[] = [
  taskOperations,
  accountOperations,
  passwordResetOperations,
  totpOperations,
  sessionOperations,
  accessTokenOperations,
  serviceOperations,
].flatMap((group) => Object.values<Operation>(group));
