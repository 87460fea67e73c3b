import {
  ar,
  base,
  de,
  el,
  en,
  en_GB,
  en_IN,
  es,
  Faker,
  fr,
  generateMersenne53Randomizer,
  he,
  ja,
  ko,
  type LocaleDefinition,
  ru,
  SimpleFaker,
  uk,
  zh_CN,
} from "@faker-js/faker";

/** Faker's locale for each language of phrases.ts. It has none for Hindi. */
const LOCALES: Record<string, LocaleDefinition> = {
  en: en_GB,
  fr,
  es,
  de,
  el,
  uk,
  ru,
  ar,
  he,
  hi: en_IN,
  ja,
  zh: zh_CN,
  ko,
};

export interface Fakers {
  /** Without a language. */
  neutral: SimpleFaker;
  /** @throws Error for a language without a locale */
  forLanguage(language: string): Faker;
}

/**
 * Creates generators that share one sequence of random numbers.
 * @param seeds the same numbers give the same sequence on every machine
 */
export function createFakers(...seeds: number[]): Fakers {
  const randomizer = generateMersenne53Randomizer();
  randomizer.seed(seeds);
  const localized = new Map(
    Object.entries(LOCALES).map(([language, locale]) => [
      language,
      new Faker({ locale: [locale, en, base], randomizer }),
    ]),
  );
  return {
    neutral: new SimpleFaker({ randomizer }),
    forLanguage(language) {
      const faker = localized.get(language);
      if (!faker) throw new Error(`db/seed/fakers.ts has no locale for "${language}"`);
      return faker;
    },
  };
}
