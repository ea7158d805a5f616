import { Button } from '@mantine/core';
import { useId, useState, type SyntheticEvent } from 'react';
import classes from '@/ui/line_form.module.css';

interface NameFormProps {
  readonly label: string;
  readonly action: string;
  readonly initial?: string;
  readonly busy: boolean;
  readonly fault: string | null;
  readonly focus?: boolean;
  /** `done` empties the field, which otherwise keeps what was typed. */
  readonly onName: (name: string, done: () => void) => void;
  readonly onCancel?: () => void;
}

const nameLengthMax = 100;

export function NameForm({
  label,
  action,
  initial = '',
  busy,
  fault,
  focus = false,
  onName,
  onCancel,
}: NameFormProps) {
  const id = useId();
  const [name, setName] = useState(initial);
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    const trimmed = name.trim();
    if (trimmed === '' || busy) return;
    onName(trimmed, () => setName((now) => (now === name ? '' : now)));
  };
  return (
    <form className={classes.form} onSubmit={submit} aria-label={label}>
      <label htmlFor={id}>{label}</label>
      <div className={classes.fields}>
        <input
          id={id}
          className={classes.input}
          value={name}
          maxLength={nameLengthMax}
          autoFocus={focus}
          autoComplete="off"
          placeholder="Before the party"
          onChange={(event) => setName(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key !== 'Escape' || !onCancel) return;
            event.stopPropagation();
            onCancel();
          }}
        />
        <Button type="submit" size="xs" loading={busy} disabled={name.trim() === ''}>
          {action}
        </Button>
        {onCancel && (
          <Button type="button" size="xs" variant="default" onClick={onCancel}>
            Cancel
          </Button>
        )}
      </div>
      {fault !== null && (
        <p className={classes.fault} role="alert">
          {fault}
        </p>
      )}
    </form>
  );
}
