/** Somebody else is in a field of a task: whose name and colour to show there. */
export interface FieldMark {
  readonly userId: string;
  readonly name: string;
  readonly color: string;
  readonly field: string;
}
