import type { ReferenceField, ReferenceOperation, ReferenceResponse } from "#app/page-data/api-reference.ts";
import { CodeBlock } from "./code-block.tsx";

function FieldList({ fields }: { fields: ReferenceField[] }) {
  return (
    <dl className="grid grid-cols-1 gap-2">
      {fields.map(({ name, place, required, type, description }) => (
        <div key={`${place} ${name}`}>
          <dt>
            <code className="font-semibold">{name}</code>{" "}
            <span className="text-ink-soft">
              {place}, {required ? "required" : "optional"}
            </span>
          </dt>
          <dd className="pl-4">
            {type}. {description}
          </dd>
        </div>
      ))}
    </dl>
  );
}

function ResponseList({ responses }: { responses: ReferenceResponse[] }) {
  return (
    <dl className="grid grid-cols-1 gap-2">
      {responses.map(({ status, description, example }) => (
        <div key={status}>
          <dt className="font-semibold">{status}</dt>
          <dd className="grid grid-cols-1 gap-2 pl-4">
            <p>{description}</p>
            {example && <CodeBlock>{example}</CodeBlock>}
          </dd>
        </div>
      ))}
    </dl>
  );
}

/** One operation: its fields, a shell command, and its responses. */
export function OperationReference({ operation }: { operation: ReferenceOperation }) {
  const { id, method, path, summary, description, needsSession, fields, commands, responses } = operation;
  return (
    <article aria-labelledby={id} className="grid grid-cols-1 gap-4">
      <h3 id={id} className="text-lg font-semibold">
        {summary}
      </h3>
      <p>
        <code className="font-semibold wrap-anywhere">
          {method} {path}
        </code>
      </p>
      {description && <p>{description}</p>}
      <p className="text-ink-soft">{needsSession ? "Needs authentication." : "Needs no authentication."}</p>
      {fields.length > 0 && <FieldList fields={fields} />}
      {commands.map((command) => (
        <CodeBlock key={command}>{command}</CodeBlock>
      ))}
      <ResponseList responses={responses} />
    </article>
  );
}
