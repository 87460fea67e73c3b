/** The statements of the comparison servers. Each is prepared once per connection under its name. */
const TASK = "id, user_id, title, description, completed, completed_at, created_at, updated_at, version";

const statement = (name: string, text: string) => ({ name, text });

export const SQL = {
  ping: statement("ping", "select 1"),
  count: statement("count", "select count(*)::int as total from task where user_id = $1"),
  list: statement(
    "list",
    `select ${TASK} from task where user_id = $1 order by created_at desc, id desc limit $2 offset $3`,
  ),
  find: statement("find", `select ${TASK} from task where id = $2 and user_id = $1`),
  insert: statement(
    "insert",
    `insert into task (user_id, title, description) values ($1, $2, $3) returning ${TASK}`,
  ),
  toggle: statement(
    "toggle",
    `update task set completed = not completed, version = version + 1, updated_at = now() where id = $2 and user_id = $1 returning ${TASK}`,
  ),
};
