import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Files that take long, most of it waiting: begun last they would leave the other workers with nothing to do. */
const LONG = [
  "access",
  "faults-outages",
  "rate-limits",
  "isolation",
  "fuzz",
  "faults-load",
  "faults-queries",
  "embedded-lock",
  "settings",
  "auth-adapter",
];
const rank = ({ moduleId }: TestSpecification) => {
  const at = LONG.findIndex((name) => moduleId.endsWith(`/${name}.test.ts`));
  return at < 0 ? LONG.length : at;
};

/** Begins with the files that take longest; the rest in vitest's own order. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return (await super.sort(files)).sort((one, other) => rank(one) - rank(other));
  }
}
