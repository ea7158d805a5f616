import { memo, type KeyboardEvent, type PointerEvent } from 'react';
import { parsePriority, type Task, type TaskChanges } from '@/righttask/task';
import { Avatar } from '@/ui/avatar';
import { describeDue, dueDay, dueState } from '@/ui/due';
import type { FieldMark } from '@/ui/field_mark';
import { HoursField } from '@/ui/hours_field';
import {
  CalendarIcon,
  CheckIcon,
  ChevronIcon,
  ClockIcon,
  FlagIcon,
  GripIcon,
  NoteIcon,
  TrashIcon,
} from '@/ui/icons';
import { priorities } from '@/ui/priority';
import { TitleField } from '@/ui/title_field';
import classes from './task_row.module.css';

/** What a row can ask for; one object for all rows and all time. */
export interface RowActions {
  readonly update: (id: string, changes: TaskChanges) => void;
  readonly toggle: (id: string) => void;
  readonly remove: (id: string) => void;
  readonly select: (id: string) => void;
  readonly step: (id: string, by: -1 | 1) => void;
  readonly focusBeside: (id: string, by: -1 | 1) => void;
  readonly editing: (id: string, editing: boolean) => void;
  readonly grab: (event: PointerEvent<HTMLElement>, id: string) => void;
}

interface TaskRowProps extends RowContentProps {
  /** Where it stands among all, of which the page may hold only some. */
  readonly place: { readonly position: number; readonly of: number };
  readonly dragged: boolean;
}

interface RowContentProps {
  readonly task: Task;
  readonly marks: readonly FieldMark[] | undefined;
  readonly selected: boolean;
  readonly readOnly: boolean;
  readonly actions: RowActions;
}

/** The frame is cheap and knows its place, so a task that comes or goes renders no other row's content. */
export function TaskRow({ place, dragged, ...content }: TaskRowProps) {
  const { task, marks, selected } = content;
  const first = marks?.[0];
  return (
    <li
      className={classes.row}
      aria-posinset={place.position}
      aria-setsize={place.of}
      data-task={task.id}
      data-completed={task.completed || undefined}
      data-selected={selected || undefined}
      data-dragged={dragged || undefined}
      style={first && { boxShadow: `inset 3px 0 0 ${first.color}` }}
    >
      <RowContent {...content} />
    </li>
  );
}

const RowContent = memo(function RowContent({ task, marks, selected, readOnly, actions }: RowContentProps) {
  const name = task.title || 'Untitled task';
  const onKey = (event: KeyboardEvent<HTMLElement>) => {
    const by = event.key === 'ArrowUp' ? -1 : event.key === 'ArrowDown' ? 1 : null;
    if (by !== null && event.altKey) {
      event.preventDefault();
      if (!readOnly) actions.step(task.id, by);
    } else if (by !== null && !event.shiftKey && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      actions.focusBeside(task.id, by);
    } else if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) actions.select(task.id);
  };
  return (
    <>
      <button
        type="button"
        className={classes.handle}
        aria-label={`Move ${name}`}
        title="Drag to move, or Alt with arrow keys"
        disabled={readOnly || task.completed}
        onPointerDown={(event) => actions.grab(event, task.id)}
        onKeyDown={(event) => {
          if (event.key !== 'ArrowUp' && event.key !== 'ArrowDown') return;
          event.preventDefault();
          actions.step(task.id, event.key === 'ArrowUp' ? -1 : 1);
        }}
      >
        <GripIcon />
      </button>
      <label className={classes.check}>
        <input
          type="checkbox"
          className="visually-hidden"
          checked={task.completed}
          disabled={readOnly}
          aria-label={`Complete ${name}`}
          onChange={() => actions.toggle(task.id)}
          onKeyDown={onKey}
        />
        <span className={classes.box} data-priority={task.priority} aria-hidden="true">
          <CheckIcon />
        </span>
      </label>
      <div className={classes.text}>
        <TitleField
          title={task.title}
          label={`Title of ${name}`}
          className={classes.title}
          readOnly={readOnly}
          onCommit={(title) => actions.update(task.id, { title })}
          onEditing={(editing) => actions.editing(task.id, editing)}
          onKey={onKey}
        />
        {marks && <RowMarks marks={marks} />}
        {task.description !== '' && (
          <span className={classes.note} title="Has a description">
            <NoteIcon />
          </span>
        )}
        <RowChips task={task} name={name} readOnly={readOnly} actions={actions} />
      </div>
      <button
        type="button"
        className={classes.tool}
        aria-label={`Delete ${name}`}
        title="Delete"
        disabled={readOnly}
        onClick={() => actions.remove(task.id)}
      >
        <TrashIcon />
      </button>
      <button
        type="button"
        className={classes.open}
        aria-label={`Details of ${name}`}
        title="Details"
        aria-expanded={selected}
        onClick={() => actions.select(task.id)}
      >
        <ChevronIcon />
      </button>
    </>
  );
});

function RowMarks({ marks }: { marks: readonly FieldMark[] }) {
  return (
    <span className={classes.marks}>
      {marks.slice(0, 3).map((mark) => (
        <span
          key={mark.userId}
          role="img"
          title={`${mark.name} is editing`}
          aria-label={`${mark.name} is editing the ${mark.field}`}
        >
          <Avatar name={mark.name} color={mark.color} small />
        </span>
      ))}
    </span>
  );
}

function RowChips({
  task,
  name,
  readOnly,
  actions,
}: Pick<RowContentProps, 'task' | 'readOnly' | 'actions'> & { name: string }) {
  const today = new Date();
  const priority = priorities[task.priority];
  return (
    <span className={classes.chips}>
      <label
        className={classes.chip}
        data-column="due"
        data-set={task.dueDate !== null || undefined}
        data-due={task.dueDate && !task.completed ? dueState(task.dueDate, today) : undefined}
      >
        <CalendarIcon />
        {task.dueDate !== null && <span>{describeDue(task.dueDate, today)}</span>}
        <input
          type="date"
          className={classes.overlay}
          value={task.dueDate === null ? '' : dueDay(task.dueDate)}
          disabled={readOnly}
          aria-label={`Due date of ${name}`}
          title="Due date"
          onClick={(event) => {
            // Not every browser opens the picker from anywhere in the field.
            if ('showPicker' in event.currentTarget) event.currentTarget.showPicker();
          }}
          onChange={(event) => actions.update(task.id, { dueDate: event.currentTarget.value || null })}
        />
      </label>
      <label
        className={classes.chip}
        data-column="hours"
        data-set={task.estimatedHours !== null || undefined}
        title="Estimate"
      >
        <ClockIcon />
        <HoursField
          hours={task.estimatedHours}
          label={`Estimate of ${name}`}
          className={classes.hours}
          disabled={readOnly}
          placeholder="h"
          onCommit={(estimatedHours) => actions.update(task.id, { estimatedHours })}
        />
      </label>
      <label
        className={classes.chip}
        data-column="priority"
        data-set={task.priority > 0 || undefined}
        data-priority={task.priority}
      >
        <FlagIcon />
        {task.priority > 0 && <span>{priority?.short}</span>}
        <select
          className={classes.overlay}
          value={task.priority}
          disabled={readOnly}
          aria-label={`Priority of ${name}`}
          title={priority?.label}
          onChange={(event) =>
            actions.update(task.id, { priority: parsePriority(Number(event.currentTarget.value)) })
          }
        >
          {priorities.map(({ value, label }) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </select>
      </label>
    </span>
  );
}
