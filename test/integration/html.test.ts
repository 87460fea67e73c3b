import { execFile, spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import vnu from "vnu-jar";
import { type AppServer, startApp } from "../support/app-server.ts";
import { rawRequest } from "../support/raw-request.ts";
import { cookiesAfter, createUser, type TestResponse, type TestUser } from "../support/users.ts";

const hasJava = spawnSync("java", ["-version"]).status === 0;
/** Shortens a run that is too short to profit from the optimizing compiler. */
const JAVA_OPTIONS = ["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xss1m"];
/** Language detection is not deterministic, and tasks may be in any language. */
const NO_LANGUAGE_DETECTION = "--no-langdetect";
/** Java starts slowly on a busy machine. */
const CHECK_TIMEOUT_MS = 120_000;
const TITLES = [
  "Water the fern",
  "<b>not bold</b> & “quoted”",
  "اشترِ الخبز غدًا",
  "🌿🪴 ivy",
  "unbroken".repeat(25),
];

/** A form of a task that has another title and description now. */
const OLDER_EDIT = {
  ...{ intent: "save", title: "Mine", description: "Mine <b>too</b>" },
  ...{
    version: "9999",
    base_title: "The first one",
    base_description: "Of long ago",
    base_completed: "true",
  },
};

/** Messages about the style sheet in a first document: the checker's CSS parser does not support cascade layers yet. */
const CSS_MESSAGE = /^CSS: /;

interface Message {
  type: "error" | "info" | "non-document-error";
  subType?: "warning" | "fatal";
  url?: string;
  lastLine?: number;
  message: string;
  extract?: string;
}

/** Runs the W3C checker once for all files, because its start takes longer than its work. */
async function check(files: string[]): Promise<Message[]> {
  const { stderr } = await promisify(execFile)(
    "java",
    [...JAVA_OPTIONS, "-jar", vnu, NO_LANGUAGE_DETECTION, "--format", "json", "--exit-zero-always", ...files],
    { maxBuffer: 32 * 1024 * 1024 },
  );
  return JSON.parse(stderr).messages;
}

describe.skipIf(!hasJava)("the W3C checker (needs java)", () => {
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

  /** A browser without JavaScript: keeps its cookie, posts forms, follows redirects. */
  function browser(cookie = "") {
    const headers = () => ({ ...(cookie && { Cookie: cookie }), "Sec-Fetch-Site": "same-origin" });
    const follow = (response: TestResponse): Promise<TestResponse> | TestResponse => {
      cookie = cookiesAfter(response, cookie);
      const location = response.headers.get("Location");
      return location ? get(location) : response;
    };
    const get = async (path: string): Promise<TestResponse> =>
      follow(await rawRequest(tock.url, "GET", path, { headers: headers() }));
    const post = async (path: string, fields: Record<string, string>): Promise<TestResponse> =>
      follow(
        await rawRequest(tock.url, "POST", path, {
          headers: { ...headers(), "Content-Type": "application/x-www-form-urlencoded" },
          body: new URLSearchParams(fields).toString(),
        }),
      );
    return { get, post };
  }

  async function createTasks(user: TestUser, count: number): Promise<number> {
    let last = 0;
    for (let i = 0; i < count; i++) {
      const title = TITLES[i] ?? `Errand ${i}`;
      const description = i % 2 ? `Between lines\n\nof text: ${title}` : undefined;
      last = (await user.api("POST", "/api/tasks", { title, description })).body.id;
      if (i % 3 === 0) await user.api("PATCH", `/api/tasks/${last}/complete`);
    }
    return last;
  }

  /** Requests every page in every state. @returns each response with its expected status */
  async function requestAllStates(): Promise<Record<string, [status: number, response: TestResponse]>> {
    const anonymous = browser();
    const newcomer = browser((await createUser(tock)).cookie);
    const ann = await createUser(tock, { name: "Ann <Ann>" });
    const task = await createTasks(ann, 23);
    const signedIn = browser(ann.cookie);
    const bob = await createUser(tock);
    const otherTask = (await bob.api("POST", "/api/tasks", { title: "Bob's" })).body.id;
    const invalid = { email: "not an address", name: "", password: "short", title: "", current_password: "" };
    return {
      landing: [200, await anonymous.get("/")],
      signup: [200, await anonymous.get("/signup?redirectTo=%2Fsettings")],
      "signup invalid": [422, await anonymous.post("/signup", invalid)],
      signin: [200, await anonymous.get("/signin")],
      "API reference": [200, await anonymous.get("/docs/api")],
      "signin invalid": [422, await anonymous.post("/signin", invalid)],
      "signin wrong password": [
        401,
        await anonymous.post("/signin", { email: ann.email, password: "not the right one" }),
      ],
      "not found": [404, await anonymous.get("/nothing/here")],
      "no form": [405, await anonymous.post("/", {})],
      "dashboard empty": [200, await newcomer.get("/dashboard")],
      "dashboard nothing done": [200, await newcomer.get("/dashboard?show=done")],
      "dashboard full": [200, await signedIn.get("/dashboard?show=all")],
      "dashboard page 2": [200, await signedIn.get("/dashboard?show=all&page=2")],
      "dashboard open": [200, await signedIn.get("/dashboard")],
      "dashboard done": [200, await signedIn.get("/dashboard?show=done")],
      "dashboard search": [200, await signedIn.get("/dashboard?show=all&q=errand")],
      "dashboard search without a match": [200, await signedIn.get("/dashboard?q=nothing")],
      "dashboard beyond the end": [200, await signedIn.get("/dashboard?page=9")],
      "dashboard add invalid": [422, await signedIn.post("/dashboard", { intent: "add", title: "" })],
      "dashboard added": [
        200,
        await signedIn.post("/dashboard", { intent: "add", title: "Shine the lantern" }),
      ],
      "dashboard unknown form": [400, await signedIn.post("/dashboard", { intent: "nothing" })],
      task: [200, await signedIn.get(`/tasks/${task}?return_to=%2Fdashboard%3Fpage%3D2`)],
      edit: [200, await signedIn.get(`/tasks/${task}/edit?return_to=%2Fdashboard%3Fpage%3D2`)],
      "edit invalid": [422, await signedIn.post(`/tasks/${task}/edit`, { intent: "save", title: "" })],
      "edit invalid, earlier address": [
        422,
        await signedIn.post(`/tasks/${task}`, { intent: "save", title: "" }),
      ],
      "edit changed elsewhere": [412, await signedIn.post(`/tasks/${task}/edit`, OLDER_EDIT)],
      "other task": [403, await signedIn.get(`/tasks/${otherTask}`)],
      "trash empty": [200, await signedIn.get("/trash")],
      delete: [200, await signedIn.get(`/tasks/${task}/delete`)],
      "dashboard deleted": [200, await signedIn.post(`/tasks/${task}/delete`, { intent: "delete" })],
      "deleted task": [200, await signedIn.get(`/tasks/${task}`)],
      "edit deleted task": [200, await signedIn.get(`/tasks/${task}/edit`)],
      "save deleted task": [
        404,
        await signedIn.post(`/tasks/${task}/edit`, { intent: "save", title: "Typed" }),
      ],
      "delete deleted task": [200, await signedIn.get(`/tasks/${task}/delete`)],
      trash: [200, await signedIn.get("/trash")],
      "trash, empty it": [200, await signedIn.get("/trash/empty")],
      "trash, unknown task": [404, await signedIn.post("/trash", { intent: "restore", id: "999999999" })],
      settings: [200, await signedIn.get("/settings")],
      "settings profile invalid": [422, await signedIn.post("/settings", { intent: "profile", ...invalid })],
      "settings password invalid": [
        422,
        await signedIn.post("/settings", { intent: "password", ...invalid }),
      ],
      "settings deletion invalid": [422, await signedIn.post("/settings", { intent: "delete-account" })],
      signout: [200, await signedIn.get("/signout")],
      "not found, signed in": [404, await signedIn.get("/nothing/here")],
    };
  }

  it(
    "finds no error and no warning on any page, in any state",
    async () => {
      const pages = await requestAllStates();
      const files: string[] = [];
      for (const [name, [status, response]] of Object.entries(pages)) {
        expect(response.status, name).toBe(status);
        const file = join(folder, `${name.replaceAll(" ", "-")}.html`);
        await writeFile(file, response.text);
        files.push(file);
      }
      const invalidFile = join(folder, "wrong.html");
      await writeFile(invalidFile, "<!doctype html><html lang=en><title>x</title><p id=a><p id=a>");
      const messages = await check([...files, invalidFile]);
      // Proves that the checker reads the files and reports errors.
      expect(messages.filter(({ url }) => url?.endsWith("wrong.html"))).not.toEqual([]);
      const problems = messages
        .filter(({ url, type, subType }) => !url?.endsWith("wrong.html") && (type !== "info" || subType))
        .filter(({ message }) => !CSS_MESSAGE.test(message))
        .map(
          ({ url = "", lastLine, message, extract }) => `${basename(url)}:${lastLine} ${message} ${extract}`,
        );
      expect(problems).toEqual([]);
    },
    CHECK_TIMEOUT_MS,
  );
});
