import type { Fakers } from "./fakers.ts";
import { LANGUAGES } from "./phrases.ts";

export interface SeedUser {
  name: string;
  /** The part of the e-mail address before the @; not unique. */
  localPart: string;
  /** Of most tasks; undefined for a mix of all languages. */
  language: string | undefined;
  joinedAt: Date;
  /** The share of tasks that the user completes, 0 to 1. */
  diligence: number;
}

const DAY_MS = 24 * 60 * 60 * 1000;
const JOINED_DAYS_AGO = { min: 7, max: 270 };
const DEMO_JOINED_DAYS_AGO = 120;
/** Faker transliterates no ideographs or Hangul: their users get an English address. */
const UNTRANSLITERATED = new Set(["ja", "zh", "ko"]);

/** Generates a user who joined between a week and nine months before `now`. */
export function generateUser(fakers: Fakers, now: Date): SeedUser {
  const { helpers, number } = fakers.neutral;
  const language = helpers.arrayElement(LANGUAGES);
  const { person, internet } = fakers.forLanguage(language);
  const sex = person.sexType();
  const names = { firstName: person.firstName(sex), lastName: person.lastName(sex) };
  const username = UNTRANSLITERATED.has(language)
    ? fakers.forLanguage("en").internet.username()
    : internet.username(names);
  return {
    name: person.fullName({ sex, ...names }),
    localPart: username
      .toLowerCase()
      .replaceAll("_", ".")
      .replaceAll(/[^a-z0-9.]/g, ""),
    language,
    joinedAt: new Date(now.getTime() - Math.round(number.float(JOINED_DAYS_AGO) * DAY_MS)),
    diligence: number.float({ min: 0.1, max: 0.9 }),
  };
}

/** Returns the demo user, whose tasks are in all languages. */
export function demoUser(now: Date): SeedUser {
  const joinedAt = new Date(now.getTime() - DEMO_JOINED_DAYS_AGO * DAY_MS);
  return { name: "Demo Nguyễn", localPart: "demo", language: undefined, joinedAt, diligence: 0.55 };
}
