/** Dates as people say them. Due dates are calendar days, `2026-03-09`. */

export function isoDay(date: Date): string {
  const pad = (value: number) => String(value).padStart(2, '0');
  return `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}`;
}

/** The day of a stored due date; a date with a time counts in local time. */
export function dueDay(due: string): string {
  return /^\d{4}-\d{2}-\d{2}$/.test(due) ? due : isoDay(new Date(due));
}

export function addDays(day: Date, days: number): Date {
  return new Date(day.getFullYear(), day.getMonth(), day.getDate() + days);
}

export type DueState = 'overdue' | 'today' | 'later';

export function dueState(due: string, today: Date): DueState {
  const day = dueDay(due);
  const now = isoDay(today);
  return day < now ? 'overdue' : day === now ? 'today' : 'later';
}

export function describeDue(due: string, today: Date): string {
  const day = dueDay(due);
  if (day === isoDay(today)) return 'Today';
  if (day === isoDay(addDays(today, 1))) return 'Tomorrow';
  if (day === isoDay(addDays(today, -1))) return 'Yesterday';
  const date = new Date(`${day}T12:00:00`);
  if (day > isoDay(today) && day < isoDay(addDays(today, 7))) {
    return date.toLocaleDateString('en-GB', { weekday: 'long' });
  }
  const year = date.getFullYear() === today.getFullYear() ? {} : ({ year: 'numeric' } as const);
  return date.toLocaleDateString('en-GB', { day: 'numeric', month: 'short', ...year });
}

export function describeHours(hours: number): string {
  return `${Number(hours.toFixed(2))} h`;
}

/** Reads `3`, `2.5`, `2,5`, `3h`, `45m`; undefined when it is none of these, null when empty. */
export function parseHoursInput(text: string): number | null | undefined {
  const trimmed = text.trim().toLowerCase().replace(',', '.');
  if (trimmed === '' || trimmed === '0') return null;
  const match = /^(\d+(?:\.\d+)?|\.\d+)\s*(h|hours?|m|min)?$/.exec(trimmed);
  if (!match?.[1]) return undefined;
  const value = Number(match[1]) / (match[2]?.startsWith('m') ? 60 : 1);
  return value > 0 && value <= 10_000 ? Number(value.toFixed(2)) : undefined;
}
