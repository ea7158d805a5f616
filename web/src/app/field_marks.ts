import type { EditingMark, Person } from '@/righttask/presence';
import type { FieldMark } from '@/ui/field_mark';

/** Marks of the other people here, by task, with the names and colours of presence. */
export function fieldMarks(
  editing: readonly EditingMark[],
  people: readonly Person[],
): ReadonlyMap<string, readonly FieldMark[]> {
  const marks = new Map<string, FieldMark[]>();
  for (const { userId, task, field } of editing) {
    const person = people.find((each) => each.userId === userId);
    if (!person || person.self) continue;
    const held = marks.get(task) ?? [];
    if (!held.some((mark) => mark.userId === userId))
      held.push({ userId, name: person.name, color: person.color, field });
    marks.set(task, held);
  }
  return marks;
}
