interface Row {
  id: number;
  title: string;
  description: string | null;
  completed: boolean;
}

const ESCAPES: Record<string, string> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};
const escapeHtml = (text: string) => text.replace(/[&<>"']/g, (character) => ESCAPES[character] ?? "");

const row = ({ id, title, description, completed }: Row) =>
  `<li id="task-${id}"><form method="post"><input type="hidden" name="id" value="${id}"><button name="completed" value="${!completed}">${completed ? "Done" : "Open"}</button></form><a href="/tasks/${id}">${escapeHtml(title)}</a>${description ? `<p>${escapeHtml(description)}</p>` : ""}<a href="/tasks/${id}/edit">Edit</a><a href="/tasks/${id}/delete">Delete</a></li>`;

/** The dashboard of the comparison servers: a string template with the same controls for each task. */
export const dashboardHtml = (rows: Row[], total: number): string =>
  `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Tasks</title></head><body><h1>Your tasks</h1><p>${total} tasks</p><form method="post"><input name="title" required><button>Add task</button></form><ul>${rows.map(row).join("")}</ul></body></html>`;
