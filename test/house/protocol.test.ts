import { readFileSync } from 'node:fs';
import { CloseCode } from 'graphql-ws';
import { isInterfaceType } from 'graphql';
import { describe, expect, it } from 'vitest';
import { createSchema } from '../../src/api/schema.js';
import { ERROR_CODES } from '../../src/base/errors.js';

const protocol = readFileSync('PROTOCOL.md', 'utf8');

/** The first cells of a section's table. */
function rowsUnder(heading: string): string[] {
  const [, section = ''] = protocol.split(`\n${heading}\n`);
  const [upToNext = ''] = section.split(/\n##+ /);
  return Array.from(upToNext.matchAll(/^\| `?(?<cell>[A-Za-z0-9_]+)`? \|/gm), ({ groups }) => groups?.['cell'] ?? '');
}

describe('PROTOCOL.md', () => {
  it('explains every error code, in the order of the code', () => {
    expect(rowsUnder('## Error codes').slice(1)).toEqual([...ERROR_CODES]);
  });

  it('explains every run event, and no other', async () => {
    const schema = await createSchema();
    const runEvent = schema.getType('RunEvent');
    const events = isInterfaceType(runEvent) ? schema.getPossibleTypes(runEvent).map(({ name }) => name) : [];

    expect(rowsUnder('## A run').slice(1).toSorted()).toEqual(events.toSorted());
  });

  it('explains every code that a socket may be closed with', () => {
    const standard = [1001, 1002, 1007, 1008, 1009, 1013];
    const ours = [
      CloseCode.BadRequest,
      CloseCode.Unauthorized,
      CloseCode.Forbidden,
      CloseCode.SubprotocolNotAcceptable,
    ];
    const more = [
      CloseCode.ConnectionInitialisationTimeout,
      CloseCode.SubscriberAlreadyExists,
      CloseCode.TooManyInitialisationRequests,
    ];

    expect(rowsUnder('## Close codes of the socket').slice(1)).toEqual(
      [...standard, ...ours, ...more, CloseCode.InternalServerError].map(String),
    );
  });
});
