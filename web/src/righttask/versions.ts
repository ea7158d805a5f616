/** The versions of a room, over HTTP. What comes back is parsed; what does not fit is an error. */
import type { AccessTokenStore } from './access_token';
import { compareTasks, parseScalar, parseText, type Task } from './task';

export interface Version {
  readonly id: number;
  readonly kind: 'automatic' | 'named';
  /** Empty if it has none. */
  readonly name: string;
  /** Who made the last change in it, as far as is known; else empty. */
  readonly author: string;
  /** ISO date and time. */
  readonly at: string;
}

export interface VersionPage {
  readonly versions: readonly Version[];
  /** What `list` takes for the page behind this one; null at the end. */
  readonly continueBefore: number | null;
}

export interface VersionContent {
  readonly version: Version;
  readonly tasks: readonly Task[];
}

/** The server's refusal, in its words; a status of 0 is a server that cannot be reached. */
export class VersionsError extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

const pageSize = 50;

type Fields = Readonly<Record<string, unknown>>;

function fieldsOf(value: unknown): Fields | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : null;
}

function unreadable(): VersionsError {
  return new VersionsError(200, 'The answer of the server cannot be read');
}

export function parseVersion(value: unknown): Version {
  const fields = fieldsOf(value);
  if (typeof fields?.['id'] !== 'number') throw unreadable();
  return {
    id: fields['id'],
    kind: fields['kind'] === 'named' ? 'named' : 'automatic',
    name: parseText(fields['name']),
    author: parseText(fields['author']),
    at: parseText(fields['at']),
  };
}

function idsOf(value: unknown): readonly string[] {
  const ids: unknown[] = Array.isArray(value) ? value : Object.keys(fieldsOf(value) ?? {});
  return ids.filter((id) => typeof id === 'string').sort();
}

function parseTask(value: unknown): Task | null {
  const fields = fieldsOf(value);
  const id = fields && parseText(fields['id']);
  if (!fields || !id) return null;
  return {
    id,
    title: parseScalar.title(fields['title']),
    completed: parseScalar.completed(fields['completed']),
    priority: parseScalar.priority(fields['priority']),
    estimatedHours: parseScalar.estimatedHours(fields['estimatedHours']),
    dueDate: parseScalar.dueDate(fields['dueDate']),
    description: parseText(fields['description']),
    order: parseText(fields['order']),
    dependencyIds: idsOf(fields['dependencies'] ?? fields['dependencyIds']),
    createdAt: parseText(fields['createdAt']),
    updatedAt: parseText(fields['updatedAt']),
    userId: parseText(fields['userId']),
  };
}

/** The tasks of a document as JSON: entries by id, or the list of the first clients, in its order. */
export function tasksOfDocument(document: unknown): readonly Task[] {
  const root = fieldsOf(document)?.['tasks'];
  const values: unknown[] = Array.isArray(root) ? root : Object.values(fieldsOf(root) ?? {});
  const tasks = values.map(parseTask).filter((task) => task !== null);
  return Array.isArray(root) ? tasks : tasks.sort(compareTasks);
}

/** Where a server is whose socket is at `socketUrl`. */
export function httpUrl(socketUrl: string, base?: string): string {
  const url = new URL(socketUrl, base);
  const protocol = url.protocol.replace(/^ws/, 'http');
  return `${protocol}//${url.host}${url.pathname.replace(/\/socket\/?$/, '')}`;
}

export interface VersionsApiOptions {
  readonly room: string;
  readonly socketUrl: string;
  readonly token: AccessTokenStore | null;
  readonly fetch: typeof fetch;
}

export class VersionsApi {
  readonly room: string;
  readonly #options: VersionsApiOptions;

  constructor(options: VersionsApiOptions) {
    this.room = options.room;
    this.#options = options;
  }

  /** Newest first. */
  async list(before: number | null, signal?: AbortSignal): Promise<VersionPage> {
    const query = new URLSearchParams({ limit: String(pageSize) });
    if (before !== null) query.set('before', String(before));
    const answer = await this.#ask('GET', `?${query.toString()}`, undefined, signal);
    const versions = answer['versions'];
    if (!Array.isArray(versions)) throw unreadable();
    const next = answer['continue_before'];
    return { versions: versions.map(parseVersion), continueBefore: typeof next === 'number' ? next : null };
  }

  async show(id: number, signal?: AbortSignal): Promise<VersionContent> {
    const answer = await this.#ask('GET', `/${id}`, undefined, signal);
    return { version: parseVersion(answer), tasks: tasksOfDocument(answer['document']) };
  }

  /** Keeps what the room holds now under a name. */
  async create(name: string): Promise<Version> {
    return parseVersion(await this.#ask('POST', '', { name }));
  }

  async rename(id: number, name: string): Promise<Version> {
    return parseVersion(await this.#ask('PATCH', `/${id}`, { name }));
  }

  /** Gives the room the content of a version, as an edit that everybody receives. */
  async restore(id: number): Promise<void> {
    await this.#ask('POST', `/${id}/restore`, {});
  }

  async #ask(method: string, path: string, body?: object, signal?: AbortSignal): Promise<Fields> {
    const { room, socketUrl, token, fetch } = this.#options;
    const bearer = token?.get() ?? null;
    const url = `${httpUrl(socketUrl)}/api/rooms/${encodeURIComponent(room)}/versions${path}`;
    let response: Response;
    try {
      response = await fetch(url, {
        method,
        headers: {
          ...(body && { 'Content-Type': 'application/json' }),
          ...(bearer !== null && { Authorization: `Bearer ${bearer}` }),
        },
        credentials: 'omit',
        ...(body && { body: JSON.stringify(body) }),
        ...(signal && { signal }),
      });
    } catch (error) {
      if (signal?.aborted) throw error;
      throw new VersionsError(0, 'The server cannot be reached');
    }
    const answer: unknown = await response.json().catch(() => null);
    const fields = fieldsOf(answer);
    if (!response.ok)
      throw new VersionsError(
        response.status,
        parseText(fields?.['error']) || `The server says ${response.status}`,
      );
    if (!fields) throw unreadable();
    return fields;
  }
}
