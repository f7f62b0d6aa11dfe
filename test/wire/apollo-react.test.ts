import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { build, preview, type PreviewServer } from 'vite';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { describeInChromium } from '../kit/chromium.js';
import { callTool, fail, say, type Reply } from '../kit/fake-llm.js';
import { collect, openHouse, PASSWORD, type Person, type RunningHouse } from '../kit/house.js';
import { freePort } from '../kit/server-process.js';
import { startSlowProxy, type SlowProxy } from '../kit/slow-proxy.js';

const ROOT = 'examples/apollo-react';

/** Takes nine seconds to say, of which a refresh and a cut may use seven. */
const LONG = Array.from({ length: 300 }, (_, place) => `word${place}`).join(' ');

describeInChromium('The example for Apollo React', (newPage) => {
  let house: RunningHouse;
  let proxy: SlowProxy;
  let site: PreviewServer;
  let outDir: string;
  let origin: string;
  beforeAll(async () => {
    const port = await freePort();
    // Not an origin that is allowed without being named.
    origin = `http://app.localhost:${port}`;
    house = await openHouse({ env: { CORS_ORIGINS: origin } });
    proxy = await startSlowProxy({ to: Number(new URL(house.url).port) });
    outDir = await mkdtemp(join(tmpdir(), 'tomato-example-'));
    vi.stubEnv('VITE_TOMATO_URL', `http://127.0.0.1:${proxy.port}`);
    await build({ root: ROOT, build: { outDir }, logLevel: 'error' });
    vi.unstubAllEnvs();
    site = await preview({ root: ROOT, build: { outDir }, preview: { host: '127.0.0.1', port, strictPort: true } });
  });
  afterAll(async () => {
    await site?.close();
    await proxy?.close();
    await house?.close();
    await rm(outDir, { recursive: true });
  });

  it('takes a user from an account to an answer for which a tool was called', { timeout: 60_000 }, async () => {
    house.llm.script([callTool('time_now', { timeZone: 'UTC' }), say('It is late.')]);
    const page = await newPage();
    const complaints = complaintsOf(page);

    await page.goto(origin);
    await openConversation(page, 'ada');
    await send(page, 'What time is it?');
    await untilAnswered(page);

    await page.getByText('time_now: SUCCEEDED').waitFor();
    expect(await shown(page)).toEqual([
      ['You', 'What time is it?'],
      ['Tomato', 'It is late.'],
    ]);
    expect(complaints).toEqual([]);
  });

  it('shows an answer as it is stored, once, over a refresh and a lost connection', { timeout: 60_000 }, async () => {
    house.llm.script([say(LONG, { everyMs: 30 })]);
    const page = await newPage();
    const complaints = complaintsOf(page);

    await page.goto(origin);
    await openConversation(page, 'grace');
    await send(page, 'Tell me all.');
    await page.getByText('word20').waitFor();
    await page.reload();
    await page.getByText('word50').waitFor();
    const before = proxy.connections;
    proxy.cut();
    await expect.poll(() => proxy.connections, { timeout: 20_000 }).toBeGreaterThan(before);
    proxy.mend();
    await page.getByText('word100').waitFor();
    const [, soFar = ''] = (await shown(page)).at(-1) ?? [];
    const isUnderWay = await page.getByRole('button', { name: 'Stop' }).isVisible();
    await untilAnswered(page);

    expect([isUnderWay, LONG.slice(0, soFar.length)]).toEqual([true, soFar]);
    expect(await shown(page)).toEqual([
      ['You', 'Tell me all.'],
      ['Tomato', LONG],
    ]);
    expect(complaints.filter((text) => !/WebSocket connection to .* failed/.test(text))).toEqual([]);
    const grace = await house.logIn('grace');
    expect(await storedIn(grace, openIn(page))).toEqual(['Tell me all.', LONG]);
  });

  it('stops an answer, and says how a turn ended', { timeout: 60_000 }, async () => {
    house.llm.script([say(LONG, { everyMs: 30 }), fail(400)]);
    const page = await newPage();

    await page.goto(origin);
    await openConversation(page, 'alan');
    await send(page, 'Tell me all.');
    await page.getByText('word5').waitFor();
    await page.getByRole('button', { name: 'Stop' }).click();
    await page.getByText('Stopped.').waitFor();
    await untilAnswered(page);
    await send(page, 'And now?');

    await page.getByRole('status').getByText('UPSTREAM_').waitFor();
  });

  it('keeps a message that was refused, and sends it when it is asked to', { timeout: 60_000 }, async () => {
    let goOn = () => {};
    const refused = new Promise<void>((resolve) => (goOn = resolve));
    const sayThen: Reply = (...exchange) => refused.then(() => say('One by one.')(...exchange));
    house.llm.script([sayThen, say('Your turn.')]);
    const page = await newPage();

    await page.goto(origin);
    await openConversation(page, 'barbara');
    const barbara = await house.logIn('barbara');
    const elsewhere = barbara.chat({ message: messageIn(openIn(page), 'First!') });
    await elsewhere.next();
    await send(page, 'Me too!');
    await page.getByRole('alert').waitFor();
    goOn();
    await collect(elsewhere);
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByText('Your turn.').waitFor();
    await untilAnswered(page);

    expect(await shown(page)).toEqual([
      ['You', 'First!'],
      ['Tomato', 'One by one.'],
      ['You', 'Me too!'],
      ['Tomato', 'Your turn.'],
    ]);
  });

  it('asks to sign in again once the session has ended elsewhere', { timeout: 60_000 }, async () => {
    const page = await newPage();

    await page.goto(origin);
    await openConversation(page, 'edsger');
    await (await house.logIn('edsger')).get('mutation { logoutEverywhere }');
    await send(page, 'Hello?');

    await page.getByRole('button', { name: 'Sign in' }).waitFor();
    await signIn(page, 'edsger', 'Sign in', 'wrong password');
    await page.getByRole('alert').getByText('The user name or the password is wrong.').waitFor();
  });
});

/** What the browser finds wrong with a page. */
function complaintsOf(page: Page): string[] {
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  return complaints;
}

async function signIn(page: Page, userName: string, button: string, password = PASSWORD): Promise<void> {
  await page.getByLabel('User name').fill(userName);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: button }).click();
}

async function openConversation(page: Page, userName: string): Promise<void> {
  await signIn(page, userName, 'Create an account');
  await page.getByRole('button', { name: 'New conversation' }).click();
  await page.getByRole('navigation', { name: 'Conversations' }).getByRole('link').waitFor();
}

/** The id of the conversation that is shown. */
const openIn = (page: Page) => new URL(page.url()).hash.slice(1);

const messageIn = (conversationId: string, text: string) => ({ conversationId, text, clientMessageId: 'elsewhere' });

async function send(page: Page, text: string): Promise<void> {
  await page.getByLabel('Message', { exact: true }).fill(text);
  await page.getByRole('button', { name: 'Send' }).click();
}

/** The turn is over, and what is stored was asked for. */
async function untilAnswered(page: Page): Promise<void> {
  await page.locator('[role=log][aria-busy=false]').getByRole('article', { name: 'Tomato' }).last().waitFor();
}

/** Who says what, from the top. */
async function shown(page: Page): Promise<[string | null, string][]> {
  const articles = await page.getByRole('article').all();
  return Promise.all(
    articles.map(async (article) => [
      await article.getAttribute('aria-label'),
      (await article.locator('p').allTextContents()).join(''),
    ]),
  );
}

async function storedIn(person: Person, id: string): Promise<string[]> {
  const query = 'query ($id: ID!) { conversation(id: $id) { messages(first: 10) { nodes { text } } } }';
  const { conversation } = await person.get<{ conversation: { messages: { nodes: { text: string }[] } } }>(query, {
    id,
  });
  return conversation.messages.nodes.map(({ text }) => text);
}
