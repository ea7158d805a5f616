/**
 * Quick add: `Write report tomorrow p2 3h` is a title, a due day, a priority
 * and an estimate. What is not understood stays in the title, and so does a
 * second word for something already said.
 */
import type { Priority } from '@/righttask/task';
import { addDays, isoDay } from '@/ui/due';

export interface ParsedTask {
  readonly title: string;
  readonly priority: Priority;
  readonly estimatedHours: number | null;
  readonly dueDate: string | null;
}

const weekdays = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];

/** The day a weekday word means: the next such day, never today. */
function nextWeekday(word: string, today: Date): string | null {
  if (word.length < 3) return null;
  const day = weekdays.findIndex((name) => name === word || name.slice(0, 3) === word);
  if (day === -1) return null;
  return isoDay(addDays(today, ((day - today.getDay() + 6) % 7) + 1));
}

function parseDue(word: string, today: Date): string | null {
  if (word === 'today') return isoDay(today);
  if (word === 'tomorrow' || word === 'tmr') return isoDay(addDays(today, 1));
  const inDays = /^\+(\d{1,3})d$/.exec(word);
  if (inDays) return isoDay(addDays(today, Number(inDays[1])));
  if (/^\d{4}-\d{2}-\d{2}$/.test(word)) {
    const date = new Date(`${word}T12:00:00`);
    return !Number.isNaN(date.getTime()) && isoDay(date) === word ? word : null;
  }
  return nextWeekday(word, today);
}

function parseEstimate(word: string): number | null {
  const match = /^(\d{1,4}(?:[.,]\d{1,2})?)(h|m)$/.exec(word);
  if (!match?.[1]) return null;
  const value = Number(match[1].replace(',', '.')) / (match[2] === 'm' ? 60 : 1);
  return value > 0 ? Number(value.toFixed(2)) : null;
}

export function parseQuickAdd(input: string, today: Date): ParsedTask {
  let priority: Priority = 0;
  let estimatedHours: number | null = null;
  let dueDate: string | null = null;
  const title: string[] = [];

  for (const word of input.split(/\s+/).filter((each) => each !== '')) {
    const lower = word.toLowerCase();
    const level = /^p([1-4])$/.exec(lower);
    const estimate = parseEstimate(lower);
    // A weekday is also an ordinary word ("sun", "mon"): only as the whole name
    // or abbreviation, and only after the title has begun.
    const due = parseDue(lower, today);
    if (level && priority === 0) priority = Number(level[1]) as Priority;
    else if (estimate !== null && estimatedHours === null) estimatedHours = estimate;
    else if (
      due !== null &&
      dueDate === null &&
      (title.length > 0 || !weekdays.some((day) => day.startsWith(lower)))
    ) {
      dueDate = due;
    } else title.push(word);
  }
  // Nothing but tokens: then they were meant as the title.
  if (title.length === 0) return { title: input.trim(), priority: 0, estimatedHours: null, dueDate: null };
  return { title: title.join(' '), priority, estimatedHours, dueDate };
}
