import { setTimeout as sleep } from "node:timers/promises";
import { createTransport, type Transporter } from "nodemailer";
import { env, type WebEnv } from "#app/env.server.ts";
import { log } from "#app/log.server.ts";
import { runInBackground } from "#app/services/background.server.ts";
import type { Mail } from "./messages.server.ts";

/** A mail server that does not respond fails an attempt within these times. */
const TIMEOUTS_MS = {
  connectionTimeout: 5_000,
  greetingTimeout: 5_000,
  dnsTimeout: 5_000,
  socketTimeout: 10_000,
};

/** The waits between the attempts. Greylisting servers accept a repetition after some seconds. */
const RETRY_DELAYS_MS = [1_000, 5_000, 20_000];

/** Mail servers answer a permanent failure, such as an unknown address, with 5xx (RFC 5321, 4.2.1). */
const FIRST_PERMANENT_CODE = 500;

/** Whether SMTP_URL is set. */
export const sendsMail = (): boolean => env().SMTP_URL !== undefined;

/** The origin of links in mails. The configuration demands it, because a Host header could name an attacker's site. */
export const mailOrigin = (): string => env().APP_URL ?? "";

type SmtpServer = WebEnv["SMTP_URL"];

const createMailTransport = (server: SmtpServer): Transporter =>
  createTransport({ ...server, ...TIMEOUTS_MS, disableFileAccess: true, disableUrlAccess: true });

let transport: Transporter | undefined;
function mailTransport(): Transporter {
  transport ??= createMailTransport(env().SMTP_URL);
  return transport;
}

/** Connects to a mail server and signs in. @throws Error with the reason */
export async function verifyMailServer(server: SmtpServer): Promise<void> {
  await createMailTransport(server).verify();
}

/**
 * Connects to the mail server and signs in, without waiting, so that a wrong SMTP_URL is logged at the start and not by the first
 * user who needs a link.
 */
export function checkMailServer(): void {
  if (!sendsMail()) return;
  mailTransport()
    .verify()
    .catch((error) => log.warn(describeFailure(error), "the mail server cannot be used"));
}

/** Sends a mail in the background. */
export const queueMail = (mail: Mail): void => runInBackground("mail", (signal) => sendMail(mail, signal));

/**
 * Sends a mail, and repeats it after a temporary failure. A failure is logged.
 * @param signal ends the waits between the attempts: the next one is made at once, and is the last
 */
export async function sendMail(mail: Mail, signal: AbortSignal): Promise<void> {
  for (let attempt = 0; ; attempt += 1) {
    const isLast = signal.aborted;
    const failure = await tryToSend(mail);
    if (!failure) return;
    const delayMs = RETRY_DELAYS_MS[attempt];
    if (isLast || delayMs === undefined || failure.isPermanent)
      return log.error({ mail: mail.kind, ...failure }, "mail not sent");
    log.warn({ mail: mail.kind, ...failure, delayMs }, "mail not sent, trying again");
    await sleep(delayMs, undefined, { signal }).catch(() => undefined);
  }
}

/** A failure without its message, in which mail servers repeat addresses. */
function describeFailure(error: unknown) {
  const { code, responseCode, command } = error as Record<string, unknown>;
  return { isPermanent: Number(responseCode) >= FIRST_PERMANENT_CODE, code, responseCode, command };
}

/** @returns undefined after a success */
async function tryToSend({
  to,
  subject,
  text,
  html,
}: Mail): Promise<ReturnType<typeof describeFailure> | undefined> {
  try {
    await mailTransport().sendMail({
      from: env().MAIL_FROM,
      to,
      subject,
      text,
      html,
      // Keeps holiday notices from answering (RFC 3834).
      headers: { "Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All" },
    });
    return undefined;
  } catch (error) {
    return describeFailure(error);
  }
}
