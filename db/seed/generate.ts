import { localeNames } from "./names.ts";
import { emoji, phrases } from "./phrases.ts";

export interface SeedUser {
  name: string;
  /** What stands before the @, without what makes it unique. */
  address: string;
  language: string;
  joined: Date;
  /** How many of a hundred tasks this person gets done. */
  diligence: number;
}

export interface SeedTask {
  title: string;
  description: string | null;
  completed: boolean;
  created_at: Date;
  updated_at: Date;
}

/** A number from 0 up to, not including, 1. */
export type Random = () => number;

const DAY_MS = 24 * 60 * 60 * 1000;
const TITLE_MAX = 200;
const LANGUAGES = Object.keys(phrases);
/** In this order, so that a demo account shows a little of everything at once. */
const ALL = "*";

/** mulberry32: a few lines that give the same sequence on every machine, which Math.random does not. */
export function randomFrom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function pick<T>(random: Random, list: readonly T[]): T {
  const one = list[Math.floor(random() * list.length)];
  if (one === undefined) throw new Error("there is nothing to pick from");
  return one;
}

/** Somebody who joined between a week and nine months before `now`. */
export function generateUser(random: Random, now: Date): SeedUser {
  const language = pick(random, LANGUAGES);
  const source = localeNames[language];
  if (!source) throw new Error(`db/seed-people.ts has no names for "${language}"`);
  const [given, givenLatin] = pick(random, source.given);
  const [family, familyLatin] = pick(random, source.family);
  const joined = new Date(now.getTime() - Math.round((7 + random() * 263) * DAY_MS));
  const name = source.familyFirst
    ? `${family}${source.familyFirst === "joined" ? "" : " "}${given}`
    : `${given} ${family}`;
  const diligence = 10 + Math.floor(random() * 81);
  return { name, address: `${givenLatin}.${familyLatin}`, language, joined, diligence };
}

/** The demo account's owner, who writes in every language there is. */
export function demoUser(now: Date): SeedUser {
  const joined = new Date(now.getTime() - 120 * DAY_MS);
  return { name: "Demo Nguyễn", address: "demo", language: ALL, joined, diligence: 55 };
}

/**
 * One task.
 * @param position 0 for a person's first task up to 1 for the latest: it decides when the task was written
 */
export function generateTask(random: Random, person: SeedUser, position: number, now: Date): SeedTask {
  const language = person.language === ALL || random() < 0.3 ? pick(random, LANGUAGES) : person.language;
  const age = now.getTime() - person.joined.getTime();
  // A root, so that most were written of late.
  const written = person.joined.getTime() + Math.floor(Math.sqrt(position) * age * 0.999);
  const completed = random() * 100 < person.diligence * (1.25 - 0.5 * position);
  const touched = completed || random() < 0.2;
  const updated = touched
    ? written + Math.floor(random() ** 2 * Math.min(now.getTime() - written, 30 * DAY_MS))
    : written;
  return {
    title: inventTitle(random, language),
    description: random() < 0.45 ? inventDescription(random, language) : null,
    completed,
    created_at: new Date(written),
    updated_at: new Date(updated),
  };
}

function inventTitle(random: Random, language: string): string {
  const kind = random();
  const short = oneTitle(random, language);
  if (kind < 0.04) return longTitle(random, language, short);
  return kind < 0.14 ? `${pick(random, emoji)} ${short}` : short;
}

function oneTitle(random: Random, language: string): string {
  const { titles, a, b } = vocabulary(language);
  return pick(random, titles).replace("{a}", pick(random, a)).replace("{b}", pick(random, b));
}

/** As near to the limit as whole notes come. Counted in code points, as PostgreSQL's varchar does. */
function longTitle(random: Random, language: string, start: string): string {
  const { joint } = vocabulary(language);
  for (let title = start; ; ) {
    const longer = `${title}${joint}${oneTitle(random, language)}`;
    if ([...longer].length > TITLE_MAX) return title;
    title = longer;
  }
}

function inventDescription(random: Random, language: string): string {
  const { sentences } = vocabulary(language);
  const count = 1 + Math.floor(random() * 3);
  const lines = Array.from({ length: count }, () => pick(random, sentences));
  const distinct = [...new Set(lines)];
  return random() < 0.3 ? distinct.map((line) => `- ${line}`).join("\n") : distinct.join(" ");
}

function vocabulary(language: string) {
  const words = phrases[language];
  if (!words) throw new Error(`db/seed-phrases.ts has nothing in "${language}"`);
  return words;
}
