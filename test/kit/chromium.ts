import { chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe } from 'vitest';
import { findProgram } from './server-process.js';

const PROGRAM = findProgram('chromium') ?? findProgram('chromium-browser') ?? findProgram('google-chrome');

/** So that it asks nobody but the pages that it is shown. */
const QUIET = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Cases in a browser, each with a page of its own. Where Chromium is not installed they are skipped, and say so; in CI they fail. */
export function describeInChromium(title: string, cases: (newPage: () => Promise<Page>) => void): void {
  const isMissing = PROGRAM === null && !process.env['CI'];
  describe.skipIf(isMissing)(`${title}${isMissing ? ' (skipped: chromium is not installed)' : ''}`, () => {
    let browser: Awaited<ReturnType<typeof chromium.launch>>;
    beforeAll(async () => {
      browser = await chromium.launch({ executablePath: PROGRAM ?? 'chromium', args: QUIET });
    });
    afterAll(() => browser?.close());

    cases(async () => (await browser.newContext()).newPage());
  });
}
