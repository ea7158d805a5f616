import { useState, type RefObject, type SyntheticEvent } from 'react';
import type { NewTask } from '@/righttask/task';
import { describeDue, describeHours } from '@/ui/due';
import { CalendarIcon, ClockIcon, FlagIcon, PlusIcon } from '@/ui/icons';
import { priorities } from '@/ui/priority';
import { parseQuickAdd } from './parse';
import classes from './quick_add.module.css';

interface QuickAddProps {
  readonly inputRef: RefObject<HTMLInputElement | null>;
  readonly disabled: boolean;
  readonly onAdd: (task: NewTask) => void;
}

/** The line at the foot of the list. Shows as chips what it understood before Enter. */
export function QuickAdd({ inputRef, disabled, onAdd }: QuickAddProps) {
  const [text, setText] = useState('');
  const today = new Date();
  const parsed = parseQuickAdd(text, today);
  const understood =
    text.trim() !== '' && (parsed.priority > 0 || parsed.estimatedHours !== null || parsed.dueDate !== null);

  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    if (parsed.title === '') return;
    onAdd(parsed);
    setText('');
  };

  return (
    <form className={classes.form} onSubmit={submit} aria-label="Add a task">
      <span className={classes.icon}>
        <PlusIcon />
      </span>
      <input
        ref={inputRef}
        className={classes.input}
        value={text}
        disabled={disabled}
        onChange={(event) => setText(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === 'Escape') {
            setText('');
            event.currentTarget.blur();
          }
        }}
        aria-label="New task"
        aria-describedby="quick-add-hint"
        placeholder={disabled ? 'This list is read only' : 'Add a task, like “Send invoice tomorrow p1 2h”'}
        autoComplete="off"
        enterKeyHint="done"
      />
      <span id="quick-add-hint" className="visually-hidden">
        Understands p1 to p4, an estimate like 3h, and a day like tomorrow or friday. Enter adds.
      </span>
      <span className={classes.chips} aria-live="polite">
        {understood && (
          <>
            {parsed.dueDate !== null && (
              <span className={classes.chip}>
                <CalendarIcon />
                {describeDue(parsed.dueDate, today)}
              </span>
            )}
            {parsed.estimatedHours !== null && (
              <span className={classes.chip}>
                <ClockIcon />
                {describeHours(parsed.estimatedHours)}
              </span>
            )}
            {parsed.priority > 0 && (
              <span className={classes.chip} data-priority={parsed.priority}>
                <FlagIcon />
                {priorities[parsed.priority]?.short}
              </span>
            )}
          </>
        )}
      </span>
      {text === '' && (
        <kbd className={classes.key} aria-hidden="true">
          n
        </kbd>
      )}
      {text.trim() !== '' && (
        <button type="submit" className={classes.add}>
          Add
        </button>
      )}
    </form>
  );
}
