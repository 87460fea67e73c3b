import { z } from "zod";
import { EMAIL_PATTERN } from "../rules/account-rules.ts";
import { EnvError } from "./env-error.server.ts";
import { isLocalHost } from "./local-host.server.ts";

/** A mail server, in nodemailer's words. */
export interface SmtpServer {
  host: string;
  port: number;
  /** TLS from the beginning; else STARTTLS. */
  secure: boolean;
  /** Refuses to send unencrypted. */
  requireTLS: boolean;
  /** Never encrypts. */
  ignoreTLS: boolean;
  auth?: { user: string; pass: string };
}

const FORM = "must be a URL such as smtps://user:password@mail.example.org or smtp://mail.example.org:587";
const SMTPS_PORT = 465;
const SUBMISSION_PORT = 587;

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/** The password may contain "@" or "/", which must be percent-encoded: the message does not repeat the URL. */
export const smtpUrl = z.string().transform((value, ctx): SmtpServer => {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  const user = decoded(url?.username ?? "");
  const pass = decoded(url?.password ?? "");
  const isSmtp = url?.protocol === "smtp:" || url?.protocol === "smtps:";
  if (
    !isSmtp ||
    !url.hostname ||
    !/^\/?$/.test(url.pathname) ||
    url.hash ||
    user === undefined ||
    pass === undefined
  ) {
    ctx.addIssue(FORM);
    return z.NEVER;
  }
  if (!/^(\?tls=disable)?$/.test(url.search)) {
    ctx.addIssue("may have no parameter but tls=disable, which sends unencrypted on a private network");
    return z.NEVER;
  }
  const secure = url.protocol === "smtps:";
  const isPlain = url.search !== "";
  // A relay on this machine rarely has a certificate for "localhost", and the connection does not leave the machine.
  const needsNoTls = isPlain || isLocalHost(url.hostname);
  if (secure && isPlain) {
    ctx.addIssue("must be smtp:// with tls=disable");
    return z.NEVER;
  }
  return {
    host: url.hostname.replace(/^\[(.*)\]$/, "$1"),
    port: Number(url.port) || (secure ? SMTPS_PORT : SUBMISSION_PORT),
    secure,
    requireTLS: !secure && !needsNoTls,
    ignoreTLS: !secure && needsNoTls,
    ...(user && { auth: { user, pass } }),
  };
});

/** The sender of a mail. */
export const mailFrom = z.string().transform((value, ctx) => {
  const [, name = "", bracketed, bare] =
    /^\s*(?:([^<>"\r\n]*?)\s*<([^<>\s]+)>|([^<>\s]+))\s*$/.exec(value) ?? [];
  const address = bracketed ?? bare ?? "";
  if (EMAIL_PATTERN.test(address)) return { name: name || "Tock", address };
  ctx.addIssue("must be an address such as tock@example.org or Tock <tock@example.org>");
  return z.NEVER;
});

/**
 * Mails need a sender, and an origin for their links: the Host header of a request could name an attacker's site, which would
 * then receive the tokens.
 * @throws EnvError
 */
export function assertMailSettings({
  SMTP_URL,
  MAIL_FROM,
  APP_URL,
}: {
  SMTP_URL?: unknown;
  MAIL_FROM?: unknown;
  APP_URL?: unknown;
}): void {
  if (MAIL_FROM && !SMTP_URL) throw new EnvError("MAIL_FROM: needs SMTP_URL, the mail server to send with.");
  if (!SMTP_URL) return;
  if (!MAIL_FROM)
    throw new EnvError(
      "MAIL_FROM: is required with SMTP_URL, the address that mails come from, such as tock@example.org.",
    );
  if (!APP_URL)
    throw new EnvError(
      "APP_URL: is required with SMTP_URL, because mails contain links to it, such as https://tock.example.org.",
    );
}
