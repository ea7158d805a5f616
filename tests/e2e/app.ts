/** The page as a person uses it: found by role and name, never by structure. */
import {
  expect,
  test as base,
  type Browser,
  type BrowserContext,
  type Locator,
  type Page,
} from '@playwright/test';
import { Server } from './server';

export interface PersonOptions {
  readonly name?: string;
  readonly color?: string;
  readonly context?: Parameters<Browser['newContext']>[0];
}

export class ListApp {
  constructor(readonly page: Page) {}

  get tasks(): Locator {
    return this.page.getByRole('list', { name: 'Tasks', exact: true });
  }

  get quickAdd(): Locator {
    return this.page.getByRole('textbox', { name: 'New task' });
  }

  get status(): Locator {
    return this.page.getByRole('banner').getByRole('status');
  }

  get details(): Locator {
    return this.page.getByRole('complementary');
  }

  get description(): Locator {
    return this.details.getByRole('textbox', { name: 'Description' });
  }

  get people(): Locator {
    return this.page.getByRole('list', { name: 'People here' });
  }

  title(task: string): Locator {
    return this.page.getByRole('textbox', {
      name: `Title of ${task}`,
      exact: true,
    });
  }

  async open(url: string): Promise<void> {
    await this.page.goto(url);
    await this.quickAdd.waitFor();
  }

  async add(text: string): Promise<void> {
    await this.quickAdd.fill(text);
    await this.quickAdd.press('Enter');
    await expect(this.quickAdd).toHaveValue('');
  }

  async rename(task: string, title: string): Promise<void> {
    await this.title(task).fill(title);
    await this.title(title).or(this.title(task)).press('Enter');
  }

  async complete(task: string): Promise<void> {
    // The box is drawn by its label; a person clicks what is drawn.
    await this.page
      .getByRole('checkbox', { name: `Complete ${task}`, exact: true })
      .locator('..')
      .click();
  }

  async openDetails(task: string): Promise<void> {
    await this.page.getByRole('button', { name: `Details of ${task}`, exact: true }).click();
    await this.details.waitFor();
  }

  async expectTitles(titles: readonly string[]): Promise<void> {
    await expect(async () => {
      const shown = await this.tasks
        .getByRole('textbox', { name: /^Title of / })
        .evaluateAll((inputs) => inputs.map((input) => (input as HTMLInputElement).value));
      expect(shown).toEqual(titles);
    }).toPass({ timeout: 15_000 });
  }

  async expectSaved(): Promise<void> {
    await expect(this.status).toHaveText('All changes saved');
  }
}

interface Fixtures {
  readonly serverEnvironment: Readonly<Record<string, string>>;
  readonly server: Server;
  /** A person with a browser profile of their own. */
  readonly person: (options?: PersonOptions) => Promise<{ context: BrowserContext; app: ListApp }>;
}

export const test = base.extend<Fixtures>({
  serverEnvironment: [{}, { option: true }],
  server: async ({ serverEnvironment }, use) => {
    const server = new Server(serverEnvironment);
    try {
      await server.start();
      await use(server);
    } finally {
      await server.kill();
    }
  },
  person: async ({ browser }, use) => {
    const contexts: BrowserContext[] = [];
    await use(async ({ name, color, context: contextOptions } = {}) => {
      const context = await browser.newContext(contextOptions);
      contexts.push(context);
      if (name !== undefined) {
        await context.addInitScript(
          ([name, color]) => {
            if (localStorage.getItem('righttask.identity')) return;
            const userId = `user-${name}`;
            localStorage.setItem('righttask.identity', JSON.stringify({ userId, name, color, named: true }));
          },
          [name, color] as const,
        );
      }
      return { context, app: new ListApp(await context.newPage()) };
    });
    for (const context of contexts) await context.close();
  },
});

export { expect };
