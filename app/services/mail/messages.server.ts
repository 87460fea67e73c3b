/*
 * The texts of all mails. They contain nothing that a user has typed but addresses: else an attacker could sign up with an
 * advertisement as the name, and have Tock send it.
 */

/** A mail to one address. */
export interface Mail {
  /** For the log. */
  kind: string;
  to: string;
  subject: string;
  text: string;
  html: string;
}

type Part = string | { label: string; url: string };

const ENTITIES: Record<string, string> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};
const escapeHtml = (text: string) => text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? "");

const toText = (part: Part) => (typeof part === "string" ? part : `${part.label}:\n${part.url}`);

function toHtml(part: Part): string {
  if (typeof part === "string") return `<p>${escapeHtml(part)}</p>`;
  const url = escapeHtml(part.url);
  return `<p><a href="${url}">${escapeHtml(part.label)}</a></p>\n<p>Or copy this address into your browser:<br>${url}</p>`;
}

function compose(kind: string, to: string, subject: string, parts: Part[]): Mail {
  const all = ["Hello,", ...parts, "Tock"];
  return {
    kind,
    to,
    subject,
    text: `${all.map(toText).join("\n\n")}\n`,
    html: `<!doctype html>\n<html lang="en"><body>\n${all.map(toHtml).join("\n")}\n</body></html>\n`,
  };
}

/** The link for a forgotten password. */
export const passwordResetMail = (to: string, url: string): Mail =>
  compose("password_reset", to, "Choose a new password for Tock", [
    `You, or someone who knows your address, asked for a new password for the Tock account of ${to}.`,
    { label: "Choose a new password", url },
    "The link works once, for one hour.",
    "If it wasn't you, you don't need to do anything. Your password stays as it is, and it can't be changed without this link.",
  ]);

/** The notice of a new password. */
export const passwordChangedMail = (to: string, forgotUrl: string): Mail =>
  compose("password_changed", to, "Your Tock password was changed", [
    `The password of the Tock account of ${to} was changed just now, and your other devices were signed out.`,
    "If it was you, all is well.",
    "If it wasn't you, choose a new password now, and change the password of your mailbox too if you use it there:",
    { label: "Choose a new password", url: forgotUrl },
  ]);

/** The link that confirms a new email, to the new address. */
export const confirmEmailMail = (to: string, url: string): Mail =>
  compose("confirm_email", to, "Confirm your new email for Tock", [
    `A Tock account is about to use ${to} as its email.`,
    { label: "Confirm this address", url },
    "The link works once, for one hour.",
    "If it wasn't you, you don't need to do anything. Without this link nothing changes.",
  ]);

/** The notice to the old address that a new one was requested. */
export const emailChangeRequestedMail = (to: string, newEmail: string, settingsUrl: string): Mail =>
  compose("email_change_requested", to, "A new email for your Tock account", [
    `Your Tock account is about to change its email from ${to} to ${newEmail}. It changes when the link that we sent to the new address is opened.`,
    "If it was you, all is well.",
    "If it wasn't you, sign in and change your password now. That also stops the change, and signs out all other devices:",
    { label: "Open your settings", url: settingsUrl },
  ]);

/** The notice to the old address that it is no longer used. */
export const emailChangedMail = (to: string, newEmail: string): Mail =>
  compose("email_changed", to, "The email of your Tock account was changed", [
    `Your Tock account now has the email ${newEmail}. You can't sign in with ${to} anymore.`,
    "If it wasn't you, ask the person who runs this Tock for help right away.",
  ]);
