import { randomBytes } from "node:crypto";
import pg from "pg";

/** The role that the application uses. It is not the owner of anything. */
export const RUNTIME_ROLE = "tock_app";

/*
 * PUBLIC may create temporary tables in every database, and in an old one tables in the schema "public". DDL statements
 * take no parameters; the password contains only letters, digits, "-" and "_".
 */
const renewSql = (password: string) => `
  do $$ begin
    if not exists (select from pg_roles where rolname = '${RUNTIME_ROLE}') then
      create role ${RUNTIME_ROLE};
    end if;
    execute format('revoke temporary, create on database %I from public', current_database());
  end $$;
  revoke temporary, create on database postgres, template1 from public;
  revoke create on schema public from public;
  alter role ${RUNTIME_ROLE} with login password '${password}'
    nosuperuser nocreatedb nocreaterole noreplication nobypassrls`;

/**
 * Creates the role of the application in a cluster that has none, such as that of an earlier release, and gives it a new
 * password, which is stored nowhere. The owner's role and password stay as they are, so an earlier release still starts.
 * @param ownerUrl the URL of a superuser
 * @returns the URL of the same database for the role, whose rights on tables come from the migrations
 */
export async function renewRuntimeRole(ownerUrl: string): Promise<string> {
  const password = randomBytes(32).toString("base64url");
  const owner = new pg.Client({ connectionString: ownerUrl });
  // The query fails with the connection; without a listener the process would end.
  owner.on("error", () => undefined);
  await owner.connect();
  // Several statements in one query are one transaction.
  await owner.query(renewSql(password)).finally(() => owner.end());
  const url = new URL(ownerUrl);
  url.username = RUNTIME_ROLE;
  url.password = password;
  return url.href;
}
