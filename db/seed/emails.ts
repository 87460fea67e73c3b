import type { Knex } from "knex";

/** Reserved by RFC 2606: an address there belongs to a seed or a test, never to a person. */
export const SEED_DOMAINS = ["example.org", "example.com", "example.net"];
const SEED_EMAIL = `@(${SEED_DOMAINS.join("|").replaceAll(".", "\\.")})$`;

/** Counts the users whose address no seed uses. @returns 0 as well if there is no schema yet */
export async function countRealUsers(knex: Knex): Promise<number> {
  if (!(await knex.schema.hasTable("user"))) return 0;
  const { rows } = await knex.raw('select count(*) as total from "user" where email !~ ?', [SEED_EMAIL]);
  return Number(rows[0].total);
}

/** Finds all addresses in the domains of the seed. */
export async function findSeedEmails(knex: Knex): Promise<Set<string>> {
  const { rows } = await knex.raw('select email from "user" where email ~ ?', [SEED_EMAIL]);
  return new Set(rows.map((row: { email: string }) => row.email));
}

/** Returns an address that is not in `taken`, and adds it there. */
export function takeEmail(localPart: string, domain: string, taken: Set<string>): string {
  let email = `${localPart}@${domain}`;
  for (let suffix = 2; taken.has(email); suffix++) email = `${localPart}${suffix}@${domain}`;
  taken.add(email);
  return email;
}
