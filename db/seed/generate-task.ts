import type { SimpleFaker } from "@faker-js/faker";
import type { SeedUser } from "./generate-user.ts";
import { emoji, LANGUAGES, phrasesIn } from "./phrases.ts";

export interface SeedTask {
  title: string;
  description: string | null;
  completed: boolean;
  completed_at: Date | null;
  created_at: Date;
  updated_at: Date;
}

const TITLE_MAX = 200;
const MAX_EDITED_AFTER_MS = 30 * 24 * 60 * 60 * 1000;
const OTHER_LANGUAGE_SHARE = 0.3;
const EDITED_SHARE = 0.2;
const DESCRIPTION_SHARE = 0.45;
const LIST_SHARE = 0.3;
const LONG_TITLE_SHARE = 0.04;
const EMOJI_SHARE = 0.1;

/**
 * Generates one task.
 * @param position from 0, the user's first task, to 1, the latest: it determines when the task was created
 */
export function generateTask(faker: SimpleFaker, user: SeedUser, position: number, now: Date): SeedTask {
  const language = taskLanguage(faker, user);
  const joinedAtMs = user.joinedAt.getTime();
  // The square root makes most tasks recent.
  const createdAtMs = joinedAtMs + Math.floor(Math.sqrt(position) * (now.getTime() - joinedAtMs) * 0.999);
  // Older tasks are more often completed.
  const completed = chance(faker, user.diligence * (1.25 - 0.5 * position));
  const isEdited = completed || chance(faker, EDITED_SHARE);
  const editedAfterMs = isEdited
    ? Math.floor(faker.number.float() ** 2 * Math.min(now.getTime() - createdAtMs, MAX_EDITED_AFTER_MS))
    : 0;
  const updatedAt = new Date(createdAtMs + editedAfterMs);
  return {
    title: generateTitle(faker, language),
    description: chance(faker, DESCRIPTION_SHARE) ? generateDescription(faker, language) : null,
    completed,
    // The last change of a completed task was its completion.
    completed_at: completed ? updatedAt : null,
    created_at: new Date(createdAtMs),
    updated_at: updatedAt,
  };
}

function chance(faker: SimpleFaker, probability: number): boolean {
  return faker.number.float() < probability;
}

function taskLanguage(faker: SimpleFaker, { language }: SeedUser): string {
  if (language !== undefined && !chance(faker, OTHER_LANGUAGE_SHARE)) return language;
  return faker.helpers.arrayElement(LANGUAGES);
}

function generateTitle(faker: SimpleFaker, language: string): string {
  const title = shortTitle(faker, language);
  if (chance(faker, LONG_TITLE_SHARE)) return longTitle(faker, language, title);
  return chance(faker, EMOJI_SHARE) ? `${faker.helpers.arrayElement(emoji)} ${title}` : title;
}

function shortTitle(faker: SimpleFaker, language: string): string {
  const { arrayElement } = faker.helpers;
  const { titles, a, b } = phrasesIn(language);
  return arrayElement(titles).replace("{a}", arrayElement(a)).replace("{b}", arrayElement(b));
}

/** Joins titles up to the limit. Counts code points, as PostgreSQL's varchar does. */
function longTitle(faker: SimpleFaker, language: string, start: string): string {
  const { joint } = phrasesIn(language);
  for (let title = start; ; ) {
    const longer = `${title}${joint}${shortTitle(faker, language)}`;
    if ([...longer].length > TITLE_MAX) return title;
    title = longer;
  }
}

function generateDescription(faker: SimpleFaker, language: string): string {
  const { sentences } = phrasesIn(language);
  const chosen = faker.helpers.arrayElements(sentences, { min: 1, max: 3 });
  return chance(faker, LIST_SHARE) ? chosen.map((line) => `- ${line}`).join("\n") : chosen.join(" ");
}
