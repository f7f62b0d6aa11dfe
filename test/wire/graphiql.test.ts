import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeInChromium } from '../kit/chromium.js';
import { say } from '../kit/fake-llm.js';
import { openHouse, PASSWORD, type RunningHouse } from '../kit/house.js';

const DOCUMENT = `
query Me { me { userName } }
subscription Chat($id: ID!) {
  chatStream(message: { conversationId: $id, text: "Hello", clientMessageId: "1" }) {
    ... on RunCompleted { message { text } }
  }
}`;

describeInChromium('GraphiQL', (newPage) => {
  let house: RunningHouse;
  beforeAll(async () => {
    house = await openHouse();
    house.llm.otherwise(say('Good day!'));
  });
  afterAll(() => house.close());

  it('signs in, runs a query and a subscription, and asks no other host', { timeout: 60_000 }, async () => {
    const ada = await house.join('ada');
    const id = await ada.createConversation();
    const page = await newPage();
    const seen = watch(page);

    await page.goto(`${house.url}/graphql`);
    await signIn(page);
    await page.getByText('ada · OWNER').waitFor();
    await write(page, DOCUMENT, { id });
    await run(page, 'Me');
    await answer(page, '"userName": "ada"');
    await run(page, 'Chat');
    await answer(page, '"text": "Good day!"');

    expect(seen.hosts()).toEqual([new URL(house.url).host]);
    expect(seen.sockets).toEqual([`${house.url.replace('http', 'ws')}/graphql`]);
    expect(seen.complaints).toEqual([]);
  });

  it('takes a token that is pasted, and says what is wrong with it', async () => {
    const page = await newPage();

    await page.goto(`${house.url}/graphql`);
    await page.getByLabel('Token').fill('nonsense');
    await page.getByLabel('Token').press('Enter');

    await page.getByText('Sign in first.').waitFor();
  });
});

/** Where a page goes, and what the browser finds wrong with it. */
function watch(page: Page) {
  const urls: string[] = [];
  const sockets: string[] = [];
  const complaints: string[] = [];
  page.on('request', (request) => urls.push(request.url()));
  page.on('websocket', (socket) => sockets.push(socket.url()));
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  const hosts = () => [...new Set(urls.map((url) => new URL(url).host))];
  return { sockets, complaints, hosts };
}

async function signIn(page: Page): Promise<void> {
  await page.getByLabel('User name').fill('ada');
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

async function write(page: Page, document: string, variables: object): Promise<void> {
  await page.getByRole('button', { name: 'Variables' }).click();
  await setEditor(page, '.graphiql-query-editor', document);
  await setEditor(page, '.graphiql-editor-tool', JSON.stringify(variables));
}

/** Typing would be completed by the editor. */
async function setEditor(page: Page, container: string, text: string): Promise<void> {
  await page
    .locator(`${container} .CodeMirror`)
    .first()
    .evaluate((editor, value) => {
      (editor as unknown as { CodeMirror: { setValue(text: string): void } }).CodeMirror.setValue(value);
    }, text);
}

async function run(page: Page, operation: string): Promise<void> {
  await page.getByRole('button', { name: /Execute query/ }).click();
  await page.getByRole('menuitem', { name: operation }).click();
}

async function answer(page: Page, text: string): Promise<void> {
  await page.locator('.graphiql-response').getByText(text).waitFor();
}
