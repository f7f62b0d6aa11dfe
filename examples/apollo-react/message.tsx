import type { MessageFieldsFragment } from '../../src/sdk/generated.js';

type Part = MessageFieldsFragment['parts'][number];

export function Message({ role, parts }: Pick<MessageFieldsFragment, 'role' | 'parts'>) {
  return (
    <article aria-label={role === 'USER' ? 'You' : 'Tomato'}>
      {parts.map((part, place) => (
        // Parts are only ever added at the end, or dropped there.
        <PartView key={place} part={part} />
      ))}
    </article>
  );
}

function PartView({ part }: { part: Part }) {
  switch (part.__typename) {
    case 'TextPart':
      return <p>{part.text}</p>;
    case 'ReasoningPart':
      return (
        <details>
          <summary>Thought</summary>
          <pre>{part.text}</pre>
        </details>
      );
    case 'ToolCallPart':
      return (
        <details>
          <summary>
            {part.name}: {part.status}
          </summary>
          <pre>{JSON.stringify(part.arguments, null, 2)}</pre>
          <pre>{part.output}</pre>
        </details>
      );
  }
}
