import type { AddressInfo, Socket } from "node:net";
import { text } from "node:stream/consumers";
import { SMTPServer } from "smtp-server";
import { findFreePort } from "#db/embedded/free-port.ts";
import { type AppServer, startApp } from "./app-server.ts";
import { waitFor } from "./wait-for.ts";

export interface ReceivedMail {
  from: string;
  to: string[];
  subject: string;
  /** Headers and both bodies, decoded. */
  text: string;
  /** The path and query of its first link, such as `/reset-password?token=…`. */
  link: string;
  /** The token of that link. */
  token: string;
}

/** `hang` accepts connections and says nothing; the other two refuse each mail. */
type Behaviour = "accept" | "hang" | "refuse for now" | "refuse for good";

export interface MailServer {
  url: string;
  behaviour: Behaviour;
  /** Connections so far. */
  connections: number;
  /** In the order of arrival. */
  mails: ReceivedMail[];
  /** Waits for the first mail to an address whose subject matches. */
  mailTo(address: string, subject?: RegExp): Promise<ReceivedMail>;
  /** Accepts mails from now on, and ends the connections that hang. */
  accept(): void;
  close(): Promise<void>;
}

/** Decodes quoted-printable (RFC 2045, 6.7). */
const decode = (body: string): string =>
  body
    .replace(/=\r\n/g, "")
    .replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));

function readMail(raw: string, from: string, to: string[]): ReceivedMail {
  const decoded = decode(raw);
  const link = /^http:\/\/[^/\s]+(\/\S*)/m.exec(decoded)?.[1] ?? "";
  const subject = /^Subject: (.*)/m.exec(decoded)?.[1]?.trim() ?? "";
  return {
    from,
    to,
    subject,
    text: decoded,
    link,
    token: new URLSearchParams(link.split("?")[1]).get("token") ?? "",
  };
}

/** Mail servers repeat the address in their refusals. */
const refusal = (code: number, address: string) =>
  Object.assign(new Error(`<${address}>: recipient refused`), { responseCode: code });

/** Starts a mail server. */
export async function startMailServer(): Promise<MailServer> {
  const smtp = new SMTPServer({
    authOptional: true,
    disabledCommands: ["AUTH"],
    logger: false,
    closeTimeout: 100,
    onConnect(_session, callback) {
      server.connections += 1;
      if (server.behaviour !== "hang") callback();
    },
    onRcptTo({ address }, _session, callback) {
      if (server.behaviour === "refuse for now") return callback(refusal(451, address));
      if (server.behaviour === "refuse for good") return callback(refusal(550, address));
      callback();
    },
    onData(stream, { envelope }, callback) {
      const from = envelope.mailFrom ? envelope.mailFrom.address : "";
      text(stream)
        .then((raw) =>
          server.mails.push(
            readMail(
              raw,
              from,
              envelope.rcptTo.map(({ address }) => address),
            ),
          ),
        )
        .then(() => callback(), callback);
    },
  });
  await new Promise<void>((resolve) => {
    smtp.listen(0, "127.0.0.1", resolve);
  });
  const sockets = new Set<Socket>();
  smtp.server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  const { port } = smtp.server.address() as AddressInfo;
  const server: MailServer = {
    url: `smtp://127.0.0.1:${port}`,
    behaviour: "accept",
    connections: 0,
    mails: [],
    mailTo: (address, subject = /./) =>
      waitFor(() => {
        const mail = server.mails.find(({ to, subject: sent }) => to.includes(address) && subject.test(sent));
        if (!mail) throw new Error(`no mail ${subject} to ${address}`);
        return mail;
      }),
    accept() {
      if (server.behaviour === "hang") for (const socket of sockets) socket.destroy();
      server.behaviour = "accept";
    },
    close: () => new Promise((resolve) => smtp.close(() => resolve())),
  };
  return server;
}

/** Starts an app that sends its mails to this server. */
export async function startMailApp(mail: MailServer, env: Record<string, string> = {}): Promise<AppServer> {
  const port = String(await findFreePort());
  return startApp({
    PORT: port,
    APP_URL: `http://127.0.0.1:${port}`,
    SMTP_URL: mail.url,
    MAIL_FROM: "Tock <tock@example.org>",
    ...env,
  });
}
