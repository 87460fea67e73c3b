import { setMaxListeners } from "node:events";
import { Agent, request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import type { BenchUser } from "../dataset.ts";
import { chooseOperation, type Operation, SIGN_IN } from "./operations.ts";

/** Times of the responses by operation, in ms. */
export type Latencies = Map<string, number[]>;

/** A user thinks for half to one and a half seconds, then sends one request: one a second on average. */
const THINK_MS = { min: 500, max: 1_500 };
/** One of all users signs in every two seconds on average. With 50 users, each of them does so every 100 s. */
const SIGN_IN_PAUSE_MS = { min: 1_000, max: 3_000 };

const between = ({ min, max }: { min: number; max: number }) => min + Math.random() * (max - min);

/** Sends one request and reads the response. @returns the time in ms @throws Error for another status than expected */
async function send(url: string, operation: Operation, user: BenchUser, agent: Agent): Promise<number> {
  const { method, path, body, status, title } = operation;
  const text = body && JSON.stringify(body(user));
  const credentials =
    operation === SIGN_IN ? {} : { Authorization: `Bearer ${user.token}`, Cookie: user.cookie };
  const type = text && { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(text) };
  const startedAt = performance.now();
  const actual = await new Promise<number | undefined>((resolve, reject) => {
    const sent = request(url + path(user), { method, agent, headers: { ...credentials, ...type } });
    sent.once("error", reject);
    sent.once("response", (response) => {
      response.resume().once("error", reject);
      response.once("end", () => resolve(response.statusCode));
    });
    sent.end(text);
  });
  if (actual !== status) throw new Error(`${title}: status ${actual}, expected ${status}`);
  return performance.now() - startedAt;
}

interface Load {
  url: string;
  /** Users of the tasks, each with one kept connection. */
  users: BenchUser[];
  /** Other users, who sign in. */
  signingIn: BenchUser[];
  seconds: number;
}

/**
 * Plays concurrent users with think time, and sign-ins at a rate of their own.
 * @throws Error for the first response with a wrong status
 */
export async function playUsers({ url, users, signingIn, seconds }: Load): Promise<Latencies> {
  const latencies: Latencies = new Map();
  const ending = new AbortController();
  // Each pausing user listens to it.
  setMaxListeners(0, ending.signal);
  const timer = setTimeout(() => ending.abort(), seconds * 1_000);
  const repeat = async (pauseMs: { min: number; max: number }, next: () => [Operation, BenchUser]) => {
    const agent = new Agent({ keepAlive: true });
    try {
      for (;;) {
        await sleep(between(pauseMs), undefined, { signal: ending.signal }).catch(() => undefined);
        if (ending.signal.aborted) return;
        const [operation, user] = next();
        const ms = await send(url, operation, user, agent);
        latencies.set(operation.title, [...(latencies.get(operation.title) ?? []), ms]);
      }
    } finally {
      ending.abort();
      agent.destroy();
    }
  };
  const anyone = () => signingIn[Math.floor(Math.random() * signingIn.length)] as BenchUser;
  try {
    await Promise.all([
      ...users.map((user) => repeat(THINK_MS, () => [chooseOperation(), user])),
      repeat(SIGN_IN_PAUSE_MS, () => [SIGN_IN, anyone()]),
    ]);
  } finally {
    clearTimeout(timer);
  }
  return latencies;
}
