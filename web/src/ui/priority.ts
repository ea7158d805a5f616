import type { Priority } from '@/righttask/task';

export const priorities: readonly {
  readonly value: Priority;
  readonly label: string;
  readonly short: string;
}[] = [
  { value: 0, label: 'No priority', short: 'None' },
  { value: 1, label: 'Urgent (p1)', short: 'P1' },
  { value: 2, label: 'High (p2)', short: 'P2' },
  { value: 3, label: 'Medium (p3)', short: 'P3' },
  { value: 4, label: 'Low (p4)', short: 'P4' },
];
