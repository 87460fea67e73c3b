import { describe, expect, it } from "vitest";
import { countCharacters, lengthProblem } from "#app/rules/text-rules.ts";
import { signInSchema, signUpSchema } from "#app/schemas/account.ts";
import {
  dashboardQuerySchema,
  newTaskSchema,
  taskChangesSchema,
  taskParamsSchema,
  taskQuerySchema,
} from "#app/schemas/task.ts";
import { text } from "#app/schemas/text.ts";

describe("the length of a text", () => {
  it.each([
    ["", 0],
    ["abc", 3],
    ["😀", 1],
    ["é", 1],
    ["e\u0301", 2],
    ["👩‍🚀", 3],
    ["日本", 2],
  ])("of %j is %d characters", (value, count) => {
    expect(countCharacters(value)).toBe(count);
  });

  it("is limited in characters, not in UTF-16 units", () => {
    for (const value of ["😀😀😀", "abc", ""]) expect(lengthProblem(value, 3)).toBeUndefined();
    for (const value of ["😀😀😀😀", "abcd"])
      expect(lengthProblem(value, 3)).toBe("That's too long: use at most 3 characters.");
  });
});

describe("a text field", () => {
  const messages = (value: unknown) =>
    text("Word")
      .safeParse(value)
      .error?.issues.map((issue) => issue.message);
  it("has separate messages for a missing value, another type and invalid characters", () => {
    expect(messages(undefined)).toEqual(["Word is required."]);
    expect(messages(null)).toEqual(["Word is required."]);
    expect(messages(1)).toEqual(["Word must be text."]);
    for (const value of ["a\u0000", "\ud83d", "\ude00x", "\ude00\ud83d"]) {
      expect(messages(value)).toEqual(["Word contains invalid characters."]);
    }
  });

  it("accepts every other character", () => {
    for (const value of ["\u0001\u001f\u007f", "\ufffd\uffff\ufeff", "😀\u{10ffff}", "\u202e", ""]) {
      expect(text("Word").parse(value)).toBe(value);
    }
  });
});

describe("a task's fields", () => {
  it("are trimmed, and an empty description becomes null", () => {
    expect(newTaskSchema.parse({ title: "\u00a0 a b \n", description: "\t c \r\n" })).toEqual({
      title: "a b",
      description: "c",
    });
    expect(newTaskSchema.parse({ title: "a", description: "  " })).toEqual({ title: "a", description: null });
    expect(newTaskSchema.parse({ title: "a" })).toEqual({ title: "a" });
  });

  it("are limited after trimming", () => {
    const spaces = " ".repeat(50);
    expect(newTaskSchema.safeParse({ title: spaces + "t".repeat(200) + spaces }).success).toBe(true);
    expect(newTaskSchema.safeParse({ title: "t".repeat(201) }).success).toBe(false);
    expect(newTaskSchema.safeParse({ title: "t", description: spaces + "d".repeat(1000) }).success).toBe(
      true,
    );
    expect(newTaskSchema.safeParse({ title: "t", description: "d".repeat(1001) }).success).toBe(false);
  });

  it("that are absent from a change stay absent", () => {
    expect(taskChangesSchema.parse({ completed: false })).toEqual({ completed: false });
    expect(Object.keys(taskChangesSchema.parse({ title: "a" }))).toEqual(["title"]);
    expect(taskChangesSchema.safeParse({}).success).toBe(false);
  });

  it("have one message per problem, each under its field", () => {
    const { error } = newTaskSchema.safeParse({ title: " ", description: "d".repeat(1001), unknown: 1 });
    expect(error?.issues.map((issue) => issue.path.join(".")).sort()).toEqual(["", "description", "title"]);
  });
});

describe("a query string", () => {
  it("has the documented defaults", () => {
    expect(taskQuerySchema.parse({})).toEqual({ page: 1, limit: 20 });
    expect(taskQuerySchema.parse({ page: "7", limit: "100", completed: "false" })).toEqual({
      page: 7,
      limit: 100,
      completed: false,
    });
  });

  it("of the dashboard falls back to the first page of all tasks for invalid values", () => {
    for (const query of [
      {},
      { page: "0" },
      { page: "x", show: "nonsense" },
      { page: "1e9", show: "" },
      { other: "1" },
    ]) {
      expect(dashboardQuerySchema.parse(query)).toEqual({ page: 1, show: "open", q: "" });
    }
    expect(dashboardQuerySchema.parse({ page: "3", show: "done" })).toEqual({
      page: 3,
      show: "done",
      q: "",
    });
  });
});

describe("a task's id", () => {
  it.each(["1", "42", "9007199254740991"])("can be %s", (id) => {
    expect(taskParamsSchema.parse({ id })).toEqual({ id: Number(id) });
  });
  it.each([
    "",
    "0",
    "-1",
    "01",
    "1.0",
    "1e3",
    " 1",
    "1 ",
    "+1",
    "0x1",
    "9007199254740992",
    "9999999999999999",
    "1\n",
    "１",
    undefined,
    1,
  ])("cannot be %j", (id) => {
    expect(taskParamsSchema.safeParse({ id }).success).toBe(false);
  });
});

describe("an account's fields", () => {
  const account = { email: "ann@example.org", name: "Ann", password: "a lantern by the river" };
  const accepts = (changes: object) => signUpSchema.safeParse({ ...account, ...changes }).success;

  it("trim and lower-case the email, trim the name, and keep the password unchanged", () => {
    expect(
      signUpSchema.parse({ email: " ANN@Example.ORG\n", name: " Ann ", password: "  two blanks  " }),
    ).toEqual({
      email: "ann@example.org",
      name: "Ann",
      password: "  two blanks  ",
    });
    expect(signInSchema.parse({ email: " ANN@Example.ORG", password: " x" })).toEqual({
      email: "ann@example.org",
      password: " x",
    });
  });

  it.each(["a@b.co", "first.last+tag@sub.example.org", "o'neil@example.org", "x_y-z@example.museum"])(
    "accept the email %s",
    (email) => {
      expect(accepts({ email })).toBe(true);
    },
  );
  it.each([
    "a",
    "a@b",
    "@example.org",
    "a@",
    "a b@example.org",
    "a@exa mple.org",
    "a@@example.org",
    "a@example..org",
    ".a@example.org",
    "a@example.org.",
    "<a@example.org>",
    "a@example.org\nBcc: b@example.org",
    `${"a".repeat(243)}@example.org`,
  ])("reject the email %s", (email) => {
    expect(accepts({ email })).toBe(false);
  });

  it("limit a name and a password in characters", () => {
    expect([accepts({ name: "🦉".repeat(100) }), accepts({ name: "🦉".repeat(101) })]).toEqual([true, false]);
    expect([accepts({ password: "🦉".repeat(7) }), accepts({ password: "🦉".repeat(8) })]).toEqual([
      false,
      true,
    ]);
    expect([accepts({ password: "🦉".repeat(128) }), accepts({ password: "🦉".repeat(129) })]).toEqual([
      true,
      false,
    ]);
  });

  it("accept a password of any length at sign-in", () => {
    for (const password of ["x", "p".repeat(500)])
      expect(signInSchema.safeParse({ email: account.email, password }).success).toBe(true);
    expect(signInSchema.safeParse({ email: account.email, password: "" }).success).toBe(false);
  });
});
