import openapiTS, { astToString } from "openapi-typescript";
import { openApiDocument } from "#app/http/openapi/document.server.ts";

const NOTE = "/** Generated from /api/openapi.json by openapi-typescript. Do not edit. */\n";

/** Generates the types of the API for docs/api-client/schema.d.ts. */
export async function generateClientTypes(): Promise<string> {
  // openapi-typescript resolves references in place.
  const document = JSON.parse(JSON.stringify(openApiDocument()));
  return NOTE + astToString(await openapiTS(document));
}
