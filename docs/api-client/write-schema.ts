import { writeFile } from "node:fs/promises";
import { generateClientTypes } from "./generate.ts";

/* `npm run api:types`: writes the types of the API's example client. */
await writeFile(new URL("schema.d.ts", import.meta.url), await generateClientTypes());
