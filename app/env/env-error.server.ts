/** The configuration is invalid: `message` is one line that names the variable and what it needs. */
export class EnvError extends Error {
  override readonly name = "EnvError";
}
