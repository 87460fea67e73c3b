import { execFile, spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import vnu from "vnu-jar";
import { type AppServer, startApp } from "../support/app-server.ts";
import { rawRequest } from "../support/raw-request.ts";
import { createUser, type TestResponse, type TestUser } from "../support/users.ts";

const hasJava = spawnSync("java", ["-version"]).status === 0;
/** For a run too short to be worth the compiler's work. */
const QUICK = ["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xss1m"];
/** It guesses a page's language from its text, differently each time; tasks are in whatever language people write. */
const NO_GUESS = "--no-langdetect";
/** Java starts slowly on a machine with other work. */
const CHECK_MS = 120_000;
const TITLES = [
  "Water the fern",
  "<b>not bold</b> & “quoted”",
  "اشترِ الخبز غدًا",
  "🌿🪴 ivy",
  "unbroken".repeat(25),
];

interface Message {
  type: "error" | "info" | "non-document-error";
  subType?: "warning" | "fatal";
  url?: string;
  lastLine?: number;
  message: string;
  extract?: string;
}

/** What the W3C's checker has against these files, in one run: its start takes longer than its work. */
async function check(files: string[]): Promise<Message[]> {
  const { stderr } = await promisify(execFile)(
    "java",
    [...QUICK, "-jar", vnu, NO_GUESS, "--format", "json", "--exit-zero-always", ...files],
    { maxBuffer: 32 * 1024 * 1024 },
  );
  return JSON.parse(stderr).messages;
}

describe.skipIf(!hasJava)("HTML, as the W3C's checker reads it (needs java)", () => {
  let tock: AppServer;
  let folder: string;
  beforeAll(async () => {
    tock = await startApp();
    folder = await mkdtemp(join(tmpdir(), "tock-html-"));
  });
  afterAll(async () => {
    await tock?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  /** A browser without JavaScript: keeps its cookie, posts forms, follows where it is sent. */
  function visitor(cookie = "") {
    const headers = () => ({ ...(cookie && { Cookie: cookie }), "Sec-Fetch-Site": "same-origin" });
    const take = (answer: TestResponse): Promise<TestResponse> | TestResponse => {
      cookie = answer.headers.getSetCookie()[0]?.split(";")[0] ?? cookie;
      const to = answer.headers.get("Location");
      return to ? get(to) : answer;
    };
    const get = async (path: string): Promise<TestResponse> =>
      take(await rawRequest(tock.url, "GET", path, { headers: headers() }));
    const post = async (path: string, fields: Record<string, string>): Promise<TestResponse> =>
      take(
        await rawRequest(tock.url, "POST", path, {
          headers: { ...headers(), "Content-Type": "application/x-www-form-urlencoded" },
          body: new URLSearchParams(fields).toString(),
        }),
      );
    return { get, post };
  }

  async function fill(person: TestUser, count: number): Promise<number> {
    let last = 0;
    for (let i = 0; i < count; i++) {
      const title = TITLES[i] ?? `Errand ${i}`;
      const description = i % 2 ? `Between lines\n\nof text: ${title}` : undefined;
      last = (await person.api("POST", "/api/tasks", { title, description })).body.id;
      if (i % 3 === 0) await person.api("PATCH", `/api/tasks/${last}/complete`);
    }
    return last;
  }

  /** Every page in every state that a request can bring it into, with the status that it has there. */
  async function states(): Promise<Record<string, [status: number, answer: TestResponse]>> {
    const stranger = visitor();
    const newcomer = visitor((await createUser(tock)).cookie);
    const ann = await createUser(tock, { name: "Ann <Ann>" });
    const task = await fill(ann, 23);
    const her = visitor(ann.cookie);
    const bob = await createUser(tock);
    const someoneElses = (await bob.api("POST", "/api/tasks", { title: "Bob's" })).body.id;
    const poor = { email: "nobody", name: "", password: "short", title: "", current_password: "" };
    return {
      landing: [200, await stranger.get("/")],
      signup: [200, await stranger.get("/signup?redirectTo=%2Fsettings")],
      "signup refused": [422, await stranger.post("/signup", poor)],
      signin: [200, await stranger.get("/signin")],
      "signin refused": [422, await stranger.post("/signin", poor)],
      "signin wrong": [
        401,
        await stranger.post("/signin", { email: ann.email, password: "not the right one" }),
      ],
      "not found": [404, await stranger.get("/nothing/here")],
      "no form taken": [405, await stranger.post("/", {})],
      "dashboard empty": [200, await newcomer.get("/dashboard")],
      "dashboard nothing done": [200, await newcomer.get("/dashboard?show=done")],
      "dashboard full": [200, await her.get("/dashboard")],
      "dashboard page 2": [200, await her.get("/dashboard?page=2")],
      "dashboard open": [200, await her.get("/dashboard?show=open")],
      "dashboard done": [200, await her.get("/dashboard?show=done")],
      "dashboard beyond the end": [200, await her.get("/dashboard?page=9")],
      "dashboard add refused": [422, await her.post("/dashboard", { intent: "add", title: "" })],
      "dashboard added": [200, await her.post("/dashboard", { intent: "add", title: "Shine the lantern" })],
      "dashboard unknown form": [400, await her.post("/dashboard", { intent: "nothing" })],
      edit: [200, await her.get(`/tasks/${task}?return_to=%2Fdashboard%3Fpage%3D2`)],
      "edit refused": [422, await her.post(`/tasks/${task}`, { intent: "save", title: "" })],
      "edit another's": [403, await her.get(`/tasks/${someoneElses}`)],
      delete: [200, await her.get(`/tasks/${task}/delete`)],
      "dashboard deleted": [200, await her.post(`/tasks/${task}/delete`, { intent: "delete" })],
      "delete gone": [404, await her.get(`/tasks/${task}/delete`)],
      settings: [200, await her.get("/settings")],
      "settings profile refused": [422, await her.post("/settings", { intent: "profile", ...poor })],
      "settings password refused": [422, await her.post("/settings", { intent: "password", ...poor })],
      "settings deletion refused": [422, await her.post("/settings", { intent: "delete-account" })],
      signout: [200, await her.get("/signout")],
      "not found, signed in": [404, await her.get("/nothing/here")],
    };
  }

  it(
    "has neither an error nor a warning on any page, in any state",
    async () => {
      const pages = await states();
      const files: string[] = [];
      for (const [name, [status, answer]] of Object.entries(pages)) {
        expect(answer.status, name).toBe(status);
        const file = join(folder, `${name.replaceAll(" ", "-")}.html`);
        await writeFile(file, answer.text);
        files.push(file);
      }
      const unread = join(folder, "wrong.html");
      await writeFile(unread, "<!doctype html><html lang=en><title>x</title><p id=a><p id=a>");
      const messages = await check([...files, unread]);
      // It read them, and would have said so.
      expect(messages.filter(({ url }) => url?.endsWith("wrong.html"))).not.toEqual([]);
      const against = messages
        .filter(({ url, type, subType }) => !url?.endsWith("wrong.html") && (type !== "info" || subType))
        .map(
          ({ url = "", lastLine, message, extract }) => `${basename(url)}:${lastLine} ${message} ${extract}`,
        );
      expect(against).toEqual([]);
    },
    CHECK_MS,
  );
});
