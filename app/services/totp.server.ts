import { AppError } from "#app/errors.ts";
import { withIdentityTransaction } from "#app/repositories/identity/better-auth.server.ts";
import {
  confirmTotp as confirmRow,
  findTotp,
  insertTotp,
  removeTotp as removeRow,
  replaceRecoveryCodes,
  type TotpRow,
} from "#app/repositories/identity/totp.server.ts";
import type { TotpCode, TotpConfirmation, TotpPassword } from "#app/schemas/totp.ts";
import type { Client } from "./client.server.ts";
import { countCode } from "./guess-limits.server.ts";
import { withHashing } from "./passwords.server.ts";
import { lockPassword, reauthenticate } from "./reauthentication.server.ts";
import { secretSealer, throwWrongCode, withCode } from "./second-factor.server.ts";
import { logSecurityEvent } from "./security-events.server.ts";
import type { AuthenticatedSession } from "./sessions.server.ts";
import {
  findStep,
  hashRecoveryCode,
  newRecoveryCodes,
  newSecret,
  otpauthUri,
  parseCode,
} from "./totp-codes.server.ts";

/** Data for an authenticator app: the secret in Base32, and an otpauth URI with it. */
export interface TotpSetup {
  secret: string;
  uri: string;
}

/** The second factor of a user. */
export interface TotpState {
  status: "off" | "pending" | "on";
  recoveryCodesLeft: number;
}

function stateOf(totp: TotpRow | undefined): TotpState {
  if (!totp?.confirmed) return { status: totp ? "pending" : "off", recoveryCodesLeft: 0 };
  return { status: "on", recoveryCodesLeft: totp.recovery_codes };
}

/** Reads the second factor of the signed-in user. */
export const getTotp = async ({ user }: AuthenticatedSession): Promise<TotpState> =>
  stateOf(await findTotp(user.id));

/** As `getTotp`, with the setup that this session has begun. */
export async function getTotpWithSetup(
  session: AuthenticatedSession,
): Promise<TotpState & { setup: TotpSetup | undefined }> {
  const totp = await findTotp(session.user.id);
  const secret = totp && !totp.confirmed ? unsealSetup(session, totp) : undefined;
  const setup = secret === undefined ? undefined : { secret, uri: otpauthUri(secret, session.user.email) };
  return { ...stateOf(totp), setup };
}

/**
 * The secret of a setup is sealed for the session that proved the password: a thief's session, which did not, cannot read
 * it.
 */
const setupContext = ({ id, user }: AuthenticatedSession): string => `${user.id} ${id}`;

const unsealSetup = (session: AuthenticatedSession, { secret }: TotpRow): string | undefined =>
  secretSealer().unseal(secret, setupContext(session));

/**
 * Begins the setup: nothing changes until a code confirms it, within 15 minutes.
 * @throws AppError INVALID_CREDENTIALS for a wrong password; BAD_REQUEST when it is on; RATE_LIMITED
 */
export async function startTotp(
  session: AuthenticatedSession,
  { password }: TotpPassword,
  client: Client,
): Promise<TotpSetup> {
  const hash = await withHashing("known", () => reauthenticate(session, "password", password, client));
  const { id, email } = session.user;
  const secret = newSecret();
  await withIdentityTransaction(async () => {
    await lockPassword(id, hash, "password");
    if (!(await insertTotp(id, secretSealer().seal(secret, setupContext(session)))))
      throw stateError("is already on. Turn it off first.");
  });
  return { secret, uri: otpauthUri(secret, email) };
}

/**
 * Turns the second factor on.
 * @returns the recovery codes, which cannot be read again
 * @throws AppError INVALID_CREDENTIALS for a wrong code; BAD_REQUEST without a setup; RATE_LIMITED
 */
export async function confirmTotp(
  session: AuthenticatedSession,
  { totp_code }: TotpCode,
  client: Client,
): Promise<string[]> {
  const { id } = session.user;
  const totp = await findTotp(id);
  if (!totp || totp.confirmed) throw stateError("isn't being set up right now. Start the setup again.");
  const secret = unsealSetup(session, totp);
  if (secret === undefined)
    throw stateError("is being set up in another session. Start the setup again here.");
  const attempt = await countCode(session.id);
  const code = parseCode(id, totp_code);
  const step = code.kind === "time" ? findStep(secret, code.digits) : undefined;
  if (step === undefined) throwWrongCode(client, id);
  const codes = newRecoveryCodes();
  const hashes = codes.map((text) => hashRecoveryCode(id, text));
  const sealed = { setup: totp.secret, confirmed: secretSealer().seal(secret, id) };
  if (!(await confirmRow(id, sealed, step, hashes)))
    throw stateError("was changed elsewhere. Start the setup again.");
  await attempt.succeed();
  logSecurityEvent("totp_enabled", client, { user: id });
  return codes;
}

/**
 * Replaces the recovery codes.
 * @returns the new ones, which cannot be read again
 * @throws AppError INVALID_CREDENTIALS; BAD_REQUEST when it is off; RATE_LIMITED
 */
export async function renewRecoveryCodes(
  session: AuthenticatedSession,
  input: TotpConfirmation,
  client: Client,
): Promise<string[]> {
  const { id } = session.user;
  const codes = newRecoveryCodes();
  await withBothFactors(session, input, client, () =>
    replaceRecoveryCodes(
      id,
      codes.map((text) => hashRecoveryCode(id, text)),
    ),
  );
  logSecurityEvent("recovery_codes_renewed", client, { user: id });
  return codes;
}

/**
 * Turns the second factor off.
 * @throws AppError INVALID_CREDENTIALS; BAD_REQUEST when it is off; RATE_LIMITED
 */
export async function removeTotp(
  session: AuthenticatedSession,
  input: TotpConfirmation,
  client: Client,
): Promise<void> {
  await withBothFactors(session, input, client, () => removeRow(session.user.id));
  logSecurityEvent("totp_disabled", client, { user: session.user.id });
}

/** Runs `work` in one transaction with the use of the code, after both factors have been verified. */
async function withBothFactors(
  session: AuthenticatedSession,
  { password, totp_code }: TotpConfirmation,
  client: Client,
  work: () => Promise<void>,
): Promise<void> {
  const { id } = session.user;
  if (!(await findTotp(id))?.confirmed) throw stateError("is off. Turn it on first.");
  const hash = await withHashing("known", () => reauthenticate(session, "password", password, client));
  await withCode(session, totp_code, client, { lock: () => lockPassword(id, hash, "password"), work });
}

const stateError = (problem: string) => new AppError("BAD_REQUEST", `Two-step sign-in ${problem}`);
