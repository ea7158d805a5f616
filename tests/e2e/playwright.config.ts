import { defineConfig } from "@playwright/test";

export default defineConfig({
  testDir: ".",
  outputDir: "../../artifacts/e2e",
  timeout: 60_000,
  expect: { timeout: 15_000 },
  // One browser and one server at a time: the tests also run on small machines.
  workers: 1,
  reporter: [["list"]],
  use: {
    // Debian's browser; nothing is downloaded.
    launchOptions: {
      executablePath: process.env["RIGHTTASK_CHROMIUM"] ?? "/usr/bin/chromium",
      args: [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
    },
    locale: "en-GB",
    timezoneId: "UTC",
    viewport: { width: 1200, height: 760 },
    actionTimeout: 15_000,
    trace: "retain-on-failure",
  },
});
