import { Button } from '@mantine/core';
import { useId, useState, type SyntheticEvent } from 'react';
import classes from '@/ui/line_form.module.css';

interface TokenFormProps {
  /** False when the text can be no token. */
  readonly onToken: (text: string) => boolean;
  /** Why the server did not take the last one. */
  readonly refused: string | null;
  readonly action: string;
}

/** Where an access token is pasted. It is a secret, so it is not shown and not remembered. */
export function TokenForm({ onToken, refused, action }: TokenFormProps) {
  const id = useId();
  const [text, setText] = useState('');
  const [unfit, setUnfit] = useState(false);
  const fault = unfit ? 'This is no access token.' : refused;
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    const taken = onToken(text);
    setUnfit(!taken);
    if (taken) setText('');
  };
  return (
    <form className={classes.form} onSubmit={submit} aria-label="Access token">
      <label htmlFor={id}>Access token</label>
      <div className={classes.fields}>
        <input
          id={id}
          type="password"
          className={classes.input}
          value={text}
          autoComplete="off"
          spellCheck={false}
          aria-invalid={fault !== null}
          aria-describedby={fault === null ? undefined : `${id}-fault`}
          onChange={(event) => {
            setText(event.currentTarget.value);
            setUnfit(false);
          }}
        />
        <Button type="submit" size="xs" disabled={text.trim() === ''}>
          {action}
        </Button>
      </div>
      {fault !== null && (
        <p id={`${id}-fault`} className={classes.fault} role="alert">
          {fault}
        </p>
      )}
    </form>
  );
}
