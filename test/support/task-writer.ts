import { request, type TestUser } from "./users.ts";

export interface TaskWriter {
  /** The ids of the tasks that the server has acknowledged so far. */
  acknowledged: number[];
  stop(): Promise<void>;
}

/** Writes tasks one after the other, until stopped. */
export function startTaskWriter(user: TestUser): TaskWriter {
  const acknowledged: number[] = [];
  let isStopped = false;
  const write = async () => {
    while (!isStopped) {
      const title = `Task ${acknowledged.length}`;
      const { status, body, text } = await user.api("POST", "/api/tasks", { title });
      if (status !== 201) throw new Error(`POST /api/tasks returned ${status}: ${text}`);
      acknowledged.push(body.id);
    }
  };
  const written = write();
  return {
    acknowledged,
    stop: () => {
      isStopped = true;
      return written;
    },
  };
}

/** Reads the ids of all tasks of a user, page by page, from the server at `base`. */
export async function taskIds(base: string, token: string): Promise<Set<number>> {
  const headers = { Authorization: `Bearer ${token}` };
  const ids = new Set<number>();
  for (let page = 1, pages = 1; page <= pages; page++) {
    const { body } = await request(base, "GET", `/api/tasks?limit=100&page=${page}`, { headers });
    for (const { id } of body.data) ids.add(id);
    pages = body.pagination.pages;
  }
  return ids;
}
