import { Writable } from 'node:stream';
import { expect, it } from 'vitest';
import { createLog } from '../../src/base/log.js';
import { callTool, fail, say } from '../kit/fake-llm.js';
import { openHouse, PASSWORD } from '../kit/house.js';

const KEY = 'key-of-the-model-service-0123456789';

it('prints no password, token, key, prompt or answer, whatever happens', async () => {
  const lines: string[] = [];
  const destination = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(chunk.toString());
      done();
    },
  });
  const house = await openHouse({ log: createLog('debug', destination), env: { VLLM_API_KEY: KEY } });
  const ada = await house.join('ada');
  const conversationId = await ada.createConversation({ instructions: 'instructions-of-ada' });
  house.llm.script([
    callTool('time_now', { timeZone: 'UTC' }),
    say('answer-of-the-model'),
    fail(400, { body: { error: { message: `bad ${KEY}` } } }),
  ]);

  await ada.turn(conversationId, 'question-of-ada');
  await ada.turn(conversationId, 'another-question');
  await house.ask('mutation ($input: LoginInput!) { login(input: $input) { token } }', {
    input: { userName: 'ada', password: 'wrong-password' },
  });
  await house.ask('{ me { id } }', {}, 'token-of-a-stranger');
  await house.ask('{ syntax error "literal-in-a-query" ', {}, ada.token);
  await ada.ask('mutation { logout }');
  await house.close();

  const log = lines.join('');
  expect(lines.length).toBeGreaterThan(5);
  for (const line of lines) expect(() => JSON.parse(line) as unknown).not.toThrow();
  const secrets = [PASSWORD, 'wrong-password', ada.token, 'token-of-a-stranger', KEY];
  const prompts = [
    'instructions-of-ada',
    'question-of-ada',
    'another-question',
    'answer-of-the-model',
    'literal-in-a-query',
  ];
  expect([...secrets, ...prompts].filter((text) => log.includes(text))).toEqual([]);
});

it('writes each record on one line, whatever a client sends', async () => {
  const lines: string[] = [];
  const log = createLog('debug', { write: (line) => void lines.push(line) });

  log.info({ path: '/a\n{"level":"error"}\u2028' }, 'request\r\nforged');

  expect(lines).toHaveLength(1);
  expect(lines[0]?.trimEnd()).not.toMatch(/[\n\r]/);
});
