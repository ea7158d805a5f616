/** The server under test: its own process, port and folder. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const binary = process.env['RIGHTTASK_BIN'] ?? join(root, 'build/release/bin/righttask');
const webDir = process.env['RIGHTTASK_WEB_DIR'] ?? join(root, 'web/dist');
const startTimeoutMs = 15_000;
const stopTimeoutMs = 15_000;

export class Server {
  #process: ChildProcess | null = null;
  #folder: string | null = null;
  #port = 0;
  #log = '';

  /** All that it has logged. */
  get log(): string {
    return this.#log;
  }

  constructor(readonly environment: Readonly<Record<string, string>> = {}) {}

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  get socketUrl(): string {
    return `ws://127.0.0.1:${this.#port}/socket`;
  }

  /** Starts on a free port, later on the same one, in an empty directory of its own. */
  async start(): Promise<void> {
    this.#folder = await mkdtemp(join(tmpdir(), 'righttask-e2e-'));
    // Whatever the server keeps, it keeps below where it was started.
    // The signal of a file that may not grow would end it; the error alone does not.
    const shell = ['-c', `trap '' XFSZ; exec "$@"`, 'sh', binary];
    const child = spawn(
      'sh',
      [...shell, 'serve', '--listen', `127.0.0.1:${this.#port}`, '--web-dir', webDir],
      {
        cwd: this.#folder,
        env: { ...process.env, ...this.environment },
        stdio: ['ignore', 'ignore', 'pipe'],
      },
    );
    this.#process = child;
    this.#port = await new Promise<number>((resolve, reject) => {
      let log = '';
      const timer = setTimeout(
        () => reject(new Error(`the server does not come up:\n${log}`)),
        startTimeoutMs,
      );
      child.once('error', reject);
      child.once('exit', (code) => reject(new Error(`the server ended with ${code}:\n${log}`)));
      child.stderr?.on('data', (chunk: Buffer) => {
        log = (log + chunk.toString()).slice(-20_000);
        this.#log += chunk.toString();
        const port = /listening on http:\/\/[^\s:]+:(\d+)/.exec(log)?.[1];
        if (!port) return;
        clearTimeout(timer);
        resolve(Number(port));
      });
    });
    child.removeAllListeners('exit');
  }

  /** An access token that this server accepts. */
  mintToken(...options: string[]): string {
    return execFileSync(binary, ['token', 'mint', ...options], {
      env: { ...process.env, ...this.environment },
      encoding: 'utf8',
    }).trim();
  }

  /** What operators do (ADM-1). */
  async administrate(act: string, body: object): Promise<void> {
    const response = await fetch(`${this.url}/admin/api/${act}`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${this.environment['RIGHTTASK_ADMIN_TOKEN']}` },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${act}: ${response.status} ${await response.text()}`);
  }

  /** As `systemctl stop` does. */
  async stop(): Promise<void> {
    await this.#end('SIGTERM');
  }

  /** As a power cut does. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** From now on no file of the server may grow: its disk fails. */
  failDisk(): void {
    this.#limitFiles('4096');
  }

  repairDisk(): void {
    this.#limitFiles('unlimited');
  }

  #limitFiles(bytes: string): void {
    execFileSync('prlimit', [`--pid=${this.#process?.pid}`, `--fsize=${bytes}:`]);
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#process;
    this.#process = null;
    if (child && child.exitCode === null && child.signalCode === null) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(() => child.kill('SIGKILL'), stopTimeoutMs);
        child.once('exit', () => {
          clearTimeout(timer);
          resolve();
        });
        child.kill(signal);
      });
    }
    if (this.#folder) await rm(this.#folder, { recursive: true, force: true });
    this.#folder = null;
  }
}
