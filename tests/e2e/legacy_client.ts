/**
 * The first client, as its users still run it: the same calls of `phoenix` and
 * `yjs`, an array of plain objects, an update being delete and insert, and
 * every update pushed as a list of numbers, its own and those it receives.
 */
import { Socket, type Channel } from 'phoenix';
import { WebSocket } from 'ws';
import * as Y from 'yjs';

export interface LegacyTask {
  id: string;
  title: string;
  description?: string;
  completed: boolean;
  priority: number;
  dependencyIds?: string[];
  estimatedHours?: number;
  createdAt: string;
  updatedAt: string;
  userId: string;
}

function whole(task: Partial<LegacyTask> & { id: string; title: string }): LegacyTask {
  const at = '2025-02-03T09:00:00.000Z';
  return {
    completed: false,
    priority: 0,
    createdAt: at,
    updatedAt: at,
    userId: 'first',
    ...task,
  };
}

export class LegacyClient {
  readonly #doc = new Y.Doc();
  readonly #list = this.#doc.getArray<LegacyTask>('tasks');
  readonly #socket: Socket;
  readonly #channel: Channel;

  private constructor(socketUrl: string, room: string) {
    this.#socket = new Socket(socketUrl, { transport: WebSocket });
    this.#socket.connect();
    this.#channel = this.#socket.channel(`room:${room}`, {});
    this.#channel.on('update', (payload: { data: number[] }) => {
      Y.applyUpdate(this.#doc, new Uint8Array(payload.data));
    });
    this.#doc.on('update', (update: Uint8Array) => {
      this.#channel.push('update', { data: Array.from(update) });
    });
  }

  static async join(socketUrl: string, room: string): Promise<LegacyClient> {
    const client = new LegacyClient(socketUrl, room);
    await new Promise<void>((resolve, reject) => {
      client.#channel
        .join()
        .receive('ok', (response: { state: number[] }) => {
          if (response.state.length > 0) Y.applyUpdate(client.#doc, new Uint8Array(response.state));
          resolve();
        })
        .receive('error', reject)
        .receive('timeout', () => reject(new Error('the join was not answered')));
    });
    return client;
  }

  get tasks(): LegacyTask[] {
    return [...new Map(this.#list.toArray().map((task) => [task.id, task])).values()];
  }

  addTask(task: Partial<LegacyTask> & { id: string; title: string }): void {
    if (this.#indexOf(task.id) === -1) this.#list.push([whole(task)]);
  }

  addTasks(tasks: (Partial<LegacyTask> & { id: string; title: string })[]): void {
    this.#list.push(tasks.map(whole));
  }

  updateTask(id: string, updates: Partial<LegacyTask>): void {
    this.#doc.transact(() => {
      const index = this.#indexOf(id);
      if (index === -1) return;
      const task = { ...this.#list.get(index), ...updates };
      this.#list.delete(index, 1);
      this.#list.insert(index, [task]);
    });
  }

  deleteTask(id: string): void {
    const index = this.#indexOf(id);
    if (index !== -1) this.#list.delete(index, 1);
  }

  leave(): void {
    this.#channel.leave();
    this.#socket.disconnect();
  }

  #indexOf(id: string): number {
    return this.#list.toArray().findIndex((task) => task.id === id);
  }
}
