interface Advice {
  /** Matches the code of an error, a space, and its message. */
  error: RegExp;
  text: string;
}

const ADVICE: Advice[] = [
  {
    error:
      /^(SELF_SIGNED_CERT_IN_CHAIN|DEPTH_ZERO_SELF_SIGNED_CERT|UNABLE_TO_VERIFY_LEAF_SIGNATURE|UNABLE_TO_GET_ISSUER_CERT\w*) /,
    text: "Add sslrootcert=FILE to the URL, where FILE contains the certificate of the server's certificate authority",
  },
  {
    error: /^(CERT_HAS_EXPIRED|CERT_NOT_YET_VALID) /,
    text: "Renew the certificate of the server, or correct the clock of this machine",
  },
  {
    error: /^ERR_TLS_CERT_ALTNAME_INVALID /,
    text: "Use a host name of the certificate in the URL",
  },
  {
    error: / The server does not support SSL connections/,
    text: "Turn on TLS in the server, or use sslmode=disable on a private network",
  },
  { error: /^(ENOENT|EACCES) .*, open /, text: "Correct sslrootcert, sslcert or sslkey in the URL" },
  { error: / SASL: .*password must be/, text: "Add the password to the URL" },
  // PgBouncer reports all its errors as 08P01 (protocol_violation). RDS Proxy uses 0A000 (feature_not_supported).
  {
    error: /^08P01 .*startup parameter|^0A000 .*(startup parameter|options)/,
    text: "The URL goes through a pooler: set DB_PGBOUNCER=true",
  },
];

/** Returns a sentence that says what to change, for a known reason why a connection cannot be opened. */
export function connectAdvice(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code } = error as { code?: unknown };
  const description = `${code} ${error.message}`;
  const known = ADVICE.find(({ error: pattern }) => pattern.test(description));
  return known?.text ?? connectAdvice(error.cause);
}
