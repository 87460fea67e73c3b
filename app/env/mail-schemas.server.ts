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

/** The problem of a URL. The message does not repeat it, because it contains a password. */
function smtpProblem(url: URL | undefined): string | undefined {
  if (!url || !/^smtps?:$/.test(url.protocol) || !url.hostname || !/^\/?$/.test(url.pathname) || url.hash)
    return FORM;
  if (!/^(\?tls=disable)?$/.test(url.search))
    return "may have no parameter but tls=disable, which sends unencrypted on a private network";
  return url.protocol === "smtps:" && url.search ? "must be smtp:// with tls=disable" : undefined;
}

/** @throws URIError for a user or a password with an invalid percent-encoding */
function toSmtpServer({ hostname, port, protocol, search, username, password }: URL): SmtpServer {
  const secure = protocol === "smtps:";
  // A relay on this machine rarely has a certificate for "localhost", and the connection does not leave the machine.
  const needsNoTls = search !== "" || isLocalHost(hostname);
  return {
    host: hostname.replace(/^\[(.*)\]$/, "$1"),
    port: Number(port) || (secure ? SMTPS_PORT : SUBMISSION_PORT),
    secure,
    requireTLS: !secure && !needsNoTls,
    ignoreTLS: !secure && needsNoTls,
    ...(username && { auth: { user: decodeURIComponent(username), pass: decodeURIComponent(password) } }),
  };
}

export const smtpUrl = z.string().transform((value, ctx): SmtpServer => {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  const problem = smtpProblem(url);
  try {
    if (url && !problem) return toSmtpServer(url);
  } catch {
    // Reported below.
  }
  ctx.addIssue(problem ?? "must percent-encode special characters in user and password, such as %40 for @");
  return z.NEVER;
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
