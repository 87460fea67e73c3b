import type { AppServer } from "./app-server.ts";
import { claimsOf } from "./forge-credentials.ts";
import { holdWrites } from "./held-writes.ts";
import { createUser, insertSession, PASSWORD, type TestResponse, type TestUser } from "./users.ts";

export const NEW_PASSWORD = "a lighthouse by the sea";

/** Changes the password. */
export const changePassword = (user: TestUser) =>
  user.api("PUT", "/api/auth/profile", { current_password: PASSWORD, password: NEW_PASSWORD });

/** Two sessions of one account. */
export interface Intrusion {
  owner: TestUser;
  intruder: TestUser;
}

export async function createIntrusion(app: AppServer): Promise<Intrusion> {
  const owner = await createUser(app);
  return { owner, intruder: await insertSession(app, owner) };
}

/** A change of the password whose hash is computed and not stored. */
export interface HeldPasswordChange {
  /** Lets it store the hash. */
  release(): Promise<void>;
  response: Promise<TestResponse>;
}

/** Begins to change the password, and holds the change before its first lock of a row. */
export async function holdPasswordChange(app: AppServer, owner: TestUser): Promise<HeldPasswordChange> {
  const { untilHeld, release } = await holdWrites(app.databaseUrl, "account");
  const response = changePassword(owner);
  await untilHeld();
  return { release, response };
}

/**
 * Holds a request of the intruder after its password has been verified, until the owner has changed the password.
 * @param send sends the request
 * @returns the response to it
 */
export const changePasswordAfterProof = (
  app: AppServer,
  { owner, intruder }: Intrusion,
  send: () => Promise<TestResponse>,
): Promise<TestResponse> =>
  // The attempt counts as a failure until the password has been verified.
  changePasswordAtWrite(
    app,
    owner,
    send,
    `new.key = 'tock:reentry:${claimsOf(intruder.token).sid}' and new.points = 0`,
  );

/**
 * Holds a request at a write to the rate limits, until the owner has changed the password.
 * @param send sends the request
 * @param condition SQL over `new`, the row that is written
 * @returns the response to it
 */
export async function changePasswordAtWrite(
  app: AppServer,
  owner: TestUser,
  send: () => Promise<TestResponse>,
  condition: string,
): Promise<TestResponse> {
  const change = await holdPasswordChange(app, owner);
  const held = await holdWrites(app.databaseUrl, "rate_limit", condition);
  const sent = send();
  try {
    await held.untilHeld();
    await change.release();
    const { status, text } = await change.response;
    if (status !== 200) throw new Error(`the password was not changed: ${status} ${text}`);
  } finally {
    await change.release();
    await held.release();
  }
  return sent;
}
