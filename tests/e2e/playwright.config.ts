import { defineConfig } from '@playwright/test';
import { chromiumArgs, chromiumPath } from './chromium';

export default defineConfig({
  testDir: '.',
  outputDir: '../../artifacts/e2e',
  timeout: 60_000,
  expect: { timeout: 15_000 },
  // One browser and one server at a time: the tests also run on small machines.
  workers: 1,
  reporter: [['list']],
  use: {
    launchOptions: { executablePath: chromiumPath, args: chromiumArgs },
    locale: 'en-GB',
    timezoneId: 'UTC',
    viewport: { width: 1200, height: 760 },
    actionTimeout: 15_000,
    trace: 'retain-on-failure',
  },
});
