/** A parameter, a request header or a field of the body. */
export interface ReferenceField {
  name: string;
  place: "path" | "query" | "header" | "body";
  required: boolean;
  /** The type and its limits, such as "text, 1 to 200 characters". */
  type: string;
  description: string;
}

export interface ReferenceResponse {
  status: string;
  description: string;
  /** Indented JSON; "" without an example. */
  example: string;
}

export interface ReferenceOperation {
  id: string;
  method: string;
  path: string;
  summary: string;
  description: string;
  needsSession: boolean;
  fields: ReferenceField[];
  /** Shell commands. */
  commands: string[];
  responses: ReferenceResponse[];
}

/** The content of the API reference, by group. */
export type ApiReference = { name: string; operations: ReferenceOperation[] }[];
