import { useEffect, useRef, type RefObject } from 'react';
import { parsePriority, type Task, type TaskChanges } from '@/righttask/task';
import type { SharedText } from '@/righttask-react/use_shared_text';
import { Avatar } from '@/ui/avatar';
import { dueDay } from '@/ui/due';
import type { FieldMark } from '@/ui/field_mark';
import { HoursField } from '@/ui/hours_field';
import { CheckIcon, CloseIcon, TrashIcon } from '@/ui/icons';
import { priorities } from '@/ui/priority';
import { TitleField } from '@/ui/title_field';
import iconButton from '@/ui/icon_button.module.css';
import classes from './task_details.module.css';

interface TaskDetailsProps {
  readonly task: Task;
  readonly description: SharedText;
  readonly descriptionRef: RefObject<HTMLTextAreaElement | null>;
  readonly marks: readonly FieldMark[];
  readonly readOnly: boolean;
  readonly onUpdate: (changes: TaskChanges) => void;
  readonly onRemove: () => void;
  readonly onEditing: (field: string | null) => void;
  readonly onClose: () => void;
}

/** Everything about one task: beside the list, on a phone a sheet over its lower part. */
export function TaskDetails({
  task,
  description,
  descriptionRef,
  marks,
  readOnly,
  onUpdate,
  onRemove,
  onEditing,
  onClose,
}: TaskDetailsProps) {
  const panel = useRef<HTMLElement>(null);
  const name = task.title || 'Untitled task';

  useEffect(() => {
    // Focus comes along, so that the keyboard goes on from here; Escape leads back.
    const before = document.activeElement;
    panel.current?.focus({ preventScroll: true });
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus({ preventScroll: true });
    };
  }, [task.id]);

  return (
    <aside
      ref={panel}
      className={classes.panel}
      aria-label={`Details of ${name}`}
      tabIndex={-1}
      onKeyDown={(event) => {
        if (event.key === 'Escape') {
          event.stopPropagation();
          onClose();
        }
      }}
    >
      <div className={classes.top}>
        <label className={classes.done} data-completed={task.completed || undefined}>
          <input
            type="checkbox"
            className="visually-hidden"
            checked={task.completed}
            disabled={readOnly}
            onChange={() => onUpdate({ completed: !task.completed })}
          />
          <CheckIcon />
          {task.completed ? 'Completed' : 'Mark complete'}
        </label>
        <button
          type="button"
          className={iconButton.icon}
          aria-label="Delete this task"
          title="Delete"
          disabled={readOnly}
          onClick={onRemove}
        >
          <TrashIcon />
        </button>
        <button
          type="button"
          className={iconButton.icon}
          aria-label="Close details"
          title="Close (Escape)"
          onClick={onClose}
        >
          <CloseIcon />
        </button>
      </div>

      <TitleField
        title={task.title}
        label="Title"
        wraps
        className={classes.title}
        readOnly={readOnly}
        onCommit={(title) => onUpdate({ title })}
        onEditing={(editing) => onEditing(editing ? 'title' : null)}
      />

      <div className={classes.fields}>
        <label htmlFor="details-priority">Priority</label>
        <select
          id="details-priority"
          className={classes.field}
          value={task.priority}
          disabled={readOnly}
          onChange={(event) => onUpdate({ priority: parsePriority(Number(event.currentTarget.value)) })}
        >
          {priorities.map(({ value, label }) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </select>
        <label htmlFor="details-due">Due</label>
        <input
          id="details-due"
          type="date"
          className={classes.field}
          value={task.dueDate === null ? '' : dueDay(task.dueDate)}
          disabled={readOnly}
          onChange={(event) => onUpdate({ dueDate: event.currentTarget.value || null })}
        />
        <span aria-hidden="true">Estimate</span>
        <HoursField
          hours={task.estimatedHours}
          label="Estimate"
          className={classes.field}
          disabled={readOnly}
          placeholder="None"
          onCommit={(estimatedHours) => onUpdate({ estimatedHours })}
        />
      </div>

      <label htmlFor="details-description" className={classes.label}>
        Description
      </label>
      <textarea
        id="details-description"
        ref={descriptionRef}
        className={classes.description}
        value={description.value}
        readOnly={readOnly}
        placeholder="What is to be done, and why"
        onChange={description.onChange}
        onFocus={() => onEditing('description')}
        onBlur={() => onEditing(null)}
      />

      <ul className={classes.marks} aria-label="Also here">
        {marks.map((mark) => (
          <li key={mark.userId}>
            <Avatar name={mark.name} color={mark.color} small />
            {mark.name} is editing the {mark.field}
          </li>
        ))}
      </ul>
      <p className={classes.times}>
        Changed <time dateTime={task.updatedAt}>{describeTime(task.updatedAt)}</time>, created{' '}
        <time dateTime={task.createdAt}>{describeTime(task.createdAt)}</time>
      </p>
    </aside>
  );
}

function describeTime(iso: string): string {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return 'at an unknown time';
  return date.toLocaleString('en-GB', { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' });
}
